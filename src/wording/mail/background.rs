//! What a mail says about the past of what it reports.

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};

use super::down;
use super::input::{MailInput, SeenBetween};
use super::news;
use super::reported::reported_changes;
use super::revert::Return;
use super::several;
use super::words::{count, date, list, ordinal};
use crate::meaning::change::Change;
use crate::meaning::rule::Rule;
use crate::policy::event::{Event, EventKind};
use crate::policy::habit;
use crate::policy::mail::MailKind;
use crate::wording::text::duration_words;

/// The event that a mail is mainly about, whose past it tells: the gravest change, of several the first; the
/// gravest of all where nothing changed.
pub fn main_event(events: &[Event]) -> Option<&Event> {
    events.iter().min_by_key(|event| {
        let is_other = event.body.kind() != EventKind::Changed;
        (is_other, Reverse(event.body.severity))
    })
}

/// `Replaced the same way on 2025-11-20.`, where there is something to be said. Each provider has its own
/// past, so nothing is said of several.
pub(super) fn said(input: &MailInput<'_>) -> Option<String> {
    let [_] = several::providers(input.events).as_slice() else {
        return None;
    };
    match input.kind {
        MailKind::Failing => of_outage(input),
        MailKind::Recovered => of_end(input),
        MailKind::Changed | MailKind::Damped => of_change(input),
        _ => None,
    }
}

fn of_outage(input: &MailInput<'_>) -> Option<String> {
    let ended = &input.background?.ended_outages;
    let last = date(*ended.first()?);
    if down::reminded(input.events).is_some() {
        return None;
    }
    Some(match ended.len() {
        1 => format!("It was down once before, until {last}."),
        many => format!(
            "It was down {} times before, last until {last}.",
            count(many)
        ),
    })
}

/// `This was outage 7 since 2025-05-29, the second in June.`
fn of_end(input: &MailInput<'_>) -> Option<String> {
    let background = input.background?;
    let ended = &background.ended_outages;
    let last = *ended.first()?;
    let now = input.events.iter().map(|event| event.body.at).max()?;
    let month = |at: Timestamp| at.strftime("%B %Y").to_string();
    let this = month(now);
    let of_month = 1 + ended.iter().filter(|at| month(**at) == this).count();
    let first = background.first_document_at;
    let mut said = match first {
        // Only so many are looked up.
        Some(first) if ended.len() < 20 => format!(
            "This was outage {} since {}",
            count(ended.len() + 1),
            date(first)
        ),
        Some(_) | None => "It was down before".to_owned(),
    };
    match of_month {
        1 => said.push_str(&format!("; the one before ended on {}.", date(last))),
        many => said.push_str(&format!(", the {} in {this}.", ordinal(many as u64))),
    }
    Some(said)
}

fn of_change(input: &MailInput<'_>) -> Option<String> {
    let background = input.background?;
    let is_changed = |event: &&Event| event.body.kind() == EventKind::Changed;
    let event = main_event(input.events).filter(is_changed)?;
    let changes = reported_changes(input.kind, event);
    let gravest = *changes.first()?;
    if gravest.rule == Rule::JwksDisjoint {
        return of_keys(event, gravest, &background.replaced_keys);
    }
    let is_return = news::return_of(input.kind, input.events, input.answers);
    // If the state returns to the one right before, the first sentence says so already.
    let is_said = event.body.old_since() == event.body.returned_to();
    if is_return == Some(Return::Again) && !is_said {
        let mut touched = background.touched.iter();
        let last = touched.find(|last| gravest.subject == last.member.as_str())?;
        return way(gravest, &date(last.at));
    }
    // What is back is in the first sentence.
    None
}

/// How many earlier replacements are told with their dates.
const DATED: usize = 4;

/// When the signing keys were all replaced before, and how often that was, if it was regular. `before` has
/// the latest first.
fn of_keys(event: &Event, change: &Change, before: &[SeenBetween]) -> Option<String> {
    let last = before.first()?;
    if change.habit.is_some() {
        return match before {
            [last, first, ..] => Some(format!("Before {} and {}.", seen(first), seen(last))),
            _ => None,
        };
    }
    // What happened at an unknown time is no part of a rhythm.
    let known = before.iter().take_while(|it| it.after.is_none());
    let mut times: Vec<Timestamp> = known.map(|it| it.at).collect();
    times.reverse();
    if let Some(habit) = habit::habit(&times) {
        let every = duration_words(SignedDuration::from_secs(habit.every));
        let after = duration_words(event.body.at.duration_since(last.at));
        return Some(format!(
            "It replaced them every {every} until {}; this time it was after {after}.",
            date(last.at)
        ));
    }
    let dates: Vec<String> = before.iter().take(DATED).rev().map(seen).collect();
    Some(match before.len() {
        1 => format!(
            "Its signing keys were all replaced once before, {}.",
            dates.concat()
        ),
        2 => format!(
            "Its signing keys were all replaced twice before, {}.",
            list(&dates)
        ),
        many if many <= DATED => format!(
            "Its signing keys were all replaced {} times before, at no fixed interval: {}.",
            count(many),
            list(&dates)
        ),
        many => format!(
            "Its signing keys were all replaced {} times before, at no fixed interval, last {}.",
            count(many),
            list(&dates)
        ),
    })
}

/// `on 2026-02-13`, `between 2026-05-09 and 2026-05-25 (not watched)`.
fn seen(one: &SeenBetween) -> String {
    match one.after {
        None => format!("on {}", date(one.at)),
        Some(after) => format!("between {} and {} (not watched)", date(after), date(one.at)),
    }
}

/// Since when the value was different.
fn way(gravest: &Change, date: &str) -> Option<String> {
    let came = gravest.before.is_none() && gravest.removed.is_empty();
    let went = gravest.after.is_none() && gravest.added.is_empty();
    if came {
        let was = if gravest.added.len() > 1 {
            "They were"
        } else {
            "It was"
        };
        return Some(format!("{was} taken away on {date}."));
    }
    let they = if gravest.removed.len() > 1 {
        "They"
    } else {
        "It"
    };
    went.then(|| format!("{they} came on {date}."))
}
