//! What a mail says about the past of what it reports.

use std::cmp::Reverse;

use jiff::SignedDuration;

use super::down;
use super::highlight::shown;
use super::input::MailInput;
use super::news;
use super::reported::reported_changes;
use super::revert::Return;
use super::several;
use super::words::{count, counted, date, list, name};
use crate::meaning::change::Change;
use crate::meaning::rule::Rule;
use crate::policy::event::{Event, EventKind};
use crate::policy::habit;
use crate::policy::mail::MailKind;
use crate::wording::noun::noun;
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

fn of_change(input: &MailInput<'_>) -> Option<String> {
    let background = input.background?;
    let is_changed = |event: &&Event| event.body.kind() == EventKind::Changed;
    let event = main_event(input.events).filter(is_changed)?;
    let changes = reported_changes(input.kind, event);
    let gravest = *changes.first()?;
    if gravest.rule == Rule::JwksDisjoint && gravest.habit.is_some() {
        return match background.replaced_keys.as_slice() {
            [last, before, ..] => Some(format!("Before on {} and {}.", date(*before), date(*last))),
            _ => None,
        };
    }
    if gravest.rule == Rule::JwksDisjoint {
        let last_at = *background.replaced_keys.first()?;
        let last = date(last_at);
        let mut times = background.replaced_keys.clone();
        times.reverse();
        if let Some(habit) = habit::habit(&times) {
            let every = duration_words(SignedDuration::from_secs(habit.every));
            let after = duration_words(event.body.at.duration_since(last_at));
            return Some(format!(
                "It replaced them every {every} until {last}; this time it was after {after}."
            ));
        }
        return Some(match background.replaced_keys.as_slice() {
            [_] => format!("Its signing keys were all replaced once before, on {last}."),
            [_, first] => format!(
                "Its signing keys were all replaced twice before, on {} and {last}.",
                date(*first)
            ),
            many => format!(
                "Its signing keys were all replaced {} times before, last on {last}.",
                count(many.len())
            ),
        });
    }
    let is_return = news::return_of(input.kind, input.events, input.answers);
    // If the state returns to the one right before, the first sentence says so already.
    let is_said = event.body.old_since() == event.body.returned_to();
    if is_return == Some(Return::Again) && !is_said {
        let mut touched = background.touched.iter();
        let (_, at) = touched.find(|(member, _)| gravest.subject == member.as_str())?;
        return way(gravest, &date(*at));
    }
    if is_return.is_some() {
        return None;
    }
    let mut known = background.known_values.iter();
    let (member, known) = known.find(|(member, _)| gravest.subject == member.as_str())?;
    let number = u64::try_from(known.len()).unwrap_or(u64::MAX);
    let one = noun(member).unwrap_or("value");
    Some(match gravest.added.len() {
        _ if known.is_empty() => return None,
        all if all == known.len() => "It had all of that before.".to_owned(),
        _ if known.len() <= 2 => {
            let names: Vec<String> = known.iter().map(|value| shown(value, 60)).collect();
            format!("It had {} before, the others are new.", list(&names))
        }
        all if all - known.len() <= 2 => {
            let added = gravest.added.iter();
            let new = added.filter(|value| !known.contains(value));
            let names: Vec<String> = new.map(|value| shown(value, 60)).collect();
            let are = if names.len() == 1 { "is" } else { "are" };
            format!(
                "Of these, {} {are} new; it had the others before.",
                list(&names)
            )
        }
        _ => format!(
            "Of what it gained in {}, it had {} before.",
            name(member),
            counted(number, one)
        ),
    })
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
