//! What a change is called where it leads back to what was there before.

use serde_json::Value;

use super::keys::number_of;
use super::phrase::{self, called, few_names, short_name};
use super::words::counted;
use crate::meaning::change::Change;
use crate::wording::noun::{noun, term};

/// What a change is called in a subject where it leads back to what was there before: it has the name
/// that it had the other way.
pub(super) fn back(change: &Change) -> String {
    let called = called(change.subject.as_str());
    // Not "gone again": what came once and went is gone for the first time.
    let way = |is_gain| if is_gain { "back" } else { "gone" };
    let is_gain = !change.added.is_empty();
    if !is_gain && change.removed.is_empty() {
        return match (&change.before, &change.after) {
            (None, Some(_)) => format!("{called} {}", way(true)),
            (Some(_), None) => format!("{called} {}", way(false)),
            (Some(_), Some(Value::Bool(now))) => match (term(change.subject.as_str()), now) {
                (Some(term), true) => format!("{term} offered again"),
                (Some(term), false) => format!("{term} no longer offered, as before"),
                (None, _) => format!("{called} is {now} again"),
            },
            _ => format!("{called} as before"),
        };
    }
    let values = if is_gain {
        &change.added
    } else {
        &change.removed
    };
    if let Some(slash) = phrase::slash_of_only(change) {
        let way = way(slash == phrase::GAINED);
        return format!("trailing slash of the authorization server {way}");
    }
    let way = way(is_gain);
    let is_whole = if is_gain {
        change.size_before == Some(0)
    } else {
        change.size_before == Some(values.len())
    };
    let number = u64::try_from(number_of(values)).unwrap_or(u64::MAX);
    match (short_name(values), noun(change.subject.as_str())) {
        (Some(value), _) if is_whole => format!("{called} {way}: {value}"),
        (None, _) if is_whole => format!("{called} {way}, {}", counted(number, "value")),
        (Some(value), Some(noun)) => format!("{noun} {value} {way}"),
        (None, Some(noun)) if few_names(values).is_some() => {
            format!("{noun}s {} {way}", few_names(values).unwrap_or_default())
        }
        (Some(value), None) => format!("{value} {way} in {called}"),
        (None, Some(noun)) => format!("{} {way}", counted(number, noun)),
        (None, None) => format!("{} {way} in {called}", counted(number, "value")),
    }
}
