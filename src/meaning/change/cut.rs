//! What an event keeps of a value: all of it, unless it is too long to be looked at.
//!
//! The document itself is stored whole, once. A text of a megabyte would stand in an event four times
//! besides: before and after, in the patch, and in what is said of the issuer.

use serde_json::{Map, Value};

use super::Change;
use crate::document::fingerprint::sha256_half;

/// Longest text that is kept whole, in bytes.
const MAX_TEXT: usize = 4 << 10;
/// Longest array or object that is kept whole, in bytes of JSON.
const MAX_NESTED: usize = 16 << 10;
/// What is kept of a longer one, in bytes.
const HEAD: usize = 2 << 10;

/// Cuts the values of a change. A value that was cut states its length and its hash, so that two
/// values that differ still differ. Cutting again changes nothing.
pub fn cut(change: &mut Change) {
    let single = change.before.iter_mut().chain(&mut change.after);
    let elements = change.added.iter_mut().chain(&mut change.removed);
    let copies = change.unseen.iter_mut().chain(&mut change.used_values);
    single.chain(elements).chain(copies).for_each(cut_value);
}

fn cut_value(value: &mut Value) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) if text.len() <= MAX_TEXT => {}
        Value::String(text) => *text = head(text),
        Value::Array(values) => {
            if let Some(head) = nested(&*values) {
                *values = vec![Value::from(head)];
            }
        }
        Value::Object(members) => {
            if let Some(head) = nested(&*members) {
                *members = Map::from_iter([("...".to_owned(), Value::from(head))]);
            }
        }
    }
}

/// The beginning of a value that is too long, with its length and hash; `None` if it is not.
fn nested(value: &impl serde::Serialize) -> Option<String> {
    let text = serde_json::to_string(value).ok()?;
    (text.len() > MAX_NESTED).then(|| head(&text))
}

fn head(text: &str) -> String {
    let start = text
        .get(..text.floor_char_boundary(HEAD))
        .unwrap_or_default();
    let (bytes, hash) = (text.len(), sha256_half(text));
    format!("{start}... ({bytes} bytes in all, half of their SHA-256 is {hash})")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kept(value: Value) -> Value {
        let mut value = value;
        cut_value(&mut value);
        value
    }

    #[test]
    fn a_value_that_is_looked_at_is_kept_whole() {
        for value in [
            json!("x".repeat(MAX_TEXT)),
            json!(vec!["x"; 2_000]),
            json!({"a": {"b": 1}}),
            json!(null),
        ] {
            assert_eq!(kept(value.clone()), value);
        }
    }

    #[test]
    fn a_longer_one_is_kept_by_its_start_its_size_and_its_hash_and_stays_of_its_type() {
        let long = |end: &str| json!("\u{e9}".repeat(450_000) + end);
        let (one, two) = (kept(long("a")), kept(long("b")));
        assert_ne!(one, two);
        let text = one.as_str().unwrap();
        assert!(text.contains("... (900001 bytes in all, half of their SHA-256 is "));
        assert!(text.len() < MAX_TEXT);
        assert!(kept(json!(vec!["x"; 20_000])).is_array());
        let members: Map<String, Value> = (0..2_000).map(|n| (n.to_string(), json!(n))).collect();
        assert!(kept(Value::Object(members)).is_object());
    }

    #[test]
    fn cutting_again_changes_nothing() {
        for value in [json!("x".repeat(900_000)), json!(vec!["x"; 20_000])] {
            let once = kept(value);
            assert_eq!(kept(once.clone()), once);
        }
    }
}
