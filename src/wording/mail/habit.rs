//! What a target does again and again: told as what it is.

use super::words::count;
use crate::meaning::change::{Change, Habit};
use crate::meaning::rule::Rule;
use crate::policy::event::Event;
use crate::wording::text::duration_words;
use jiff::SignedDuration;

/// `all 16 keys replaced, as every 30 days (3rd time)`; `all` is how many there were, if all are gone.
pub(super) fn subject(change: &Change, all: Option<usize>) -> Option<String> {
    let habit = of(change)?;
    Some(format!(
        "all {} replaced, as every {} ({} time)",
        keys(all),
        every(habit),
        ordinal(habit.count)
    ))
}

/// `16 keys`, or `signing keys` where others are still there.
fn keys(all: Option<usize>) -> String {
    match all {
        Some(number @ 3..) => format!("{} keys", count(number)),
        Some(_) | None => "signing keys".to_owned(),
    }
}

/// The same in a sentence.
pub(super) fn predicate(change: &Change, all: Option<usize>) -> Option<String> {
    let habit = of(change)?;
    Some(format!(
        "replaced all its {} between two polls, as it does every {}; this was the {} time",
        keys(all),
        every(habit),
        ordinal(habit.count)
    ))
}

/// What to do about it, and what becomes of the next time.
pub(super) fn advice(change: &Change) -> Option<String> {
    of(change)?;
    Some(
        "nothing, if your clients fetch the key set again on a kid they do not know. From now on \
         this is recorded and not mailed; you hear at once when it comes at another time, or a key \
         is swapped under its kid."
            .to_owned(),
    )
}

/// Where the next times are told.
pub(super) fn note(event: &Event) -> Option<String> {
    let mut changes = event.body.changes().iter();
    changes.find_map(of)?;
    Some("The weekly mail tells the next times.".to_owned())
}

fn of(change: &Change) -> Option<Habit> {
    change.habit.filter(|_| change.rule == Rule::JwksDisjoint)
}

fn every(habit: Habit) -> String {
    duration_words(SignedDuration::from_secs(habit.every))
}

/// `3rd`, `11th`.
fn ordinal(number: u64) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
