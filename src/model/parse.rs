//! Bytes to JSON, suspiciously: duplicate names are seen, nesting is bounded, a BOM is tolerated,
//! and private key material does not get past this file.
//!
//! Of a name that stands twice the last value wins, as in the clients that we warn for. Secrets are
//! replaced while the bytes are read and not afterwards: a value that a second one of the same name
//! hides would else survive in the bytes that are kept.

use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::observation::{Failure, FailureKind};
use super::text::{bounded, visible};

/// Deepest nesting of a document that is read.
const MAX_DEPTH: usize = 32;
/// Most duplicate names that are remembered.
const MAX_DUPLICATES: usize = 20;
/// Members of a JWK that are private (RFC 7518 section 6, RFC 8037, RFC 9964): who has them can sign.
const PRIVATE_MEMBERS: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];
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
    /// Whether private key material was replaced, so that the bytes must not be kept as they are.
    pub had_secrets: bool,
}

/// Reads a body. What is not a JSON object is a failure that says what it is instead.
pub fn parse(bytes: &[u8]) -> Result<Parsed, Failure> {
    let (bytes, bom) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let mut notes = Notes::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Node {
        depth: 0,
        place: None,
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
            conflicts: notes.conflicts,
            bom,
            had_secrets: notes.had_secrets,
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
    let head = String::from_utf8_lossy(bytes.get(..4096.min(bytes.len())).unwrap_or_default());
    let start = head.trim_start();
    if start.is_empty() {
        return "empty body".to_owned();
    }
    if start.starts_with('<') {
        return match title(start) {
            Some(title) => format!("HTML instead of JSON (title \"{title}\")"),
            None => "HTML or XML instead of JSON".to_owned(),
        };
    }
    bounded(&format!("not JSON: {}", visible(&error.to_string())), 300)
}

/// The title of a page: what people recognize a login page or a captive portal by.
fn title(page: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower.get(start..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title")?;
    let words: Vec<&str> = page.get(start..end)?.split_whitespace().collect();
    (!words.is_empty()).then(|| bounded(&visible(&words.join(" ")), 80))
}

#[derive(Default)]
struct Notes {
    duplicates: Vec<String>,
    conflicts: Vec<String>,
    too_deep: bool,
    had_secrets: bool,
}

impl Notes {
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

/// Where in the document a value stands: a list from the inside out, made into a pointer only when
/// there is something to report.
#[derive(Clone, Copy)]
struct Place<'a> {
    outer: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

impl Place<'_> {
    fn write(&self, pointer: &mut String) {
        if let Some(outer) = self.outer {
            outer.write(pointer);
        }
        pointer.push('/');
        match self.step {
            Step::Name(name) => pointer.push_str(&name.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => pointer.push_str(&index.to_string()),
        }
    }

    fn is_key(&self) -> bool {
        let outer = self.outer.map(|outer| outer.step);
        matches!(
            (self.step, outer),
            (Step::Index(_), Some(Step::Name("keys")))
        )
    }
}

struct Node<'a> {
    depth: usize,
    place: Option<&'a Place<'a>>,
    notes: &'a mut Notes,
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

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        loop {
            let place = Place {
                outer: self.place,
                step: Step::Index(values.len()),
            };
            let inner = deeper(self.depth, &place, self.notes)?;
            match elements.next_element_seed(inner)? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        let mut has_private = false;
        while let Some(Name(name)) = entries.next_key()? {
            let place = Place {
                outer: self.place,
                step: Step::Name(&name),
            };
            let value = entries.next_value_seed(deeper(self.depth, &place, self.notes)?)?;
            if let Some(first) = members.get(&name) {
                self.notes.repeated(place, *first != value);
            }
            has_private |= PRIVATE_MEMBERS.contains(&name.as_str());
            members.insert(name, value);
        }
        if has_private && (members.contains_key("kty") || self.place.is_some_and(Place::is_key)) {
            remove_secrets(&mut members);
            self.notes.had_secrets = true;
        }
        Ok(Value::Object(members))
    }
}

fn deeper<'a, E: de::Error>(
    depth: usize,
    place: &'a Place<'a>,
    notes: &'a mut Notes,
) -> Result<Node<'a>, E> {
    if depth >= MAX_DEPTH {
        notes.too_deep = true;
        return Err(E::custom("too deep"));
    }
    Ok(Node {
        depth: depth + 1,
        place: Some(place),
        notes,
    })
}

fn remove_secrets(key: &mut Map<String, Value>) {
    for name in PRIVATE_MEMBERS {
        if let Some(value) = key.get_mut(name).filter(|value| !value.is_null()) {
            *value = Value::from(REMOVED);
        }
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
        assert_eq!(parsed.duplicates, ["/b/c", "/a"]);
        let parsed = parse(br#"{"a":1,"b":{"c":1,"c":1},"a":3}"#).unwrap();
        assert_eq!(parsed.conflicts, ["/a"]);
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
    fn a_page_is_called_by_its_title() {
        let failure = parse(b" <!DOCTYPE html><html><Title lang=en>\n Sign\x1b in</title>");
        assert_eq!(
            failure.unwrap_err().detail,
            "HTML instead of JSON (title \"Sign<U+001B> in\")"
        );
    }

    #[test]
    fn private_key_material_does_not_get_in_by_any_way() {
        for text in [
            r#"{"keys":[{"kty":"oct","k":"HUSH"}]}"#,
            r#"{"keys":[{"d":"HUSH"}]}"#,
            r#"{"keys":[{"kty":"RSA","d":"HUSH","d":null}]}"#,
            r#"{"keys":[{"kty":"RSA","\u0064":"HUSH"}]}"#,
            r#"{"keys":[{"kty":"RSA","oth":[{"r":"HUSH"}]}],"keys":[]}"#,
            r#"{"jwks":{"keys":[{"kty":"EC","d":"HUSH"}]}}"#,
            r#"{"other":{"kty":"AKP","priv":"HUSH"}}"#,
        ] {
            let parsed = parse(text.as_bytes()).unwrap();
            assert!(parsed.had_secrets, "{text}");
            assert!(!Value::Object(parsed.members).to_string().contains("HUSH"));
        }
    }

    #[test]
    fn a_member_that_only_has_the_name_of_a_secret_stays() {
        let parsed = parse(br#"{"d":"x","p":{"k":"y"}}"#).unwrap();
        assert!(!parsed.had_secrets);
        assert_eq!(parsed.members.get("d"), Some(&Value::from("x")));
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
