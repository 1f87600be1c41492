//! Private keys that a provider publishes: reported at once, and copied nowhere.

mod forms;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::program::{Program, document, documents};
use crate::support::site::{Reply, Site};

/// The octets of an EC key's `d`, of a symmetric `k`, of a `d` inside another document.
const SECRETS: [[u8; 32]; 3] = [
    *b"\x01the private half of an EC key\xF1\xE2",
    *b"\x02a shared secret that is shared\xD3",
    *b"\x03one that is nested in metadata\xC4",
];

fn encoded(secret: usize) -> String {
    URL_SAFE_NO_PAD.encode(SECRETS[secret])
}

/// Every form in which a secret could have survived.
fn forms() -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for secret in SECRETS {
        let hex: String = secret.iter().fold(String::new(), |mut text, octet| {
            use std::fmt::Write as _;
            write!(text, "{octet:02x}").unwrap();
            text
        });
        let base64url = URL_SAFE_NO_PAD.encode(secret);
        // The middle of it, whatever stands before: base64 has three phases.
        for phase in 0..3 {
            let inside = STANDARD.encode(&base64url.as_bytes()[phase..]);
            forms.push(inside.as_bytes()[..inside.len() - 4].to_vec());
        }
        forms.push(secret.to_vec());
        forms.push(STANDARD.encode(secret).into_bytes());
        forms.push(hex.to_uppercase().into_bytes());
        forms.push(hex.into_bytes());
        forms.push(base64url.into_bytes());
    }
    forms
}

fn is_clean(what: &str, bytes: &[u8]) {
    // Lines of a mail are folded: also search without the folds.
    let text = String::from_utf8_lossy(bytes);
    let unfolded = text
        .replace("=\r\n", "")
        .replace("\r\n", "")
        .replace('\n', "");
    for form in forms() {
        for bytes in [bytes, unfolded.as_bytes()] {
            let found = bytes.windows(form.len()).any(|part| part == form);
            assert!(!found, "{what} holds {}", String::from_utf8_lossy(&form));
        }
    }
}

/// Searches every file below a folder; how many there are.
fn search(folder: &Path) -> usize {
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files += search(&path);
        } else {
            is_clean(&path.display().to_string(), &std::fs::read(&path).unwrap());
            is_clean("a document in it", &documents(&path));
            files += 1;
        }
    }
    files
}

/// Runs a command; neither of its outputs may hold a secret.
fn said(program: &Program, args: &[&str]) -> String {
    let output = program.run(args);
    is_clean(&format!("{args:?}"), &output.stdout);
    is_clean(&format!("{args:?}, on standard error"), &output.stderr);
    String::from_utf8(output.stdout).unwrap()
}

fn key_set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

fn public() -> Value {
    let part = URL_SAFE_NO_PAD.encode([7; 32]);
    json!({"kty": "EC", "crv": "P-256", "kid": "ec", "use": "sig", "x": part, "y": part})
}

fn leaked() -> String {
    let mut key = public();
    key["d"] = json!(encoded(0));
    key_set(&[key, json!({"kty": "oct", "kid": "mac", "k": encoded(1)})])
}

fn nested(issuer: &str) -> String {
    let mut document: Value = serde_json::from_str(&document(issuer)).unwrap();
    let mut key = public();
    key["d"] = json!(encoded(2));
    // Twice: the first value must not survive in the bytes that are kept.
    let text = json!({ "keys": [key] }).to_string();
    document["jwks"] = json!("JWKS");
    let twice = text.replacen("\"d\":", "\"d\":null,\"d\":", 1);
    document.to_string().replace("\"JWKS\"", &twice)
}

#[test]
fn the_forms_are_found_where_they_are() {
    let hides = |bytes: Vec<u8>| std::panic::catch_unwind(|| is_clean("a test", &bytes)).is_err();
    let text = encoded(1);
    assert!(hides(text.clone().into_bytes()));
    assert!(hides(STANDARD.encode(format!("xy{text}z")).into_bytes()));
    assert!(hides(
        format!("{}=\r\n{}", &text[..9], &text[9..]).into_bytes()
    ));
    assert!(!hides(b"nothing".to_vec()));
}

