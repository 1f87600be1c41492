//! What one poll commits.

use issuerwatch::document::failure::Failure;
use issuerwatch::document::kind::Kind;
use issuerwatch::document::severity::Severity;
use issuerwatch::meaning::change::{Finding, FindingState};
use issuerwatch::meaning::rule::Rule;
use issuerwatch::policy::event::{
    Accepted, FailedPoll, FailedPolls, Failing, FindingChange, Inconsistent,
};
use issuerwatch::policy::tracking::{Outage, SnapshotStep};
use issuerwatch::store::{StoreError, TargetSpec};

use super::*;

#[tokio::test]
async fn an_event_is_read_as_it_was_recorded() {
    let fixture = Fixture::seen().await;
    let finding = FindingChange {
        finding: Finding {
            rule: Rule::IssuerMissing.into(),
            subject: "issuer".into(),
            name_hash: None,
            severity: Severity::Breaking,
            why: "It is required.".to_owned(),
            reference: Some("RFC 8414 section 2".to_owned()),
            keys: Vec::new(),
            expected: None,
            found: None,
            about_keys: Vec::new(),
            client: None,
            kept_keys: Vec::new(),
            reasons: Vec::new(),
        },
        state: FindingState::Cured,
    };
    let poll = FailedPoll {
        at: at(NOON),
        failure: Failure {
            detail: "HTTP 503 \u{202e}".to_owned(),
            ..Failure::of_status(503)
        },
        elapsed_ms: Some(31),
    };
    let change = answering(changed(LATER, Severity::Security), Some(1));
    let failing = Failing {
        answers: Some(1),
        failed: FailedPolls {
            since: at(NOON),
            count: 7,
            latest: vec![poll],
        },
        ..Failing::default()
    };
    let inconsistent = Inconsistent {
        polls: 3,
        changes: change.changes().to_vec(),
        findings: vec![finding],
        patch: change.patch().cloned(),
        ..Inconsistent::default()
    };
    let new = vec![
        change,
        event(LATER, EventBody::Failing(failing)),
        event(LATER, EventBody::Inconsistent(inconsistent)),
    ];
    let recorded = fixture.record(document(LATER, 2), new.clone()).await;
    assert_eq!((recorded.events, recorded.alerts), (vec![2, 3, 4], 1));
    for (id, new) in (2..).zip(new) {
        assert_eq!(fixture.reader().event(id).unwrap().unwrap().body, new);
    }
    let event = fixture.reader().event(2).unwrap().unwrap();
    assert_eq!(event.provider, "archera");
    assert_eq!(event.document, Kind::OAUTH_AUTHORIZATION_SERVER);
    assert_eq!((event.from_snapshot, event.to_snapshot), (Some(1), Some(2)));
    assert_eq!(event.acknowledged, None);
    let content: String = fixture
        .sqlite()
        .query_row("SELECT content FROM event WHERE id = 2", [], |row| {
            row.get(0)
        })
        .unwrap();
    let start = r#"{"event":2,"provider":"archera","document":"oauth-authorization-server","#;
    assert!(content.starts_with(start), "{content}");
    assert!(content.contains(r#"{"a":[true,"ü"],"z":1}"#), "{content}");
}

#[tokio::test]
async fn a_new_state_ends_the_one_before() {
    let fixture = Fixture::seen().await;
    let seen = judged_answer("2026-03-01T12:05:00Z", &"f".repeat(64), Some("\"f\""));
    fixture
        .record(SnapshotStep::Seen(seen.clone()), Vec::new())
        .await;
    let baseline = fixture.tracking().baseline.unwrap();
    assert_eq!(baseline.answer, seen.answer);
    assert_eq!(baseline.judgement, seen.judgement);
    assert_eq!(baseline.last_seen_at, seen.at);
    fixture
        .record(document(LATER, 2), vec![changed(LATER, Severity::Notice)])
        .await;
    let tracking = fixture.tracking();
    assert_eq!(tracking.state.last_changed_event, Some(2));
    let now = tracking.baseline.unwrap();
    assert_eq!((now.snapshot_id, now.first_seen_at), (2, at(LATER)));
    let before = fixture
        .store
        .seen_before(fixture.target, &baseline.fingerprint)
        .unwrap()
        .unwrap();
    assert_eq!((before.ended_at, before.ended_by), (at(LATER), Some(2)));
    let current = fixture.store.seen_before(fixture.target, &now.fingerprint);
    assert_eq!(current.unwrap(), None);
}

#[tokio::test]
async fn an_unchanged_poll_adds_no_row_and_a_body_is_stored_once() {
    let fixture = Fixture::seen().await;
    for _ in 0..3 {
        let seen = SnapshotStep::Seen(judged_answer(LATER, "f", None));
        fixture.record(seen, Vec::new()).await;
    }
    fixture.record(document(LATER, 2), Vec::new()).await;
    fixture.record(document(LATER, 1), Vec::new()).await;
    assert_eq!(fixture.count("snapshot"), 3);
    assert_eq!(fixture.count("body"), 2);
    assert_eq!(fixture.count("event"), 1);
    assert_eq!(fixture.tracking().polls, 6);
}

#[tokio::test]
async fn a_decision_on_an_old_revision_is_stale_and_leaves_nothing() {
    let fixture = Fixture::seen().await;
    let one = fixture.transition(document(LATER, 2), vec![changed(LATER, Severity::Info)]);
    let other = one.clone();
    fixture
        .store
        .record(one, alerts_to(&[ALICE]))
        .await
        .unwrap();
    let stale = fixture.store.record(other, alerts_to(&[ALICE])).await;
    assert!(matches!(stale, Err(StoreError::Stale { target_id: 1 })));
    assert_eq!(fixture.count("event"), 2);
    assert_eq!(fixture.count("snapshot"), 2);
    assert_eq!(fixture.count("alert"), 1);
}

#[tokio::test]
async fn a_decision_on_another_state_is_refused_and_leaves_nothing() {
    let fixture = Fixture::seen().await;
    let before = fixture.tracking();
    let mut decided = fixture.transition(document(LATER, 2), Vec::new());
    decided.tracking.baseline = None;
    let refused = fixture.store.record(decided, alerts_to(&[ALICE])).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })));
    assert_eq!(fixture.tracking(), before);
    assert_eq!(fixture.count("snapshot"), 1);
}

