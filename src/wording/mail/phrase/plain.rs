//! A plain value in the place of another one, told by both: `login.password is now false (was true)`.

use serde_json::Value;

use super::form::{Phrase, phrase};
use crate::meaning::change::Change;
use crate::wording::mail::words::{is_harmless, name};

/// How deep a value is looked for within others.
const DEPTH: usize = 4;

/// The words by value; `None` unless one plain value alone differs and both can stand between our words.
pub(super) fn by_value(change: &Change) -> Option<Phrase> {
    let (mut before, mut after) = (change.before.as_ref()?, change.after.as_ref()?);
    let mut path = name(change.subject.as_str());
    for _ in 0..DEPTH {
        let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else {
            break;
        };
        let mut other = old
            .iter()
            .filter(|(inner, value)| new.get(*inner) != Some(value));
        let (inner, one) = other.next()?;
        // One that came or went beside it would go untold.
        if other.next().is_some() || old.len() != new.len() || !is_harmless(inner) {
            return None;
        }
        (before, after) = (one, new.get(inner)?);
        path = format!("{path}.{inner}");
    }
    let (before, after) = (word(before)?, word(after)?);
    Some(
        phrase(
            format!("{path} is now {after}"),
            format!("set {path} to {after}, instead of {before}"),
            format!("{} changed", name(change.subject.as_str())),
        )
        .or_fuller([format!("{path} is now {after} (was {before})")]),
    )
}

/// A value that reads well in a sentence: an address does not, and what may be mistaken for our own words
/// stands in quotes.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::String(text) if is_harmless(text) && !text.contains("://") => {
            Some(if text == "none" {
                format!("\"{text}\"")
            } else {
                text.clone()
            })
        }
        _ => None,
    }
}
