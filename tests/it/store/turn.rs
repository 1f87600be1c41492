//! Whose turn it is in the outbox, and how it is moved.

use issuerwatch::document::severity::Severity;
use issuerwatch::policy::channel::Channel;
use issuerwatch::policy::mail::{Deferral, Delivery, Form};
use issuerwatch::store::StoreError;
use jiff::SignedDuration;

use super::outbox::{deferred, minutes_later, sent};
use super::*;

const LEASE: SignedDuration = SignedDuration::from_secs(300);

fn because(why: Deferral) -> Delivery {
    Delivery::Deferred {
        reason: "421 later".to_owned(),
        before_data: true,
        why,
    }
}

#[tokio::test]
async fn what_was_never_tried_goes_before_what_is_tried_again() {
    let fixture = Fixture::seen().await;
    let event = changed(LATER, Severity::Security);
    fixture.tell(2, event, &[ALICE]).await;
    fixture.compose().await;
    let old = fixture.claim(0).await.unwrap();
    let next = Some(minutes_later(1));
    fixture.settle(&old, deferred(true), next).await;
    let event = changed(LATER, Severity::Info);
    fixture.tell(3, event, &[BOB]).await;
    fixture.compose().await;
    let first = fixture.claim(2).await.unwrap();
    assert_eq!((first.recipient.as_str(), first.attempts), (BOB, 1));
    assert_eq!(fixture.claim(2).await.unwrap().attempts, 2);
}

#[tokio::test]
async fn who_hangs_waits_with_all_his_mails_and_nobody_else_does() {
    let fixture = Fixture::seen().await;
    for number in [2, 3] {
        let event = changed(LATER, Severity::Security);
        fixture.tell(number, event, &[ALICE, BOB]).await;
    }
    fixture.compose().await;
    let hung = fixture.claim(0).await.unwrap();
    assert_eq!(hung.recipient, ALICE);
    let next = Some(minutes_later(1));
    fixture.settle(&hung, because(Deferral::Silent), next).await;
    let others: Vec<String> = [fixture.claim(0).await, fixture.claim(0).await]
        .into_iter()
        .map(|claim| claim.unwrap().recipient)
        .collect();
    assert_eq!(others, [BOB, BOB]);
    assert_eq!(fixture.claim(0).await, None);
    let turn = fixture.claim(1).await.unwrap();
    assert_eq!((turn.recipient.as_str(), turn.attempts), (ALICE, 1));
}

#[tokio::test]
async fn the_mails_of_a_busy_recipient_wait() {
    let fixture = Fixture::seen().await;
    let event = changed(LATER, Severity::Notice);
    fixture.tell(2, event, &[ALICE, BOB]).await;
    fixture.compose().await;
    let busy = vec![ALICE.to_owned()];
    let claim = fixture.store.claim_except(at(LATER), LEASE, busy, true);
    assert_eq!(claim.await.unwrap().unwrap().recipient, BOB);
}

#[tokio::test]
async fn what_was_tried_is_left_alone_where_there_is_room_for_news_only() {
    let fixture = Fixture::seen().await;
    let event = changed(LATER, Severity::Notice);
    fixture.tell(2, event, &[ALICE]).await;
    fixture.compose().await;
    let claim = fixture.claim(0).await.unwrap();
    fixture
        .settle(&claim, deferred(true), Some(at(LATER)))
        .await;
    let store = &fixture.store;
    let news = store.claim_except(at(LATER), LEASE, Vec::new(), false);
    assert_eq!(news.await.unwrap(), None);
    assert!(fixture.claim(0).await.is_some());
}

#[tokio::test]
async fn a_mail_that_is_too_big_is_smaller_at_each_attempt() {
    let fixture = Fixture::seen().await;
    let event = changed(LATER, Severity::Notice);
    fixture.tell(2, event, &[ALICE]).await;
    fixture.compose().await;
    let mut forms = Vec::new();
    for _ in 0..4 {
        let claim = fixture.claim(0).await.unwrap();
        forms.push(claim.form);
        let next = Some(at(LATER));
        fixture
            .settle(&claim, because(Deferral::TooBig), next)
            .await;
    }
    assert_eq!(
        forms,
        [Form::Whole, Form::NoPatch, Form::Short, Form::Short]
    );
}

#[tokio::test]
async fn other_mail_settings_make_all_that_waits_due_and_the_same_do_not() {
    let fixture = Fixture::seen().await;
    let event = changed(LATER, Severity::Notice);
    fixture.tell(2, event, &[ALICE]).await;
    fixture.compose().await;
    let adopt = |hash: &str| {
        let store = fixture.store.clone();
        let hash = hash.to_owned();
        async move {
            store
                .adopt_settings(Channel::Mail, hash, at(LATER))
                .await
                .unwrap()
        }
    };
    assert_eq!(adopt("one").await, 0);
    let claim = fixture.claim(0).await.unwrap();
    let next = Some(minutes_later(60));
    fixture.settle(&claim, deferred(true), next).await;
    assert_eq!(adopt("one").await, 0);
    assert_eq!(fixture.claim(1).await, None);
    assert_eq!(adopt("two").await, 1);
    assert!(fixture.claim(1).await.is_some());
}

#[tokio::test]
async fn what_was_given_up_is_news_until_it_is_dropped_and_can_be_tried_again() {
    let fixture = Fixture::seen().await;
    let event = changed(LATER, Severity::Notice);
    fixture.tell(2, event, &[ALICE]).await;
    fixture.compose().await;
    let claim = fixture.claim(0).await.unwrap();
    let reason = "550 5.1.1 no such user".to_owned();
    let refused = Delivery::Refused { reason };
    fixture.settle(&claim, refused, None).await;
    let listed = fixture.reader().undelivered().unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].is_news);
    assert_eq!((listed[0].id, &listed[0].events), (Some(1), &vec![2]));
    let drop = async |ids: [i64; 2]| fixture.store.drop_given_up(&ids.into(), at(LATER)).await;
    let retry = async |ids: [i64; 2]| fixture.store.retry(&ids.into(), at(LATER)).await;
    assert!(matches!(
        drop([1, 7]).await,
        Err(StoreError::NotGivenUp { id: 7 })
    ));
    assert!(fixture.reader().undelivered().unwrap()[0].is_news);
    assert!(drop([1, 1]).await.is_ok());
    assert!(!fixture.reader().undelivered().unwrap()[0].is_news);
    assert!(matches!(
        drop([1, 1]).await,
        Err(StoreError::NotGivenUp { id: 1 })
    ));
    assert!(matches!(
        retry([1, 7]).await,
        Err(StoreError::NotUndelivered { id: 7 })
    ));
    assert!(fixture.claim(0).await.is_none());
    assert_eq!(retry([1, 1]).await.unwrap(), [Channel::Mail]);
    let again = fixture.claim(0).await.unwrap();
    assert_eq!(again.message_id, claim.message_id);
    fixture.settle(&again, sent(), None).await;
    assert!(fixture.reader().undelivered().unwrap().is_empty());
    assert!(retry([1, 1]).await.is_err());
}