#[tokio::test]
async fn a_rollback_leaves_nothing_and_burns_no_number() {
    let fixture = Fixture::seen().await;
    // The last statement of a poll fails, after all others have written.
    fixture
        .sqlite()
        .execute_batch(
            "CREATE TRIGGER fails BEFORE UPDATE ON tracking_detail
             BEGIN SELECT raise(ABORT, 'as a test wants'); END;",
        )
        .unwrap();
    let before = fixture.tracking();
    let transition = fixture.transition(document(LATER, 2), vec![changed(LATER, Severity::Info)]);
    let failed = fixture
        .store
        .record(transition.clone(), alerts_to(&[ALICE]))
        .await;
    assert!(matches!(failed, Err(StoreError::Query { .. })));
    assert_eq!(fixture.tracking(), before);
    for (table, rows) in [
        ("event", 1),
        ("event_change", 0),
        ("snapshot", 1),
        ("body", 1),
    ] {
        assert_eq!(fixture.count(table), rows, "{table}");
    }
    assert_eq!(fixture.count("alert"), 0);
    fixture
        .sqlite()
        .execute_batch("DROP TRIGGER fails")
        .unwrap();
    let recorded = fixture
        .store
        .record(transition, alerts_to(&[ALICE]))
        .await
        .unwrap();
    assert_eq!(recorded.events, [2]);
    let alert: i64 = fixture
        .sqlite()
        .query_row("SELECT id FROM alert", [], |row| row.get(0))
        .unwrap();
    assert_eq!(alert, 1);
}

#[tokio::test]
async fn polls_that_end_together_are_numbered_without_gaps() {
    let fixture = Fixture::new().await;
    let names: Vec<String> = (0..40).map(|number| format!("p{number}")).collect();
    let specs = names.iter().map(|name| spec(name, Kind::JWKS)).collect();
    let ids = fixture.store.sync_targets(specs, at(NOON)).await.unwrap();
    let mut polls = tokio::task::JoinSet::new();
    for id in ids {
        let mut transition = fixture.transition(document(NOON, 1), vec![first_seen()]);
        transition.tracking = fixture.store.tracking(id).unwrap();
        if id % 5 == 0 {
            transition.tracking.revision = 7;
        }
        let store = fixture.store.clone();
        polls.spawn(async move { store.record(transition, alerts_to(&[])).await });
    }
    let outcomes = polls.join_all().await;
    let mut events: Vec<i64> = outcomes
        .iter()
        .filter_map(|outcome| outcome.as_ref().ok())
        .flat_map(|recorded| recorded.events.clone())
        .collect();
    events.sort_unstable();
    assert_eq!(events, (1..=32).collect::<Vec<i64>>());
    assert_eq!(fixture.reader().verify().unwrap().broken, None);
}

#[tokio::test]
async fn an_outage_knows_the_number_of_its_event() {
    let fixture = Fixture::seen().await;
    let mut transition = fixture.transition(
        SnapshotStep::Keep,
        vec![event(LATER, EventBody::Failing(Failing::default()))],
    );
    transition.tracking.state_mut().outage = Some(Outage {
        accepted: false,
        hidden: false,
        reminders: 0,
        since: at(NOON),
        failures: 3,
        announced: true,
        event: None,
        polls: Vec::new(),
    });
    fixture
        .store
        .record(transition, alerts_to(&[ALICE]))
        .await
        .unwrap();
    let outage = fixture.tracking().state.outage.clone().unwrap();
    assert_eq!(outage.event, Some(2));
    let event = fixture.reader().event(2).unwrap().unwrap();
    assert_eq!((event.from_snapshot, event.to_snapshot), (None, None));
}

