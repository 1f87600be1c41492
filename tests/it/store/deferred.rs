//! Polls that saw nothing new: acknowledged at once, committed together.

use issuerwatch::policy::tracking::SnapshotStep;
use issuerwatch::store::StoreError;

use super::*;
use crate::support::wait_until;

const SOON: &str = "2026-03-01T12:05:00Z";

impl Fixture {
    /// A poll that saw the baseline again, decided on what is known.
    fn again(&self, seen_at: &str, body: &str) -> (Tracking, Arc<Transition>) {
        let known = self.tracking();
        let seen = SnapshotStep::Seen(judged_answer(seen_at, body, None));
        let mut transition = self.transition(seen, Vec::new());
        transition.tracking.polls = known.polls + 1;
        (known, Arc::new(transition))
    }

    async fn see_again(&self, seen_at: &str) -> Result<CommittedTransition, StoreError> {
        let (known, transition) = self.again(seen_at, &"f".repeat(64));
        let nobody = AlertPlan::default();
        self.store.record_poll(&known, transition, nobody).await
    }

    /// What another process reads: revision, polls, and when the last poll was.
    fn stored(&self) -> (i64, u64, Option<Timestamp>) {
        let row = self.reader().targets().unwrap().remove(0).tracking;
        (row.revision, row.polls, row.last_poll_at)
    }
}

#[tokio::test]
async fn a_poll_that_saw_nothing_new_is_read_here_at_once_and_elsewhere_within_a_second() {
    let fixture = Fixture::seen().await;
    let before = fixture.stored();
    let recorded = fixture.see_again(SOON).await.unwrap();
    assert_eq!(recorded.tracking, fixture.tracking(), "told and read");
    assert_eq!((recorded.events, recorded.alerts), (Vec::new(), 0));
    assert_eq!(fixture.stored(), before);
    // Nothing else is asked for: the writer commits it on its own.
    wait_until("the poll is committed", || {
        fixture.stored() == (2, 2, Some(at(SOON)))
    });
    assert_eq!(recorded.tracking, fixture.tracking(), "told and stored");
}

#[tokio::test]
async fn news_of_another_target_is_not_committed_before_it() {
    let fixture = Fixture::seen().await;
    let other = fixture
        .store
        .add_target(spec("brandia", Kind::JWKS), at(NOON));
    let other = other.await.unwrap();
    fixture.see_again(SOON).await.unwrap();
    let mut transition = fixture.transition(document(LATER, 2), Vec::new());
    transition.tracking = fixture.store.tracking(other).unwrap();
    let committed = fixture.store.record(transition, AlertPlan::default());
    committed.await.unwrap();
    assert_eq!(fixture.stored(), (2, 2, Some(at(SOON))));
}

#[tokio::test]
async fn each_poll_before_a_commit_counts_and_the_next_decision_is_made_on_the_last() {
    let fixture = Fixture::seen().await;
    for seen_at in [SOON, "2026-03-01T12:06:00Z", "2026-03-01T12:07:00Z"] {
        fixture.see_again(seen_at).await.unwrap();
    }
    fixture
        .record(document(LATER, 2), vec![changed(LATER, Severity::Notice)])
        .await;
    assert_eq!(fixture.stored(), (5, 5, Some(at(LATER))));
    let ended = "SELECT last_seen_at FROM snapshot WHERE id = 1";
    let seen: i64 = fixture
        .sqlite()
        .query_row(ended, [], |row| row.get(0))
        .unwrap();
    assert_eq!(seen, at("2026-03-01T12:07:00Z").as_millisecond());
}

#[tokio::test]
async fn an_answer_in_another_form_is_deferred_with_its_poll() {
    let fixture = Fixture::seen().await;
    let (known, transition) = fixture.again(SOON, &"e".repeat(64));
    let nobody = AlertPlan::default();
    let recorded = fixture.store.record_poll(&known, transition, nobody).await;
    let recorded = recorded.unwrap();
    let body = |tracking: Tracking| tracking.baseline.unwrap().answer.body.unwrap();
    assert_eq!(*body(fixture.tracking()), "e".repeat(64));
    fixture.store.write_deferred().await.unwrap();
    assert_eq!(fixture.tracking(), recorded.tracking);
    assert_eq!(fixture.stored().0, 2);
}

#[tokio::test]
async fn a_clean_stop_writes_them_and_nothing_is_deferred_after_it() {
    let fixture = Fixture::seen().await;
    fixture.see_again(SOON).await.unwrap();
    let (known, transition) = fixture.again(LATER, &"f".repeat(64));
    fixture.store.close().await;
    assert_eq!(fixture.stored(), (2, 2, Some(at(SOON))));
    let nobody = AlertPlan::default();
    let late = fixture.store.record_poll(&known, transition, nobody).await;
    assert!(matches!(late, Err(StoreError::Ended)), "{late:?}");
}

