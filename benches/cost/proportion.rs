//! Whether what is decided and worded takes work in proportion to what there is: the processor time of
//! twice as much, in times of that of once as much.

use issuerwatch::document::canonical::Document;
use issuerwatch::document::kind::Kind;
use issuerwatch::meaning::diff;
use issuerwatch::meaning::finding;
use issuerwatch::meaning::provider_policy::Policy;
use issuerwatch::policy::event::{Changed, Event, EventBody, NewEvent};
use issuerwatch::policy::mail::MailKind;
use issuerwatch::wording::mail::{self, MailInput};
use issuerwatch::wording::summary;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::table::{Target, heading, row};

/// Twice as much may take three times the work, as caches fill; work that grows with the square takes four.
const MOST: f64 = 3.0;

/// Makes one of two documents of so many members.
type Make<'a> = &'a dyn Fn(usize, usize) -> String;

fn document(more: impl Iterator<Item = (String, Value)>) -> String {
    let mut members = Map::new();
    members.insert("issuer".to_owned(), json!("https://a.example"));
    members.extend(more);
    Value::Object(members).to_string()
}

/// Reads two documents, compares them, and words a mail about it.
fn told(kind: Kind, old: &str, new: &str) {
    let parse = |text: &str| Document::parse(kind, text.as_bytes(), None).unwrap();
    let (old, new) = (parse(old), parse(new));
    let policy = Policy::default();
    finding::findings(&new, None, &policy);
    let changes = diff::changes(&old, &new, None, &policy);
    assert!(!changes.is_empty());
    let at = Timestamp::UNIX_EPOCH;
    let body = Changed {
        patch: diff::kept_patch(&old, &new),
        changes: changes.clone(),
        ..Changed::default()
    };
    let event = Event {
        id: 1,
        provider: "a".to_owned(),
        document: kind.into(),
        from_snapshot: None,
        to_snapshot: None,
        acknowledged: None,
        body: NewEvent {
            summary: summary::of_changes(&changes),
            ..NewEvent::new(at, EventBody::Changed(body))
        },
        hash: String::new(),
    };
    mail::compose(&MailInput {
        addresses: &[],
        background: None,
        follows: &[],
        wave: None,
        has_weekly: false,
        is_widespread: false,
        kind: MailKind::Changed,
        events: &[event],
        digest: None,
        left_out: 0,
        providers: &[],
        key_sets: &[],
        machine: "a",
        answers: None,
        late: None,
    });
}

/// The processor time of this thread so far, in nanoseconds.
fn processor_time() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stat.split(' ').next().unwrap().parse().unwrap()
}

/// The processor time of some work: the least of some tries.
fn cost(mut work: impl FnMut()) -> u64 {
    let one = |_| {
        let begun = processor_time();
        work();
        processor_time() - begun
    };
    (0..3).map(one).min().unwrap()
}

pub fn measure() {
    heading("work for twice as much, in times of the work for once as much");
    let endpoints = |side: usize, count: usize| {
        let host = |n: usize| json!(format!("https://h{side}x{n}.example/"));
        document((0..count).map(|n| (format!("e{side}x{n}_endpoint"), host(n))))
    };
    let moves = |side: usize, count: usize| {
        let host = |n: usize| json!(format!("https://h{side}x{n}.example/"));
        document((0..count).map(|n| (format!("e{n}_endpoint"), host(n))))
    };
    let members = |side: usize, count: usize| {
        document((0..count).map(|n| (format!("m{side}x{n}"), json!(n))))
    };
    let scopes = |side: usize, count: usize| {
        let scopes: Vec<String> = (0..10 * count).map(|n| format!("s{side}x{n}")).collect();
        document(std::iter::once((
            "scopes_supported".to_owned(),
            json!(scopes),
        )))
    };
    let keys = |side: usize, count: usize| {
        let key = |n: usize| {
            let kid = format!("{side}x{n}");
            json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": format!("{kid:A>43}")})
        };
        json!({"keys": (0..count / 2).map(key).collect::<Vec<_>>()}).to_string()
    };
    let metadata = Kind::OAUTH_AUTHORIZATION_SERVER;
    let series: [(&str, Kind, Make<'_>); 5] = [
        ("endpoints", metadata, &endpoints),
        ("moved endpoints", metadata, &moves),
        ("members", metadata, &members),
        ("scopes", metadata, &scopes),
        ("keys", Kind::JWKS, &keys),
    ];
    for (what, kind, make) in series {
        let of = |count: usize| {
            let (old, new) = (make(1, count), make(2, count));
            cost(|| told(kind, &old, &new))
        };
        let (once, twice) = (of(900), of(1_800));
        row(
            what,
            twice as f64 / once as f64,
            "times",
            Target::AtMost(MOST),
        );
    }
}