#[tokio::test]
async fn an_accepted_event_is_acknowledged_and_its_hash_stays() {
    let fixture = Fixture::seen().await;
    fixture
        .record(document(LATER, 2), vec![changed(LATER, Severity::Notice)])
        .await;
    let before = fixture.reader().event(2).unwrap().unwrap();
    let accepted = EventBody::Accepted(Accepted {
        event: 2,
        reason: "announced".to_owned(),
    });
    let accepted = event("2026-03-02T08:00:00Z", accepted);
    fixture.record(SnapshotStep::Keep, vec![accepted]).await;
    let after = fixture.reader().event(2).unwrap().unwrap();
    assert_eq!(after.acknowledged, Some(at("2026-03-02T08:00:00Z")));
    assert_eq!(after.hash, before.hash);
    assert_eq!(fixture.reader().verify().unwrap().broken, None);
}

#[tokio::test]
async fn a_target_is_retired_and_revived_but_never_deleted() {
    let fixture = Fixture::seen().await;
    let store = &fixture.store;
    let other = spec("other", Kind::JWKS);
    let ids = store
        .sync_targets(vec![other.clone()], at(LATER))
        .await
        .unwrap();
    assert_eq!(ids, [2]);
    let rows = fixture.reader().targets().unwrap();
    assert_eq!(rows[0].retired_at, Some(at(LATER)));
    assert_eq!(rows[0].watched_since, at(NOON));
    let ids = store
        .sync_targets(vec![other, archera()], at("2026-03-02T00:00Z"))
        .await
        .unwrap();
    assert_eq!(ids, [2, 1]);
    let rows = fixture.reader().targets().unwrap();
    assert_eq!(
        (rows[0].retired_at, rows[0].watched_since),
        (None, at(NOON))
    );
    assert!(rows[0].tracking.baseline.is_some());
}

#[tokio::test]
async fn what_the_server_sent_instead_leaves_the_baseline_and_no_condition() {
    let fixture = Fixture::seen().await;
    let seen = judged_answer(LATER, "f", Some("\"1\""));
    fixture.record(SnapshotStep::Seen(seen), Vec::new()).await;
    let known = fixture.tracking().baseline.unwrap();
    assert!(known.answer.condition.is_some());
    fixture.record(SnapshotStep::Missed, Vec::new()).await;
    let left = fixture.tracking().baseline.unwrap();
    assert_eq!(left.answer.condition, None);
    assert_eq!(left.answer.body, known.answer.body);
    assert_eq!(left.judgement, known.judgement);
}

#[tokio::test]
async fn what_is_known_under_an_earlier_name_is_carried_over() {
    let fixture = Fixture::seen().await;
    let renamed = TargetSpec {
        formerly: vec!["other".to_owned(), "archera".to_owned()],
        ..spec("acme", Kind::OAUTH_AUTHORIZATION_SERVER)
    };
    let store = &fixture.store;
    let ids = store.sync_targets(vec![renamed.clone()], at(LATER)).await;
    assert_eq!(ids.unwrap(), [fixture.target]);
    let rows = fixture.reader().targets().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].provider, "acme");
    assert!(rows[0].tracking.baseline.is_some());
    // Who has a history of his own keeps it.
    store.add_targets(vec![archera()], at(LATER)).await.unwrap();
    let ids = store.sync_targets(vec![renamed], at(LATER)).await;
    assert_eq!(ids.unwrap(), [fixture.target]);
}

#[tokio::test]
async fn who_was_alarmed_is_told_that_it_is_over_however_harmless_that_is() {
    let fixture = Fixture::seen().await;
    let alarm = vec![changed(LATER, Severity::Breaking)];
    let told = fixture.record(document(LATER, 2), alarm).await;
    let back = changed("2026-03-01T12:30:00Z", Severity::Info);
    let back = answering(back, told.events.first().copied());
    let transition = fixture.transition(document("2026-03-01T12:30:00Z", 1), vec![back]);
    fixture
        .store
        .record(transition, alerts_to(&[BOB]))
        .await
        .unwrap();
    let sql = "SELECT recipients FROM alert ORDER BY id";
    let sqlite = fixture.sqlite();
    let mut statement = sqlite.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    let recipients: Vec<String> = rows.map(Result::unwrap).collect();
    assert_eq!(
        recipients,
        [json!([ALICE]).to_string(), json!([BOB, ALICE]).to_string()]
    );
}
