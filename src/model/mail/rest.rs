//! Leads of mails about members that do not rest: damped, collected, settled.

use std::collections::BTreeSet;

use super::lead::{Told, lead, when};
use super::page::Tone;
use super::subject::headline_of;
use super::words::{count, counted, date, list, name};
use super::{at, item};
use crate::model::event::{Event, EventKind, Restless};
use crate::model::letter::MailKind;
use crate::model::severity::Severity;
use crate::model::text::duration_words;

/// Further changes of these members are collected from now on.
pub(super) fn damped(events: &[Event], who: &str) -> Option<Told> {
    let (event, members) = first(events, EventKind::Damped)?;
    let what = members_words(&members);
    let verb = if members.len() == 1 {
        "changes"
    } else {
        "change"
    };
    let severity = event.body.severity.unwrap_or(Severity::Info);
    let sentence = damped_sentence(&members, who);
    let advice = format!(
        "nothing if your clients read the document at run time. To get every mail: `damping = \
         false` for {who}; to get none: {}.",
        silence(&members, event)
    );
    let subject = format!("{what} {verb} again and again, mails about it held back");
    let told = lead(
        "DAMPED",
        Tone::Of(severity),
        sentence,
        when(event),
        Some(advice),
    );
    Some((subject, Some(severity.to_string()), told))
}

/// What a damped member means, for a mail of its own or beside other news.
pub(super) fn damped_sentence(members: &[&Restless], who: &str) -> String {
    let changes = members
        .iter()
        .map(|it| it.changes)
        .max()
        .unwrap_or_default();
    let since = members.iter().map(|it| it.since).min();
    let last = members.iter().map(|it| it.last_change_at).max();
    let span = since
        .zip(last)
        .map(|(since, last)| last.duration_since(since));
    let span = span.map_or(String::new(), |span| {
        format!(" in {}", duration_words(span))
    });
    format!(
        "{} of {who} changed for the {} time{span}; further changes are collected instead of mailed.",
        members_words(members),
        ordinal(changes)
    )
}

/// How to read the silence, below the first damped mail.
pub(super) fn damped_notes() -> Vec<String> {
    vec![
        "Still mailed at once: an issuer or a domain never seen here, any other member, an outage."
            .to_owned(),
        "Collected: a summary comes on a Monday if a value appears that was never seen; one mail \
         comes when it has come to rest."
            .to_owned(),
    ]
}

/// Why a change of a damped member is mailed, lest the silence about its others surprises.
pub(super) fn told_all_the_same(event: &Event) -> Option<String> {
    let members = &event.body.circumstance.told_all_the_same;
    if members.is_empty() {
        return None;
    }
    let members: Vec<String> = members.iter().map(|member| name(member)).collect();
    let verb = if members.len() == 1 { "is" } else { "are" };
    Some(format!(
        "{} {verb} damped and otherwise held back; a move to what was never seen there, and the way \
         back, are mailed all the same.",
        list(&members)
    ))
}

/// These members have come to rest.
pub(super) fn settled(events: &[Event], who: &str) -> Option<Told> {
    let (event, members) = first(events, EventKind::Settled)?;
    let sentence = settled_sentence(&members, who);
    let since = members.iter().map(|it| it.since).min()?;
    let held: u64 = members.iter().map(|it| it.changes).sum();
    let new: u64 = members.iter().map(|it| it.new_values).sum();
    let values = match new {
        0 => "no value among them was new".to_owned(),
        _ => format!("{} among them had never been seen", counted(new, "value")),
    };
    let mut when = format!("Damped since {}: ", date(since));
    when.push_str(&match held {
        0 => "nothing was held back.".to_owned(),
        _ => format!("{} held back, {values}.", counted(held, "change")),
    });
    let net = if event.body.changes.is_empty() {
        "It is as it was before it was damped.".to_owned()
    } else {
        "Below is the difference to the state before it was damped.".to_owned()
    };
    let told = lead(
        "SETTLED",
        Tone::Good,
        sentence,
        format!("{when} {net}"),
        None,
    );
    let subject = format!("{} at rest, mails come again", members_words(&members));
    Some((subject, None, told))
}

