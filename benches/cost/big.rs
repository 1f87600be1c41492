//! A store of 10,000 targets and 1,000,000 events: the start on it, and questions to it.

use std::path::Path;
use std::time::Instant;

use issuerwatch::clock;
use issuerwatch::config::Config;
use issuerwatch::document::severity::{Group, Severity};
use issuerwatch::policy::chain::event_hash;
use issuerwatch::policy::event::EventKind;
use issuerwatch::store::{EventFilter, Reader, Store};
use issuerwatch::watch::setup::{self, TargetSync};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::bodies;
use super::process::median;
use super::rest::{Daemon, configuration};
use super::server::Site;
use super::states;
use super::table::{Target, heading, row};

const TARGETS: usize = 10_000;
const EVENTS: i64 = 1_000_000;
/// Milliseconds between two events: together about three years.
const APART: i64 = 95_000;
/// Members that change, with group and severity (3 is security).
const MEMBERS: [(&str, &str, i64); 8] = [
    ("scopes_supported", "scopes", 2),
    ("token_endpoint", "endpoints", 3),
    ("authorization_endpoint", "endpoints", 3),
    ("grant_types_supported", "methods", 2),
    ("code_challenge_methods_supported", "methods", 1),
    ("service_documentation", "other", 0),
    ("keys", "keys", 1),
    ("response_types_supported", "methods", 2),
];

const ADD_EVENT: &str = "INSERT INTO event
        (id, target_id, at, kind, severity, content, previous, hash, to_snapshot)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const ADD_CHANGE: &str = "INSERT OR IGNORE INTO event_change
        (target_id, member, at, event_id, rule, group_name, severity, kind)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

pub fn measure(site: &Site) {
    heading("a store of 10,000 targets and 1,000,000 events");
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = configuration(folder.path(), site, "tagged", TARGETS);
    let config = Config::load(&path).unwrap();
    let filling = Instant::now();
    fill(&config);
    println!("(filled in {:.0} s)", filling.elapsed().as_secs_f64());
    questions(&config.store);
    states::questions(&config.store);
    bodies::measure(&config.store);
    let times: Vec<f64> = (0..5)
        .map(|_| Daemon::start(&path).start_took.as_secs_f64())
        .collect();
    row(
        "start to READY, median of 5",
        median(times),
        "s",
        Target::AtMost(0.5),
    );
}

fn fill(config: &Config) {
    let store = Store::open(&config.store).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let watched = runtime
        .block_on(setup::watched(
            config,
            &store,
            TargetSync::Exactly,
            clock::now(),
        ))
        .unwrap();
    drop(store);
    let mut connection = Connection::open(&config.store).unwrap();
    connection
        .execute_batch("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;")
        .unwrap();
    let now = clock::now().as_millisecond();
    let tx = connection.transaction().unwrap();
    // Polled just now, so that the start polls nothing.
    tx.execute("UPDATE tracking SET revision = 1, last_poll_at = ?1", [now])
        .unwrap();
    let mut event = tx.prepare(ADD_EVENT).unwrap();
    let mut change = tx.prepare(ADD_CHANGE).unwrap();
    let mut previous = issuerwatch::policy::chain::GENESIS.to_owned();
    for id in 1..=EVENTS {
        // Spread, but the same every time.
        let target = &watched[usize::try_from(id * 7_919 % 10_000).unwrap()];
        let at = now - (EVENTS - id + 1) * APART;
        let is_change = id % 10 != 0;
        let mut changes = Vec::new();
        for nth in 0..if is_change { id % 3 + 1 } else { 0 } {
            changes.push(MEMBERS[usize::try_from((id / 10_000 + nth * 5) % 8).unwrap()]);
        }
        changes.dedup();
        let worst = changes.iter().map(|(_, _, severity)| *severity).max();
        let kind = if is_change { "changed" } else { "failing" };
        let content = content(id, &target.target.provider, at, kind, &changes);
        let hash = event_hash(&previous, &content);
        let (of, to) = (target.target_id, is_change.then_some(id));
        event
            .execute(params![
                id, of, at, kind, worst, content, previous, hash, to
            ])
            .unwrap();
        if is_change {
            let canonical = states::document(&target.target.provider, id);
            states::add(&tx, id, target.target_id, at, &canonical);
        }
        for (member, group, severity) in changes {
            let (of, rule) = (target.target_id, "bench");
            change
                .execute(params![of, member, at, id, rule, group, severity, kind])
                .unwrap();
        }
        previous = hash;
    }
    drop((event, change));
    states::add_key_set(&tx, now, EVENTS);
    tx.commit().unwrap();
    connection
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE);")
        .unwrap();
}

