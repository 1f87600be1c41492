//! What is composed now, what waits, and what a wrong clock does to both.

use issuerwatch::document::severity::Severity;
use issuerwatch::policy::grouping::RecentNotice;
use issuerwatch::policy::mail::MailKind;
use issuerwatch::store::{AlertDecisions, DueAlert, PlannedMail, WaitingReason};

use super::*;

use super::outbox::*;

#[tokio::test]
async fn who_is_left_out_of_a_plan_goes_on_waiting() {
    let fixture = Fixture::seen().await;
    for (number, recipients) in [(2, [ALICE]), (3, [BOB]), (4, [ALICE])] {
        let event = changed(LATER, Severity::Notice);
        fixture.tell(number, event, &recipients).await;
    }
    let first_two = |alerts: &[DueAlert], _told: &[RecentNotice]| {
        assert_eq!(alerts.len(), 3);
        assert_eq!(alerts[0].recipients, [ALICE]);
        let mail = PlannedMail {
            kind: MailKind::Digest,
            severity: None,
            alerts: alerts[..2]
                .iter()
                .map(|alert| (alert.alert_id, String::new()))
                .collect(),
            recipients: vec![ALICE.to_owned(), "carol@example.com".to_owned()],
            answers: None,
            due_at: at(LATER),
        };
        AlertDecisions {
            mails: vec![mail],
            ..AlertDecisions::default()
        }
    };
    let domain = "bad>\r\ndomain".to_owned();
    let composed = fixture
        .store
        .compose(times(at(LATER), at(LATER)), domain, first_two)
        .await;
    assert_eq!(composed.unwrap(), 1);
    let mut recipients = Vec::new();
    while let Some(claim) = fixture.claim(0).await {
        assert_eq!(claim.events.len(), 2);
        assert!(claim.message_id.ends_with("@baddomain>"));
        recipients.push(claim.recipient);
    }
    assert_eq!(recipients, [ALICE, "carol@example.com"]);
    assert_eq!(fixture.compose().await, 2);
    let (bob, alice) = (fixture.claim(0).await, fixture.claim(0).await);
    assert_eq!(bob.unwrap().recipient, BOB);
    assert_eq!(alice.unwrap().recipient, ALICE);
}

#[tokio::test]
async fn a_plan_that_panics_changes_nothing_and_the_store_goes_on() {
    let fixture = Fixture::seen().await;
    fixture
        .tell(2, changed(LATER, Severity::Notice), &[ALICE])
        .await;
    let domain = "watch.example".to_owned();
    let planned = fixture
        .store
        .compose(times(at(LATER), at(LATER)), domain, |_, _| {
            panic!("a bad plan")
        })
        .await;
    assert!(planned.is_err());
    assert_eq!(fixture.compose().await, 1);
}

#[tokio::test]
async fn what_was_told_is_known_to_the_next_plan_and_what_is_postponed_is_not_due() {
    let fixture = Fixture::seen().await;
    fixture
        .tell(2, changed(LATER, Severity::Notice), &[ALICE])
        .await;
    fixture.compose().await;
    fixture
        .tell(3, changed(LATER, Severity::Notice), &[ALICE])
        .await;
    let domain = "watch.example".to_owned();
    let later = minutes_later(60);
    let (seen, was_seen) = std::sync::mpsc::channel();
    let composed = fixture.store.compose(
        times(at(LATER), minutes_later(-1)),
        domain,
        move |alerts, told| {
            seen.send(told.to_vec()).unwrap();
            AlertDecisions {
                postponed: alerts
                    .iter()
                    .map(|alert| WaitingReason {
                        alert: alert.alert_id,
                        recipients: alert.recipients.clone(),
                        until: later,
                    })
                    .collect(),
                ..AlertDecisions::default()
            }
        },
    );
    assert_eq!(composed.await.unwrap(), 0);
    let told = was_seen.recv().unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].fingerprint.as_str(), told[0].at),
        ("same", at(LATER))
    );
    while fixture.claim(0).await.is_some() {}
    assert_eq!(fixture.store.next_due().unwrap(), Some(minutes_later(5)));
}

#[tokio::test]
async fn a_clock_that_was_ahead_and_is_put_right_holds_up_no_mail() {
    let fixture = Fixture::seen().await;
    fixture
        .tell(2, changed(LATER, Severity::Notice), &[ALICE])
        .await;
    // A day ahead when the mail was composed and tried.
    let day = 24 * 60;
    let domain = || "watch.example".to_owned();
    let compose = |minutes| {
        let now = minutes_later(minutes);
        fixture.store.compose(times(now, now), domain(), one_each)
    };
    assert_eq!(compose(day).await.unwrap(), 1);
    let claim = fixture.claim(day).await.unwrap();
    let next = minutes_later(day + 1);
    fixture.settle(&claim, deferred(true), Some(next)).await;
    assert!(fixture.claim(5).await.is_some());
    // A day ahead when the alert was made.
    fixture
        .tell(3, changed(LATER, Severity::Notice), &[ALICE])
        .await;
    assert_eq!(compose(-60).await.unwrap(), 0, "due within the hour");
    assert_eq!(compose(-day).await.unwrap(), 1);
}
