//! Bytes to JSON, suspiciously: duplicate names are seen, nesting is bounded, a BOM is tolerated.
//!
//! Of a name that stands twice the last value wins, as in the clients that we warn for.

use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::observation::{Failure, FailureKind};
use super::text::{bounded, visible};

/// Deepest nesting of a document that is read.
const MAX_DEPTH: usize = 32;
/// Most duplicate names that are remembered.
const MAX_DUPLICATES: usize = 20;

/// A JSON object as received.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// Its members.
    pub members: Map<String, Value>,
    /// Names that stood more than once, in any object of it, in order of appearance.
    pub duplicates: Vec<String>,
    /// Whether it began with a byte order mark.
    pub bom: bool,
}

/// Reads a body. What is not a JSON object is a failure that says what it is instead.
pub fn parse(bytes: &[u8]) -> Result<Parsed, Failure> {
    let (bytes, bom) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let mut notes = Notes {
        duplicates: Vec::new(),
        too_deep: false,
    };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Node {
        depth: 0,
        notes: &mut notes,
    }
    .deserialize(&mut reader);
    if notes.too_deep {
        let detail = format!("nested more deeply than {MAX_DEPTH}");
        return Err(failure(FailureKind::TooLarge, detail));
    }
    match value.and_then(|value| reader.end().map(|()| value)) {
        Err(error) => Err(failure(FailureKind::NotJson, describe(bytes, &error))),
        Ok(Value::Object(members)) => Ok(Parsed {
            members,
            duplicates: notes.duplicates,
            bom,
        }),
        Ok(other) => {
            let detail = format!("JSON, but {} instead of an object", type_words(&other));
            Err(failure(FailureKind::NotAnObject, detail))
        }
    }
}

fn failure(kind: FailureKind, detail: String) -> Failure {
    Failure {
        kind,
        status: None,
        detail,
    }
}

/// The JSON type in words.
pub fn type_words(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn describe(bytes: &[u8], error: &serde_json::Error) -> String {
    let head = String::from_utf8_lossy(bytes.get(..512.min(bytes.len())).unwrap_or_default());
    let start = head.trim_start();
    if start.is_empty() {
        return "empty body".to_owned();
    }
    if start.starts_with('<') {
        return "HTML or XML instead of JSON".to_owned();
    }
    bounded(&format!("not JSON: {}", visible(&error.to_string())), 300)
}

struct Notes {
    duplicates: Vec<String>,
    too_deep: bool,
}

struct Node<'a> {
    depth: usize,
    notes: &'a mut Notes,
}

impl Node<'_> {
    fn deeper<E: de::Error>(&mut self) -> Result<Node<'_>, E> {
        if self.depth >= MAX_DEPTH {
            self.notes.too_deep = true;
            return Err(E::custom("too deep"));
        }
        Ok(Node {
            depth: self.depth + 1,
            notes: self.notes,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = elements.next_element_seed(self.deeper()?)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(Name(name)) = entries.next_key()? {
            let value = entries.next_value_seed(self.deeper()?)?;
            if members.contains_key(&name) && self.notes.duplicates.len() < MAX_DUPLICATES {
                self.notes.duplicates.push(name.clone());
            }
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

struct Name(String);

impl<'de> serde::Deserialize<'de> for Name {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> FailureKind {
        parse(text.as_bytes()).unwrap_err().kind
    }

    #[test]
    fn the_last_of_two_values_wins_and_the_name_is_noted() {
        let parsed = parse(br#"{"a":1,"b":{"c":1,"c":2},"a":3}"#).unwrap();
        assert_eq!(
            Value::Object(parsed.members),
            serde_json::json!({"a": 3, "b": {"c": 2}})
        );
        assert_eq!(parsed.duplicates, ["c", "a"]);
    }

    #[test]
    fn a_byte_order_mark_is_tolerated_and_noted() {
        assert!(parse(b"\xEF\xBB\xBF{}").unwrap().bom);
    }

    #[test]
    fn what_is_no_json_object_says_what_it_is() {
        assert_eq!(
            refused("<!doctype html><title>Sign in</title>"),
            FailureKind::NotJson
        );
        assert_eq!(refused("{} x"), FailureKind::NotJson);
        assert_eq!(refused(""), FailureKind::NotJson);
        assert_eq!(refused("[1]"), FailureKind::NotAnObject);
        assert_eq!(refused("null"), FailureKind::NotAnObject);
    }

    #[test]
    fn nesting_is_bounded() {
        let nested =
            |depth: usize| format!(r#"{{"a":{}1{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(31).as_bytes()).is_ok());
        assert_eq!(refused(&nested(32)), FailureKind::TooLarge);
        assert_eq!(refused(&nested(100_000)), FailureKind::TooLarge);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            drop(parse(&bytes));
        }
    }
}
