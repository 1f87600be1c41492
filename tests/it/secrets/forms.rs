//! Each form of a secret, planted wherever a provider can put a text, through the whole program.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::public;
use crate::support::program::{Program, document, documents, states};
use crate::support::site::{Reply, Site};

#[path = "../../../src/document/parse/secret/planted.rs"]
mod planted;

fn forms() -> Vec<Value> {
    let texts = planted::texts().into_iter().map(Value::from);
    texts.chain(planted::values()).collect()
}

/// What nothing that is kept may hold: pieces of what was planted, as they are and in base64.
fn pieces() -> Vec<String> {
    let mut pieces: Vec<String> = forms().iter().flat_map(planted::pieces).collect();
    pieces.sort();
    pieces.dedup();
    let encoded: Vec<String> = pieces
        .iter()
        .filter(|piece| piece.len() >= 24)
        .flat_map(|piece| (0..3).map(|phase| STANDARD.encode(&piece.as_bytes()[phase..])))
        .map(|text| text[..text.len() - 4].to_owned())
        .collect();
    pieces.extend(encoded);
    pieces
}

fn is_clean(what: &str, bytes: &[u8], pieces: &[String]) {
    // As it is, as JSON in JSON, and as a mail is read.
    let text = String::from_utf8_lossy(bytes);
    let read = text.replace("=\r\n", "").replace("=3D", "=");
    let joined = read.replace("\r\n", "").replace('\n', "");
    let plain = read.replace("\\\\", "\\").replace("\\\"", "\"");
    for piece in pieces {
        for text in [&*text, &joined, &plain] {
            if let Some(at) = text.find(piece) {
                let from = text.floor_char_boundary(at.saturating_sub(300));
                panic!("{what} holds {piece}: {}", &text[from..at + piece.len()]);
            }
        }
    }
}

fn said(program: &Program, args: &[&str], pieces: &[String]) -> String {
    let output = program.run(args);
    is_clean(&format!("{args:?}"), &output.stdout, pieces);
    is_clean(&format!("{args:?}, on stderr"), &output.stderr, pieces);
    String::from_utf8(output.stdout).unwrap()
}

/// Searches every file below a folder; how many there are.
fn search(folder: &std::path::Path, pieces: &[String]) -> usize {
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files += search(&path, pieces);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            is_clean(&path.display().to_string(), &bytes, pieces);
            is_clean("a document in it", &documents(&path), pieces);
            files += 1;
        }
    }
    files
}

/// Metadata with each form in each of many places.
fn metadata(issuer: &str) -> Value {
    let mut all: Value = serde_json::from_str(&document(issuer)).unwrap();
    for (number, form) in forms().into_iter().enumerate() {
        all[format!("x_note_{number}")] = form.clone();
        all[format!("x_deep_{number}")] = json!([{"a": [form.clone()]}]);
        all[format!("x_{number}_endpoint")] = form.clone();
        let claims = json!({"iss": issuer, "token_endpoint": form}).to_string();
        let claims = URL_SAFE_NO_PAD.encode(claims);
        all[format!("x_signed_{number}")] = json!(format!("eyJhbGciOiJFUzI1NiJ9.{claims}.AAAA"));
    }
    // One member has one value: the texts in turn, and all of them where there is room for a list.
    let texts: Vec<Value> = planted::texts().into_iter().map(Value::from).collect();
    all["scopes_supported"] = json!(texts);
    all["grant_types_supported"] = json!(texts);
    all["jwks"] = json!({"keys": keys()});
    all
}

/// Keys with each form in a member of its own, as kid and as certificate.
fn keys() -> Vec<Value> {
    let mut keys = vec![public()];
    for (number, form) in forms().into_iter().enumerate() {
        let mut key = public();
        key["kid"] = json!(format!("k{number}"));
        key["x_note"] = form.clone();
        key["x5c"] = json!([form]);
        keys.push(key);
        let mut key = public();
        key["kid"] = form;
        keys.push(key);
    }
    keys
}

/// Runs all that shows something of a history.
fn show_all(program: &Program, pieces: &[String]) -> usize {
    let events = said(
        program,
        &["history", "--format", "jsonl", "--limit", "0"],
        pieces,
    );
    for format in ["table", "json", "markdown", "patch"] {
        said(
            program,
            &["history", "--limit", "0", "--format", format],
            pieces,
        );
    }
    let events = events.lines().count();
    for number in 1..=events {
        said(program, &["history", "show", &number.to_string()], pieces);
    }
    for target in ["archera/oauth-authorization-server", "archera/jwks"] {
        for args in [
            &["history", "at", target, "0s"][..],
            &["history", "at", target, "0s", "--raw"],
        ] {
            let shown = said(program, args, pieces);
            assert!(!shown.is_empty(), "{args:?}");
        }
    }
    for args in [
        &["history", "export"][..],
        &["history", "verify"],
        &["status"],
        &["status", "--format", "json"],
        &["outbox"],
    ] {
        said(program, args, pieces);
    }
    events
}

