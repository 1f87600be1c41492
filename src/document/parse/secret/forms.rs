//! That planted secrets are removed, and what must not be taken for one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::planted::{JWK, pieces, texts, values};
use crate::document::canonical::Document;
use crate::document::kind::Kind;
use crate::document::parse::{REMOVED, object};

fn check(kind: Kind, body: &str, planted: &Value) {
    let document = Document::parse(kind, body.as_bytes(), None).unwrap();
    assert!(!document.secrets().is_empty(), "{body}");
    let stored = document.stored_body(body.as_bytes()).into_owned();
    let stored = String::from_utf8(stored).unwrap();
    for kept in [document.canonical(), &stored] {
        for piece in pieces(planted) {
            assert!(!kept.contains(&piece), "{piece} of {body}\nis in {kept}");
        }
    }
    // What is kept is read as the same document: a replay of it makes the same history.
    let again = Document::parse(kind, stored.as_bytes(), None).unwrap();
    assert_eq!(again.canonical(), document.canonical(), "{body}");
    assert_eq!(again.oddities(), document.oddities(), "{body}");
    assert_eq!(again.secrets(), document.secrets(), "{body}");
    assert_eq!(
        again.stored_body(stored.as_bytes()),
        stored.as_bytes(),
        "{body}"
    );
}

#[test]
fn a_secret_is_removed_in_whatever_form_it_comes_and_wherever_it_stands() {
    for value in texts().into_iter().map(Value::from).chain(values()) {
        let metadata = json!({"issuer": "https://as.example", "x_note": value, "z": 1});
        check(Kind::OPENID_CONFIGURATION, &metadata.to_string(), &value);
        let deep = json!({"issuer": "https://as.example", "a": {"b": [1, {"c": value}]}});
        check(Kind::OAUTH_AUTHORIZATION_SERVER, &deep.to_string(), &value);
        let set = json!({"keys": [{"kty": "EC", "kid": "a", "x_note": value}, {"kty": "RSA"}]});
        check(Kind::JWKS, &set.to_string(), &value);
    }
}

#[test]
fn a_password_in_a_url_of_any_scheme_is_a_password_and_no_key_in_any_member() {
    for url in [
        "ftp://user:HUSHHUSH@a.example/keys",
        "postgres://user:HUSHHUSH@a.example:5432/as",
        "postgresql+psycopg://user:HUSHHUSH@a.example/as",
        "redis://:HUSHHUSH@a.example/0",
        "ldaps://cn=admin,dc=example:HUSHHUSH@a.example",
        "ssh://d:HUSHHUSH@a.example",
        "git+https://k:HUSHHUSH@a.example/as.git",
        "jdbc:mysql://user:HUSHHUSH@a.example/as",
        "amqp://kty:HUSHHUSH@a.example",
    ] {
        for (kind, document) in [
            (
                Kind::OAUTH_AUTHORIZATION_SERVER,
                json!({"issuer": "https://as.example", "jwks_uri": url}),
            ),
            (
                Kind::OAUTH_AUTHORIZATION_SERVER,
                json!({"issuer": url, "token_endpoint": url}),
            ),
            (
                Kind::OAUTH_PROTECTED_RESOURCE,
                json!({"resource": "https://r.example", "authorization_servers": [url]}),
            ),
            (
                Kind::OAUTH_AUTHORIZATION_SERVER,
                json!({"issuer": "https://as.example", "jwks": {"keys": [{"kty": "RSA", "x5u": url}]}}),
            ),
            (
                Kind::JWKS,
                json!({"keys": [{"kty": "RSA", "n": "AQ", "e": "AQAB", "x5u": url, "d_url": url}]}),
            ),
            (Kind::JSON, json!({"a": {"b": [1, {"c": url}]}})),
        ] {
            let body = document.to_string();
            let document = Document::parse(kind, body.as_bytes(), None).unwrap();
            assert!(
                !document.canonical().contains("HUSH"),
                "{}",
                document.canonical()
            );
            assert!(!document.secrets().is_empty(), "{body}");
            assert_eq!(document.secrets(), document.passwords(), "{body}");
        }
    }
}

