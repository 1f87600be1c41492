//! Values from outside as a reader can take them in: on one line, made visible, bounded.

use serde_json::Value;

use super::json_type::type_words;
use super::key_set;
use super::text::{bounded, odd_spaces, visible};

/// A JSON value on one line, made visible and cut to `max` characters: strings without quotes (except
/// those that would not be seen: empty ones and odd spaces), a key of a key set by its kid.
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
            let words = key_set::words(value).unwrap_or_else(|| value.to_string());
            visible(&words)
        }
    };
    bounded(&text, max)
}

/// The same for where the JSON type matters: a text is put in quotes and said to be a text.
pub fn typed_value(value: &Value, max: usize) -> String {
    match value {
        Value::String(text) => format!("\"{}\" (text)", bounded(&visible(text), max)),
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            visible_value(value, max)
        }
    }
}

/// The name of a member on one line; in quotes if it would not be seen without them.
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
