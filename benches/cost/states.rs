//! The states behind the events of the big store, and questions to them: `history diff`, `blame`, `keys`, `report`.

use std::path::Path;
use std::time::Instant;

use issuerwatch::clock;
use issuerwatch::document::fingerprint::sha256_hex;
use issuerwatch::document::severity::Severity;
use issuerwatch::history::{self, BlameOptions, DiffOptions, EventFormat, KeysFormat, KeysOptions};
use issuerwatch::store::Reader;
use issuerwatch::terminal::Style;
use issuerwatch::watch::report_file::{self, ReportScope};
use rusqlite::{Transaction, params};
use serde_json::json;

use super::process::median;
use super::table::{Target, row};

/// Whose documents are of the usual size; those of others are small, so that the store can be made.
const ASKED: &str = "provider-4711";
/// States of its key set.
const STATES: i64 = 400;
/// Milliseconds between two of them.
const APART: i64 = 86_400_000;

/// A document that an event brought.
pub fn document(provider: &str, event: i64) -> String {
    let size = if provider == ASKED { 120 } else { 2 };
    let scopes: Vec<String> = (0..size)
        .map(|scope| format!("https://auth.example.com/scope.{:03}.{}", scope, event % 3))
        .collect();
    json!({"code_challenge_methods_supported": ["S256"],
        "issuer": "https://auth.example.com", "scopes_supported": scopes,
        "token_endpoint": format!("https://auth.example.com/{event}")})
    .to_string()
}

/// Adds a state with the number of its event.
pub fn add(tx: &Transaction<'_>, id: i64, target: i64, at: i64, canonical: &str) {
    let hash = sha256_hex(canonical.as_bytes());
    tx.prepare_cached(
        "INSERT INTO snapshot (id, target_id, fingerprint, canonical, first_seen_at, last_seen_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
    )
    .unwrap()
    .execute(params![id, target, hash, canonical, at])
    .unwrap();
}

/// Adds a key set that was renewed every day; `last` is the number of the last state so far.
pub fn add_key_set(tx: &Transaction<'_>, now: i64, last: i64) {
    tx.execute(
        "INSERT INTO target (provider, document, url, watched_since) VALUES (?1, 'jwks', NULL, 0)",
        [ASKED],
    )
    .unwrap();
    let target = tx.last_insert_rowid();
    for table in ["tracking", "tracking_detail"] {
        let sql = format!("INSERT INTO {table} (target_id) VALUES (?1)");
        tx.execute(&sql, [target]).unwrap();
    }
    let polled = "UPDATE tracking SET last_poll_at = ?1 WHERE target_id = ?2";
    tx.execute(polled, [now, target]).unwrap();
    for state in 0..STATES {
        let keys: Vec<_> = (state..state + 4)
            .map(|key| {
                let n = format!("{key:04}{}", "x".repeat(338));
                json!({"alg": "RS256", "e": "AQAB", "kid": key.to_string(), "kty": "RSA",
                    "n": n, "use": "sig"})
            })
            .collect();
        let canonical = json!({ "keys": keys }).to_string();
        let at = now - (STATES - state) * APART;
        add(tx, last + 1 + state, target, at, &canonical);
    }
}

/// Asks each question some times.
pub fn questions(store: &Path) {
    let style = Style {
        is_colored: false,
        width: None,
    };
    let metadata = format!("{ASKED}/oauth-authorization-server");
    let diff = DiffOptions {
        target: metadata.clone(),
        from: Some("300d".to_owned()),
        to: Some("now".to_owned()),
        against: None,
        fail_on: Severity::Notice,
    };
    let blame = BlameOptions {
        target: metadata,
        member: None,
        elements: true,
        is_json: true,
    };
    let keys = KeysOptions {
        target: ASKED.to_owned(),
        at: None,
        kid: None,
        thumbprint: None,
        format: KeysFormat::Json,
    };
    ask("history diff, 300 days apart", |out| {
        let reader = Reader::open(store).unwrap();
        let now = clock::now();
        history::diff(&reader, None, &diff, EventFormat::Json, style, now, out).unwrap();
    });
    ask("history blame --elements, 90 states", |out| {
        history::blame(&Reader::open(store).unwrap(), &blame, style, out).unwrap();
    });
    ask("history keys, 400 states", |out| {
        history::keys(&Reader::open(store).unwrap(), &keys, style, out).unwrap();
    });
    let scope = ReportScope {
        names: vec![ASKED.to_owned()],
        since: None,
    };
    ask("report of one provider, 490 states", |out| {
        let reader = Reader::open(store).unwrap();
        let (page, _) = report_file::compose(&reader, &scope, clock::now()).unwrap();
        out.extend(page.into_bytes());
    });
    ask("history show", |out| {
        let reader = Reader::open(store).unwrap();
        history::show(&reader, &[500_000], EventFormat::Table, style, out).unwrap();
    });
}

fn ask(words: &str, question: impl Fn(&mut Vec<u8>)) {
    let once = || {
        let mut out = Vec::new();
        let start = Instant::now();
        question(&mut out);
        assert!(!out.is_empty(), "{words}");
        start.elapsed().as_secs_f64() * 1e3
    };
    let first = once();
    let times: Vec<f64> = (0..5).map(|_| once()).collect();
    row(
        &format!("{words}, median of 5 (first {first:.1} ms)"),
        median(times),
        "ms",
        Target::AtMost(100.0),
    );
}
