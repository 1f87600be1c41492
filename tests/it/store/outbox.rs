//! From alerts to settled mails.

use issuerwatch::document::severity::Severity;
use issuerwatch::policy::grouping::RecentNotice;
use issuerwatch::policy::mail::{Deferral, Delivery, MailContent, MailKind, Message, Topic};
use issuerwatch::store::{
    AlertDecisions, Claim, DeliveryState, DueAlert, OutboxState, PlannedMail, Times,
};
use jiff::SignedDuration;

use super::*;

const LEASE: SignedDuration = SignedDuration::from_secs(300);

pub(super) fn minutes_later(minutes: i64) -> Timestamp {
    at(LATER) + SignedDuration::from_mins(minutes)
}

pub(super) fn times(now: Timestamp, told_since: Timestamp) -> Times {
    Times {
        now,
        told_since,
        latest: now + SignedDuration::from_hours(8),
        latest_summary: now + SignedDuration::from_hours(24 * 70),
        collects: false,
    }
}

/// One mail for each alert.
pub(super) fn one_each(alerts: &[DueAlert], _told: &[RecentNotice]) -> AlertDecisions {
    let mail = |alert: &DueAlert| PlannedMail {
        kind: MailKind::Changed,
        severity: alert.news.told,
        alerts: vec![(alert.alert_id, "same".to_owned())],
        recipients: Vec::new(),
        answers: None,
        due_at: alert.due_at,
    };
    AlertDecisions {
        mails: alerts.iter().map(mail).collect(),
        ..AlertDecisions::default()
    }
}

impl Fixture {
    pub(super) async fn tell(&self, number: u32, event: NewEvent, recipients: &[&str]) -> i64 {
        let transition = self.transition(document(LATER, number), vec![event]);
        let recorded = self.store.record(transition, alerts_to(recipients)).await;
        recorded.unwrap().events[0]
    }

    pub(super) async fn compose(&self) -> usize {
        let domain = "watch.example".to_owned();
        self.store
            .compose(times(at(LATER), at(LATER)), domain, one_each)
            .await
            .unwrap()
    }

    pub(super) async fn claim(&self, minutes: i64) -> Option<Claim> {
        self.store
            .claim(minutes_later(minutes), LEASE)
            .await
            .unwrap()
    }

    pub(super) async fn settle(&self, claim: &Claim, delivery: Delivery, next: Option<Timestamp>) {
        let settled = self.store.settle(claim, delivery, at(LATER), next);
        settled.await.unwrap();
    }

    async fn word(&self, claim: &Claim, subject: &str) -> Message {
        let message = Message {
            message_id: claim.message_id.clone(),
            date: at(LATER),
            from: "watch@example.com".to_owned(),
            reply_to: None,
            to: claim.recipient.clone(),
            content: MailContent {
                subject: subject.to_owned(),
                text: "text".to_owned(),
                html: "<p>text</p>".to_owned(),
                patch: None,
                patches: Vec::new(),
                topic: Some(Topic {
                    subject: subject.to_owned(),
                    severity: Some(Severity::Notice),
                    is_return: false,
                }),
            },
            in_reply_to: None,
            references: Vec::new(),
            kind: claim.kind,
            severity: claim.severity,
            providers: Vec::new(),
            events: Vec::new(),
        };
        let (id, kept) = (claim.delivery_id, message.clone());
        self.store.keep_message(id, kept).await.unwrap();
        message
    }
}

pub(super) fn sent() -> Delivery {
    Delivery::Sent {
        reply: "250 queued".to_owned(),
    }
}

pub(super) fn deferred(before_data: bool) -> Delivery {
    Delivery::Deferred {
        reason: "421 later".to_owned(),
        before_data,
        why: Deferral::Passing,
    }
}

#[tokio::test]
async fn an_alert_becomes_one_mail_with_one_delivery_each() {
    let fixture = Fixture::seen().await;
    assert_eq!(fixture.store.next_due().unwrap(), None);
    fixture
        .tell(2, changed(LATER, Severity::Notice), &[ALICE, BOB])
        .await;
    assert_eq!(fixture.store.next_due().unwrap(), Some(at(LATER)));
    assert_eq!(fixture.compose().await, 1);
    assert_eq!(fixture.compose().await, 0);
    let (one, two) = (
        fixture.claim(0).await.unwrap(),
        fixture.claim(0).await.unwrap(),
    );
    assert_eq!(
        (one.recipient.as_str(), two.recipient.as_str()),
        (ALICE, BOB)
    );
    assert_ne!(one.message_id, two.message_id);
    assert!(one.message_id.starts_with("<1.") && one.message_id.ends_with("@watch.example>"));
    assert_eq!(one.message_id.len(), "<1.@watch.example>".len() + 24);
    assert_eq!((one.attempts, one.due_at), (1, at(LATER)));
    assert_eq!(one.events[0].id, 2);
    assert_eq!(one.severity, Some(Severity::Notice));
    assert_eq!(fixture.claim(0).await, None);
    assert_eq!(fixture.store.next_due().unwrap(), Some(minutes_later(5)));
}