#[test]
fn each_form_of_a_secret_in_each_place_is_in_no_file_no_mail_and_no_output() {
    let pieces = pieces();
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    program.configure(
        "[\"oauth-authorization-server\"]",
        "[\"oauth-authorization-server\", \"jwks\"]\nalert_on = [\"endpoints\", \"scopes\", \
         \"methods\", \"keys\", \"other\"]",
    );
    let harmless = document(&site.issuer);
    let key_set = json!({"keys": [public()]}).to_string();
    let planted = metadata(&site.issuer);
    // It appears, moves, is an answer that is no document, and is gone.
    let moved = planted.to_string().replace("x_note_", "x_moved_");
    let cut = planted.to_string();
    let cut = &cut[..cut.len() - 2];
    let hides = |bytes: &[u8]| std::panic::catch_unwind(|| is_clean("a test", bytes, &pieces));
    assert!(hides(planted.to_string().as_bytes()).is_err());
    let mut changes = 0;
    for (metadata, keys) in [
        (harmless.clone(), key_set.clone()),
        (planted.to_string(), json!({"keys": keys()}).to_string()),
        (moved, json!({"keys": keys(), "x": forms()}).to_string()),
        (cut.to_owned(), json!(keys()).to_string()),
        (json!({"error": forms()}).to_string(), "{}".to_owned()),
        (harmless, key_set),
    ] {
        site.answer(Reply::json(&metadata));
        site.serve("/jwks.json", Reply::json(&keys));
        let text = said(&program, &["-v", "-v", "check"], &pieces);
        changes += text.matches("  changed  ").count();
    }
    // It was the planted documents that were kept, and all that was planted is gone from them.
    let mut kept: Vec<String> = states(&program.store_path())
        .into_iter()
        .map(|state| String::from_utf8(state.body.unwrap()).unwrap())
        .collect();
    kept.sort_by_key(|body| std::cmp::Reverse(body.len()));
    kept.truncate(2);
    let removed = |body: &String| body.matches("[removed by issuerwatch]").count();
    let least = 4 * forms().len();
    assert!(kept.iter().all(|body| removed(body) >= least), "{kept:?}");
    assert!(changes >= 6, "the forms made changes: {changes}");
    let events = show_all(&program, &pieces);
    assert!(events >= 10, "{events}");
    let mails = program.mails();
    assert!(mails.iter().any(|mail| mail.contains("(security)")));
    // What is exported is replayed to no more than that.
    let exported = said(&program, &["history", "export"], &pieces);
    program.write("exported.jsonl", &exported);
    said(
        &program,
        &[
            "replay",
            "exported.jsonl",
            "--into",
            "two.db",
            "--mails",
            "sent",
        ],
        &pieces,
    );
    assert!(search(program.folder.path(), &pieces) > 5);
}

/// A program of before knew fewer forms: what it kept is no value that a change may tell.
#[test]
fn a_secret_that_an_earlier_version_kept_is_not_told_when_it_goes() {
    let secret = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJ4rxHCSTrM1CSBbDBzsY";
    let pieces = [secret[30..54].to_owned()];
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    program.configure("[defaults]\n", "[defaults]\nalert_on = [\"other\"]\n");
    let with = |note: &str| {
        let mut document: Value = serde_json::from_str(&document(&site.issuer)).unwrap();
        document["x_note"] = json!(note);
        Reply::json(&document.to_string())
    };
    site.answer(with("PLACEHOLDER"));
    said(&program, &["check"], &pieces);
    // Both were plain then.
    let [state] = &states(&program.store_path())[..] else {
        panic!("one state is kept");
    };
    let with_secret = |text: &str| text.replace("PLACEHOLDER", secret);
    let body = String::from_utf8(state.body.clone().unwrap()).unwrap();
    let (canonical, bytes) = (
        with_secret(&state.canonical),
        with_secret(&body).into_bytes(),
    );
    let store = program.store();
    store
        .execute(
            "UPDATE snapshot SET canonical = ?1, packed = NULL, fingerprint = 'x'",
            [canonical],
        )
        .unwrap();
    store
        .execute("UPDATE body SET bytes = ?1, packed_with = NULL", [bytes])
        .unwrap();
    store
        .execute(
            "UPDATE tracking_detail SET rules = 'of before', last_body = 'x'",
            [],
        )
        .unwrap();
    for note in [secret, "none", secret] {
        site.answer(with(note));
        let text = said(&program, &["check"], &pieces);
        assert!(text.contains("key-secret-published"), "{text}");
    }
    said(&program, &["history", "--format", "json"], &pieces);
    for mail in program.mails() {
        is_clean("a mail", mail.as_bytes(), &pieces);
    }
}

#[test]
fn an_address_that_every_client_reads_may_hold_a_secret_too() {
    let pieces = pieces();
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    site.answer(Reply::json(&document(&site.issuer)));
    said(&program, &["check"], &pieces);
    let whole: Value = serde_json::from_str(&document(&site.issuer)).unwrap();
    let texts = planted::texts();
    for (number, texts) in texts.chunks(5).enumerate() {
        let members = [
            "token_endpoint",
            "jwks_uri",
            "authorization_endpoint",
            "service_documentation",
            "issuer",
        ];
        let mut changed = whole.clone();
        changed["scopes_supported"] = json!([number.to_string()]);
        for (member, text) in members.into_iter().zip(texts) {
            changed[member] = json!(text);
        }
        site.answer(Reply::json(&changed.to_string()));
        said(&program, &["check"], &pieces);
    }
    said(
        &program,
        &["history", "--format", "json", "--limit", "0"],
        &pieces,
    );
    said(&program, &["history", "export"], &pieces);
    assert!(search(program.folder.path(), &pieces) > 4);
}