/// What rest means, for a mail of its own or beside other news.
pub(super) fn settled_sentence(members: &[&Restless], who: &str) -> String {
    let last = members.iter().map(|it| it.last_change_at).max();
    let last = last.map(at).unwrap_or_default();
    let (verb, them) = match members.len() {
        1 => ("has", "it"),
        _ => ("have", "them"),
    };
    format!(
        "{} of {who} {verb} not changed since {last}; mails about {them} come one by one again.",
        members_words(members)
    )
}

/// Values never seen appeared on damped members.
pub(super) fn summary(events: &[Event], who: &str) -> Option<Told> {
    let all: Vec<&Event> = events.iter().collect();
    let headline = headline_of(MailKind::Summary, &all)?;
    let changes = events
        .iter()
        .flat_map(|event| item::told_changes(MailKind::Summary, event));
    let number = u64::try_from(changes.count()).unwrap_or(u64::MAX);
    let number = counted(number, "change");
    let (first, last) = (all.first()?.body.at, all.last()?.body.at);
    let sentence =
        format!("{number} of damped members of {who}, with values that were never seen before.");
    let when = if first == last {
        format!("Held back since {}.", at(first))
    } else {
        format!("Held back, from {} to {}.", at(first), at(last))
    };
    let told = lead("SUMMARY", Tone::Of(headline.severity), sentence, when, None);
    let subject = format!("held back until now: {}", headline.subject);
    Some((subject, Some(headline.severity.to_string()), told))
}

fn first(events: &[Event], kind: EventKind) -> Option<(&Event, Vec<&Restless>)> {
    let mut of_kind = events.iter().filter(|event| event.body.kind == kind);
    let event = of_kind.next()?;
    let all = events.iter().filter(|event| event.body.kind == kind);
    let members = all.flat_map(|event| &event.body.circumstance.restless);
    Some((event, members.collect()))
}

/// `token_endpoint`, `5 endpoints`, `3 members`.
fn members_words(members: &[&Restless]) -> String {
    let names = members.iter().map(|it| match it.member.as_str() {
        "keys" => "the key set".to_owned(),
        member => name(member),
    });
    let names: Vec<String> = names.collect();
    if names.len() <= 2 {
        return list(&names);
    }
    let are_endpoints = names
        .iter()
        .all(|name| name.ends_with("_endpoint") || name.ends_with("_uri"));
    let noun = if are_endpoints { "endpoint" } else { "member" };
    counted(u64::try_from(names.len()).unwrap_or(u64::MAX), noun)
}

/// What is to be configured for silence: JSON Pointers, or the rule where what changes is no member;
/// the first three.
fn silence(members: &[&Restless], event: &Event) -> String {
    let is_no_member = |it: &&Restless| it.member.starts_with('(');
    if members.iter().any(is_no_member) {
        let rules = event.body.changes.iter().map(|change| &change.rule);
        let rules: BTreeSet<&String> = rules.collect();
        let rules = rules.into_iter().take(3);
        let lines: Vec<String> = rules.map(|rule| format!("`{rule} = \"ignore\"`")).collect();
        return format!("{} in its `severity`", list(&lines));
    }
    format!("`ignore = [{}]`", pointers(members))
}

/// JSON Pointers as they stand in the configuration; the first three.
fn pointers(members: &[&Restless]) -> String {
    let escaped = members.iter().map(|it| {
        let step = it.member.replace('~', "~0").replace('/', "~1");
        format!("\"/{}\"", name(&step))
    });
    let mut shown: Vec<String> = escaped.take(3).collect();
    if members.len() > 3 {
        shown.push("...".to_owned());
    }
    shown.join(", ")
}

fn ordinal(number: u64) -> String {
    match number {
        3 => "third".to_owned(),
        4 => "fourth".to_owned(),
        5 => "fifth".to_owned(),
        other => {
            let ending = match (other % 10, other % 100) {
                (_, 11..=13) => "th",
                (1, _) => "st",
                (2, _) => "nd",
                (3, _) => "rd",
                _ => "th",
            };
            format!("{}{ending}", count(other))
        }
    }
}
