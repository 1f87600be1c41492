//! Bytes to JSON, suspiciously: duplicate names are seen, nesting is bounded, a BOM is tolerated,
//! and private key material does not get past this file.
//!
//! Of a name that stands twice the last value wins, as in the clients that we warn for. Secrets are
//! replaced while the bytes are read and not afterwards: a value that a second one of the same name
//! hides would else survive in the bytes that are kept.

use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::failure::Failure;
use super::kind::Kind;

mod bounds;
mod came;
mod lenient;
mod place;
mod secret;

use bounds::{Count, Sort};
pub use came::{Came, title};
pub use lenient::canonical_number;
use place::{Place, Step};

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
    let value = read(bytes, 0, kind == Kind::Jwks, &mut notes);
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
        }),
        Ok(other) => Err(Came::NoObject(type_words(&other))),
    }
}

/// Reads one JSON text, `level` texts deep within others.
fn read(
    bytes: &[u8],
    level: usize,
    in_keys: bool,
    notes: &mut Notes,
) -> Result<Value, serde_json::Error> {
    let bytes = lenient::whole_characters(bytes);
    let mut reader = serde_json::Deserializer::from_slice(&bytes);
    let root = Node {
        depth: 0,
        level,
        in_keys,
        place: None,
        notes,
    };
    let value = root.deserialize(&mut reader)?;
    reader.end().map(|()| value)
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
}

impl Notes {
    fn secret(&mut self, member: &str) {
        let is_known = self.secrets.iter().any(|known| known == member);
        if !is_known && self.secrets.len() < MAX_SECRETS {
            self.secrets.push(member.to_owned());
        }
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

struct Node<'a> {
    depth: usize,
    /// How many texts it stands within.
    level: usize,
    /// Whether it stands where keys stand.
    in_keys: bool,
    place: Option<&'a Place<'a>>,
    notes: &'a mut Notes,
}

impl Node<'_> {
    /// Whether there is too much of it already: the rest is counted and not kept. Not so in a text
    /// within it, which is read for a secret to the end.
    fn is_only_counted(&self) -> bool {
        self.level == 0 && self.notes.count.is_over()
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
        if self.is_only_counted() {
            return Ok(Value::Null);
        }
        if secret::hides_in(value, self.level, self.in_keys) {
            let member = self.place.map_or("", Place::member);
            self.notes.secret(member);
            return Ok(Value::from(REMOVED));
        }
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        let are_keys = self.place.is_some_and(|place| place.is_named("keys"));
        loop {
            let place = Place {
                outer: self.place,
                step: Step::Index(values.len()),
            };
            let inner = deeper(&mut self, &place, false)?;
            match elements.next_element_seed(inner)? {
                Some(value) => {
                    let sort = if are_keys { Sort::Key } else { Sort::Value };
                    self.notes.count.add(sort);
                    if !self.is_only_counted() {
                        values.push(value);
                    }
                }
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        let mut private: Vec<String> = Vec::new();
        let mut is_text = false;
        let mut number = None;
        while let Some(Name(name)) = entries.next_key()? {
            let is_number = members.is_empty() && name == lenient::NUMBER;
            let name = lenient::kept_name(name);
            let place = Place {
                outer: self.place,
                step: Step::Name(&name),
            };
            let inner = if is_number {
                beside(&mut self, &place)
            } else {
                deeper(&mut self, &place, secret::holds_keys(&name))?
            };
            let value = entries.next_value_seed(inner)?;
            if is_number {
                number = value.as_str().and_then(|text| text.parse().ok());
            } else {
                let is_member = self.place.is_none();
                let sort = if is_member { Sort::Member } else { Sort::Value };
                self.notes.count.add(sort);
            }
            if self.is_only_counted() {
                continue;
            }
            if let Some(first) = members.get(&name) {
                self.notes.repeated(place, *first != value);
            }
            if secret::is_private(&name, &value) {
                private.push(name.clone());
                is_text |= !value.is_number();
            }
            members.insert(name, value);
        }
        if let Some(number) = number.filter(|_| members.len() == 1) {
            return Ok(Value::Number(number));
        }
        if !private.is_empty() && (self.in_keys || secret::looks_like_key(&members, is_text)) {
            for name in &private {
                self.notes.secret(self.place.map_or(name, Place::member));
            }
            secret::remove(&mut members);
        }
        Ok(Value::Object(members))
    }
}

fn deeper<'a, E: de::Error>(
    node: &'a mut Node<'_>,
    place: &'a Place<'a>,
    holds_keys: bool,
) -> Result<Node<'a>, E> {
    if node.depth >= MAX_DEPTH {
        node.notes.too_deep = true;
        return Err(E::custom("too deep"));
    }
    Ok(Node {
        depth: node.depth + 1,
        level: node.level,
        in_keys: node.in_keys || holds_keys,
        place: Some(place),
        notes: node.notes,
    })
}

/// The digits of a number are no level of their own.
fn beside<'a>(node: &'a mut Node<'_>, place: &'a Place<'a>) -> Node<'a> {
    Node {
        depth: node.depth,
        level: node.level,
        in_keys: node.in_keys,
        place: Some(place),
        notes: node.notes,
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
    use crate::model::failure::FailureKind;

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
