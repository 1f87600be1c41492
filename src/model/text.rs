//! Text for people: what came from outside made harmless, times and durations in words.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::parse::type_words;

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

/// Words about spaces that nobody would see: at the start, at the end, several in a row; `None`
/// where there are none. A value with such spaces is to be quoted.
pub fn odd_spaces(text: &str) -> Option<&'static str> {
    if text.ends_with(' ') {
        Some("a space at the end")
    } else if text.starts_with(' ') {
        Some("a space at the start")
    } else if text.contains("  ") {
        Some("several spaces in a row")
    } else {
        None
    }
}

/// A JSON value on one line, strings without quotes (but for what would not be seen: nothing, and
/// spaces), a key of a key set by its kid, made visible and cut to `max` characters.
pub fn visible_value(value: &Value, max: usize) -> String {
    let text = match value {
        Value::String(text) if text.is_empty() => return "\"\" (empty)".to_owned(),
        Value::String(text) => {
            let shown = bounded(&visible(text), max);
            return match odd_spaces(text) {
                Some(remark) => format!("\"{shown}\" ({remark})"),
                None => shown,
            };
        }
        Value::Null => "(absent)".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            let words = super::keys::words(value).unwrap_or_else(|| value.to_string());
            visible(&words)
        }
    };
    bounded(&text, max)
}

/// The same where the JSON type is what matters: a text in quotes, and said to be one.
pub fn typed_value(value: &Value, max: usize) -> String {
    match value {
        Value::String(text) => format!("\"{}\" (text)", bounded(&visible(text), max)),
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            visible_value(value, max)
        }
    }
}

/// The name of a member on one line, one that would not be seen in quotes.
pub fn visible_name(name: &str) -> String {
    visible_value(&Value::from(name), 80)
}

/// Whether two values are of different JSON types, so that each must be shown with its own.
pub fn differ_in_type(before: Option<&Value>, after: Option<&Value>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => type_words(before) != type_words(after),
        (None, _) | (_, None) => false,
    }
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

/// JSON text in which every character is escaped that a terminal could take for a command, or that
/// nobody would see. It means the same to whoever parses it.
pub fn escaped_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // What is below is escaped already, or stands between the values.
        if c < '\u{7F}' || !is_hidden(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    }
    out
}

fn is_hidden(c: char) -> bool {
    // Noncharacters are the last two of each plane, and a row of Arabic forms.
    let is_noncharacter = u32::from(c) & 0xFFFE == 0xFFFE;
    c.is_control()
        || is_noncharacter
        || matches!(c,
            '\u{00A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{205F}' | '\u{3000}'
            | '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}'
            | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202F}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{2800}' | '\u{1D159}' | '\u{1D173}'..='\u{1D17A}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{13430}'..='\u{1345F}' | '\u{16FE4}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FFFC}'
            | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// A duration in words, rounded to the nearest of its unit, the two largest units at most: `40 s`,
/// `3 h 30 min`, `46 days`. A day less some seconds is a day, to whoever reads it.
pub fn duration_words(duration: SignedDuration) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let seconds = duration.as_secs().max(0);
    let rounded = |unit: i64| seconds.saturating_add(unit / 2) / unit;
    let pair = |whole: i64, unit: &str, small_unit: &str| match (whole / 60, whole % 60) {
        (large, 0) => format!("{large} {unit}"),
        (large, small) => format!("{large} {unit} {small} {small_unit}"),
    };
    if rounded(HOUR) >= 48 {
        format!("{} days", rounded(DAY))
    } else if rounded(MINUTE) >= 600 {
        format!("{} h", rounded(HOUR))
    } else if rounded(MINUTE) >= 60 {
        pair(rounded(MINUTE), "h", "min")
    } else if seconds >= 10 * MINUTE {
        format!("{} min", rounded(MINUTE))
    } else if seconds >= MINUTE {
        pair(seconds, "min", "s")
    } else {
        format!("{seconds} s")
    }
}

/// A time as people read it: `2026-11-23 02:15 UTC`.
pub fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// `1,214`.
pub fn grouped(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
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
    let is_typed = differ_in_type(change.before.as_ref(), change.after.as_ref());
    let shown = if is_typed { typed_value } else { visible_value };
    for (sign, value) in single {
        if let Some(value) = value {
            lines.push((sign, shown(value, 300)));
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
    fn a_duration_is_rounded_and_not_cut_off() {
        let words = |seconds| duration_words(SignedDuration::from_secs(seconds));
        assert_eq!(words(8 * 86_400 - 120), "8 days");
        assert_eq!(words(86_400 - 30), "24 h");
        assert_eq!(words(2 * 86_400 - 90), "2 days");
        assert_eq!(words(47 * 3_600), "47 h");
        assert_eq!(words(3_600 - 10), "1 h");
        assert_eq!(words(36_000 - 10), "10 h");
        assert_eq!(words(12 * 60 + 40), "13 min");
    }

    #[test]
    fn spaces_that_nobody_would_see_are_quoted_and_named() {
        let shown = |text: &str| visible_value(&Value::from(text), 60);
        assert_eq!(shown("link "), "\"link \" (a space at the end)");
        assert_eq!(shown(" link"), "\" link\" (a space at the start)");
        assert_eq!(shown("a  b"), "\"a  b\" (several spaces in a row)");
        assert_eq!(shown("a b"), "a b");
        assert_eq!(shown(""), "\"\" (empty)");
        assert_eq!(shown("a\u{a0}b"), "a<U+00A0>b");
    }

    #[test]
    fn a_text_is_told_from_what_it_looks_like() {
        let shown = |value: Value| typed_value(&value, 60);
        assert_eq!(shown(Value::from("true")), "\"true\" (text)");
        assert_eq!(shown(Value::from(true)), "true");
        assert_eq!(shown(Value::from("1")), "\"1\" (text)");
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(visible_value(&Value::from("abcdefgh"), 6), "abc...");
    }

    #[test]
    fn json_is_escaped_where_a_terminal_or_a_reader_would_be_fooled_and_means_the_same() {
        let text = "\u{9b}31m\u{7f}\u{202e}\u{2800}\u{e000}\u{10ffff}\u{1d173} é 漢 \n";
        let json = serde_json::to_string(text).unwrap();
        let escaped = escaped_json(&json);
        let expected = r#""\u009b31m\u007f\u202e\u2800\ue000\udbff\udfff\ud834\udd73 é 漢 \n""#;
        assert_eq!(escaped, expected);
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }
}
