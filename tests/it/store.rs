//! The store: real SQLite files in a folder of their own.
#![expect(clippy::indexing_slicing, reason = "a broken test should stop at once")]

mod damage;
mod deferred;
mod file;
mod history;
mod outbox;
mod packed;
mod part;
mod plan;
mod post;
mod record;
mod turn;

use std::path::PathBuf;
use std::sync::Arc;

use issuerwatch::document::fingerprint::sha256_hex;
use issuerwatch::document::kind::Kind;
use issuerwatch::document::observation::Validators;
use issuerwatch::document::severity::{Group, Severity};
use issuerwatch::meaning::change::Change;
use issuerwatch::meaning::diff::PatchText;
use issuerwatch::meaning::judge::Judge;
use issuerwatch::meaning::provider_policy::Policy;
use issuerwatch::meaning::rule::RuleName;
use issuerwatch::policy::baseline::Judgement;
use issuerwatch::policy::baseline::{Answer, Condition};
use issuerwatch::policy::event::{Changed, EventBody, FirstSeen, NewEvent};
use issuerwatch::policy::tracking::{
    JudgedAnswer, NewSnapshot, PollOutcome, SnapshotStep, Tracking, Transition,
};
use issuerwatch::store::{
    AlertPlan, CommittedTransition, DaemonPresence, Reader, Store, TargetSpec,
};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use serde_json::json;

const NOON: &str = "2026-03-01T12:00:00Z";
const LATER: &str = "2026-03-01T12:15:00Z";
const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A store with one target, `archera/oauth-authorization-server`, that was never polled.
struct Fixture {
    folder: tempfile::TempDir,
    path: PathBuf,
    store: Store,
    target: i64,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("issuerwatch.db");
        let store = Store::open(&path).unwrap();
        let ids = store.sync_targets(vec![archera()], at(NOON)).await.unwrap();
        Self {
            folder,
            path,
            store,
            target: ids[0],
        }
    }

    /// One that saw its first document at noon, as event 1.
    async fn seen() -> Self {
        let fixture = Self::new().await;
        let first = vec![first_seen()];
        fixture.record(document(NOON, 1), first).await;
        fixture
    }

    fn tracking(&self) -> Tracking {
        self.store.tracking(self.target).unwrap()
    }

    fn transition(&self, snapshot: SnapshotStep, events: Vec<NewEvent>) -> Transition {
        let mut tracking = self.tracking();
        let seen_at = match &snapshot {
            SnapshotStep::Keep | SnapshotStep::Missed => None,
            SnapshotStep::Seen(seen) => Some(seen.at),
            SnapshotStep::New(new) => Some(new.seen.at),
        };
        tracking.polls += 1;
        tracking.last_poll_at = seen_at.or(tracking.last_poll_at);
        tracking.last_good_at = tracking.last_poll_at;
        Transition {
            values: Vec::new(),
            response_facts: None,
            tracking,
            snapshot,
            outcome: PollOutcome::Answered,
            events,
        }
    }

    async fn record(&self, snapshot: SnapshotStep, events: Vec<NewEvent>) -> CommittedTransition {
        let transition = self.transition(snapshot, events);
        let recorded = self
            .store
            .record(transition, alerts_to(&[ALICE]))
            .await
            .unwrap();
        assert_eq!(recorded.tracking, self.tracking(), "told and stored");
        recorded
    }

    fn reader(&self) -> Reader {
        Reader::open(&self.path).unwrap()
    }

    /// The file as somebody with a shell opens it.
    fn sqlite(&self) -> Connection {
        Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap()
    }

    fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        self.sqlite().query_row(&sql, [], |row| row.get(0)).unwrap()
    }
}

fn archera() -> TargetSpec {
    spec("archera", Kind::OAUTH_AUTHORIZATION_SERVER)
}

fn spec(provider: &str, kind: Kind) -> TargetSpec {
    TargetSpec {
        provider: provider.to_owned(),
        kind: kind.into(),
        url: Some(format!("https://{provider}.example/{kind}")),
        formerly: Vec::new(),
    }
}

fn alerts_to(recipients: &[&str]) -> AlertPlan {
    AlertPlan {
        due_at: at(LATER),
        recipients: std::iter::once(None)
            .chain(Severity::ALL.map(Some))
            .map(|severity| {
                let recipients = recipients.iter().map(|&it| it.to_owned());
                (severity, recipients.collect())
            })
            .collect(),
        ..AlertPlan::default()
    }
}

/// A document that differs from those with another number.
fn document(seen_at: &str, number: u32) -> SnapshotStep {
    let canonical = format!(r#"{{"issuer":"https://archera.example","n":{number}}}"#);
    let body = format!(" {canonical}\n").into_bytes();
    SnapshotStep::New(Box::new(NewSnapshot {
        content_type: None,
        seen: judged_answer(seen_at, &sha256_hex(&body), None),
        fingerprint: sha256_hex(canonical.as_bytes()),
        canonical,
        body_sha256: sha256_hex(&body),
        body,
    }))
}

/// A sight of a document as this body, with this tag.
fn judged_answer(seen_at: &str, body: &str, etag: Option<&str>) -> JudgedAnswer {
    let condition = etag.map(|etag| {
        Arc::new(Condition {
            validators: Validators {
                etag: Some(etag.to_owned()),
                last_modified: None,
            },
            whole_at: at(seen_at),
            request: "what was asked".into(),
        })
    });
    JudgedAnswer {
        at: at(seen_at),
        answer: Answer {
            body: Some(body.into()),
            condition,
        },
        judgement: Arc::new(Judgement {
            judge: Judge::of(Some("https://archera.example"), None, &Policy::default()),
            findings: Vec::new(),
        }),
    }
}

fn change(member: &str, group: Group, severity: Severity) -> Change {
    Change {
        accepted: false,
        rule: RuleName::stored(&format!("{member}-changed")),
        subject: member.into(),
        group,
        severity,
        before: Some(json!({"z": 1, "a": [true, "ü"]})),
        after: Some(json!("https://elsewhere.example")),
        added: vec![json!("b"), json!("a")],
        removed: Vec::new(),
        why: "Clients send codes there.".to_owned(),
        advice: Some("Ask.".to_owned()),
        reference: Some("RFC 8414 section 2".to_owned()),
        used_values: Vec::new(),
        used: true,
        size_before: Some(12),
        left: Vec::new(),
        unseen: Vec::new(),
        habit: None,
        damped: false,
    }
}

fn event(observed_at: &str, body: EventBody) -> NewEvent {
    NewEvent {
        summary: format!("{} at {observed_at}", body.kind().as_str()),
        ..NewEvent::new(at(observed_at), body)
    }
}

fn first_seen() -> NewEvent {
    event(NOON, EventBody::FirstSeen(FirstSeen::default()))
}

fn changed(observed_at: &str, severity: Severity) -> NewEvent {
    let change = change("token_endpoint", Group::Endpoints, severity);
    let changed = Changed {
        changes: vec![change],
        patch: Some(PatchText::of(
            &json!([{"op": "replace", "path": "/n", "value": 2}]),
        )),
        ..Changed::default()
    };
    NewEvent {
        severity: Some(severity),
        alert: true,
        ..event(observed_at, EventBody::Changed(changed))
    }
}

/// The same event, which answers another one.
fn answering(mut event: NewEvent, answers: Option<i64>) -> NewEvent {
    if let EventBody::Changed(changed) = &mut event.body {
        changed.answers = answers;
    }
    event
}
