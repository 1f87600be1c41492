//! Bytes to JSON, suspiciously: duplicate names are seen, nesting is bounded, a BOM is tolerated,
//! and private key material does not get past this file.
//!
//! Of a name that stands twice the last value wins, as in the clients that we warn for. Secrets are
//! replaced while the bytes are read and not afterwards: a value that a second one of the same name
//! hides would else survive in the bytes that are kept.

use serde::de::DeserializeSeed as _;
use serde_json::Value;

use super::failure::Failure;
use super::json_type::type_words;
use super::kind::Kind;

mod blank;
mod bounds;
mod lenient;
mod node;
mod notes;
mod other_content;
mod parsed;
mod position;
pub(crate) mod removed;
mod secret;

pub use self::blank::{Blank, blanked};
pub use self::lenient::canonical_number;
use self::node::Node;
use self::notes::{MAX_DEPTH, Notes};
pub use self::other_content::{OtherContent, title};
pub use self::parsed::Parsed;
pub use self::removed::REMOVED;

/// Reads a body. One that is not a document of its kind is a failure that says what it is instead.
pub fn parse(kind: Kind, bytes: &[u8], content_type: Option<&str>) -> Result<Parsed, Failure> {
    let parsed = object(kind, bytes, content_type).map_err(|came| came.failure())?;
    match OtherContent::instead_of(kind, &parsed) {
        Some(came) => Err(came.failure()),
        None => Ok(parsed),
    }
}

/// Reads a JSON object, whatever it is about.
pub fn object(
    kind: Kind,
    bytes: &[u8],
    content_type: Option<&str>,
) -> Result<Parsed, OtherContent> {
    let (bytes, bom) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let mut notes = Notes::default();
    // All that a key set holds is keys.
    let value = read(bytes, kind.is_key_set(), &mut notes);
    if notes.too_deep {
        return Err(OtherContent::Many(bounds::levels(MAX_DEPTH)));
    }
    match value {
        Err(error) => Err(OtherContent::of_bytes(bytes, content_type, &error)),
        Ok(Value::Object(_)) if notes.count.is_over() => {
            Err(OtherContent::Many(notes.count.excess()))
        }
        Ok(Value::Object(members)) => Ok(Parsed {
            members,
            passwords: notes.passwords(),
            duplicates: notes.duplicates,
            conflicts: notes.conflicts,
            bom,
            secrets: notes.secrets,
            blanks: notes.blanks,
        }),
        Ok(other) => Err(OtherContent::NoObject(type_words(&other))),
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
        position: None,
        notes,
    };
    let value = root.deserialize(&mut reader)?;
    reader.end().map(|()| value)
}

/// A text from outside that stands beside a body, such as the address it came from. If there is a
/// secret in it, the whole text is replaced, but of a plain URL only the secret.
pub fn less_secrets(text: String) -> String {
    match secret::hidden(&text, false) {
        Some(hidden) => secret::less_secret(&text, hidden).into_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::failure::FailureKind;

    const K: Kind = Kind::OPENID_CONFIGURATION;

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
        let parsed = parse(Kind::JWKS, b"\xEF\xBB\xBF{\"keys\":[]}", None);
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
