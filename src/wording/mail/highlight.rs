//! Makes the difference of two values visible.
//!
//! A slash that is gone at the end of an issuer breaks every client and cannot be seen between two
//! lines of forty equal characters; so the place is marked where few characters differ. Where a
//! value is too long to be shown whole, what is shown is the part that differs.

use serde_json::Value;

use super::page::{Line, Sign, Span};
use super::words::cut;
use crate::document::text::odd_spaces;
use crate::document::value::{differ_in_type, typed_value, visible_value};

/// Most characters of a line of a value that can be broken.
const WIDE: usize = 72;
/// Most characters that may differ in each of two values for the place to be marked.
const MARKED_AT_MOST: usize = 12;
/// Fewest characters they have in common: of short values one sees what differs.
const COMMON_AT_LEAST: usize = 10;

/// A value as one line: strings as they are, all else as JSON, escaped, at most `max` characters.
pub(super) fn shown(value: &Value, max: usize) -> String {
    match value {
        Value::String(text) if text.is_empty() => visible_value(value, max),
        Value::String(text) => match odd_spaces(text) {
            Some(remark) => format!("\"{}\" ({remark})", cut(text, max)),
            None => cut(text, max),
        },
        other => visible_value(other, max),
    }
}

/// The lines of a value that was replaced: old, then new.
pub(super) fn replaced(key: &str, before: &Value, after: &Value, max: usize) -> Vec<Line> {
    if differ_in_type(Some(before), Some(after)) {
        let values = [(Sign::Old, before), (Sign::New, after)].into_iter();
        let lines = values.map(|(sign, value)| match value {
            Value::String(_) | Value::Null => vec![plain(sign, typed_value(value, max))],
            value => broken(sign, key, value, max),
        });
        return lines.flatten().collect();
    }
    let (Value::String(before), Value::String(after)) = (before, after) else {
        let values = [(Sign::Old, before), (Sign::New, after)].into_iter();
        let lines = values.map(|(sign, value)| broken(sign, key, value, max));
        return lines.flatten().collect();
    };
    let skipped = common_prefix(before, after);
    let is_late = skipped + 20 > max && before.chars().count().max(after.chars().count()) > max;
    let (old, new) = if is_late {
        let start = skipped.saturating_sub(40);
        (window(before, start, max), window(after, start, max))
    } else {
        (
            shown(&Value::String(before.clone()), max),
            shown(&Value::String(after.clone()), max),
        )
    };
    marked(&old, &new)
}

/// A value on as many lines as it takes: one, but for JSON that is wider than a page, which is
/// broken after its commas, where it can still be copied. `key` is what will be put before it.
pub(super) fn broken(sign: Sign, key: &str, value: &Value, max: usize) -> Vec<Line> {
    let text = shown(value, max);
    if !matches!(value, Value::Array(_) | Value::Object(_)) {
        return vec![plain(sign, text)];
    }
    let mut lines: Vec<String> = vec![String::new()];
    let mut room = WIDE.saturating_sub(key.chars().count());
    for piece in text.split_inclusive(',') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + piece.chars().count() <= room => {
                line.push_str(piece);
            }
            Some(line) if line.is_empty() => line.push_str(piece),
            Some(_) | None => {
                room = WIDE;
                lines.push(format!("  {piece}"));
            }
        }
    }
    lines.into_iter().map(|line| plain(sign, line)).collect()
}

/// A line that nothing is marked in.
pub(super) fn plain(sign: Sign, text: String) -> Line {
    Line {
        sign,
        spans: vec![Span::plain(text)],
    }
}

fn window(text: &str, start: usize, max: usize) -> String {
    let rest: String = text.chars().skip(start).collect();
    format!(
        "(from character {}) ...{}",
        super::words::count(start + 1),
        cut(&rest, max)
    )
}

fn common_prefix(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
}

/// Two escaped values as lines, with the place marked where few characters differ.
pub(super) fn marked(old: &str, new: &str) -> Vec<Line> {
    let before: Vec<char> = old.chars().collect();
    let after: Vec<char> = new.chars().collect();
    let shorter = before.len().min(after.len());
    let prefix = common_prefix(old, new);
    let suffix = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take_while(|(a, b)| a == b)
        .count()
        .min(shorter - prefix);
    let is_small = before.len() - prefix - suffix <= MARKED_AT_MOST
        && after.len() - prefix - suffix <= MARKED_AT_MOST;
    let is_worth_it = is_small && prefix + suffix >= COMMON_AT_LEAST;
    [(Sign::Old, before), (Sign::New, after)]
        .into_iter()
        .map(|(sign, characters)| {
            let end = characters.len() - suffix;
            let piece = |from: usize, to: usize| -> String {
                characters.iter().skip(from).take(to - from).collect()
            };
            let spans = if is_worth_it && end > prefix {
                vec![
                    Span::plain(piece(0, prefix)),
                    Span {
                        text: piece(prefix, end),
                        marked: true,
                    },
                    Span::plain(piece(end, characters.len())),
                ]
            } else {
                vec![Span::plain(piece(0, characters.len()))]
            };
            Line { sign, spans }
        })
        .collect()
}
