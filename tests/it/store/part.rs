//! Alerts that leave for some of their recipients and wait for others.

use issuerwatch::document::severity::Severity;
use issuerwatch::policy::grouping::RecentNotice;
use issuerwatch::policy::mail::{Delivery, MailKind};
use issuerwatch::store::{AlertDecisions, DueAlert, PlannedMail, Times, WaitingReason};
use jiff::SignedDuration;

use super::*;

fn hours_later(hours: i64) -> Timestamp {
    at(LATER) + SignedDuration::from_hours(hours)
}

fn times(now: Timestamp) -> Times {
    Times {
        now,
        told_since: at(NOON),
        latest: now + SignedDuration::from_hours(8),
        latest_summary: now + SignedDuration::from_hours(24 * 70),
        collects: false,
    }
}

fn mail(alert: &DueAlert, recipients: &[&str]) -> PlannedMail {
    PlannedMail {
        kind: MailKind::Changed,
        severity: None,
        alerts: vec![(alert.alert_id, "same".to_owned())],
        recipients: recipients.iter().map(|it| (*it).to_owned()).collect(),
        answers: None,
        due_at: alert.due_at,
    }
}

impl Fixture {
    async fn plan(
        &self,
        now: Timestamp,
        plan: impl FnOnce(&[DueAlert], &[RecentNotice]) -> AlertDecisions + Send + 'static,
    ) -> usize {
        let domain = "watch.example".to_owned();
        let composed = self.store.compose(times(now), domain, plan).await;
        composed.unwrap()
    }

    async fn recipients(&self, now: Timestamp) -> Vec<String> {
        let mut recipients = Vec::new();
        let lease = SignedDuration::from_mins(5);
        while let Some(claim) = self.store.claim(now, lease).await.unwrap() {
            assert_eq!(claim.events.len(), 1);
            let sent = Delivery::Sent {
                reply: "250 queued".to_owned(),
            };
            let settled = self.store.settle(&claim, sent, now, None).await;
            settled.unwrap();
            recipients.push(claim.recipient);
        }
        recipients
    }
}

#[tokio::test]
async fn an_alert_leaves_for_one_recipient_and_waits_for_another() {
    let fixture = Fixture::seen().await;
    let transition = fixture.transition(document(LATER, 2), vec![changed(LATER, Severity::Notice)]);
    let recorded = fixture
        .store
        .record(transition, alerts_to(&[ALICE, BOB]))
        .await;
    recorded.unwrap();
    let split = |alerts: &[DueAlert], _told: &[RecentNotice]| AlertDecisions {
        mails: vec![mail(&alerts[0], &[ALICE])],
        collected: Vec::new(),
        postponed: vec![WaitingReason {
            alert: alerts[0].alert_id,
            recipients: vec![BOB.to_owned()],
            until: hours_later(6),
        }],
        dropped: Vec::new(),
    };
    assert_eq!(fixture.plan(at(LATER), split).await, 1);
    assert_eq!(fixture.recipients(at(LATER)).await, [ALICE]);
    let rest = |alerts: &[DueAlert], told: &[RecentNotice]| {
        assert_eq!(told[0].recipient, ALICE);
        assert_eq!(alerts.len(), 1);
        assert_eq!(alerts[0].recipients, [BOB]);
        AlertDecisions {
            mails: vec![mail(&alerts[0], &[BOB])],
            ..AlertDecisions::default()
        }
    };
    assert_eq!(fixture.plan(hours_later(6), rest).await, 1);
    assert_eq!(fixture.recipients(hours_later(6)).await, [BOB]);
    let reader = fixture.reader();
    assert_eq!(reader.deliveries_of(2).unwrap().len(), 2);
}

#[tokio::test]
async fn an_alert_in_two_mails_is_told_in_both_and_one_that_is_dropped_in_none() {
    let fixture = Fixture::seen().await;
    for number in [2, 3] {
        let event = changed(LATER, Severity::Notice);
        let transition = fixture.transition(document(LATER, number), vec![event]);
        let recorded = fixture
            .store
            .record(transition, alerts_to(&[ALICE, BOB]))
            .await;
        recorded.unwrap();
    }
    let both = |alerts: &[DueAlert], _told: &[RecentNotice]| AlertDecisions {
        mails: vec![mail(&alerts[0], &[BOB]), mail(&alerts[0], &[ALICE])],
        postponed: Vec::new(),
        collected: Vec::new(),
        dropped: vec![alerts[1].alert_id],
    };
    assert_eq!(fixture.plan(at(LATER), both).await, 2);
    assert_eq!(fixture.recipients(at(LATER)).await, [BOB, ALICE]);
    assert_eq!(
        fixture
            .plan(at(LATER), |_, _| panic!("nothing waits"))
            .await,
        0
    );
}

#[tokio::test]
async fn a_summary_that_a_clock_put_years_ahead_is_due_now() {
    let fixture = Fixture::seen().await;
    let mut event = changed(LATER, Severity::Notice);
    event.alert = false;
    event.summary_at = Some(hours_later(24 * 365));
    event.changes_mut().unwrap()[0].damped = true;
    let transition = fixture.transition(document(LATER, 2), vec![event]);
    let recorded = fixture.store.record(transition, alerts_to(&[ALICE])).await;
    assert_eq!(recorded.unwrap().alerts, 1);
    let due = |alerts: &[DueAlert], _told: &[RecentNotice]| {
        assert_eq!(alerts[0].due_at, at(LATER));
        AlertDecisions::default()
    };
    fixture.plan(at(LATER), due).await;
}
