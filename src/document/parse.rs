//! Bytes to JSON, suspiciously: duplicate names are seen, nesting is bounded, a BOM is tolerated,
//! and private key material does not get past this file.
//!
//! Of a name that stands twice the last value wins, as in the clients that we warn for. Secrets are
//! replaced while the bytes are read and not afterwards: a value that a second one of the same name
//! hides would else survive in the bytes that are kept.

use serde::de::DeserializeSeed as _;
use serde_json::{Map, Value};

use super::failure::Failure;
use super::kind::Kind;

mod blank;
mod bounds;
mod came;
mod lenient;
mod node;
mod position;
mod secret;

pub use blank::{Blank, blanked};
use bounds::Count;
pub use came::{Came, title};
pub use lenient::canonical_number;
use node::Node;
use position::Place;

/// Deepest nesting of a document that is read.
const MAX_DEPTH: usize = 32;
/// Most duplicate names that are remembered.
const MAX_DUPLICATES: usize = 20;
/// Most members that are remembered for a secret in them.
const MAX_SECRETS: usize = 20;
/// What stands for private key material from here on.
pub const REMOVED: &str = "[removed by issuerwatch]";

/// A JSON object as received, less secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// Its members.
    pub members: Map<String, Value>,
    /// JSON Pointers to names that stood more than once in their object, in order of appearance.
    pub duplicates: Vec<String>,
    /// Those of them whose values differ, so that two clients read two documents.
    pub conflicts: Vec<String>,
    /// Whether it began with a byte order mark.
    pub bom: bool,
    /// Members in which private key material was replaced, so that the bytes must not be kept as
    /// they are. It may have stood where a second value of the same name hides it.
    pub secrets: Vec<String>,
    /// Where that was, for who keeps the bytes.
    pub blanks: Vec<Blank>,
}

/// Reads a body. What is no document of its kind is a failure that says what it is instead.
pub fn parse(kind: Kind, bytes: &[u8], content_type: Option<&str>) -> Result<Parsed, Failure> {
    let parsed = object(kind, bytes, content_type).map_err(|came| came.failure())?;
    match Came::instead_of(kind, &parsed) {
        Some(came) => Err(came.failure()),
        None => Ok(parsed),
    }
}

/// Reads a JSON object, whatever it is about.
pub fn object(kind: Kind, bytes: &[u8], content_type: Option<&str>) -> Result<Parsed, Came> {
    let (bytes, bom) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let mut notes = Notes::default();
    // In a key set there is nothing but keys.
    let value = read(bytes, kind == Kind::Jwks, &mut notes);
    if notes.too_deep {
        return Err(Came::Deep(MAX_DEPTH));
    }
    match value {
        Err(error) => Err(Came::of_bytes(bytes, content_type, &error)),
        Ok(Value::Object(_)) if notes.count.is_over() => Err(Came::Many(notes.count.excess())),
        Ok(Value::Object(members)) => Ok(Parsed {
            members,
            duplicates: notes.duplicates,
            conflicts: notes.conflicts,
            bom,
            secrets: notes.secrets,
            blanks: notes.blanks,
        }),
        Ok(other) => Err(Came::NoObject(type_words(&other))),
    }
}

/// Reads one JSON text.
fn read(bytes: &[u8], in_keys: bool, notes: &mut Notes) -> Result<Value, serde_json::Error> {
    let bytes = lenient::whole_characters(bytes);
    let mut reader = serde_json::Deserializer::from_slice(&bytes);
    let root = Node {
        depth: 0,
        index: 0,
        in_keys,
        place: None,
        notes,
    };
    let value = root.deserialize(&mut reader)?;
    reader.end().map(|()| value)
}

/// A text from outside that stands beside a body, such as the address it came from: a secret in it is
/// removed, and the text with it.
pub fn less_secrets(text: String) -> String {
    match secret::hidden(&text, false) {
        Some(_) => REMOVED.to_owned(),
        None => text,
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

#[derive(Default)]
struct Notes {
    duplicates: Vec<String>,
    conflicts: Vec<String>,
    too_deep: bool,
    secrets: Vec<String>,
    count: Count,
    blanks: Vec<Blank>,
    /// How many values were begun, the whole not counted.
    values: usize,
    /// The text that was removed last as one of a key.
    key_text: Option<usize>,
    /// Whether the key of which a text was the first line may follow.
    is_begun: bool,
}

impl Notes {
    fn secret(&mut self, member: &str) {
        let is_known = self.secrets.iter().any(|known| known == member);
        if !is_known && self.secrets.len() < MAX_SECRETS {
            self.secrets.push(member.to_owned());
        }
    }

    /// What stands for a value that is removed.
    fn removed(&mut self, place: Option<&Place<'_>>, blank: Blank) -> Value {
        self.secret(place.map_or("", Place::member));
        self.blanks.push(blank);
        Value::from(REMOVED)
    }

    fn repeated(&mut self, place: Place<'_>, differs: bool) {
        let pointer = || {
            let mut pointer = String::new();
            place.write(&mut pointer);
            pointer
        };
        // Twenty harmless ones must not hide a conflict.
        if differs && self.conflicts.len() < MAX_DUPLICATES {
            self.conflicts.push(pointer());
        }
        if self.duplicates.len() < MAX_DUPLICATES {
            self.duplicates.push(pointer());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::failure::FailureKind;

    const K: Kind = Kind::OpenidConfiguration;

    fn refused(text: &str) -> FailureKind {
        parse(K, text.as_bytes(), None).unwrap_err().kind
    }

    fn members(text: &str) -> Parsed {
        let text = text.replacen('{', r#"{"issuer":"https://a.example","#, 1);
        let mut parsed = parse(K, text.as_bytes(), None).unwrap();
        parsed.members.remove("issuer");
        parsed
    }

    #[test]
    fn the_last_of_two_values_wins_and_the_name_is_noted() {
        let parsed = members(r#"{"a":1,"b":{"c":1,"c":2},"a":3}"#);
        assert_eq!(
            Value::Object(parsed.members),
            serde_json::json!({"a": 3, "b": {"c": 2}})
        );
        assert_eq!(parsed.duplicates, ["/b/c", "/a"]);
        let parsed = members(r#"{"a":1,"b":{"c":1,"c":1},"a":3}"#);
        assert_eq!(parsed.conflicts, ["/a"]);
    }

    #[test]
    fn a_byte_order_mark_is_tolerated_and_noted() {
        let parsed = parse(Kind::Jwks, b"\xEF\xBB\xBF{\"keys\":[]}", None);
        assert!(parsed.unwrap().bom);
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
        assert_eq!(refused("{}"), FailureKind::NotAnObject);
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            format!(r#"{{"issuer":"https://a.example","a":{open}1{close}}}"#)
        };
        assert!(parse(K, nested(31).as_bytes(), None).is_ok());
        assert_eq!(refused(&nested(32)), FailureKind::TooLarge);
        assert_eq!(refused(&nested(100_000)), FailureKind::TooLarge);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            drop(parse(K, &bytes, None));
        }
    }
}
