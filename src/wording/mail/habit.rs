//! Words for changes that a target makes regularly, such as replacing its keys.

use super::keys::Turnover;
use super::words::{count, date, name, numbered};
use crate::meaning::change::{Change, Habit};
use crate::meaning::rule::Rule;
use crate::policy::event::Event;
use crate::policy::habit::is_counted_out;
use crate::wording::text::duration_words;
use jiff::{SignedDuration, Timestamp};

/// `all 16 keys replaced, as every 30 days, 3rd time in a row`; `all` is what there was, if all is gone.
pub(super) fn subject(change: &Change, all: Option<Turnover>) -> Option<String> {
    let habit = of(change)?;
    Some(format!(
        "{} replaced, as every {}, {} time in a row",
        keys(all),
        every(habit),
        nth("", habit)
    ))
}

/// The keys that have the rhythm: the signing keys. Those for encryption may have another one.
fn keys(all: Option<Turnover>) -> String {
    match all {
        Some(all) if signing(all) == 1 => "signing key".to_owned(),
        Some(all) if all.is_whole && all.encrypting == 0 && all.gone >= 3 => {
            format!("all {} keys", count(all.gone))
        }
        Some(_) | None => "all signing keys".to_owned(),
    }
}

fn signing(all: Turnover) -> usize {
    all.gone.saturating_sub(all.encrypting)
}

/// `3rd` behind the article; `at least the 8th` where no more of the past is remembered.
fn nth(article: &str, habit: Habit) -> String {
    let nth = numbered(habit.count);
    if is_counted_out(habit) {
        format!("at least the {nth}")
    } else {
        format!("{article}{nth}")
    }
}

/// The same in a sentence, and behind it what became of the keys for encryption.
pub(super) fn predicate(change: &Change, all: Option<Turnover>) -> Option<String> {
    let habit = of(change)?;
    let keys = match all {
        // Beside keys for encryption these are the only signing keys, and not the only keys.
        Some(all) => Turnover {
            is_whole: all.is_whole && all.encrypting == 0,
            gone: signing(all),
            encrypting: 0,
            new: all.new.saturating_sub(all.new_encrypting),
            new_encrypting: 0,
        }
        .object(),
        None => "all its signing keys".to_owned(),
    };
    Some(format!(
        "replaced {keys} between two polls, as it does about every {}; this was {} time in a row{}",
        every(habit),
        nth("the ", habit),
        all.and_then(encryption).unwrap_or_default()
    ))
}

/// What became of the keys for encryption, whose rhythm is not known.
fn encryption(all: Turnover) -> Option<String> {
    let keys = match all.encrypting {
        0 => return None,
        1 => "encryption key".to_owned(),
        many => format!("{} encryption keys", count(many)),
    };
    let they = if all.encrypting == 1 { "was" } else { "were" };
    Some(match (all.is_whole, all.new_encrypting) {
        (true, 0) => format!(". Its {keys} {they} removed"),
        (true, new) if new == all.encrypting => format!(". Its {keys} {they} replaced too"),
        (true, 1) => format!(". Its {keys} {they} replaced too, by another one"),
        (true, new) => format!(". Its {keys} {they} replaced too, by {} others", count(new)),
        (false, new) => format!(
            ". Of its encryption keys {} went and {} came",
            count(all.encrypting),
            count(new)
        ),
    })
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

/// That the next times are not mailed, behind the first sentence.
pub(super) fn quiet(event: &Event, change: &Change) -> Option<String> {
    let next = due(event, of(change)?).map_or_else(String::new, |due| {
        format!("; the next is due about {}", date(due))
    });
    Some(format!(
        "From now on replacements on this rhythm are recorded and not mailed{next}."
    ))
}

fn due(event: &Event, habit: Habit) -> Option<Timestamp> {
    let every = SignedDuration::from_secs(habit.every);
    event.body.at.checked_add(every).ok()
}

/// That the next times are not mailed where `is_said` is not set, how to have a mail of each, and where they are told otherwise;
/// `has_weekly` is whether there is a weekly mail.
pub(super) fn notes(event: &Event, has_weekly: bool, is_said: bool) -> Vec<String> {
    let mut changes = event.body.changes().iter();
    let Some(habit) = changes.find_map(of) else {
        return Vec::new();
    };
    let next = due(event, habit).map_or_else(String::new, |due| {
        format!(" (the next about {})", date(due))
    });
    let quiet = if is_said {
        String::new()
    } else {
        format!(
            "QUIET FROM NOW ON: replacements on this rhythm{next} are recorded and not mailed. "
        )
    };
    let quiet = format!(
        "{quiet}You hear at once \
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
