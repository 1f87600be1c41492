//! Times, durations, numbers and the values of a change, as people read them.

use std::error::Error;

use jiff::{SignedDuration, Timestamp};

use crate::document::text::visible;
use crate::document::value::{differ_in_type, typed_value, visible_value};

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

/// `1 poll`, `3 polls`.
pub fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// `is` or `are`, as the number asks for.
pub fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// The text quoted so that a shell takes it as one word.
pub fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    let text = visible(text);
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The values of a change as lines: sign, value made visible; at most 20 of a set.
pub fn change_lines(change: &crate::meaning::change::Change) -> Vec<(char, String)> {
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

/// An error with its causes on one line; some of them say what the one before said, as an error of SQLite
/// and the code in it do.
pub fn causes(error: &dyn Error) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut cause = Some(error);
    while let Some(current) = cause {
        let message = current.to_string();
        if !words.last().is_some_and(|last| last.ends_with(&message)) {
            words.push(message);
        }
        cause = current.source();
    }
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_errors_of_a_chain_say_alike_is_said_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("{0}")]
        struct Said(&'static str, #[source] Option<Box<Said>>);
        let full = || Some(Box::new(Said("disk is full", None)));
        let once = Said(
            "while committing",
            Some(Box::new(Said("disk is full", full()))),
        );
        assert_eq!(causes(&once), "while committing: disk is full");
        let held = Said("cannot write: disk is full", full());
        assert_eq!(causes(&held), "cannot write: disk is full");
        let other = Said("disk is full", Some(Box::new(Said("code 13", None))));
        assert_eq!(causes(&other), "disk is full: code 13");
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
}
