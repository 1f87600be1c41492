//! The summary: values never seen before that damped members showed, held back until now.
//!
//! It names them, says since when, and whether they are gone again as far as its own events know.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::headline::{Headline, HeadlineSubject, headline_of};
use super::highlight::shown;
use super::hosts::{HostMoves, HostSwitch};
use super::input::MailInput;
use super::lead::{NewsText, lead};
use super::page::MailTone;
use super::reported::reported_changes;
use super::subject_words::{Remark, SubjectWords};
use super::value_group::{
    NewValue, ValueGroup, at_new_addresses, endpoints, host, new, other_values, parts,
};
use super::words::{at, count, cut, date, first, list, name};
use crate::meaning::change::Change;
use crate::policy::damping;
use crate::policy::event::Event;
use crate::policy::mail::MailKind;
use crate::wording::noun::noun;
use crate::wording::text::duration_words;

/// Values never seen appeared on damped members.
pub(super) fn summary(events: &[Event], who: &str) -> Option<NewsText> {
    let all: Vec<&Event> = events.iter().collect();
    let headline = headline_of(MailKind::Summary, &all)?;
    let severity = headline.severity;
    let new = new(events);
    let parts = parts(&new);
    let words: Vec<String> = parts.iter().map(ValueGroup::sentence).collect();
    let what = match words.as_slice() {
        // Events of an earlier version do not know which values these were.
        [] => headline.what.words(),
        [_] | [_, _] | [_, _, _] => list(&words),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", count(rest.len())),
    };
    let references: Vec<&Event> = events.iter().collect();
    let (moves, _) = HostMoves::of(&references);
    let are_moves = !parts.is_empty() && parts.iter().all(|part| part.host.is_some());
    let switch = moves.told(&endpoints(&parts)).filter(|_| are_moves);
    let host = match parts.as_slice() {
        [part] => part.host.as_deref(),
        _ => None,
    };
    let grown = grown(events, &parts);
    let sentence = match (&switch, host) {
        (Some(switch), _) => format!(
            "{who} {} ({severity}).{}",
            switch.predicate,
            moves.now(host)
        ),
        (None, Some(host)) => format!(
            "{who} moved {} to {}, where only others were before ({severity}).{}",
            endpoints(&parts),
            cut(host, 80),
            moves.now(Some(host)),
        ),
        (None, None) if grown.is_some() => {
            format!("{who} added {what}, none removed ({severity}).")
        }
        (None, None) => format!(
            "{who} showed {what} for the first time ({severity}).{}",
            moves.now(None),
        ),
    };
    let first = new.iter().map(|new| new.event.body.at).min().map(date);
    let what = match (parts.as_slice(), first, &switch) {
        (_, _, Some(switch)) => SubjectWords::of_forms(switch.subject.clone()),
        _ if grown.is_some() => SubjectWords::of_forms(grown.unwrap_or_default()),
        ([_], Some(first), None) if host.is_some() => {
            let what = endpoints(&parts);
            SubjectWords::plain(format!("{what} where others were before, since {first}"))
        }
        (_, Some(first), None) if are_moves => {
            SubjectWords::plain(format!("{} since {first}", at_new_addresses(&parts)))
        }
        ([one, others @ ..], Some(first), None) => {
            SubjectWords::plain(format!("{} since {first}", one.subject()))
                .and(other_values(others).as_deref())
        }
        _ => headline.what.within("", ", collected until now"),
    };
    Some(NewsText {
        what,
        remark: Some(Remark::Severity(severity)),
        lead: lead(
            "SUMMARY",
            MailTone::Of(severity),
            sentence,
            when(events, &new),
            Some(advice(headline, switch.as_ref())),
        ),
    })
}

/// What to do about values that were collected.
fn advice(headline: Headline, switch: Option<&HostSwitch>) -> String {
    match (headline.thing, headline.nodes, switch) {
        (HeadlineSubject::Host, Some(nodes), Some(switch)) => nodes.advice_late(&switch.new),
        (HeadlineSubject::Host, Some(_), None) => headline.advice,
        (HeadlineSubject::Host, None, _) => {
            "let your clients read the addresses from the document, or allow all hosts that \
             it shows in turn: whoever reads it has followed already."
                .to_owned()
        }
        (HeadlineSubject::Issuer | HeadlineSubject::Other, _, _) => headline.advice,
    }
}