#[tokio::test]
async fn a_decision_on_one_that_another_process_overtook_is_refused() {
    let fixture = Fixture::seen().await;
    let elsewhere = Store::open(&fixture.path).unwrap();
    fixture.see_again(SOON).await.unwrap();
    // Decided on the second revision, as this process knows it.
    let news = fixture.transition(document(LATER, 2), vec![changed(LATER, Severity::Notice)]);
    assert_eq!(news.tracking.revision, 2);
    // Meanwhile the other process makes a second revision of its own.
    let mut other = fixture.transition(document(LATER, 3), vec![changed(LATER, Severity::Notice)]);
    other.tracking = elsewhere.tracking(fixture.target).unwrap();
    other.tracking.polls += 1;
    other.tracking.last_poll_at = Some(at(LATER));
    let made = elsewhere.record(other, AlertPlan::default()).await.unwrap();
    assert_eq!(made.tracking.revision, 2);
    let refused = fixture.store.record(news, AlertPlan::default()).await;
    assert!(
        matches!(refused, Err(StoreError::Stale { .. })),
        "{refused:?}"
    );
    // The poll counts; what the other process saw later stays.
    assert_eq!(fixture.stored(), (3, 3, Some(at(LATER))));
    assert_eq!(fixture.tracking().baseline, made.tracking.baseline);
    assert_eq!(fixture.count("event"), 2);
}

#[tokio::test]
async fn a_decision_on_what_was_known_before_one_is_refused() {
    let fixture = Fixture::seen().await;
    let (known, late) = fixture.again(LATER, &"f".repeat(64));
    let news = fixture.transition(document(LATER, 2), Vec::new());
    fixture.see_again(SOON).await.unwrap();
    let nobody = AlertPlan::default();
    let again = fixture.store.record_poll(&known, late, nobody.clone());
    assert!(matches!(again.await, Err(StoreError::Stale { .. })));
    let news = fixture.store.record(news, nobody).await;
    assert!(matches!(news, Err(StoreError::Stale { .. })));
    assert_eq!(fixture.stored(), (2, 2, Some(at(SOON))));
}

#[tokio::test]
async fn what_cannot_be_committed_is_told_and_no_other_poll_is_deferred_until_it_is() {
    let fixture = Fixture::seen().await;
    let mut unwritten = fixture.store.unwritten();
    let trigger = "CREATE TRIGGER broken BEFORE UPDATE ON tracking
        BEGIN SELECT raise(FAIL, 'as a disk that fails would'); END;";
    fixture.sqlite().execute_batch(trigger).unwrap();
    fixture.see_again(SOON).await.unwrap();
    let told = unwritten.changed().await.unwrap();
    assert!(
        told.to_string().contains("failed while committing"),
        "{told}"
    );
    let next = fixture.see_again("2026-03-01T12:06:00Z").await;
    assert!(matches!(next, Err(StoreError::Query { .. })), "{next:?}");
    let asked = fixture.store.write_deferred().await;
    assert!(matches!(asked, Err(StoreError::Query { .. })), "{asked:?}");
    fixture
        .sqlite()
        .execute_batch("DROP TRIGGER broken")
        .unwrap();
    assert!(unwritten.changed().await.is_none());
    assert_eq!(fixture.stored(), (2, 2, Some(at(SOON))));
    fixture.see_again(LATER).await.unwrap();
    assert_eq!(fixture.stored().0, 2, "deferred again");
}

/// How long the log of the store is.
fn log_bytes(fixture: &Fixture) -> u64 {
    let path = fixture.path.with_extension("db-wal");
    std::fs::metadata(path).unwrap().len()
}

#[tokio::test]
async fn an_unchanged_poll_takes_at_most_50_bytes_of_the_log() {
    const TARGETS: usize = 1_000;
    let fixture = Fixture::new().await;
    let specs = (0..TARGETS).map(|number| spec(&format!("p{number}"), Kind::JWKS));
    let ids = fixture.store.add_targets(specs.collect(), at(NOON)).await;
    let ids = ids.unwrap();
    for id in &ids {
        let mut first = fixture.transition(document(NOON, 1), Vec::new());
        first.tracking = fixture.store.tracking(*id).unwrap();
        let recorded = fixture.store.record(first, AlertPlan::default()).await;
        recorded.unwrap();
    }
    // A reader keeps the log from being used anew, so that its length is what was written.
    let reader = fixture.sqlite();
    let hold = "PRAGMA wal_checkpoint(TRUNCATE); BEGIN; SELECT count(*) FROM target;";
    reader.execute_batch(hold).unwrap();
    let before = log_bytes(&fixture);
    for id in &ids {
        let known = fixture.store.tracking(*id).unwrap();
        let body = known.baseline.as_ref().unwrap().answer.body.clone();
        let seen = SnapshotStep::Seen(judged_answer(SOON, &body.unwrap(), None));
        let mut again = fixture.transition(seen, Vec::new());
        again.tracking = known.clone();
        again.tracking.polls += 1;
        again.tracking.last_poll_at = Some(at(SOON));
        let nobody = AlertPlan::default();
        let recorded = fixture.store.record_poll(&known, Arc::new(again), nobody);
        recorded.await.unwrap();
    }
    fixture.store.write_deferred().await.unwrap();
    let written = log_bytes(&fixture) - before;
    assert!(written <= 50 * TARGETS as u64, "{written}");
}
