//! How to read the silence about members that do not rest: what came and went, what is mailed all the same,
//! and the lines of the configuration that decide otherwise.

use std::collections::BTreeSet;

use super::damped::{first, one_member, switching};
use super::next_mail::next;
use super::words::{date, first as first_of, list, name};
use crate::document::member::names;
use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::policy::damping::SHOWN;
use crate::policy::event::{Changed, Event, EventBody, EventKind, UnstableMember};
use crate::policy::mail::MailKind;

/// How to read the silence, below every mail that tells of it first, alone or beside other news: `kind` is
/// that of the mail, and `declares_use` whether it is configured what is used.
pub(super) fn all(kind: MailKind, events: &[Event], declares_use: bool) -> Vec<String> {
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
    if let Some((since, hosts)) = switching(&members) {
        notes.push(format!(
            "Hosts since {}: {}.",
            date(since),
            first_of(&hosts)
        ));
    }
    notes.push(format!(
        "You still hear at once of: {}.",
        at_once.join("; ")
    ));
    // A mail of its own says it in the first lines.
    if kind != MailKind::Damped {
        notes.extend(next(&members));
    }
    let every = every_mail(of_kind());
    // Beside other news, what changed last stands in another event than what is damped.
    let all = events.iter().flat_map(|event| event.body.changes());
    let of_members = all.filter(|it| members.iter().any(|one| one.member == it.subject));
    notes.push(match silence(&members, changes.clone().chain(of_members)) {
        Some(silence) if !has(Group::Keys) => format!("{every}; to get none: {silence}."),
        Some(_) | None => format!("{every}."),
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
    let (came, went) = (&one.movement.came, &one.movement.went);
    // Whatever came before the latest that are remembered is not known to be all.
    let named = |values: &[String]| match values.len() {
        SHOWN.. => format!("{} and perhaps others", values.join(", ")),
        _ => list(values),
    };
    let is_same = came.len() == went.len() && came.iter().all(|it| went.contains(it));
    let each = if is_same {
        vec![(came, "came and went")]
    } else {
        vec![(came, "came"), (went, "went")]
    };
    let words: Vec<String> = each
        .into_iter()
        .filter(|(values, _)| !values.is_empty())
        .map(|(values, verb)| format!("{verb}: {}", named(values)))
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
    let of_members = || {
        let told = event.body.changes().iter();
        told.filter(|it| members.contains(&it.subject) && !it.is_held_back())
    };
    let is_loss = |it: &Change| it.severity < Severity::Security && !it.removed.is_empty();
    let reason = if of_members().any(|it| it.used) {
        "you declared to use it"
    } else if of_members().all(is_loss) {
        "it is a first removal"
    } else {
        "nothing like it happened there before"
    };
    let members: Vec<String> = members
        .iter()
        .map(|member| one_member(member.as_str(), "the"))
        .collect();
    Some(format!(
        "Other changes of {} are collected, because they come too often; this one is mailed all the \
         same, because {reason}.",
        first_of(&members)
    ))
}

/// What is to be configured for silence: JSON Pointers, or the rule where what changes is no member;
/// the first three.
fn silence<'a>(
    members: &[&UnstableMember],
    changes: impl Iterator<Item = &'a Change>,
) -> Option<String> {
    let is_no_member = |it: &&UnstableMember| it.member.member().is_none();
    if members.iter().any(is_no_member) {
        let rules = changes
            .map(|change| &change.rule)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .take(3);
        let lines: Vec<String> = rules.map(|rule| format!("`{rule} = \"ignore\"`")).collect();
        return (!lines.is_empty()).then(|| format!("{} in its `severity`", list(&lines)));
    }
    Some(format!("`ignore = [{}]`", pointers(members)))
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