/// `39 new scopes since 2026-02-17, a and b among them`: a list that only grew, the fullest words first.
fn grown(events: &[Event], parts: &[ValueGroup<'_>]) -> Option<Vec<String>> {
    let [part] = parts else {
        return None;
    };
    // Few are named.
    if part.news.len() <= 3 {
        return None;
    }
    let told = || {
        let each = events.iter();
        each.flat_map(|event| reported_changes(MailKind::Summary, event))
    };
    let is_growth = |change: &Change| change.removed.is_empty() && change.before.is_none();
    let is_set = |change: &Change| !change.added.is_empty();
    if part.host.is_some() || !told().all(|change| is_growth(change) && is_set(change)) {
        return None;
    }
    let since = date(part.news.iter().map(|new| new.event.body.at).min()?);
    let number = count(part.number());
    let what = match noun(part.member) {
        Some(noun) => format!("{number} new {noun}s"),
        None => format!("{number} new values of {}", name(part.member)),
    };
    let named = part.first_names().into_iter();
    let mut forms: Vec<String> = named
        .map(|few| format!("{what} since {since}, {few} among them"))
        .collect();
    forms.push(format!("{what} since {since}, none removed"));
    Some(forms)
}

/// When the next summary of the same member may come.
pub(super) fn next(input: &MailInput<'_>) -> Option<String> {
    let damped = input.background?.damped_at?;
    let due = input
        .events
        .iter()
        .filter_map(|event| event.body.summary_at)
        .max()?;
    let next = damping::summary_after(damped, due)?;
    Some(format!(
        "Mails about it are held back since {}. The next summary comes on {} at the earliest, if values come \
         that were never seen; when it has come to rest, you get one mail, and every change is mailed at once \
         again.",
        date(damped),
        date(next)
    ))
}

/// Whether the values are still there, by the documents as they are now. Addresses are told by where they
/// are now.
pub(super) fn still_there(input: &MailInput<'_>) -> Option<Presence> {
    let background = input.background?;
    let new = new(input.events);
    let mut values = new.iter().filter(|new| host(new).is_none()).peekable();
    values.peek()?;
    let is_there = |new: &&NewValue<'_>| {
        let present = &background.present;
        let mut of_event = present.iter().filter(|(event, _)| *event == new.event.id);
        of_event.any(|(_, values)| values.contains(new.value))
    };
    let (there, gone): (Vec<&NewValue<'_>>, Vec<&NewValue<'_>>) = values.partition(is_there);
    let names: Vec<String> = gone.iter().map(|new| shown(new.value, 60)).collect();
    let went = went(&background.went, &gone);
    let are = match (there.len(), gone.len()) {
        (1, 0) => "It is still there.".to_owned(),
        (2, 0) => "Both are still there.".to_owned(),
        (all, 0) => format!("All {} are still there.", count(all)),
        (0, 1) => format!("It {went}."),
        (0, 2) => format!("Both {went}."),
        (0, many) => format!("All {} {went}.", count(many)),
        (_, 1) => format!("{} {went}.", first(&names)),
        (_, _) => format!("Of these {} {went}.", first(&names)),
    };
    Some(Presence {
        sentence: are,
        is_gone: there.is_empty(),
    })
}

/// `went again on 2025-09-12`; when it was is left out where it is not known of each of them.
fn went(known: &[(Value, Timestamp)], gone: &[&NewValue<'_>]) -> String {
    let went_at = |new: &&NewValue<'_>| {
        let times = known.iter().filter(|(value, _)| value == new.value);
        times.map(|(_, at)| *at).max()
    };
    let times: Option<BTreeSet<String>> = gone.iter().map(|new| went_at(new).map(date)).collect();
    let days: Vec<String> = times.unwrap_or_default().into_iter().collect();
    match (days.as_slice(), gone.len()) {
        ([first, .., last], _) => format!("went again, from {first} to {last}"),
        ([day], _) => format!("went again on {day}"),
        ([], 1) => "is gone again".to_owned(),
        ([], _) => "are gone again".to_owned(),
    }
}

/// What became of values since they were seen first.
pub(super) struct Presence {
    /// `Both are still there.`
    pub(super) sentence: String,
    /// Whether none of them is there any more.
    pub(super) is_gone: bool,
}

/// What is told so long after it happened says so.
const LATE: SignedDuration = SignedDuration::from_hours(48);

fn when(events: &[Event], new: &[NewValue<'_>]) -> String {
    let times = || new.iter().map(|new| new.event.body.at);
    let all = || events.iter().map(|event| event.body.at);
    let first = times().min().or_else(|| all().min());
    let last = times().max().or_else(|| all().max());
    let (Some(first), Some(last)) = (first, last) else {
        return String::new();
    };
    let mut when = if first == last {
        format!("First seen {}", at(first))
    } else {
        format!("First seen from {} to {}", at(first), at(last))
    };
    let members: BTreeSet<&str> = new.iter().map(|it| it.change.subject.as_str()).collect();
    let what = match Vec::from_iter(members).as_slice() {
        [one] => format!("{} had", name(one)),
        _ => "they had".to_owned(),
    };
    let due = events
        .iter()
        .filter_map(|event| event.body.summary_at)
        .max();
    let lasted = due.map(|due| due.duration_since(first));
    let is_late = |lasted: &SignedDuration| *lasted >= LATE;
    let late = lasted.filter(is_late).map_or_else(String::new, |lasted| {
        format!(", {} before this summary", duration_words(lasted))
    });
    when.push_str(&format!(
        "{late}, and held back since then, because {what} changed too often."
    ));
    when
}
