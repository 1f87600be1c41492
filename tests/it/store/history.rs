//! What history finds.

use issuerwatch::document::kind::Kind;
use issuerwatch::document::severity::{Group, Severity};
use issuerwatch::policy::event::{EventKind, Failing};
use issuerwatch::store::EventFilter;

use super::*;

/// Five events: first seen; an endpoint (security) and scopes (info); scopes (breaking) of another
/// provider; a failure; a replayed recording that is older than all.
async fn recorded() -> Fixture {
    let fixture = Fixture::seen().await;
    let mut two = changed("2026-03-02T12:00:00Z", Severity::Security);
    two.changes_mut()
        .unwrap()
        .push(change("scopes_supported", Group::Scopes, Severity::Info));
    fixture
        .record(document("2026-03-02T12:00:00Z", 2), vec![two])
        .await;
    let specs = vec![archera(), spec("other", Kind::JWKS)];
    let ids = fixture.store.sync_targets(specs, at(NOON)).await.unwrap();
    let mut three = changed("2026-03-03T12:00:00Z", Severity::Breaking);
    *three.changes_mut().unwrap() = vec![change(
        "scopes_supported",
        Group::Scopes,
        Severity::Breaking,
    )];
    let mut transition = fixture.transition(document("2026-03-03T12:00:00Z", 3), vec![three]);
    transition.tracking = fixture.store.tracking(ids[1]).unwrap();
    fixture
        .store
        .record(transition, alerts_to(&[]))
        .await
        .unwrap();
    let failing = event(
        "2026-03-04T12:00:00Z",
        EventBody::Failing(Failing::default()),
    );
    fixture.record(SnapshotStep::Keep, vec![failing]).await;
    let old = changed("2025-01-01T00:00:00Z", Severity::Notice);
    fixture
        .record(document("2025-01-01T00:00:00Z", 4), vec![old])
        .await;
    fixture
}

/// Checks which events a filter finds, in which order, and that it counts as many.
fn check(fixture: &Fixture, set: impl FnOnce(&mut EventFilter), expected: &[i64]) {
    let mut filter = EventFilter::default();
    set(&mut filter);
    let reader = fixture.reader();
    let found = reader.events(&filter).unwrap();
    let ids: Vec<i64> = found.iter().map(|event| event.id).collect();
    assert_eq!(ids, expected, "{filter:?}");
    if filter.limit.is_none() {
        let count = reader.count(&filter).unwrap();
        assert_eq!(count, u64::try_from(expected.len()).unwrap(), "{filter:?}");
    }
}

#[tokio::test]
async fn history_is_newest_first_by_time_of_observation() {
    let fixture = recorded().await;
    check(&fixture, |_| {}, &[4, 3, 2, 1, 5]);
    check(&fixture, |it| it.oldest_first = true, &[5, 1, 2, 3, 4]);
    check(&fixture, |it| it.limit = Some(2), &[4, 3]);
    let oldest_two = |it: &mut EventFilter| {
        it.limit = Some(2);
        it.oldest_first = true;
    };
    check(&fixture, oldest_two, &[5, 1]);
    check(&fixture, |it| it.limit = Some(0), &[]);
}

#[tokio::test]
async fn history_is_narrowed_by_provider_and_time() {
    let fixture = recorded().await;
    let providers = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    check(&fixture, |it| it.providers = providers(&["other"]), &[3]);
    check(
        &fixture,
        |it| it.providers = providers(&["other", "archera"]),
        &[4, 3, 2, 1, 5],
    );
    check(&fixture, |it| it.providers = providers(&["nobody"]), &[]);
    let since = at("2026-03-02T12:00:00Z");
    check(&fixture, |it| it.since = Some(since), &[4, 3, 2]);
    check(&fixture, |it| it.until = Some(since), &[1, 5]);
    let both = |it: &mut EventFilter| {
        it.providers = providers(&["archera"]);
        it.since = Some(since);
        it.limit = Some(1);
    };
    check(&fixture, both, &[4]);
}

#[tokio::test]
async fn history_is_narrowed_by_what_changed() {
    let fixture = recorded().await;
    let member = |name: &str| Some(name.to_owned());
    check(
        &fixture,
        |it| it.member = member("scopes_supported"),
        &[3, 2],
    );
    check(&fixture, |it| it.member = member("issuer"), &[]);
    check(&fixture, |it| it.group = Some(Group::Endpoints), &[2, 5]);
    check(
        &fixture,
        |it| it.severity = Some(Severity::Breaking),
        &[3, 2],
    );
    check(
        &fixture,
        |it| it.severity = Some(Severity::Info),
        &[3, 2, 5],
    );
    check(&fixture, |it| it.kind = Some(EventKind::Failing), &[4]);
    let breaking_scopes = |it: &mut EventFilter| {
        it.member = member("scopes_supported");
        it.severity = Some(Severity::Breaking);
    };
    check(&fixture, breaking_scopes, &[3]);
    let of_one_provider = |it: &mut EventFilter| {
        it.group = Some(Group::Scopes);
        it.kind = Some(EventKind::Changed);
        it.providers = vec!["archera".to_owned()];
    };
    check(&fixture, of_one_provider, &[2]);
    let severe_of_one_provider = |it: &mut EventFilter| {
        it.severity = Some(Severity::Breaking);
        it.providers = vec!["archera".to_owned()];
    };
    check(&fixture, severe_of_one_provider, &[2]);
}

#[tokio::test]
async fn an_event_with_several_changes_of_a_group_is_found_once() {
    let fixture = Fixture::seen().await;
    let mut event = changed(LATER, Severity::Notice);
    event
        .changes_mut()
        .unwrap()
        .push(change("jwks_uri", Group::Endpoints, Severity::Notice));
    fixture.record(document(LATER, 2), vec![event]).await;
    check(&fixture, |it| it.group = Some(Group::Endpoints), &[2]);
}

#[tokio::test]
async fn a_document_is_read_as_it_was_at_a_time() {
    let fixture = recorded().await;
    let reader = fixture.reader();
    let kind = Kind::OAUTH_AUTHORIZATION_SERVER.into();
    let snapshot = reader
        .snapshot_at("archera", &kind, at("2026-03-02T00:00:00Z"))
        .unwrap()
        .unwrap();
    assert_eq!(snapshot.snapshot_id, 1);
    assert_eq!(
        (snapshot.provider.as_str(), &snapshot.kind),
        ("archera", &kind)
    );
    assert_eq!(
        snapshot.fingerprint,
        sha256_hex(snapshot.canonical.as_bytes())
    );
    let body = format!(" {}\n", snapshot.canonical);
    assert_eq!(snapshot.body.as_deref(), Some(body.as_bytes()));
    assert_eq!(reader.snapshot(1).unwrap(), Some(snapshot));
    assert_eq!(reader.snapshot(99).unwrap(), None);
    let before = reader.snapshot_at("archera", &kind, at("2024-01-01T00:00:00Z"));
    assert_eq!(before.unwrap(), None);
}

#[tokio::test]
async fn history_is_read_while_it_is_written() {
    let fixture = Fixture::seen().await;
    let reader = fixture.reader();
    let writer = fixture.sqlite();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(reader.count(&EventFilter::default()).unwrap(), 1);
    writer.execute_batch("COMMIT").unwrap();
    fixture
        .record(document(LATER, 2), vec![changed(LATER, Severity::Notice)])
        .await;
    assert_eq!(reader.count(&EventFilter::default()).unwrap(), 2);
    let (id, hash) = reader.head().unwrap().unwrap();
    assert_eq!((id, hash.len()), (2, 64));
}
