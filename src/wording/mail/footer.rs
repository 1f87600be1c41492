//! The end of a mail: who watches, and the commands that tell more.

use jiff::SignedDuration;

use super::input::{InReplyTo, MailInput};
use super::page::Foot;
use super::revert::Return;
use super::{damped, words};
use crate::policy::accept;
use crate::policy::event::Event;
use crate::policy::mail::MailKind;

/// The last lines of a mail.
pub(super) fn footer(input: &MailInput<'_>, patch: Option<&String>) -> Vec<Foot> {
    let mut footer = Vec::new();
    let machine = crate::document::text::visible(input.machine);
    let attached = match patch {
        Some(_) => " The RFC 6902 patch is attached.",
        None => "",
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
    if let Some(answered) = input.answers {
        footer.push(Foot::Words(follows(input, answered)));
    }
    footer.extend(commands(input.events));
    if input.kind == MailKind::Damped {
        footer.extend(damped::history(input.events).map(|command| Foot::Command {
            label: "Earlier changes",
            command,
        }));
    }
    footer.extend(expected(input));
    footer
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

/// How to say that it was expected: the first event of each provider.
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
    if !can_be || is_undone || is_here {
        return Vec::new();
    }
    let mut named: Vec<&Event> = Vec::new();
    for event in input.events {
        let is_known = named.iter().any(|known| known.provider == event.provider);
        if !is_known && accept::can_be_accepted(event.body.kind()) {
            named.push(event);
        }
    }
    let label = match input.kind {
        MailKind::Failing => "No more of it",
        _ => "Was it expected",
    };
    let command = match named.as_slice() {
        [] => return Vec::new(),
        [one] => format!("issuerwatch accept {} --reason \"...\"", one.id),
        several => {
            let ids: Vec<String> = several.iter().map(|event| event.id.to_string()).collect();
            format!(
                "for event in {}; do issuerwatch accept $event --reason \"...\"; done",
                ids.join(" ")
            )
        }
    };
    vec![Foot::Command { label, command }]
}

/// The commands that show more: one for each event, or one for all if there are many.
fn commands(events: &[Event]) -> Vec<Foot> {
    let whole = |command: String| Foot::Command {
        label: "Whole story",
        command,
    };
    // Events of one document at one moment belong together, so one command is enough for them.
    let mut shown: Vec<&Event> = Vec::new();
    for event in events {
        let is_known = shown.iter().any(|known| {
            (&known.provider, known.document.clone(), known.body.at)
                == (&event.provider, event.document.clone(), event.body.at)
        });
        if !is_known {
            shown.push(event);
        }
    }
    // What is told of several is found by its time.
    let is_of_one = super::several::providers(events).len() == 1;
    if shown.len() <= 1 || (is_of_one && shown.len() <= 5) {
        let command = |event: &&Event| whole(format!("issuerwatch history show {}", event.id));
        return shown.iter().map(command).collect();
    }
    let times = || events.iter().map(|event| event.body.at);
    let (Some(first), Some(last)) = (times().min(), times().max()) else {
        return Vec::new();
    };
    let after = last.saturating_add(SignedDuration::from_secs(1));
    let until = after.unwrap_or(last);
    // As many as `history` lists by itself.
    let all = if events.len() > 50 { " --limit 0" } else { "" };
    vec![whole(format!(
        "issuerwatch history --since {first} --until {until}{all}"
    ))]
}
