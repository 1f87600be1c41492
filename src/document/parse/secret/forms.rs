//! The forms in which a private key or another secret was planted, and what must not be taken for one.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::document::canonical::Document;
use crate::document::kind::Kind;
use crate::document::parse::{REMOVED, object};

/// Two lines of a key in PKCS #8, and a JWK.
const FIRST: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJ4rxHCSTrM1CSBbDBzsY";
const SECOND: &str = "VQhISIv3vptpWWvhHqQIIPahRANCAARLVFn7bz1WpZNWPuBxcXWVZGCkd1GQHUSHHUSH";
const JWK: &str = r#"{"kty":"EC","crv":"P-256","x":"AQ","d":"HUSHHUSHHUSHHUSHHUSH"}"#;

fn armored(label: &str) -> String {
    format!("-----BEGIN {label}-----\n{FIRST}\n{SECOND}\n-----END {label}-----\n")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn broken(text: &str, width: usize) -> String {
    let all: Vec<char> = text.chars().collect();
    let lines = all.chunks(width).map(|line| line.iter().collect());
    lines.collect::<Vec<String>>().join("\n")
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        write!(out, "%{byte:02X}").unwrap();
        out
    })
}

fn nested(text: &str, times: usize) -> String {
    (0..times).fold(text.to_owned(), |text, _| json!({"in": text}).to_string())
}

