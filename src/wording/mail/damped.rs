//! Leads of mails about members that do not rest. How to read the silence from then on is told by
//! `damped_notes`, what is held back by `collected`, and their rest by `settled`.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::Timestamp;

use super::headline::{Headline, headline_of_all};
use super::lead::{NewsText, lead, when, when_again};
use super::next_mail::{from_now_on, next};
use super::nodes::NodeMove;
use super::page::MailTone;
use super::subject_words::{Remark, SubjectWords};
use super::words::{counted, date, list, name, ordinal};
use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::policy::event::{Event, EventKind, UnstableMember};
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
    let others: Vec<&Event> = of_kind().filter(|it| it.id != event.id).collect();
    let mut sentence = format!("{who} {}", happened(event, &members, &headline));
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
    let mut when = if is_known(event) {
        format!(
            "{} What it shows now was seen here before.",
            when_again(event)
        )
    } else {
        when(event)
    };
    if let Some(next) = next(&all_members) {
        when.push(' ');
        when.push_str(&next);
    }
    let word = severity.as_str().to_uppercase();
    Some(NewsText {
        what: subject(&members, &also, &headline, &from_now_on(&all_members)),
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

/// What the subject says: what happened, or that addresses switch, and how often that was.
fn subject(
    members: &[&UnstableMember],
    also: &[&UnstableMember],
    headline: &Headline,
    from_now_on: &str,
) -> SubjectWords {
    let (changes, span) = so_often(members);
    let what = match switching(members) {
        // What may be an attack is never told as a switch.
        Some((_, hosts)) if headline.severity < Severity::Security => {
            let verb = if members.len() == 1 {
                "switches"
            } else {
                "switch"
            };
            let what = members_words(members, "the");
            format!("{what} {verb} between {} hosts", hosts.len())
        }
        Some(_) | None => headline.brief.clone(),
    };
    if also.is_empty() {
        let short = format!("{what}, {from_now_on}");
        let long = format!("{what}, {changes} change{span}, {from_now_on}");
        return SubjectWords::of_forms(vec![long, short]);
    }
    let also = members_words(also, "the");
    SubjectWords::plain(format!("{what}, {from_now_on}, {also} too"))
}

/// What happened, behind the provider, how often it was, and what happens from now on.
fn happened(event: &Event, members: &[&UnstableMember], headline: &Headline) -> String {
    let Some((_, hosts)) = switching(members) else {
        return format!(
            "{}.{} {}",
            headline.predicate,
            headline.also,
            habit(members, is_of_sets(event))
        );
    };
    let (changes, span) = so_often(members);
    let they = if members.len() == 1 {
        "It switches"
    } else {
        "They switch"
    };
    let number = hosts.len();
    let often =
        format!("for the {changes} time{span}: further switches are collected instead of mailed.");
    let Some(nodes) = &headline.nodes else {
        return format!(
            "{}.{} {they} between {number} hosts, {often}",
            headline.predicate, headline.also
        );
    };
    // The host before is one of those that are named below.
    let new = if is_all_new(event) {
        ", never seen here before"
    } else {
        ""
    };
    format!(
        "moved {} to {}{new}.{} {they} between {number} hosts that look like nodes of one service, {often}",
        members_words(members, "the"),
        nodes.to(),
        headline.also
    )
}

/// How often it was, what alternates, and what happens from now on.
fn habit(members: &[&UnstableMember], are_sets: bool) -> String {
    let (changes, span) = so_often(members);
    let what = members_words(members, "the");
    if only_grew(members) {
        return format!(
            "It is the {changes} time{span} that {what} grew, and nothing was removed: further additions are \
             collected instead of mailed."
        );
    }
    let often = match members {
        [_] => format!("change of {what}{span}"),
        _ => format!("time that {what} changed{span}"),
    };
    let swings =
        alternating(members).map_or_else(String::new, |it| format!(" {it} came and went."));
    let gone = gone(members).filter(|_| are_sets).unwrap_or_default();
    format!(
        "It is the {changes} {often}: further ones are collected instead of mailed.{gone}{swings}"
    )
}

/// Whether what changed now are sets: a value that another one replaced is not missing.
fn is_of_sets(event: &Event) -> bool {
    let mut changes = event.body.changes().iter();
    changes.all(|it| it.group != Group::Keys && (!it.added.is_empty() || !it.removed.is_empty()))
}

/// ` Gone since 2025-08-15: a and b.`: what went while the changes were counted and did not come back.
fn gone(members: &[&UnstableMember]) -> Option<String> {
    let [one] = members else {
        return None;
    };
    let came = &one.movement.came;
    let went = one.movement.went.iter();
    let mut gone: Vec<String> = went
        .filter(|value| !came.contains(value))
        .cloned()
        .collect();
    if gone.len() > GONE + 1 {
        let others = gone.split_off(GONE).len();
        gone.push(format!("{others} others"));
    }
    let since = date(one.since);
    (!gone.is_empty()).then(|| format!(" Gone since {since}: {}.", list(&gone)))
}

/// Most values that are named as gone, where there are more than one more.
const GONE: usize = 4;

/// Values that came and went while the changes were counted: the first few by name.
fn alternating(members: &[&UnstableMember]) -> Option<String> {
    let [one] = members else {
        return None;
    };
    let went = &one.movement.went;
    let both: Vec<String> = one
        .movement
        .came
        .iter()
        .filter(|value| went.contains(value))
        .cloned()
        .collect();
    match both.as_slice() {
        [] => None,
        [_] | [_, _] | [_, _, _] => Some(list(&both)),
        // How many there are in all is not known: only the latest are remembered.
        [one, two, ..] => Some(format!("{one}, {two} and others")),
    }
}

/// The hosts between which addresses switch, and since when; `None` where it is no such thing.
pub(super) fn switching(members: &[&UnstableMember]) -> Option<(Timestamp, Vec<String>)> {
    let mut hosts: Vec<String> = Vec::new();
    for member in members {
        let values = member.movement.went.iter().chain(&member.movement.came);
        for value in values {
            let host = host_of(value)?;
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
    }
    hosts.sort_unstable();
    let since = members.iter().map(|it| it.since).min()?;
    (2..=HOSTS).contains(&hosts.len()).then_some((since, hosts))
}

/// Most hosts that are told as places between which addresses switch.
const HOSTS: usize = 6;

/// The host of an address, which may be cut behind it.
fn host_of(value: &str) -> Option<String> {
    let (_, rest) = value.split_once("://")?;
    let (host, _) = rest.split_once('/')?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    (!host.is_empty() && host.bytes().all(is_plain)).then(|| host.to_owned())
}

/// The changes that brought something. What only goes brings no value, and key sets are made of new keys.
fn brought(event: &Event) -> impl Iterator<Item = &Change> {
    let changes = event.body.changes().iter();
    changes.filter(|change| {
        change.group != Group::Keys && (change.after.is_some() || !change.added.is_empty())
    })
}

/// Whether nothing that was brought was ever seen here.
fn is_all_new(event: &Event) -> bool {
    let is_new = |change: &Change| {
        change.unseen.len() == change.added.len() + usize::from(change.after.is_some())
    };
    brought(event).next().is_some() && brought(event).all(is_new)
}

/// Whether all that was brought was seen here.
fn is_known(event: &Event) -> bool {
    brought(event).next().is_some() && brought(event).all(|change| change.unseen.is_empty())
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
        [Group::Endpoints] if event.body.severity == Some(Severity::Security) => {
            return headline.advice.clone();
        }
        [Group::Endpoints] if headline.nodes.is_some() => {
            let nodes = headline.nodes.iter();
            let all = |nodes: &NodeMove| match switching(members) {
                Some((_, hosts)) if hosts.len() > 2 => {
                    nodes.advice_about(&format!("all {} named below", hosts.len()))
                }
                Some(_) | None => nodes.advice(),
            };
            return nodes.map(all).collect();
        }
        [Group::Endpoints] => {
            "let your clients read the document at run time, or allow all addresses it shows in \
             turn."
        }
        _ if only_grew(members) => "nothing.",
        _ => match alternating(members) {
            Some(_) => "nothing today; let no client rely on what comes and goes.",
            None => {
                "nothing today; let no client rely on a value before it has stayed for a while."
            }
        },
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

/// The command that shows all changes of damped members, the earlier ones too.
pub(super) fn history(events: &[Event]) -> Option<String> {
    let (event, members) = first(events, EventKind::Damped)?;
    let member = name(members.first()?.member.as_str());
    // A shell reads parentheses.
    let member = if member.starts_with('(') {
        format!("'{member}'")
    } else {
        member
    };
    Some(format!(
        "issuerwatch history {} --member {member}",
        name(&event.provider)
    ))
}

pub(super) fn first(events: &[Event], kind: EventKind) -> Option<(&Event, Vec<&UnstableMember>)> {
    let mut of_kind = events.iter().filter(|event| event.body.kind() == kind);
    let event = of_kind.next()?;
    let all = events.iter().filter(|event| event.body.kind() == kind);
    let members = all.flat_map(|event| event.body.unstable_members());
    Some((event, members.collect()))
}

/// What a member is called that is damped: not all are members of a document.
pub(super) fn one_member(member: &str, article: &str) -> String {
    match member {
        "keys" => format!("{article} key set"),
        "(retrieval)" => format!("{article} way to the document"),
        member => name(member),
    }
}

/// `token_endpoint`, `5 endpoints`, `3 members`.
/// The first word of it, where it is an article, is `article`.
pub(super) fn members_words(members: &[&UnstableMember], article: &str) -> String {
    if members.len() <= 2 {
        let articles = [article, "the"].into_iter();
        let names = members
            .iter()
            .zip(articles)
            .map(|(it, article)| one_member(it.member.as_str(), article));
        return list(&names.collect::<Vec<_>>());
    }
    let mut names = members.iter().map(|it| it.member.as_str());
    let are_endpoints = names.all(|name| name.ends_with("_endpoint") || name.ends_with("_uri"));
    let noun = if are_endpoints { "endpoint" } else { "member" };
    counted(u64::try_from(members.len()).unwrap_or(u64::MAX), noun)
}
