//! What `verify` finds.

use issuerwatch::document::fingerprint::sha256_hex;
use issuerwatch::document::severity::Severity;
use issuerwatch::policy::chain::{GENESIS, event_hash};
use issuerwatch::policy::event::Accepted;
use issuerwatch::store::Verification;

use super::*;

/// Three events, two snapshots, two bodies; then somebody with a shell runs `sql`.
async fn after(sql: &str) -> Verification {
    let fixture = Fixture::seen().await;
    for (time, number) in [(LATER, 2), ("2026-03-02T12:00:00Z", 3)] {
        fixture
            .record(
                document(time, number),
                vec![changed(time, Severity::Notice)],
            )
            .await;
    }
    let sqlite = fixture.sqlite();
    sqlite
        .execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}"))
        .unwrap();
    fixture.reader().verify().unwrap()
}

async fn check(sql: &str, table: &str, id: i64, what: &str) {
    let broken = after(sql).await.broken.unwrap();
    assert_eq!((broken.table, broken.id), (table, id), "{sql}");
    assert!(broken.what.contains(what), "{}", broken.what);
}

#[tokio::test]
async fn what_was_written_holds() {
    let verification = after("").await;
    assert_eq!(verification.broken, None);
    assert_eq!((verification.events, verification.bodies), (3, 3));
}

#[tokio::test]
async fn a_changed_event_is_found() {
    let sql = "UPDATE event SET content = replace(content, 'notice', 'info') WHERE id = 2";
    check(sql, "event", 2, "content").await;
    let sql = "UPDATE event SET content = content || ' ' WHERE id = 2";
    check(sql, "event", 2, "content").await;
    check(
        "UPDATE event SET at = at + 1 WHERE id = 2",
        "event",
        2,
        "columns",
    )
    .await;
    check(
        "UPDATE event SET severity = 0 WHERE id = 3",
        "event",
        3,
        "columns",
    )
    .await;
    let sql = "UPDATE event SET hash = previous WHERE id = 1";
    check(sql, "event", 1, "content").await;
    check("UPDATE target SET provider = 'x'", "event", 1, "columns").await;
}

#[tokio::test]
async fn a_removed_event_is_found_wherever_it_stood() {
    for id in [1, 2, 3] {
        let sql = format!("DELETE FROM event WHERE id = {id}");
        check(&sql, "event", id, "removed").await;
    }
    check("DELETE FROM event", "event", 1, "removed").await;
}

#[tokio::test]
async fn an_event_after_a_removed_one_does_not_take_its_place() {
    let fixture = Fixture::seen().await;
    fixture
        .record(document(LATER, 2), vec![changed(LATER, Severity::Notice)])
        .await;
    fixture
        .sqlite()
        .execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM event WHERE id = 2")
        .unwrap();
    let next = vec![changed(LATER, Severity::Info)];
    let recorded = fixture.record(document(LATER, 3), next).await;
    assert_eq!(recorded.events, [3]);
    let broken = fixture.reader().verify().unwrap().broken.unwrap();
    assert_eq!((broken.table, broken.id), ("event", 2));
}

#[tokio::test]
async fn a_changed_or_removed_body_is_found() {
    let sql = "UPDATE body SET bytes = CAST('x' AS BLOB) WHERE rowid = 2";
    check(sql, "body", 2, "bytes").await;
    check("DELETE FROM body WHERE rowid = 3", "snapshot", 3, "removed").await;
}

#[tokio::test]
async fn a_changed_snapshot_is_found() {
    let sql = "UPDATE snapshot SET canonical = '{}' WHERE id = 2";
    check(sql, "snapshot", 2, "document").await;
}

/// Puts another document, with all of its hashes, in the place of a state.
fn another(id: i64, canonical: &str) -> String {
    let hash = sha256_hex(canonical.as_bytes());
    format!(
        "INSERT INTO body (sha256, raw_sha256, bytes) VALUES ('{hash}', '{hash}', CAST('{canonical}' AS BLOB));
         DELETE FROM body WHERE sha256 = (SELECT body FROM snapshot WHERE id = {id});
         UPDATE snapshot SET canonical = '{canonical}', fingerprint = '{hash}', body = '{hash}' WHERE id = {id}"
    )
}

