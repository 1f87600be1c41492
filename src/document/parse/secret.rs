//! Which members are private key material, and where it hides.
//!
//! Clients know a key by `kty`, but a key that is published by mistake may lack that. So any object
//! that looks like a key, or stands where keys stand, counts as one: to remove too much costs a value
//! that is not compared, to remove too little keeps a secret for ever.

use std::borrow::Cow;

use serde_json::{Map, Value};

use self::name::{is_private_name, is_type, is_typical};
use super::removed::{REMOVED, REMOVED_PASSWORD};

mod decode;
mod name;
mod text;
mod url;
mod user;

pub(super) use name::{is_private_key_name, is_secret_name};
pub(super) use text::Hidden;

/// Whether a member of a key is private key material. Some libraries write names in capitals, and
/// some write all that a key can have, empty: `oth` is the further primes, of which most have none
/// (RFC 7518 section 6.3.2.7).
pub(super) fn is_private(name: &str, value: &Value) -> bool {
    is_private_name(name) && holds_anything(value)
}

/// Whether there is a text or a number anywhere in a value.
fn holds_anything(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::Number(_) => true,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(values) => values.iter().any(holds_anything),
        Value::Object(members) => members.values().any(holds_anything),
    }
}

/// Whether a member is a secret by its name alone, whatever it stands beside.
pub(super) fn is_secret(name: &str, value: &Value) -> bool {
    holds_text(value) && is_secret_name(name)
}

/// Whether there is a text anywhere in a value.
fn holds_text(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(values) => values.iter().any(holds_text),
        Value::Object(members) => members.values().any(holds_text),
    }
}

/// Whether the value under this name holds keys.
pub(super) fn holds_keys(name: &str) -> bool {
    let name = name.as_bytes();
    let is_jwk = |part: &[u8]| part.eq_ignore_ascii_case(b"jwk");
    let last = |count: usize| name.len().checked_sub(count).and_then(|at| name.get(at..));
    last(4).is_some_and(|end| end.eq_ignore_ascii_case(b"keys"))
        || last(3).is_some_and(|end| end.eq_ignore_ascii_case(b"key"))
        || name.windows(3).any(is_jwk)
}

/// Whether an object that has a private member is a key, wherever it stands. Numbers alone, such as
/// those of a point (`x`, `y`, `d`), do not make it one without a `kty`.
pub(super) fn looks_like_key(members: &Map<String, Value>, is_text: bool) -> bool {
    members.keys().any(|name| is_type(name))
        || (is_text && members.keys().any(|name| is_typical(name)))
}

/// Replaces what is private in a key.
pub(super) fn remove(key: &mut Map<String, Value>) {
    for (name, value) in key.iter_mut() {
        if is_private(name, value) {
            *value = Value::from(REMOVED);
        }
    }
}

/// What is secret in a text: a key in any encoding, or a password in a URL.
pub(super) fn hidden(text: &str, in_keys: bool) -> Option<Hidden> {
    if text == REMOVED {
        return Some(Hidden::Removed);
    }
    let found = text::hidden(text, in_keys);
    found.or_else(|| has_mark(text).then_some(Hidden::RemovedPassword))
}

/// What is secret in texts that belong together: the lines of one.
pub(super) fn hidden_in_lines<'a>(lines: impl Iterator<Item = &'a str>, in_keys: bool) -> bool {
    let lines: Vec<&str> = lines.collect();
    text::hidden(&lines.join("\n"), in_keys).is_some_and(|hidden| hidden != Hidden::Url)
}

/// Whether the octets of a text, written as numbers, are a key.
pub(super) fn hidden_in_octets(values: &[Value]) -> bool {
    if values.len() < decode::SHORTEST {
        return false;
    }
    let octets: Option<Vec<u8>> = values
        .iter()
        .map(|value| u8::try_from(value.as_u64()?).ok())
        .collect();
    octets.is_some_and(|octets| {
        decode::is_private_der(&octets)
            || text::hidden(&String::from_utf8_lossy(&octets), false).is_some()
    })
}

/// Whether a text has lost a password before.
fn has_mark(text: &str) -> bool {
    text == REMOVED_PASSWORD || url::has_mark(text)
}

/// A text from which a secret goes: a plain URL keeps where it leads, of all else nothing is kept.
pub(super) fn less_secret(text: &str, hidden: Hidden) -> Cow<'_, str> {
    match hidden {
        Hidden::RemovedPassword => Cow::Borrowed(text),
        Hidden::Url => {
            url::without_secrets(text).map_or(Cow::Borrowed(REMOVED_PASSWORD), Cow::Owned)
        }
        Hidden::Named => Cow::Borrowed(REMOVED_PASSWORD),
        Hidden::Key | Hidden::Begin | Hidden::Removed => Cow::Borrowed(REMOVED),
    }
}

/// Whether a text can be one more line of a key that was begun.
pub(super) fn continues(text: &str) -> bool {
    text::continues(text)
}