#[tokio::test]
async fn two_claims_never_return_the_same_row() {
    let fixture = Fixture::seen().await;
    for number in 2..12 {
        let event = changed(LATER, Severity::Notice);
        fixture.tell(number, event, &[ALICE, BOB]).await;
    }
    fixture.compose().await;
    let mut claims = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let store = fixture.store.clone();
        claims.spawn(async move { store.claim(at(LATER), LEASE).await.unwrap() });
    }
    let claims = claims.join_all().await;
    let mut ids: Vec<i64> = claims.iter().flatten().map(|it| it.delivery_id).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=20).collect::<Vec<i64>>());
}

#[tokio::test]
async fn a_crash_between_claim_and_settle_repeats_the_same_message_id() {
    let fixture = Fixture::seen().await;
    fixture
        .tell(2, changed(LATER, Severity::Notice), &[ALICE])
        .await;
    fixture.compose().await;
    let first = fixture.claim(0).await.unwrap();
    let message = fixture.word(&first, "[issuerwatch] archera").await;
    let Fixture { folder, path, .. } = fixture;
    let store = Store::open(&path).unwrap();
    assert_eq!(store.claim(minutes_later(4), LEASE).await.unwrap(), None);
    let again = store.claim(minutes_later(5), LEASE).await.unwrap().unwrap();
    assert_eq!(again.message_id, first.message_id);
    assert_eq!(again.attempts, 2);
    // It may have arrived as it was: it must not be worded anew.
    assert_eq!(again.message, Some(message));
    drop(folder);
}

#[tokio::test]
async fn what_a_killed_daemon_had_under_way_is_due_when_the_next_one_starts() {
    let fixture = Fixture::seen().await;
    fixture
        .tell(2, changed(LATER, Severity::Notice), &[ALICE])
        .await;
    fixture.compose().await;
    // What `check` has under way in another process is its own: no daemon was killed.
    let first = fixture.claim(0).await.unwrap();
    assert_eq!(fixture.store.release_leases(at(LATER)).await.unwrap(), 0);
    fixture.store.daemon_began(at(LATER)).await.unwrap();
    assert_eq!(fixture.claim(1).await, None);
    let released = fixture.store.release_leases(minutes_later(1)).await;
    assert_eq!(released.unwrap(), 1);
    let again = fixture.claim(1).await.unwrap();
    assert_eq!(again.message_id, first.message_id);
    // A backoff is no lease.
    let next = Some(minutes_later(9));
    fixture.settle(&again, deferred(true), next).await;
    let released = fixture.store.release_leases(minutes_later(2)).await;
    assert_eq!(released.unwrap(), 0);
    assert_eq!(fixture.claim(2).await, None);
    // A daemon that is stopped leaves nothing leased.
    let last = fixture.claim(9).await.unwrap();
    fixture.store.daemon_ended(minutes_later(9)).await.unwrap();
    let after = fixture.claim(9).await.unwrap();
    assert_eq!(after.message_id, last.message_id);
}

#[tokio::test]
async fn content_is_worded_anew_only_if_no_copy_of_any_attempt_can_have_arrived() {
    let fixture = Fixture::seen().await;
    fixture
        .tell(2, changed(LATER, Severity::Notice), &[ALICE])
        .await;
    fixture.compose().await;
    let claim = fixture.claim(0).await.unwrap();
    assert_eq!(claim.message, None);
    fixture.word(&claim, "[issuerwatch] archera").await;
    fixture
        .settle(&claim, deferred(true), Some(minutes_later(1)))
        .await;
    let claim = fixture.claim(1).await.unwrap();
    assert_eq!((claim.message.clone(), claim.attempts), (None, 2));
    assert_eq!(claim.last_reason.as_deref(), Some("421 later"));
    let message = Some(fixture.word(&claim, "[issuerwatch] archera").await);
    fixture
        .settle(&claim, deferred(false), Some(minutes_later(2)))
        .await;
    assert_eq!(fixture.claim(1).await, None);
    // The first copy may be there, whatever became of those after it.
    for minutes in [2, 3] {
        let claim = fixture.claim(minutes).await.unwrap();
        assert_eq!(claim.message, message);
        let next = Some(minutes_later(minutes + 1));
        fixture.settle(&claim, deferred(true), next).await;
    }
    let claim = fixture.claim(4).await.unwrap();
    let reason = "550 no such user".to_owned();
    let refused = Delivery::Refused { reason };
    fixture.settle(&claim, refused, None).await;
    let again = fixture.store.retry(&[1].into(), at(LATER)).await;
    assert_eq!(again.unwrap().len(), 1);
    assert_eq!(fixture.claim(5).await.unwrap().message, message);
}