/// Values that hold a secret whole.
fn texts() -> Vec<String> {
    let pem = armored("PRIVATE KEY");
    let der = STANDARD.decode(format!("{FIRST}{SECOND}")).unwrap();
    let wide: Vec<u8> = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let url = |secret: &str| format!("https://as.example/x?a=b&{secret}&c=d");
    vec![
        pem.clone(),
        pem.to_lowercase(),
        pem.replace('\n', " "),
        pem.replace('\n', "\\n"),
        armored("OPENSSH PRIVATE KEY"),
        armored("PGP PRIVATE KEY BLOCK"),
        armored("ENCRYPTED PRIVATE KEY"),
        format!("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{SECOND}"),
        format!("PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n{SECOND}"),
        format!("the key is {pem}"),
        format!("{FIRST}{SECOND}"),
        format!("{FIRST}\n{SECOND}"),
        format!("the key is {FIRST}{SECOND}"),
        FIRST.to_owned(),
        STANDARD.encode(&pem),
        STANDARD.encode(wide),
        broken(&STANDARD.encode(&pem), 64),
        broken(&STANDARD.encode(&pem), 76).replace('\n', "\r\n  "),
        STANDARD.encode(STANDARD.encode(&pem)),
        STANDARD.encode(STANDARD.encode(STANDARD.encode(&pem))),
        URL_SAFE_NO_PAD.encode(&pem),
        STANDARD.encode(JWK),
        broken(&STANDARD.encode(JWK), 20),
        hex(pem.as_bytes()),
        hex(&der).to_uppercase(),
        broken(&hex(&der), 2).replace('\n', ":"),
        hex(JWK.as_bytes()),
        percent(&pem),
        percent(&percent(JWK)),
        format!(
            "data:application/x-pem-file;base64,{}",
            STANDARD.encode(&pem)
        ),
        format!("data:application/json,{}", percent(JWK)),
        format!("https://as.example/jwks?set={}", percent(JWK)),
        format!("\u{FEFF}{JWK}"),
        format!("our key: {JWK}, keep it"),
        JWK.get(..JWK.len() - 8).unwrap().to_owned(),
        nested(JWK, 3),
        nested(JWK, 9),
        nested(&STANDARD.encode(nested(JWK, 2)), 4),
        format!("{{'kty':'RSA','n':'AQ','d':'{SECOND}'}}"),
        format!(r#"{{"keyType":"EC","curve":"P-256","d":"{SECOND}"}}"#),
        format!(r#"{{"Modulus":"AQ","Exponent":"AQAB","D":"{SECOND}"}}"#),
        format!(r#"{{"client_secret":"{SECOND}"}}"#),
        format!("<RSAKeyValue><D>{SECOND}</D></RSAKeyValue>"),
        format!("https://user:{SECOND}@as.example/"),
        format!("https:\\/\\/user:{SECOND}@as.example/"),
        format!("https://{SECOND}@as.example/"),
        url(&format!("client_secret={SECOND}")),
        url(&format!("password={SECOND}")),
        url(&format!("access_token={SECOND}")),
        format!("https://as.example/#refresh_token={SECOND}"),
        format!("grant_type=client_credentials&client_secret={SECOND}"),
    ]
}

/// Values that hold one in parts.
fn values() -> Vec<Value> {
    let pem = armored("PRIVATE KEY");
    let lines: Vec<&str> = pem.lines().collect();
    let base64 = broken(&STANDARD.encode(&pem), 64);
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(JWK).unwrap());
    vec![
        json!(lines),
        json!([[lines]]),
        json!(base64.lines().collect::<Vec<_>>()),
        json!(pretty.unwrap().lines().collect::<Vec<_>>()),
        json!([FIRST, SECOND]),
        json!({"a": lines[0], "b": lines[1], "c": lines[2], "d": lines[3]}),
        json!([{"line": lines[0]}, {"line": lines[1]}, {"line": lines[2]}]),
        json!(pem.as_bytes()),
        json!({"type": "Buffer", "data": pem.as_bytes()}),
        json!({"private_key": SECOND}),
        json!({"privateKeyMultibase": SECOND}),
        json!({"privateKeyJwk": {"a": SECOND}}),
        json!({"signing-private-key-pem": [SECOND]}),
        json!({"client_secret": SECOND}),
        json!({"clientSecret": SECOND}),
        json!({"keyType": "EC", "d": SECOND}),
        json!({"curve": "P-256", "d": SECOND}),
        json!({(format!("https://user:{SECOND}@as.example/")): 1}),
        json!({(JWK): {"a": 1}}),
    ]
}

/// Any part of a secret, in whatever clothes: pieces of what was planted that nothing else has.
fn pieces(value: &Value) -> Vec<String> {
    let mut texts = vec![SECOND.to_owned(), "HUSHHUSH".to_owned()];
    collect(value, &mut texts);
    let long = texts.iter().filter(|text| text.len() >= 60);
    let mut pieces: Vec<String> = long
        .map(|text| text.chars().skip(30).take(24).collect())
        .collect();
    pieces.push("HUSHHUSH".to_owned());
    pieces.push(SECOND.to_owned());
    pieces
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let text = Value::from(text.as_str()).to_string();
            texts.push(text.trim_matches('"').to_owned());
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Value::Object(members) => members.values().for_each(|value| collect(value, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

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
        check(Kind::OpenidConfiguration, &metadata.to_string(), &value);
        let deep = json!({"issuer": "https://as.example", "a": {"b": [1, {"c": value}]}});
        check(Kind::OauthAuthorizationServer, &deep.to_string(), &value);
        let set = json!({"keys": [{"kty": "EC", "kid": "a", "x_note": value}, {"kty": "RSA"}]});
        check(Kind::Jwks, &set.to_string(), &value);
    }
}

#[test]
fn what_is_odd_about_bytes_with_a_secret_is_kept_with_them() {
    let body = "\u{FEFF}{ \"issuer\":\"https://a.example\",\"x\":1, \"x\":2,\
        \"scopes_supported\":[\"a\",\"a\"], \"jwks\":{\"keys\":[{\"kty\":\"oct\",\"k\":\"HUSHHUSH\",\"k\":\"HUSHHUSHHUSH\"}]}}";
    check(Kind::OauthAuthorizationServer, body, &Value::Null);
    let document = Document::parse(Kind::OauthAuthorizationServer, body.as_bytes(), None).unwrap();
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
        Kind::OpenidConfiguration,
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
    let parsed = object(Kind::Jwks, text.as_bytes(), None).unwrap();
    assert_eq!(parsed.secrets, [""; 0]);
}

#[test]
fn what_is_encoded_without_end_costs_no_more_than_its_size_and_is_removed() {
    let many = format!("%{}", "25%".repeat(20_000));
    let text = json!({"issuer": "https://a.example", "x": many, "y": "%2%32%35".repeat(9_000)});
    drop(Document::parse(
        Kind::OpenidConfiguration,
        text.to_string().as_bytes(),
        None,
    ));
    let deep = (0..30).fold(JWK.to_owned(), |text, _| STANDARD.encode(text));
    let text = json!({"issuer": "https://a.example", "x": deep}).to_string();
    let document = Document::parse(Kind::OpenidConfiguration, text.as_bytes(), None).unwrap();
    assert_eq!(document.secrets(), ["x"]);
}
