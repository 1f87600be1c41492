//! What `history export` writes makes the same history again: random ones, in a real store.
//!
//! Times are whole seconds, so several polls of one second are part of it: no order may be lost.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use issuerwatch::config::Config;
use issuerwatch::history::export;
use issuerwatch::replay::{ReplayOptions, replay};
use issuerwatch::store::{EventFilter, Reader};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

const CONFIG: &str = "[store]\npath = \"unused.db\"\n[mail]\nto = [\"iam@example.com\"]\n[defaults]\n\
    failures_before_alert = NUMBER\nIGNORE\n[[provider]]\nname = \"acme\"\n\
    issuer = \"https://acme.example\"\n";

/// What one poll saw.
#[derive(Debug, Clone, Copy)]
enum Seen {
    /// A document, by its number.
    Document(u8),
    /// The same in another form, by its number: a state that no event tells of, or only a finding.
    Respelled(u8, u8),
    /// Nothing new.
    Unmodified,
    /// 503, or another one.
    Down(bool),
    /// More than is read.
    Full,
}

/// One poll.
#[derive(Debug, Clone, Copy)]
struct Poll {
    target: usize,
    /// Seconds since the one before.
    after: i64,
    seen: Seen,
    is_redirected: bool,
    /// Whether a second fetch saw the same.
    is_confirmed: bool,
    sunset: Option<u8>,
}

const TARGETS: [(&str, &str); 5] = [
    ("acme", "oauth-authorization-server"),
    ("acme", "openid-configuration"),
    ("acme", "jwks"),
    ("mcp", "oauth-authorization-server@as.example"),
    ("mcp", "oauth-protected-resource"),
];

/// A document in another form that says the same.
fn respelled(text: &str, form: u8) -> String {
    match form {
        0 => format!("{text} "),
        1 => format!("\u{feff}{text}"),
        2 => text.replacen('{', "{\"x_note\":null,", 1),
        _ => text.replacen('{', "{\"issuer\":\"https://other.example\",", 1),
    }
}

fn document(target: usize, number: u8) -> String {
    let (provider, kind) = TARGETS[target];
    if kind == "jwks" {
        let keys: Vec<Value> = (0..=number)
            .map(|it| json!({"kty": "oct-public", "kid": format!("k{it}"), "x": "AA"}))
            .collect();
        return json!({"keys": keys}).to_string();
    }
    let whose = format!("https://{provider}.example");
    if kind == "oauth-protected-resource" {
        let servers: Vec<String> = (0..=number)
            .map(|it| format!("https://as{it}.example"))
            .collect();
        return json!({"resource": whose, "authorization_servers": servers}).to_string();
    }
    let whose = if kind.contains('@') {
        "https://as.example"
    } else {
        &whose
    };
    let scopes: Vec<String> = (0..number).map(|it| format!("s{it}")).collect();
    let text = json!({"issuer": whose, "token_endpoint": format!("{whose}/{}", number / 2),
        "scopes_supported": scopes, "jwks_uri": format!("{whose}/jwks")});
    text.to_string()
}

fn recording(polls: &[Poll]) -> String {
    let mut at: Timestamp = "2026-01-01T05:00:00Z".parse().unwrap();
    let mut text = String::new();
    let mut said = BTreeSet::new();
    for poll in polls {
        at += SignedDuration::from_secs(poll.after);
        let (provider, kind) = TARGETS[poll.target];
        let url = format!("https://{provider}.example/{kind}");
        let mut line = json!({"at": at, "provider": provider, "document": kind, "url": url});
        let more = match poll.seen {
            Seen::Document(number) => json!({"body": document(poll.target, number)}),
            Seen::Respelled(number, form) => {
                json!({"body": respelled(&document(poll.target, number), form)})
            }
            Seen::Unmodified => json!({"unmodified": true}),
            Seen::Down(is_other) => {
                let status = if is_other { 500 } else { 503 };
                json!({"failure": {"kind": "status", "status": status, "detail": format!("HTTP {status}")},
                    "elapsed_ms": 7})
            }
            Seen::Full => json!({"body": format!("{{\"keys\":[],\"issuer\":\"x\",\"a\":{}1{}}}",
                "[".repeat(40), "]".repeat(40))}),
        };
        let all = line.as_object_mut().unwrap();
        all.extend(more.as_object().unwrap().clone());
        if !matches!(poll.seen, Seen::Down(_)) {
            if poll.is_redirected {
                all.insert(
                    "final_url".to_owned(),
                    json!(format!("https://www.{provider}.example/{kind}")),
                );
            }
            if poll.is_confirmed {
                let then = at + SignedDuration::from_secs(10);
                all.insert("confirmed_at".to_owned(), json!(then));
            }
            // Of what several polls of one second say beside a document, the last is kept.
            if let Some(day) = poll.sunset.filter(|_| said.insert((poll.target, at))) {
                let sunset = format!("2027-01-0{}T00:00:00Z", day + 1);
                all.insert("beside".to_owned(), json!({"sunset": sunset}));
            }
        }
        writeln!(text, "{line}").unwrap();
    }
    text
}

