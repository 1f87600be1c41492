//! What `verify` finds.

use issuerwatch::document::severity::Severity;
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

#[tokio::test]
async fn the_outbox_is_no_part_of_the_chain() {
    let sql = "UPDATE alert SET due_at = 0; DELETE FROM alert WHERE id = 1;";
    assert_eq!(after(sql).await.broken, None);
}
