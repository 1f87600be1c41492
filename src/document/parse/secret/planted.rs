//! The forms in which a private key or another secret was planted. Tests of the whole program plant them
//! too.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Two lines of a key in PKCS #8, and a JWK.
const FIRST: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJ4rxHCSTrM1CSBbDBzsY";
const SECOND: &str = "VQhISIv3vptpWWvhHqQIIPahRANCAARLVFn7bz1WpZNWPuBxcXWVZGCkd1GQHUSHHUSH";
pub(crate) const JWK: &str = r#"{"kty":"EC","crv":"P-256","x":"AQ","d":"HUSHHUSHHUSHHUSHHUSH"}"#;

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
pub(crate) fn texts() -> Vec<String> {
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
        format!("ftp://user:{SECOND}@files.example/keys"),
        format!("postgresql+psycopg://user:{SECOND}@db.example:5432/as?sslmode=require"),
        format!("redis://:{SECOND}@[2001:db8::1]:6379/0"),
        format!("jdbc:mysql://user:{SECOND}@db.example/as"),
        url(&format!("client_secret={SECOND}")),
        url(&format!("password={SECOND}")),
        url(&format!("access_token={SECOND}")),
        format!("https://as.example/#refresh_token={SECOND}"),
        format!("grant_type=client_credentials&client_secret={SECOND}"),
    ]
}

/// Values that hold one in parts.
pub(crate) fn values() -> Vec<Value> {
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

/// Pieces of the planted secrets, in every encoding, that occur in nothing else.
pub(crate) fn pieces(value: &Value) -> Vec<String> {
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