/// Replays a recording into a store; returns its export, and its events with their hashes.
fn replayed(folder: &Path, config: &Config, name: &str, text: &str) -> (String, Vec<String>) {
    let recording = folder.join(format!("{name}.jsonl"));
    std::fs::write(&recording, text).unwrap();
    let into = folder.join(format!("{name}.db"));
    let options = ReplayOptions {
        recording,
        into: Some(into.clone()),
        mails: None,
        json: true,
        keep_going: false,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    runtime
        .unwrap()
        .block_on(replay(config, &options, &mut Vec::new()))
        .unwrap();
    let reader = Reader::open(&into).unwrap();
    let mut exported = Vec::new();
    export(&reader, &[], &mut exported).unwrap();
    let filter = EventFilter {
        oldest_first: true,
        ..EventFilter::default()
    };
    let mut events = reader.events(&filter).unwrap();
    events.sort_by_key(|event| event.id);
    let told = events.iter().map(|it| {
        let (at, kind) = (it.body.at, it.body.kind().as_str());
        format!(
            "{} {at} {}/{} {kind} {} {}",
            it.id, it.provider, it.document, it.body.summary, it.hash
        )
    });
    (String::from_utf8(exported).unwrap(), told.collect())
}

fn config_text(before_alert: u8, ignores: bool) -> String {
    let ignore = if ignores {
        "ignore = [\"/requestid\"]"
    } else {
        ""
    };
    CONFIG
        .replace("NUMBER", &before_alert.to_string())
        .replace("IGNORE", ignore)
}

fn polls() -> impl Strategy<Value = Vec<Poll>> {
    let seen = prop_oneof![
        4 => (0..4u8).prop_map(Seen::Document),
        3 => (0..4u8, 0..4u8).prop_map(|(number, form)| Seen::Respelled(number, form)),
        4 => Just(Seen::Unmodified),
        5 => any::<bool>().prop_map(Seen::Down),
        1 => Just(Seen::Full),
    ];
    let after = prop_oneof![
        5 => Just(0i64),
        2 => Just(1),
        3 => Just(3_600),
        2 => Just(86_400),
        1 => Just(9 * 86_400),
    ];
    let poll = (
        0..TARGETS.len(),
        after,
        seen,
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.3),
        prop::option::weighted(0.1, 0..3u8),
    );
    let poll = poll.prop_map(
        |(target, after, seen, is_redirected, is_confirmed, sunset)| Poll {
            target,
            after,
            seen,
            is_redirected,
            is_confirmed,
            sunset,
        },
    );
    proptest::collection::vec(poll, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_export_makes_the_same_events_with_the_same_hashes(
        polls in polls(),
        before_alert in 1..4u8,
        ignores in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, config_text(before_alert, ignores)).unwrap();
        let config = Config::load(&path).unwrap();
        let (exported, events) = replayed(folder.path(), &config, "one", &recording(&polls));
        let (again, same) = replayed(folder.path(), &config, "two", &exported);
        prop_assert_eq!(&events, &same, "{}", exported);
        prop_assert_eq!(exported, again);
    }
}