fn content(id: i64, provider: &str, at: i64, kind: &str, changes: &[(&str, &str, i64)]) -> String {
    let word = |severity: i64| {
        ["info", "notice", "breaking", "security"][usize::try_from(severity).unwrap()]
    };
    let described: Vec<_> = changes
        .iter()
        .map(|(member, group, severity)| {
            json!({
                "rule": "bench", "member": member, "group": group, "severity": word(*severity),
                "before": "https://auth.example.com/oauth/one",
                "after": "https://auth.example.com/oauth/two", "added": [], "removed": [],
                "why": "Clients that use the old one can no longer be served by it.",
                "advice": "Ask the provider whether the old one goes on working.",
                "reference": "RFC 8414 section 2",
            })
        })
        .collect();
    let worst = changes.iter().map(|(_, _, severity)| *severity).max();
    let at = Timestamp::from_millisecond(at).unwrap().to_string();
    let (circumstance, patch) = match kind {
        "failing" => (json!({"failing_since": at, "failures": 3}), Value::Null),
        _ => (json!({}), json!([])),
    };
    json!({
        "event": id, "provider": provider, "document": "oauth-authorization-server",
        "from_snapshot": null, "to_snapshot": null, "kind": kind,
        "at": at,
        "severity": worst.map(word), "summary": "what a summary says of such an event",
        "changes": described, "findings": [], "patch": patch, "circumstance": circumstance, "alert": false,
    })
    .to_string()
}

/// A filter, and what it is called.
type Question = (&'static str, EventFilter);

fn filter() -> EventFilter {
    EventFilter {
        limit: Some(50),
        ..EventFilter::default()
    }
}

fn about_names() -> Vec<Question> {
    let now = clock::now();
    let days_ago = |days: i64| {
        now.checked_sub(SignedDuration::from_hours(24 * days))
            .unwrap()
    };
    let member = Some("scopes_supported".to_owned());
    let one = vec!["provider-4711".to_owned()];
    vec![
        ("all", filter()),
        (
            "by provider",
            EventFilter {
                providers: one.clone(),
                ..filter()
            },
        ),
        (
            "by member",
            EventFilter {
                member: member.clone(),
                ..filter()
            },
        ),
        (
            "by time",
            EventFilter {
                since: Some(days_ago(500)),
                until: Some(days_ago(499)),
                ..filter()
            },
        ),
        (
            "by member and provider",
            EventFilter {
                providers: one.clone(),
                member: member.clone(),
                ..filter()
            },
        ),
    ]
}

fn about_changes() -> Vec<Question> {
    let member = Some("scopes_supported".to_owned());
    let one = vec!["provider-4711".to_owned()];
    vec![
        (
            "by group",
            EventFilter {
                group: Some(Group::Keys),
                ..filter()
            },
        ),
        (
            "by severity",
            EventFilter {
                severity: Some(Severity::Security),
                ..filter()
            },
        ),
        (
            "by kind",
            EventFilter {
                kind: Some(EventKind::Failing),
                ..filter()
            },
        ),
        (
            "by member and kind",
            EventFilter {
                member: member.clone(),
                kind: Some(EventKind::Changed),
                ..filter()
            },
        ),
        (
            "by member and a kind without changes",
            EventFilter {
                member: member.clone(),
                kind: Some(EventKind::Failing),
                ..filter()
            },
        ),
        (
            "by member and a severity it never had",
            EventFilter {
                member,
                severity: Some(Severity::Security),
                ..filter()
            },
        ),
        (
            "by group and severity",
            EventFilter {
                group: Some(Group::Methods),
                severity: Some(Severity::Breaking),
                ..filter()
            },
        ),
        (
            "by provider, group and kind",
            EventFilter {
                providers: one,
                group: Some(Group::Endpoints),
                kind: Some(EventKind::Changed),
                ..filter()
            },
        ),
    ]
}

fn questions(store: &Path) {
    let asked = about_names().into_iter().chain(about_changes());
    for (words, filter) in asked {
        let mut found = 0;
        let mut ask = || {
            let start = Instant::now();
            found = Reader::open(store).unwrap().events(&filter).unwrap().len();
            start.elapsed().as_secs_f64() * 1e3
        };
        let first = ask();
        let times: Vec<f64> = (0..5).map(|_| ask()).collect();
        row(
            &format!("history {words}: {found} rows, median of 5 (first {first:.1} ms)"),
            median(times),
            "ms",
            Target::AtMost(50.0),
        );
    }
}
