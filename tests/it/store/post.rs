//! From alerts for webhooks to posts that are settled.

use issuerwatch::policy::channel::Channel;
use issuerwatch::policy::event::EventBody;
use issuerwatch::policy::webhook::{Obstacle, PostResult, Subscriber};
use issuerwatch::store::PostClaim;
use jiff::SignedDuration;

use super::outbox::minutes_later;
use super::*;

const LEASE: SignedDuration = SignedDuration::from_mins(2);
const HOOK: &str = "https://hook.example/";
const GRAVE: &str = "https://grave.example/";

/// One webhook is told of everything, one of what is breaking.
fn told() -> AlertPlan {
    let subscriber = |name: &str, severity| Subscriber {
        name: name.to_owned(),
        severity,
    };
    AlertPlan {
        subscribers: vec![
            subscriber(HOOK, Severity::Info),
            subscriber(GRAVE, Severity::Breaking),
        ],
        posted_at: at(LATER),
        ..AlertPlan::default()
    }
}

impl Fixture {
    async fn post(&self, number: u32, event: NewEvent) -> i64 {
        let transition = self.transition(document(LATER, number), vec![event]);
        let recorded = self.store.record(transition, told()).await;
        recorded.unwrap().events[0]
    }

    async fn compose_posts(&self, minutes: i64) -> usize {
        let composed = self.store.compose_posts(minutes_later(minutes));
        composed.await.unwrap()
    }

    async fn claim_post(&self, minutes: i64) -> Option<PostClaim> {
        let now = minutes_later(minutes);
        let claim = self.store.claim_post(now, LEASE, Vec::new(), true);
        claim.await.unwrap()
    }

    /// Webhook and event of all that can be claimed now, in order.
    async fn claims(&self, minutes: i64) -> Vec<(String, i64)> {
        self.compose_posts(minutes).await;
        let mut all = Vec::new();
        while let Some(claim) = self.claim_post(minutes).await {
            all.push((claim.webhook, claim.event_id));
        }
        all
    }

    async fn settle_post(&self, claim: &PostClaim, posted: PostResult, next: Option<Timestamp>) {
        let settled = self
            .store
            .settle_post(claim.delivery_id, posted, at(LATER), next);
        settled.await.unwrap();
    }
}

fn of(webhook: &str, event: i64) -> (String, i64) {
    (webhook.to_owned(), event)
}

fn deferred(why: Obstacle) -> PostResult {
    PostResult::Deferred {
        reason: "HTTP 503".to_owned(),
        why,
        retry_at: None,
    }
}

/// What is held back until a summary is due.
fn held_back(severity: Severity, due: &str) -> NewEvent {
    let mut event = changed(LATER, severity);
    event.changes_mut().unwrap()[0].damped = true;
    event.alert = false;
    event.summary_at = Some(at(due));
    event
}

#[tokio::test]
async fn what_is_told_is_posted_the_gravest_first_to_whom_it_is_grave_enough_for() {
    let fixture = Fixture::seen().await;
    fixture.post(2, changed(LATER, Severity::Notice)).await;
    fixture.post(3, changed(LATER, Severity::Security)).await;
    assert_eq!(
        fixture.store.next_post_due(at(NOON)).unwrap(),
        Some(at(LATER))
    );
    assert_eq!(fixture.store.next_due().unwrap(), None, "no mail waits");
    let expected = [of(HOOK, 3), of(GRAVE, 3), of(HOOK, 2)];
    assert_eq!(fixture.claims(0).await, expected);
    assert_eq!(fixture.claim(0).await, None, "no mail is made of it");
}

#[tokio::test]
async fn what_is_held_back_is_posted_once_when_its_summary_is_due() {
    let fixture = Fixture::seen().await;
    let monday = "2026-03-09T08:00:00Z";
    fixture.post(2, held_back(Severity::Notice, monday)).await;
    fixture.post(3, held_back(Severity::Breaking, monday)).await;
    // What is told at once is posted whole, with what is held back in it.
    let mut both = held_back(Severity::Breaking, monday);
    both.changes_mut()
        .unwrap()
        .push(change("issuer", Group::Endpoints, Severity::Breaking));
    both.alert = true;
    fixture.post(4, both).await;
    assert_eq!(fixture.claims(0).await, [of(HOOK, 4), of(GRAVE, 4)]);
    for claim in [HOOK, GRAVE] {
        assert!(fixture.claims(1).await.is_empty(), "{claim} waits");
    }
    let until_monday = at(monday).duration_since(at(LATER)).as_mins();
    fixture
        .sqlite()
        .execute("DELETE FROM delivery", [])
        .unwrap();
    assert!(fixture.claims(until_monday - 1).await.is_empty());
    // A later week of the same document leaves with it.
    fixture
        .post(5, held_back(Severity::Notice, "2026-03-23T08:00:00Z"))
        .await;
    let expected = [of(HOOK, 3), of(GRAVE, 3), of(HOOK, 2), of(HOOK, 5)];
    assert_eq!(fixture.claims(until_monday).await, expected);
}

