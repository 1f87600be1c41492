//! Words for changes that a target makes regularly, such as replacing its keys.

use super::keys::Turnover;
use super::words::{count, date, name, numbered};
use crate::meaning::change::{Change, Habit};
use crate::meaning::rule::Rule;
use crate::policy::event::Event;
use crate::wording::text::duration_words;
use jiff::SignedDuration;

/// `all 16 keys replaced, as every 30 days (3rd time)`; `all` is what there was, if all is gone.
pub(super) fn subject(change: &Change, all: Option<Turnover>) -> Option<String> {
    let habit = of(change)?;
    Some(format!(
        "{} replaced, as every {} ({} time)",
        keys(all),
        every(habit),
        numbered(habit.count)
    ))
}

/// `all 16 keys`, or `all signing keys` where others are still there.
fn keys(all: Option<Turnover>) -> String {
    match all {
        Some(all) if all.is_whole && all.gone >= 3 => format!("all {} keys", count(all.gone)),
        Some(all) => all.subject().to_owned(),
        None => "all signing keys".to_owned(),
    }
}

/// The same in a sentence.
pub(super) fn predicate(change: &Change, all: Option<Turnover>) -> Option<String> {
    let habit = of(change)?;
    let keys = match all {
        Some(all) => all.object(),
        None => "all its signing keys".to_owned(),
    };
    Some(format!(
        "replaced {keys} between two polls, as it does about every {}; this was the {} time",
        every(habit),
        numbered(habit.count)
    ))
}

/// Why a change that is a habit matters little.
pub(super) fn why(change: &Change) -> Option<&'static str> {
    of(change)?;
    Some(
        "Clients that fetch the set again on a kid they do not know should go on; that was not tested from here.",
    )
}

/// What to do about a habit.
pub(super) fn advice(change: &Change) -> Option<String> {
    of(change)?;
    Some("nothing, if your clients fetch the key set again on a kid they do not know.".to_owned())
}

/// That the next times are not mailed, how to have a mail of each, and where they are told otherwise;
/// `has_weekly` is whether there is a weekly mail.
pub(super) fn notes(event: &Event, has_weekly: bool) -> Vec<String> {
    let mut changes = event.body.changes().iter();
    let Some(habit) = changes.find_map(of) else {
        return Vec::new();
    };
    let due = event
        .body
        .at
        .checked_add(SignedDuration::from_secs(habit.every));
    let next = match due {
        Ok(due) => format!(" (the next about {})", date(due)),
        Err(_) => String::new(),
    };
    let quiet = format!(
        "QUIET FROM NOW ON: replacements on this rhythm{next} are recorded and not mailed. You hear at once \
         when one comes at another time, or a key is swapped under its kid. To get a mail of each: `severity = \
         {{ {} = \"breaking\" }}` for {}.",
        Rule::JwksDisjoint.id(),
        name(&event.provider)
    );
    let told = "The weekly mail tells the next times.".to_owned();
    std::iter::once(quiet)
        .chain(has_weekly.then_some(told))
        .collect()
}

fn of(change: &Change) -> Option<Habit> {
    change.habit.filter(|_| change.rule == Rule::JwksDisjoint)
}

fn every(habit: Habit) -> String {
    duration_words(SignedDuration::from_secs(habit.every))
}