#[test]
fn what_is_odd_about_bytes_with_a_secret_is_kept_with_them() {
    let body = "\u{FEFF}{ \"issuer\":\"https://a.example\",\"x\":1, \"x\":2,\
        \"scopes_supported\":[\"a\",\"a\"], \"jwks\":{\"keys\":[{\"kty\":\"oct\",\"k\":\"HUSHHUSH\",\"k\":\"HUSHHUSHHUSH\"}]}}";
    check(Kind::OAUTH_AUTHORIZATION_SERVER, body, &Value::Null);
    let document =
        Document::parse(Kind::OAUTH_AUTHORIZATION_SERVER, body.as_bytes(), None).unwrap();
    let kept = document.stored_body(body.as_bytes()).into_owned();
    let removed = format!("\"k\":\"{REMOVED}\",\"k\":\"{REMOVED}\"");
    let expected = body.replace("\"k\":\"HUSHHUSH\",\"k\":\"HUSHHUSHHUSH\"", &removed);
    assert_eq!(String::from_utf8(kept).unwrap(), expected);
}

#[test]
fn what_only_speaks_of_secrets_stays() {
    let certificate =
        "MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJRTESMBAGA1UEChMJ";
    let public = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmwEcBEEA";
    let value = json!({
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_basic"],
        "client_secret_expires_at": 0, "private_key_jwt": true, "x5c": [certificate, certificate],
        "spki": public, "pem": format!("-----BEGIN PUBLIC KEY-----\n{public}\n-----END PUBLIC KEY-----"),
        "cert": format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----"),
        "n": "sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1WlUzewbgBHod5pcM9H95GQRV3JDX",
        "service_documentation": "https://as.example/docs?q=client_secret&lang=en#password",
        "note": "Send client_secret={your secret} to https://user@as.example; begin with a private key -- yours.",
        "template": "https://{user}:{password}@as.example/?access_token={token}",
        "id": "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "fingerprint": "9F:86:D0:81:88:4C:7D:65:9A:2F:EA:A0:C5:5A:D0:15:A3:BF:4F:1B:2B:0B:82:2C:D1:5D:6C:15:B0:F0:0A:08",
        "algs": ["RS256", "ES256", "EdDSA", "RSA-OAEP-256"],
        "mail": "mailto:security@as.example", "at": "https://as.example/@name:x",
    });
    let mut whole = value.clone();
    whole["issuer"] = json!("https://as.example");
    let parsed = object(
        Kind::OPENID_CONFIGURATION,
        whole.to_string().as_bytes(),
        None,
    )
    .unwrap();
    assert_eq!(parsed.secrets, [""; 0], "{:?}", parsed.members);
    assert_eq!(Value::Object(parsed.members), whole);
}

#[test]
fn a_kid_that_decodes_to_a_letter_and_a_colon_is_no_key() {
    let text = r#"{"keys":[{"kty":"EC","kid":"_VA6PjcJNL5HGT9Wrm9_UmmRUlQ"}]}"#;
    let parsed = object(Kind::JWKS, text.as_bytes(), None).unwrap();
    assert_eq!(parsed.secrets, [""; 0]);
}

#[test]
fn what_is_encoded_without_end_costs_no_more_than_its_size_and_is_removed() {
    let many = format!("%{}", "25%".repeat(20_000));
    let text = json!({"issuer": "https://a.example", "x": many, "y": "%2%32%35".repeat(9_000)});
    drop(Document::parse(
        Kind::OPENID_CONFIGURATION,
        text.to_string().as_bytes(),
        None,
    ));
    let deep = (0..30).fold(JWK.to_owned(), |text, _| STANDARD.encode(text));
    let text = json!({"issuer": "https://a.example", "x": deep}).to_string();
    let document = Document::parse(Kind::OPENID_CONFIGURATION, text.as_bytes(), None).unwrap();
    assert_eq!(document.secrets(), ["x"]);
}