#[tokio::test]
async fn a_refused_recipient_does_not_block_another() {
    let fixture = Fixture::seen().await;
    fixture
        .tell(2, changed(LATER, Severity::Notice), &[ALICE, BOB])
        .await;
    fixture.compose().await;
    let (alice, bob) = (
        fixture.claim(0).await.unwrap(),
        fixture.claim(0).await.unwrap(),
    );
    let reason = "550 no such user".to_owned();
    fixture
        .settle(&alice, Delivery::Refused { reason }, None)
        .await;
    fixture.settle(&bob, sent(), None).await;
    let rows = fixture.reader().deliveries_of(2).unwrap();
    let states: Vec<DeliveryState> = rows.iter().map(|row| row.state).collect();
    assert_eq!(states, [DeliveryState::Refused, DeliveryState::Sent]);
    assert_eq!(rows[0].reason.as_deref(), Some("550 no such user"));
    assert_eq!(rows[1].reason.as_deref(), Some("250 queued"));
    assert_eq!(rows[1].settled_at, Some(at(LATER)));
    assert_eq!((rows[1].mail_id, &rows[1].message_id), (1, &bob.message_id));
    assert_eq!(fixture.claim(600).await, None);
    let refused = OutboxState {
        refused: 1,
        ..OutboxState::default()
    };
    assert_eq!(fixture.reader().outbox().unwrap(), refused);
}

#[tokio::test]
async fn what_expires_is_given_up_with_its_reason() {
    let fixture = Fixture::seen().await;
    fixture
        .tell(2, changed(LATER, Severity::Notice), &[ALICE])
        .await;
    fixture.compose().await;
    let claim = fixture.claim(0).await.unwrap();
    fixture
        .settle(&claim, deferred(true), Some(minutes_later(1)))
        .await;
    let waiting = fixture.reader().outbox().unwrap();
    assert_eq!((waiting.waiting, waiting.expired), (1, 0));
    assert_eq!(waiting.oldest_at, Some(at(LATER)));
    assert_eq!(waiting.oldest_reason.as_deref(), Some("421 later"));
    let claim = fixture.claim(1).await.unwrap();
    let now = minutes_later(1);
    fixture
        .store
        .settle(&claim, deferred(true), now, None)
        .await
        .unwrap();
    // An answer that comes too late changes nothing.
    fixture.settle(&claim, sent(), None).await;
    let rows = fixture.reader().deliveries_of(2).unwrap();
    assert_eq!(rows[0].state, DeliveryState::Expired);
    assert_eq!(rows[0].reason.as_deref(), Some("421 later"));
    assert_eq!(fixture.reader().outbox().unwrap().expired, 1);
    assert_eq!(fixture.store.next_due().unwrap(), None);
}

#[tokio::test]
async fn the_gravest_leaves_first_then_the_oldest() {
    let fixture = Fixture::seen().await;
    for (number, severity) in [
        (2, Severity::Info),
        (3, Severity::Notice),
        (4, Severity::Security),
        (5, Severity::Breaking),
    ] {
        fixture
            .tell(number, changed(LATER, severity), &[ALICE])
            .await;
    }
    let mut none = changed(LATER, Severity::Notice);
    none.severity = None;
    fixture.tell(6, none, &[ALICE]).await;
    fixture.compose().await;
    let mut order = Vec::new();
    while let Some(claim) = fixture.claim(0).await {
        order.push(claim.events[0].id);
    }
    assert_eq!(order, [4, 5, 3, 6, 2]);
}

#[tokio::test]
async fn what_answers_an_event_stands_in_its_thread() {
    let fixture = Fixture::seen().await;
    fixture
        .tell(2, changed(LATER, Severity::Notice), &[ALICE])
        .await;
    fixture.compose().await;
    let first = fixture.claim(0).await.unwrap();
    let message = fixture.word(&first, "[issuerwatch] archera: moved").await;
    fixture.settle(&first, sent(), None).await;
    let revert = answering(changed(LATER, Severity::Notice), Some(2));
    let event = fixture.tell(3, revert, &[ALICE, BOB]).await;
    fixture.compose().await;
    let (alice, bob) = (
        fixture.claim(0).await.unwrap(),
        fixture.claim(0).await.unwrap(),
    );
    assert_eq!(alice.in_reply_to.as_ref(), Some(&first.message_id));
    assert_eq!(alice.references, std::slice::from_ref(&first.message_id));
    let answered = alice.answers.unwrap();
    assert_eq!(Some(&answered.topic), message.content.topic.as_ref());
    assert_eq!(answered.providers, ["archera"]);
    // Bob never got the first one.
    assert_eq!((bob.in_reply_to, bob.references), (None, Vec::new()));
    let third = answering(changed(LATER, Severity::Notice), Some(event));
    fixture.tell(4, third, &[ALICE]).await;
    fixture.compose().await;
    let third = fixture.claim(0).await.unwrap();
    assert_eq!(third.references, [first.message_id, alice.message_id]);
    // That one was never worded.
    assert_eq!(third.answers, None);
}
