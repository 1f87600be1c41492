//! The end of a mail: who watches, and the commands that tell more.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::input::{InReplyTo, MailInput};
use super::page::Foot;
use super::revert::Return;
use super::{damped, phrase, words};
use crate::document::severity::Severity;
use crate::meaning::change::FindingState;
use crate::policy::accept;
use crate::policy::event::{Event, FindingChange};
use crate::policy::mail::MailKind;

/// The last lines of a mail.
pub(super) fn footer(input: &MailInput<'_>, patches: usize) -> Vec<Foot> {
    let mut footer = Vec::new();
    let machine = crate::document::text::visible(input.machine);
    let attached = match patches {
        0 => "",
        1 => " The RFC 6902 patch is attached.",
        _ => " The RFC 6902 patches are attached, one for each document.",
    };
    let watched = match input.providers {
        [one] => one.watched.as_ref(),
        _ => None,
    };
    footer.push(Foot::Words(match watched {
        Some(watched) => format!(
            "Watched by issuerwatch on {machine}, {} since {}.{attached}",
            watched.schedule_words,
            words::date(watched.since)
        ),
        None => format!("Watched by issuerwatch on {machine}.{attached}"),
    }));
    if let Some(words) = follows_several(input) {
        footer.push(Foot::Words(words));
    } else if let Some(answered) = input.answers {
        footer.push(Foot::Words(follows(input, answered)));
    }
    footer.extend(whole_story(input.events));
    if input.kind == MailKind::Damped {
        footer.extend(damped::history(input.events).map(|command| Foot::Command {
            label: "Earlier changes",
            command,
        }));
    }
    if !is_info(input) {
        footer.extend(expected(input));
    }
    footer.extend(fewer(input));
    footer
}

/// Whether nothing that is told is graver than `info`: there is nothing to be marked as expected.
fn is_info(input: &MailInput<'_>) -> bool {
    let mut events = input.events.iter();
    input.kind == MailKind::Changed
        && events.all(|event| event.body.severity == Some(Severity::Info))
}

/// Who gets many mails at once may want fewer of them: said where they are many, and not below each.
fn fewer(input: &MailInput<'_>) -> Option<Foot> {
    let is_of_many = input.kind == MailKind::Digest;
    let words = if input.has_weekly {
        "What is only info can wait for the weekly mail: `collect = \"info\"` under [mail]."
    } else {
        "What is only info can wait for a weekly mail: `digest` and `collect = \"info\"` under [mail]."
    };
    is_of_many.then(|| Foot::Words(words.to_owned()))
}

/// Which mail it follows; what that one said where the subject does not repeat it.
fn follows(input: &MailInput<'_>, answered: &InReplyTo) -> String {
    let Some(mail) = &answered.mail else {
        return format!("Follows the mail about event {}.", answered.event);
    };
    let at = words::at(mail.at);
    let is_news = matches!(input.kind, MailKind::Changed | MailKind::Finding);
    if is_news && Return::of(input.events, input.answers) != Some(Return::Undone) {
        return format!("Follows the mail of {at}: {}", mail.topic.subject);
    }
    format!("Follows the mail of {at}.")
}

/// Most mails that are named with the providers that they told of.
const FOLLOWED: usize = 3;

/// Which mails the news of several providers follows, where it is not one mail.
fn follows_several(input: &MailInput<'_>) -> Option<String> {
    let mut mails: BTreeMap<Timestamp, Vec<String>> = BTreeMap::new();
    for followed in input.follows {
        let names = mails.entry(followed.at).or_default();
        names.push(words::name(&followed.provider));
    }
    if mails.len() < 2 {
        return None;
    }
    if mails.len() > FOLLOWED {
        let (first, last) = (mails.keys().next()?, mails.keys().next_back()?);
        return Some(format!(
            "Follows {} mails, of {} to {}.",
            words::count(mails.len()),
            words::at(*first),
            words::at(*last)
        ));
    }
    let each = mails.iter().map(|(at, providers)| {
        let providers = words::first(providers);
        format!("{} ({providers})", words::at(*at))
    });
    Some(format!(
        "Follows the mails of {}.",
        words::list(&each.collect::<Vec<_>>())
    ))
}

/// How to say that it was expected: all that the mail tells of, in one command.
fn expected(input: &MailInput<'_>) -> Vec<Foot> {
    let can_be = match input.kind {
        MailKind::Changed
        | MailKind::Finding
        | MailKind::Damped
        | MailKind::Failing
        | MailKind::Inconsistent
        | MailKind::Test => true,
        MailKind::Digest | MailKind::Summary | MailKind::Settled | MailKind::Recovered => false,
    };
    // A change that is undone does not have to be marked as expected.
    let is_undone = Return::of(input.events, input.answers) == Some(Return::Undone);
    // Trouble of this machine cannot have been announced by a provider, so it is not to be accepted.
    let is_here = input.kind == MailKind::Failing && input.is_widespread;
    let is_routine = input.events.iter().all(is_good_or_routine);
    if !can_be || is_undone || is_here || is_routine {
        return Vec::new();
    }
    let events = input.events.iter();
    let acceptable = events.filter(|event| accept::can_be_accepted(event.body.kind()));
    let named = numbers(&one_of_each_poll(acceptable));
    if named.is_empty() {
        return Vec::new();
    }
    let label = match input.kind {
        MailKind::Failing => "No more of it",
        _ => "Was it expected",
    };
    let command = format!("issuerwatch accept {named} --reason \"...\"");
    vec![Foot::Command { label, command }]
}

/// Whether all that an event tells is over, or what a CA does by itself: nobody has to have expected it.
fn is_good_or_routine(event: &Event) -> bool {
    let (changes, findings) = (event.body.changes(), event.body.findings());
    let is_over = |it: &FindingChange| it.state == FindingState::Cured && !it.is_news();
    !(changes.is_empty() && findings.is_empty())
        && changes.iter().all(phrase::is_other_intermediate)
        && findings.iter().all(is_over)
}

/// The command that shows more: by the numbers of the events, or by their time if there are many.
fn whole_story(events: &[Event]) -> Option<Foot> {
    let whole = |command: String| Foot::Command {
        label: "Whole story",
        command,
    };
    let shown = one_of_each_poll(events.iter());
    // What is told of several is found by its time.
    let is_of_one = super::several::providers(events).len() == 1;
    if shown.len() <= 1 || (is_of_one && shown.len() <= 5) {
        let shown = numbers(&shown);
        return Some(whole(format!("issuerwatch history show {shown}")));
    }
    let times = || events.iter().map(|event| event.body.at);
    let (first, last) = (times().min()?, times().max()?);
    let after = last.saturating_add(SignedDuration::from_secs(1));
    let until = after.unwrap_or(last);
    // As many as `history` lists by itself.
    let all = if events.len() > 50 { " --limit 0" } else { "" };
    Some(whole(format!(
        "issuerwatch history --since {first} --until {until}{all}"
    )))
}

/// `811 812`.
fn numbers(events: &[&Event]) -> String {
    let numbers: Vec<String> = events.iter().map(|event| event.id.to_string()).collect();
    numbers.join(" ")
}

/// The first event of each document at each moment: those of one poll belong together, and one number is
/// enough for them.
fn one_of_each_poll<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<&'a Event> {
    let mut shown: Vec<&Event> = Vec::new();
    for event in events {
        let is_known = shown.iter().any(|known| {
            (&known.provider, &known.document, known.body.at)
                == (&event.provider, &event.document, event.body.at)
        });
        if !is_known {
            shown.push(event);
        }
    }
    shown
}
