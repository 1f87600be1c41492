//! Leads of mails about members that do not rest. What is held back from then on is told by `collected`,
//! and their rest by `settled`.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::headline::{Headline, headline_of_all};
use super::lead::{NewsText, lead, when};
use super::page::MailTone;
use super::subject_words::{Remark, SubjectWords};
use super::words::{counted, date, first as first_of, list, name, ordinal};
use crate::document::member::names;
use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::policy::event::{Changed, Event, EventBody, EventKind, UnstableMember};
use crate::wording::text::duration_words;

/// Further changes of these members are collected from now on: what happened now comes first. Of several
/// documents the gravest leads, and what is damped of the others is said behind it.
pub(super) fn damped(events: &[Event], who: &str) -> Option<NewsText> {
    let (_, all_members) = first(events, EventKind::Damped)?;
    let of_kind = || {
        events
            .iter()
            .filter(|it| it.body.kind() == EventKind::Damped)
    };
    let severity_of = |event: &Event| event.body.severity.unwrap_or(Severity::Info);
    let event = of_kind().min_by_key(|event| Reverse(severity_of(event)))?;
    let members: Vec<&UnstableMember> = event.body.unstable_members().iter().collect();
    let headline = headline_of_all(event)?;
    let severity = severity_of(event);
    let (changes, span) = so_often(&members);
    let what = members_words(&members, "the");
    let habit = if only_grew(&members) {
        format!(
            "It is the {changes} time{span} that {what} grew, and nothing was removed: further additions are \
             collected instead of mailed."
        )
    } else {
        let times = if members.len() == 1 { "change" } else { "time" };
        let of = if members.len() == 1 {
            format!("of {what}")
        } else {
            format!("that {what} changed")
        };
        format!(
            "It is the {changes} {times} {of}{span}: further ones are collected instead of mailed."
        )
    };
    let others: Vec<&Event> = of_kind().filter(|it| it.id != event.id).collect();
    let mut sentence = format!("{who} {}.{} {habit}", headline.predicate, headline.also);
    for other in &others {
        let members: Vec<&UnstableMember> = other.body.unstable_members().iter().collect();
        sentence.push_str(&format!(
            " Also damped: {}",
            damped_sentence(&members, &name(&other.provider))
        ));
    }
    let also: Vec<&UnstableMember> = others
        .iter()
        .flat_map(|it| it.body.unstable_members())
        .collect();
    let second = if also.is_empty() {
        format!("{changes} change{span}")
    } else {
        format!("{} too", members_words(&also, "the"))
    };
    let all = event.body.changes().iter();
    // Removals are skipped because they bring no value, and key sets because all their keys are new.
    let mut brought = all.clone().filter(|change| {
        change.group != Group::Keys && (change.after.is_some() || !change.added.is_empty())
    });
    let is_known = brought.next().is_some() && all.clone().all(|it| it.unseen.is_empty());
    let mut when = when(event);
    if is_known {
        when.push_str(" What it shows now was seen here before.");
    }
    if let Some(next) = next(&all_members) {
        when.push(' ');
        when.push_str(&next);
    }
    let word = match severity {
        Severity::Breaking | Severity::Security => severity.as_str().to_uppercase(),
        Severity::Info | Severity::Notice => "DAMPED".to_owned(),
    };
    Some(NewsText {
        what: SubjectWords::plain(format!("{}, damped from now on", headline.brief))
            .and(Some(&second)),
        remark: Some(Remark::Severity(severity)),
        lead: lead(
            &word,
            MailTone::Of(severity),
            sentence,
            when,
            Some(damped_advice(&members, event, &headline)),
        ),
    })
}

/// When one hears of it next.
fn next(members: &[&UnstableMember]) -> Option<String> {
    let rests_at = members.iter().filter_map(|it| it.rests_at).max()?;
    let rest = format!(
        "If nothing changes until {}, you get one mail, and damping ends.",
        date(rests_at)
    );
    Some(match members.iter().filter_map(|it| it.summary_at).min() {
        Some(summary) => format!(
            "Next mail: {}, if values came by then that were never seen. {rest}",
            date(summary)
        ),
        None => rest,
    })
}