#[test]
fn a_replayed_private_key_is_mailed_as_security_and_stands_in_no_file_and_no_output() {
    let program = Program::alone("issuer = \"https://not-recorded.example\"");
    let elsewhere = tempfile::tempdir().unwrap();
    let issuer = "https://acme.example";
    let line = |day: usize, document: &str, body: &str| {
        json!({"at": format!("2026-01-{day:02}T05:00:00Z"), "provider": "acme",
            "document": document, "url": format!("{issuer}/{document}"), "status": 200,
            "content_type": "application/json", "body": body})
        .to_string()
    };
    let metadata = "oauth-authorization-server";
    let recording = [
        line(1, "jwks", &key_set(&[public()])),
        line(1, metadata, &document(issuer)),
        line(2, "jwks", &leaked()),
        line(3, metadata, &nested(issuer)),
        line(4, "jwks", &key_set(&[public()])),
        // No key set, but an answer all the same.
        line(5, "jwks", &leaked().replace("]}", "],")),
        line(6, "jwks", &format!("[{}]", leaked())),
    ];
    let path = elsewhere.path().join("recording.jsonl");
    std::fs::write(&path, recording.join("\n")).unwrap();
    let path = path.to_str().unwrap();
    let args = ["-v", "replay", path, "--into", "one.db", "--mails", "sent"];
    said(&program, &args);
    said(&program, &["replay", path, "--format", "json"]);
    program.point_at("one.db");

    let list = program.read("sent/mails.jsonl");
    let mails: Vec<Value> = list
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let grave = mails.iter().filter(|mail| mail["severity"] == "security");
    // The third says that the key is still used whose private part went.
    assert_eq!(grave.count(), 3, "{list}");
    let mail = program.read("sent/00001.eml").replace("=\r\n", "");
    assert!(mail.contains("key-secret-published"), "{mail}");

    let events = said(&program, &["history", "--format", "jsonl", "--limit", "0"]);
    assert!(events.contains("key-secret-published"), "{events}");
    for format in ["table", "json", "markdown", "patch"] {
        said(&program, &["history", "--limit", "0", "--format", format]);
    }
    for number in 1..=events.lines().count() {
        said(&program, &["history", "show", &number.to_string()]);
    }
    for target in ["acme/jwks", "acme/oauth-authorization-server"] {
        for time in ["2026-01-02T06:00:00Z", "2026-01-03T06:00:00Z"] {
            let shown = said(&program, &["history", "at", target, time, "--raw"]);
            assert!(shown.contains("[removed by issuerwatch]") || shown.contains("acme"));
            said(&program, &["history", "at", target, time]);
        }
        let (from, to) = ("2026-01-01T06:00:00Z", "2026-01-03T06:00:00Z");
        said(&program, &["history", "diff", target, from, to]);
        said(&program, &["history", "blame", target]);
    }
    for args in [
        &["history", "export"][..],
        &["history", "keys", "acme"],
        &["history", "verify"],
        &["status"],
    ] {
        said(&program, args);
    }
    assert!(search(program.folder.path()) >= 4);
}

#[test]
fn a_polled_private_key_is_mailed_as_security_and_stands_in_no_file_and_no_output() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    site.answer(Reply::json(&document(&site.issuer)));
    said(&program, &["-v", "check"]);
    site.answer(Reply::json(&nested(&site.issuer)));
    said(&program, &["-v", "check", "--no-record"]);
    let text = said(&program, &["-v", "check"]);
    assert!(text.contains("key-secret-published"), "{text}");
    site.answer(Reply::json(&nested(&site.issuer).replace("]}", "],")));
    said(&program, &["-v", "check"]);
    said(&program, &["history", "show", "2"]);
    said(&program, &["history", "at", "archera", "0s", "--raw"]);
    said(&program, &["status"]);
    let mails = program.mails();
    assert!(mails[0].contains("(security)"), "{}", mails[0]);
    assert!(search(program.folder.path()) > 2);
}

fn follow(program: &Program, documents: &str) {
    let config = program
        .read("config.toml")
        .replace("[\"oauth-authorization-server\"]", documents);
    program.write("config.toml", &config);
}

#[test]
fn a_key_set_that_is_followed_is_treated_no_otherwise() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    follow(&program, "[\"oauth-authorization-server\", \"jwks\"]");
    site.answer(Reply::json(&document(&site.issuer)));
    site.serve("/jwks.json", Reply::json(&key_set(&[public()])));
    said(&program, &["-v", "check"]);
    site.serve("/jwks.json", Reply::json(&leaked()));
    let text = said(&program, &["-v", "check"]);
    assert!(text.contains("key-secret-published"), "{text}");
    said(&program, &["history", "at", "archera/jwks", "0s", "--raw"]);
    assert!(program.mails()[0].contains("(security)"));
    assert!(search(program.folder.path()) > 2);
}
