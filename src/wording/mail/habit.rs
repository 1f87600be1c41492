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

/// That the next times are not mailed, where they are told, and how to have a mail of each; `has_weekly` is
/// whether there is a weekly mail.
pub(super) fn note(event: &Event, has_weekly: bool) -> Option<String> {
    let mut changes = event.body.changes().iter();
    let habit = changes.find_map(of)?;
    let next = event
        .body
        .at
        .checked_add(SignedDuration::from_secs(habit.every));
    let next = next.map_or_else(
        |_| String::new(),
        |at| format!(" (the next about {})", date(at)),
    );
    let told = if has_weekly {
        "told in the weekly mail only"
    } else {
        "recorded and not mailed"
    };
    Some(format!(
        "QUIET FROM NOW ON: replacements on this rhythm{next} are {told}. You hear at once when one \
         comes at another time, or a key is swapped under its kid. To get a mail of each: `severity = \
         {{ {} = \"breaking\" }}` for {}.",
        Rule::JwksDisjoint.id(),
        name(&event.provider)
    ))
}

fn of(change: &Change) -> Option<Habit> {
    change.habit.filter(|_| change.rule == Rule::JwksDisjoint)
}

fn every(habit: Habit) -> String {
    duration_words(SignedDuration::from_secs(habit.every))
}