#[tokio::test]
async fn another_document_in_the_place_of_a_state_is_found_also_of_the_first() {
    let what = "the state that it tells of is another one";
    for id in [1, 2, 3] {
        check(&another(id, "{}"), "event", id, what).await;
        // Also where only the bytes are others, or those of another state.
        let bytes = format!(
            "UPDATE snapshot SET body = (SELECT body FROM snapshot WHERE id = {}) WHERE id = {id}",
            id % 3 + 1
        );
        check(&bytes, "event", id, what).await;
        let time = format!("UPDATE snapshot SET first_seen_at = first_seen_at + 1 WHERE id = {id}");
        check(&time, "event", id, what).await;
    }
    let dropped = "UPDATE snapshot SET body = NULL WHERE id = 1; DELETE FROM body WHERE rowid = 1";
    assert_eq!(after(dropped).await.broken, None, "bytes may be dropped");
}

#[tokio::test]
async fn a_state_that_was_removed_or_moved_in_time_is_found() {
    for id in [1, 3] {
        let sql = format!("DELETE FROM snapshot WHERE id = {id}");
        check(&sql, "event", id, "is not there").await;
    }
    for (sql, id, what) in [
        ("ended_at = ended_at + 1 WHERE id = 1", 2, "begin"),
        ("last_seen_at = NULL WHERE id = 2", 2, "last seen"),
        ("ended_by = 3 WHERE id = 1", 1, "did not end it"),
        ("ended_at = 9, last_seen_at = 9 WHERE id = 3", 3, "ended"),
    ] {
        check(&format!("UPDATE snapshot SET {sql}"), "snapshot", id, what).await;
    }
}

#[tokio::test]
async fn events_of_before_do_not_hold_their_states_and_verify_all_the_same() {
    let fixture = Fixture::seen().await;
    let sqlite = fixture.sqlite();
    let content: String = sqlite
        .query_row("SELECT content FROM event", [], |row| row.get(0))
        .unwrap();
    let start = content.find(",\"to_fingerprint\"").unwrap();
    let end = content.find(",\"at\"").unwrap();
    let before = format!("{}{}", &content[..start], &content[end..]);
    let hash = event_hash(GENESIS, &before);
    sqlite
        .execute("UPDATE event SET content = ?1, hash = ?2", [&before, &hash])
        .unwrap();
    assert_eq!(fixture.reader().verify().unwrap().broken, None);
}

#[tokio::test]
async fn what_events_are_found_by_and_why_one_was_expected_is_what_they_say() {
    let fixture = Fixture::seen().await;
    fixture
        .record(document(LATER, 2), vec![changed(LATER, Severity::Notice)])
        .await;
    let reason = "announced \u{1f511}".to_owned();
    let accepted = event(LATER, EventBody::Accepted(Accepted { event: 2, reason }));
    fixture.record(SnapshotStep::Keep, vec![accepted]).await;
    assert_eq!(fixture.reader().verify().unwrap().broken, None);
    for (sql, table, id) in [
        ("UPDATE accepted SET reason = 'quiet'", "accepted", 2),
        ("UPDATE accepted SET at = at + 1", "accepted", 2),
        ("UPDATE accepted SET event_id = 1", "accepted", 1),
        ("DELETE FROM accepted", "accepted", 2),
        ("UPDATE event_change SET severity = 0", "event", 2),
        ("UPDATE event_change SET group_name = 'keys'", "event", 2),
        ("UPDATE event_change SET kind = 'finding'", "event", 2),
        ("UPDATE event_change SET member = 'x'", "event", 2),
        ("DELETE FROM event_change", "event", 2),
        (
            "INSERT INTO event_change SELECT target_id, 'x', at, event_id, rule, group_name, severity, kind
             FROM event_change",
            "event_change",
            0,
        ),
    ] {
        let sqlite = fixture.sqlite();
        sqlite
            .execute_batch(&format!("PRAGMA foreign_keys = OFF; BEGIN; {sql}; COMMIT; "))
            .unwrap();
        let broken = fixture.reader().verify().unwrap().broken.unwrap();
        assert_eq!((broken.table, broken.id), (table, id), "{sql}");
        sqlite
            .execute_batch(
                "DELETE FROM accepted; DELETE FROM event_change; INSERT INTO accepted
                     SELECT json_extract(content, '$.circumstance.answers'), id, at,
                         json_extract(content, '$.circumstance.reason') FROM event WHERE id = 3;
                 INSERT INTO event_change SELECT target_id, 'token_endpoint', at, id,
                     'token_endpoint-changed', 'endpoints', severity, kind FROM event WHERE id = 2",
            )
            .unwrap();
        assert_eq!(fixture.reader().verify().unwrap().broken, None, "{sql}");
    }
}

#[tokio::test]
async fn the_outbox_is_no_part_of_the_chain() {
    let sql = "UPDATE alert SET due_at = 0; DELETE FROM alert WHERE id = 1;";
    assert_eq!(after(sql).await.broken, None);
}