#[cfg(test)]
mod forms;
#[cfg(test)]
mod planted;

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use serde_json::json;

    use super::*;
    use crate::document::kind::Kind;
    use crate::document::parse::{Parsed, object};

    fn parsed(kind: Kind, text: &str) -> Parsed {
        object(kind, text.as_bytes(), None).unwrap()
    }

    fn check_removed(kind: Kind, text: &str) {
        let parsed = parsed(kind, text);
        assert!(!parsed.secrets.is_empty(), "{text}");
        let kept = Value::Object(parsed.members).to_string();
        assert!(!kept.contains("HUSH"), "{text}");
    }

    #[test]
    fn what_was_removed_takes_no_text_beside_it_with_it_when_it_is_read_again() {
        let text = r#"{"a":["client_secret=basic","private_key_jwt"]}"#;
        let once = Value::Object(parsed(Kind::JSON, text).members);
        assert_eq!(once["a"], json!([REMOVED_PASSWORD, "private_key_jwt"]));
        let again = parsed(Kind::JSON, &once.to_string());
        assert_eq!(Value::Object(again.members), once);
        assert!(!again.secrets.is_empty(), "it still is where a secret was");
    }

    fn token(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.c2ln", part(header), part(claims))
    }

    #[test]
    fn private_key_material_does_not_get_in_by_any_way() {
        for text in [
            r#"{"keys":[{"kty":"oct","k":"HUSH"}]}"#,
            r#"{"keys":[{"d":"HUSH"}]}"#,
            r#"{"keys":[{"kty":"RSA","d":"HUSH","d":null}]}"#,
            r#"{"keys":[{"kty":"RSA","\u0064":"HUSH"}]}"#,
            r#"{"keys":[{"kty":"RSA","oth":[{"r":"HUSH"}]}],"keys":[]}"#,
            r#"{"keys":[{"Kty":"RSA","D":"HUSH"}]}"#,
            r#"{"jwks":{"keys":[{"kty":"EC","d":"HUSH"}]}}"#,
            r#"{"other":{"kty":"AKP","priv":"HUSH"}}"#,
            r#"{"x":{"keys":{"kid1":{"n":"AQ","d":"HUSH"}}}}"#,
            r#"{"x":{"keys":{"kid1":{"d":"HUSH"}}}}"#,
            r#"{"x":{"keys":[[{"d":"HUSH"}]]}}"#,
            r#"{"jwks":{"a":{"b":[{"k":"HUSH"}]}}}"#,
            r#"{"signing_jwk":{"k":"HUSH"}}"#,
        ] {
            check_removed(Kind::OPENID_CONFIGURATION, text);
            check_removed(Kind::JWKS, text);
        }
    }

    #[test]
    fn a_key_without_a_type_is_known_by_what_stands_beside_the_secret_in_any_order() {
        for beside in [
            "n", "e", "crv", "x", "y", "pub", "kid", "use", "key_ops", "alg", "x5c",
        ] {
            for text in [
                format!(r#"{{"x_private":{{"{beside}":"AQ","d":"HUSH"}}}}"#),
                format!(r#"{{"x_private":{{"d":"HUSH","{beside}":"AQ"}}}}"#),
            ] {
                check_removed(Kind::OAUTH_AUTHORIZATION_SERVER, &text);
            }
        }
    }

    #[test]
    fn a_key_set_has_no_place_where_a_secret_stays() {
        for text in [
            r#"{"k":"HUSH"}"#,
            r#"{"kid1":{"d":"HUSH"},"keys":[]}"#,
            r#"{"kty":"RSA","p":"HUSH","q":"HUSH"}"#,
            r#"{"keys":[[{"d":"HUSH"}]]}"#,
        ] {
            check_removed(Kind::JWKS, text);
        }
    }

    #[test]
    fn a_member_that_only_has_the_name_of_a_secret_stays() {
        let text =
            r#"{"d":"x","p":{"k":"y"},"q":[{"d":1,"x":2}],"jwks_uri":"https://a.example/k"}"#;
        let parsed = parsed(Kind::OPENID_CONFIGURATION, text);
        assert!(parsed.secrets.is_empty());
        let whole: Value = serde_json::from_str(text).unwrap();
        assert_eq!(Value::Object(parsed.members), whole);
    }

    #[test]
    fn a_token_or_text_that_holds_a_secret_is_removed_whole() {
        let key = json!({"kty": "EC", "crv": "P-256", "d": "HUSH"});
        let in_claims = token(&json!({"alg": "ES256"}), &json!({"jwks": {"keys": [&key]}}));
        let in_header = token(&json!({"alg": "ES256", "jwk": &key}), &json!({"iss": "x"}));
        let nested = token(&json!({"alg": "ES256"}), &json!({"inner": &in_claims}));
        let padded = format!(
            "{}.{}",
            STANDARD.encode(" {}   "),
            STANDARD.encode(key.to_string())
        );
        let pem = "-----BEGIN EC PRIVATE KEY-----\nHUSH";
        for text in [
            &in_claims,
            &in_header,
            &nested,
            &padded,
            &key.to_string(),
            pem,
        ] {
            for kind in [Kind::OPENID_CONFIGURATION, Kind::JWKS] {
                let parsed = parsed(kind, &json!({"a": {"signed_metadata": text}}).to_string());
                assert_eq!(parsed.secrets, ["a"], "{text}");
                assert_eq!(parsed.members["a"]["signed_metadata"], REMOVED, "{text}");
            }
        }
        let good = token(
            &json!({"alg": "ES256"}),
            &json!({"iss": "https://a.example"}),
        );
        let text = json!({"signed_metadata": good}).to_string();
        assert!(parsed(Kind::OPENID_CONFIGURATION, &text).secrets.is_empty());
    }

    #[test]
    fn the_shortest_key_in_a_text_is_seen() {
        let shortest = r#"{"k":1}"#;
        assert_eq!(shortest.len(), decode::SHORTEST);
        let set = json!({"keys": [{"x": shortest}]}).to_string();
        assert_eq!(parsed(Kind::JWKS, &set).secrets, ["keys"]);
    }

    #[test]
    fn where_a_secret_stood_is_remembered_once_for_each_member() {
        let text = r#"{"a":[{"kty":"EC","d":"HUSH"},{"kty":"EC","d":"HUSH"}],"k":{"kty":"oct","k":"HUSH","k":null},"kty":"x","q":"HUSH"}"#;
        let parsed = parsed(Kind::OPENID_CONFIGURATION, text);
        assert_eq!(parsed.secrets, ["a", "k", "q"]);
    }
}