/// What helps against a member that never rests depends on what it is for.
fn damped_advice(members: &[&UnstableMember], event: &Event, headline: &Headline) -> String {
    let changes = event.body.changes().iter();
    let groups: BTreeSet<Group> = changes.map(|change| change.group).collect();
    let help = match Vec::from_iter(groups).as_slice() {
        // A key set is too important to advise ignoring its changes.
        [Group::Keys] => {
            "check one login now, and make sure that your clients fetch the key set again on a kid \
             they do not know: it may rotate on purpose, or several servers may each have a set of their own."
        }
        // An address where it never was is not to be allowed only because it is shown in turn.
        [Group::Endpoints]
            if headline.is_of_nodes || event.body.severity == Some(Severity::Security) =>
        {
            return headline.advice.clone();
        }
        [Group::Endpoints] => {
            "let your clients read the document at run time, or allow all addresses it shows in \
             turn."
        }
        _ => {
            let all = format!(
                "set `damping = false` for {} if you want every change at once",
                name(&event.provider)
            );
            return if only_grew(members) {
                format!("nothing, or {all}.")
            } else {
                format!("let no client rely on a value that comes and goes; {all}.")
            };
        }
    };
    help.to_owned()
}

/// What a damped member means, for a mail of its own or beside other news.
pub(super) fn damped_sentence(members: &[&UnstableMember], who: &str) -> String {
    let (changes, span) = so_often(members);
    let start = members_words(members, "The");
    if only_grew(members) {
        return format!(
            "{start} of {who} grew for the {changes} time{span} and lost nothing; further additions are collected instead of mailed."
        );
    }
    format!(
        "{start} of {who} changed for the {changes} time{span}; further changes are collected instead of mailed."
    )
}

/// `third` and ` in 3 days`.
fn so_often(members: &[&UnstableMember]) -> (String, String) {
    let changes = members.iter().map(|it| it.changes).max();
    let since = members.iter().map(|it| it.since).min();
    let last = members.iter().map(|it| it.last_change_at).max();
    let span = since.zip(last).map_or(String::new(), |(since, last)| {
        format!(" in {}", duration_words(last.duration_since(since)))
    });
    (ordinal(changes.unwrap_or_default()), span)
}

/// Whether values came and none went, in all changes that were counted.
fn only_grew(members: &[&UnstableMember]) -> bool {
    let grew = |it: &&UnstableMember| !it.movement.came.is_empty() && it.movement.went.is_empty();
    !members.is_empty() && members.iter().all(grew)
}

/// How to read the silence, below every mail that tells of it first, alone or beside other news;
/// `declares_use` is whether it is configured what is used.
pub(super) fn damped_notes(events: &[Event], declares_use: bool) -> Vec<String> {
    let Some((_, members)) = first(events, EventKind::Damped) else {
        return Vec::new();
    };
    let of_kind = || {
        events
            .iter()
            .filter(|it| it.body.kind() == EventKind::Damped)
    };
    let changes = of_kind().flat_map(|event| event.body.changes());
    let has = |group| changes.clone().any(|change| change.group == group);
    let is_issuer = changes
        .clone()
        .any(|change| change.subject == names::ISSUER);
    let mut at_once: Vec<&str> = vec!["any change of another member", "an outage"];
    if is_issuer {
        at_once.push("an issuer never seen");
    }
    if has(Group::Endpoints) {
        at_once.push("an address on a registrable domain never seen here");
    }
    if has(Group::Keys) {
        at_once.push("a key that replaces another under its kid");
    }
    if changes.clone().any(|change| change.group != Group::Keys) {
        at_once.push("the first removal of a value, if that may break clients");
        if declares_use {
            at_once.push("a removal of what you declared to use (at most once a day)");
        }
    }
    let mut notes = Vec::from_iter(movement_note(&members));
    notes.push(format!(
        "You still hear at once of: {}.",
        at_once.join("; ")
    ));
    if members.iter().any(|it| it.summary_at.is_some()) {
        notes.push("Summaries of new values come 2, 4, 8, 16 ... weeks from now.".to_owned());
    }
    let every = every_mail(of_kind());
    notes.push(if has(Group::Keys) {
        format!("{every}.")
    } else {
        format!("{every}; to get none: {}.", silence(&members, changes))
    });
    notes
}

/// How to have every change mailed.
fn every_mail<'a>(events: impl Iterator<Item = &'a Event>) -> String {
    let providers: BTreeSet<&str> = events.map(|it| it.provider.as_str()).collect();
    let who = list(&providers.into_iter().map(name).collect::<Vec<_>>());
    format!("To get every mail: `damping = false` for {who}")
}

