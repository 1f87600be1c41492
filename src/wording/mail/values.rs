//! The values of a change, line by line: gone and new, as few lines as they need.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde_json::Value;

use super::highlight::{broken, plain, replaced, shown};
use super::keys;
use super::limits::Limits;
use super::page::{Line, ShownLines, Sign, Span};
use super::publication::by_default;
use super::words::{is_harmless, name};
use crate::document::kind::Kind;
use crate::document::member::names;
use crate::document::member::{self, On};
use crate::document::severity::{Group, Severity};
use crate::document::value::{differ_in_type, typed_value};
use crate::meaning::change::Change;
use crate::meaning::diff::Publication;

/// Most characters of values that stand beside each other.
const PACKED: usize = 73;

/// The lines of a change that stands beside others.
pub(super) fn of(
    kind: Kind,
    publication: Publication,
    change: &Change,
    others: &[&Change],
    limits: &Limits,
) -> ShownLines {
    if let Some(lines) = switched(publication, change, limits.value) {
        return ShownLines { lines, more: None };
    }
    if change.group == Group::Keys {
        return keys::lines(change, others, limits);
    }
    let (lines, left_out) = match (&change.before, &change.after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
            names.sort();
            names.dedup();
            let changed = names
                .into_iter()
                .filter(|name| before.get(*name) != after.get(*name));
            let pairs: Vec<_> = changed
                .map(|key| (key, before.get(key), after.get(key)))
                .collect();
            properties(&pairs, limits)
        }
        (before, after) => {
            let mut lines = pair("", before.as_ref(), after.as_ref(), limits.value);
            let (set, left_out) = of_set(kind, change, limits);
            lines.extend(set);
            (lines, left_out)
        }
    };
    let more = (left_out > 0).then(|| limits.left_out(left_out));
    ShownLines { lines, more }
}

/// What differs in two objects, name by name, and how much of that is left out.
fn properties(
    pairs: &[(&String, Option<&Value>, Option<&Value>)],
    limits: &Limits,
) -> (Vec<Line>, usize) {
    let mut lines: Vec<Line> = Vec::new();
    let mut left_out = 0;
    for (key, old, new) in pairs {
        if lines.len() >= limits.values {
            left_out += 1;
            continue;
        }
        let key = format!("{}: ", name(key));
        let mut pair = pair(&key, *old, *new, limits.value);
        let mut last = None;
        for line in &mut pair {
            // On the first line of each of the two values; a value can take several.
            if last != Some(line.sign) {
                line.spans.insert(0, Span::plain(key.clone()));
            }
            last = Some(line.sign);
        }
        lines.append(&mut pair);
    }
    (lines, left_out)
}

/// Values that went and came, the gravest first, and how many are left out.
fn of_set(kind: Kind, change: &Change, limits: &Limits) -> (Vec<Line>, usize) {
    let set = [(Sign::Old, &change.removed), (Sign::New, &change.added)];
    let total = change.removed.len() + change.added.len();
    let mut left_out = total.saturating_sub(limits.values);
    // One that could stand in place of the line that counts it is shown.
    let mut room = limits.values + usize::from(left_out == 1);
    left_out -= usize::from(left_out == 1);
    let mut lines = Vec::new();
    // A response type is words separated by spaces: two beside each other would read as one.
    let is_alone = change.subject == names::RESPONSE_TYPES_SUPPORTED;
    for (sign, values) in set {
        let mut values: Vec<&Value> = values.iter().collect();
        let grave = gravity(kind, change, sign);
        values.sort_by_key(|value| {
            let is_used = sign == Sign::Old && change.used_values.contains(value);
            let weight = value.as_str().and_then(|text| grave.get(text));
            (!is_used, Reverse(weight))
        });
        values.truncate(room);
        room -= values.len();
        let texts = values.into_iter().map(|value| {
            let text = if is_alone {
                shown(value, limits.value)
            } else {
                quoted(value, limits.value)
            };
            // If all values are used, the title says so.
            let is_used = sign == Sign::Old && change.used_values.contains(value);
            let used = if is_used { "   you use this" } else { "" };
            format!("{text}{used}")
        });
        if is_alone {
            lines.extend(texts.map(|text| plain(sign, text)));
        } else {
            lines.extend(packed(sign, texts));
        }
    }
    (lines, left_out)
}

/// The severity of each value of which a table knows that it is more than info.
fn gravity(kind: Kind, change: &Change, sign: Sign) -> HashMap<&'static str, Severity> {
    let (values, on) = match sign {
        Sign::Old => (&change.removed, On::Removed),
        Sign::New => (&change.added, On::Added),
    };
    let texts: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
    member::value_rules(kind, change.subject.as_str(), &texts, on)
        .filter(|row| row.severity > Severity::Info)
        .map(|row| (row.value, row.severity))
        .collect()
}

/// A value that stands among others: in quotes where it has spaces of its own.
pub(super) fn quoted(value: &Value, max: usize) -> String {
    let text = shown(value, max);
    match value.as_str() {
        Some(of) if of.contains(' ') && !text.starts_with('"') => format!("\"{text}\""),
        _ => text,
    }
}

/// Values as lines: those that are one word each beside each other, as many as a line takes.
pub(super) fn packed(sign: Sign, texts: impl Iterator<Item = String>) -> Vec<Line> {
    let mut lines: Vec<(String, bool)> = Vec::new();
    for text in texts {
        let is_word = is_harmless(&text);
        match lines.last_mut() {
            Some((last, true)) if is_word && last.len() + 1 + text.len() <= PACKED => {
                last.push(' ');
                last.push_str(&text);
            }
            _ => lines.push((text, is_word)),
        }
    }
    lines
        .into_iter()
        .map(|(text, _)| plain(sign, text))
        .collect()
}

/// Two values, one of which is the default of a member that is left out.
fn switched(publication: Publication, change: &Change, max: usize) -> Option<Vec<Line>> {
    let (before, after) = (change.before.as_ref()?, change.after.as_ref()?);
    let is_typed = differ_in_type(Some(before), Some(after));
    let shown = |value| {
        if is_typed {
            typed_value(value, max)
        } else {
            shown(value, max)
        }
    };
    let (before, after) = match publication {
        Publication::Came => (by_default(before, max), shown(after)),
        Publication::Went => (shown(before), by_default(after, max)),
        Publication::Kept => return None,
    };
    Some(vec![plain(Sign::Old, before), plain(Sign::New, after)])
}

/// Two values; a name is to be put before each.
fn pair(key: &str, before: Option<&Value>, after: Option<&Value>, max: usize) -> Vec<Line> {
    if let (Some(before), Some(after)) = (before, after) {
        return replaced(key, before, after, max);
    }
    let values = [(Sign::Old, before), (Sign::New, after)].into_iter();
    let lines = values.filter_map(|(sign, value)| Some(broken(sign, key, value?, max)));
    lines.flatten().collect()
}
