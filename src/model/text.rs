//! Text for people: what came from outside made harmless, times and durations in words.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// Makes a text from outside visible on one line: control, bidirectional and invisible characters
/// become `<U+202E>`, so that neither a terminal nor a reader is fooled.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Writing to a `String` cannot fail.
        if is_hidden(c) && write!(out, "<U+{:04X}>", u32::from(c)).is_ok() {
            continue;
        }
        out.push(c);
    }
    out
}

/// A JSON value on one line, strings without quotes, a key of a key set by its kid, made visible and
/// cut to `max` characters.
pub fn visible_value(value: &Value, max: usize) -> String {
    let text = match value {
        Value::String(text) => visible(text),
        Value::Null => "(absent)".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            let words = super::keys::words(value).unwrap_or_else(|| value.to_string());
            visible(&words)
        }
    };
    bounded(&text, max)
}

/// The first `max` characters, with `...` where something was cut off.
pub fn bounded(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(max.saturating_sub(3)).collect();
    cut.push_str("...");
    cut
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}'
            | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// A duration in words, the two largest units at most: `40 s`, `3 h 30 min`, `46 days`.
pub fn duration_words(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600, seconds / 60);
    let pair = |large: i64, unit: &str, small: i64, small_unit: &str| {
        if small == 0 {
            format!("{large} {unit}")
        } else {
            format!("{large} {unit} {small} {small_unit}")
        }
    };
    if days >= 2 {
        format!("{days} days")
    } else if hours >= 1 {
        let minutes = if hours >= 10 { 0 } else { minutes % 60 };
        pair(hours, "h", minutes, "min")
    } else if minutes >= 1 {
        let seconds = if minutes >= 10 { 0 } else { seconds % 60 };
        pair(minutes, "min", seconds, "s")
    } else {
        format!("{seconds} s")
    }
}

/// A time as people read it: `2026-11-23 02:15 UTC`.
pub fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// `1 poll`, `3 polls`.
pub fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// The values of a change as lines: sign, value made visible; at most 20 of a set.
pub fn change_lines(change: &super::change::Change) -> Vec<(char, String)> {
    let mut lines = Vec::new();
    let single = [('-', &change.before), ('+', &change.after)];
    for (sign, value) in single {
        if let Some(value) = value {
            lines.push((sign, visible_value(value, 300)));
        }
    }
    for (sign, values) in [('-', &change.removed), ('+', &change.added)] {
        lines.extend(
            values
                .iter()
                .take(20)
                .map(|value| (sign, visible_value(value, 300))),
        );
        if values.len() > 20 {
            lines.push((sign, format!("... and {} more", values.len() - 20)));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_commands_is_made_visible() {
        assert_eq!(
            visible("a\u{1b}[31mb\r\n\u{202e}c"),
            "a<U+001B>[31mb<U+000D><U+000A><U+202E>c"
        );
        assert_eq!(visible("Zürich"), "Zürich");
    }

    #[test]
    fn durations_have_at_most_two_units() {
        let words = |seconds| duration_words(SignedDuration::from_secs(seconds));
        assert_eq!(words(40), "40 s");
        assert_eq!(words(72), "1 min 12 s");
        assert_eq!(words(45 * 60), "45 min");
        assert_eq!(words(12_600), "3 h 30 min");
        assert_eq!(words(23 * 3_600 + 59), "23 h");
        assert_eq!(words(46 * 86_400), "46 days");
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(visible_value(&Value::from("abcdefgh"), 6), "abc...");
    }
}