/// How to have every change mailed from now on, below mails that say that some were held back.
pub(super) fn switch_off(events: &[Event]) -> Option<String> {
    events.first()?;
    Some(format!("{}.", every_mail(events.iter())))
}

/// What came and went in the changes that were counted, of one member.
fn movement_note(members: &[&UnstableMember]) -> Option<String> {
    let [one] = members else {
        return None;
    };
    let words: Vec<String> = [(&one.movement.came, "came"), (&one.movement.went, "went")]
        .into_iter()
        .filter(|(values, _)| !values.is_empty())
        .map(|(values, verb)| format!("{verb}: {}", list(values)))
        .collect();
    let since = date(one.since);
    (!words.is_empty()).then(|| format!("Since {since} {}.", words.join("; ")))
}

/// Why this change of a damped member is mailed although its other changes are held back.
pub(super) fn told_all_the_same(event: &Event) -> Option<String> {
    let EventBody::Changed(Changed {
        told_all_the_same: members,
        ..
    }) = &event.body.body
    else {
        return None;
    };
    if members.is_empty() {
        return None;
    }
    let mut told = event.body.changes().iter();
    let is_used = told.any(|it| it.used && members.contains(&it.subject) && !it.is_held_back());
    let reason = if is_used {
        "you declared to use it"
    } else {
        "nothing like it happened there before"
    };
    let members: Vec<String> = members.iter().map(|member| name(member.as_str())).collect();
    Some(format!(
        "Other changes of {} are collected, because they come too often; this one is mailed all the \
         same, because {reason}.",
        first_of(&members)
    ))
}

/// The command that shows all changes of damped members, the earlier ones too.
pub(super) fn history(events: &[Event]) -> Option<String> {
    let (event, members) = first(events, EventKind::Damped)?;
    let member = members.first()?;
    Some(format!(
        "issuerwatch history {} --member {}",
        name(&event.provider),
        name(member.member.as_str())
    ))
}

pub(super) fn first(events: &[Event], kind: EventKind) -> Option<(&Event, Vec<&UnstableMember>)> {
    let mut of_kind = events.iter().filter(|event| event.body.kind() == kind);
    let event = of_kind.next()?;
    let all = events.iter().filter(|event| event.body.kind() == kind);
    let members = all.flat_map(|event| event.body.unstable_members());
    Some((event, members.collect()))
}

/// `token_endpoint`, `5 endpoints`, `3 members`.
/// The first word of it, where it is an article, is `article`.
pub(super) fn members_words(members: &[&UnstableMember], article: &str) -> String {
    if members.len() <= 2 {
        let articles = [article, "the"].into_iter();
        let names = members
            .iter()
            .zip(articles)
            .map(|(it, article)| match it.member.as_str() {
                "keys" => format!("{article} key set"),
                member => name(member),
            });
        return list(&names.collect::<Vec<_>>());
    }
    let mut names = members.iter().map(|it| it.member.as_str());
    let are_endpoints = names.all(|name| name.ends_with("_endpoint") || name.ends_with("_uri"));
    let noun = if are_endpoints { "endpoint" } else { "member" };
    counted(u64::try_from(members.len()).unwrap_or(u64::MAX), noun)
}

/// What is to be configured for silence: JSON Pointers, or the rule where what changes is no member;
/// the first three.
fn silence<'a>(members: &[&UnstableMember], changes: impl Iterator<Item = &'a Change>) -> String {
    let is_no_member = |it: &&UnstableMember| it.member.member().is_none();
    if members.iter().any(is_no_member) {
        let rules = changes
            .map(|change| &change.rule)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .take(3);
        let lines: Vec<String> = rules.map(|rule| format!("`{rule} = \"ignore\"`")).collect();
        return format!("{} in its `severity`", list(&lines));
    }
    format!("`ignore = [{}]`", pointers(members))
}

/// JSON Pointers as they stand in the configuration.
fn pointers(members: &[&UnstableMember]) -> String {
    let escaped = members.iter().map(|it| {
        let step = it.member.as_str().replace('~', "~0").replace('/', "~1");
        format!("\"/{}\"", name(&step))
    });
    // All of them, so that the line can be pasted, unless it would be as long as a mail.
    let mut shown: Vec<String> = escaped.take(12).collect();
    if members.len() > 12 {
        shown.push("...".to_owned());
    }
    shown.join(", ")
}