#[tokio::test]
async fn who_was_told_of_an_event_is_told_of_its_end_however_harmless_that_is() {
    let fixture = Fixture::seen().await;
    let began = fixture.post(2, changed(LATER, Severity::Breaking)).await;
    let mut end = changed(LATER, Severity::Info);
    let EventBody::Changed(it) = &mut end.body else {
        panic!("{end:?}");
    };
    it.answers = Some(began);
    let end = fixture.post(3, end).await;
    let claims = fixture.claims(0).await;
    assert!(claims.contains(&of(GRAVE, end)), "{claims:?}");
}

#[tokio::test]
async fn a_post_whose_sender_was_killed_is_claimed_again_after_its_lease_as_it_was() {
    let fixture = Fixture::seen().await;
    fixture.post(2, changed(LATER, Severity::Notice)).await;
    fixture.compose_posts(0).await;
    let first = fixture.claim_post(0).await.unwrap();
    assert_eq!((first.attempts, &first.body), (1, &None));
    let kept = fixture.store.keep_body(first.delivery_id, "{}".to_owned());
    kept.await.unwrap();
    assert_eq!(fixture.claim_post(1).await, None, "it is leased");
    let again = fixture.claim_post(2).await.unwrap();
    assert_eq!(again.message_id, first.message_id);
    assert_eq!((again.attempts, again.body.as_deref()), (2, Some("{}")));
    // The first one was only slow.
    let sent = PostResult::Sent {
        reply: "HTTP 204".to_owned(),
    };
    fixture.settle_post(&first, sent, None).await;
    fixture
        .settle_post(&again, deferred(Obstacle::Receiver), Some(minutes_later(5)))
        .await;
    assert_eq!(fixture.claim_post(60).await, None);
    let text: Option<String> = fixture
        .sqlite()
        .query_row("SELECT body FROM delivery", [], |row| row.get(0))
        .unwrap();
    assert_eq!(text, None, "what is taken needs no room");
}

#[tokio::test]
async fn what_is_about_the_receiver_holds_up_all_that_waits_for_it_and_nothing_else() {
    let fixture = Fixture::seen().await;
    for number in 2..5 {
        fixture
            .post(number, changed(LATER, Severity::Breaking))
            .await;
    }
    fixture.compose_posts(0).await;
    let first = fixture.claim_post(0).await.unwrap();
    assert_eq!(first.webhook, HOOK);
    fixture
        .settle_post(&first, deferred(Obstacle::Receiver), Some(minutes_later(1)))
        .await;
    let other = fixture.claim_post(0).await.unwrap();
    assert_eq!(other.webhook, GRAVE);
    let next = Some(minutes_later(1));
    fixture
        .settle_post(&other, deferred(Obstacle::Standing), next)
        .await;
    assert_eq!(
        fixture.claim_post(0).await.unwrap().webhook,
        GRAVE,
        "it is about that post"
    );
    let later = fixture.claims(1).await;
    assert_eq!(
        later.iter().filter(|(webhook, _)| webhook == HOOK).count(),
        3,
        "{later:?}"
    );
}

#[tokio::test]
async fn a_clock_that_was_ahead_keeps_nothing_waiting() {
    let fixture = Fixture::seen().await;
    fixture.post(2, changed(LATER, Severity::Notice)).await;
    for sql in [
        "UPDATE alert SET due_at = due_at + 3 * 86400000",
        "UPDATE delivery SET next_attempt_at = next_attempt_at + 3 * 86400000",
    ] {
        fixture.sqlite().execute(sql, []).unwrap();
        assert_eq!(
            fixture.store.next_post_due(at(LATER)).unwrap(),
            Some(at(LATER))
        );
        fixture.compose_posts(0).await;
    }
    assert!(fixture.claim_post(0).await.is_some());
}

#[tokio::test]
async fn what_was_given_up_is_listed_and_can_be_tried_again_as_it_was() {
    let fixture = Fixture::seen().await;
    fixture.post(2, changed(LATER, Severity::Notice)).await;
    fixture.compose_posts(0).await;
    let claim = fixture.claim_post(0).await.unwrap();
    let kept = fixture.store.keep_body(claim.delivery_id, "{}".to_owned());
    kept.await.unwrap();
    fixture
        .settle_post(&claim, deferred(Obstacle::Standing), None)
        .await;
    let one = fixture.reader().undelivered().unwrap().remove(0);
    assert_eq!(
        (one.channel.as_str(), one.state.as_str()),
        ("webhook", "expired")
    );
    assert_eq!(one.events, [2]);
    assert_eq!(fixture.reader().outbox().unwrap().expired, 1);
    let ids = [claim.delivery_id].into();
    let done = fixture.store.retry(&ids, at(LATER)).await;
    assert_eq!(done.unwrap(), [Channel::Webhook]);
    let again = fixture.claim_post(0).await.unwrap();
    assert_eq!((again.attempts, again.body.as_deref()), (1, Some("{}")));
}
