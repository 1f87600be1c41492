//! The weekly mail, which proves that the watch is alive.

use issuerwatch::model::mail::weekly::weekly;
use issuerwatch::store::{Store, TargetSpec};
use jiff::{SignedDuration, Timestamp};

use super::support::program::{Program, document};
use super::support::site::{Reply, Site};

const TO: &str = "iam@example.com";

async fn composed(store: &Store, due: Timestamp) -> usize {
    let now = due + SignedDuration::from_secs(5);
    let word = |week: &_| weekly(week, "mon1", &jiff::tz::TimeZone::UTC);
    let domain = "watch.example".to_owned();
    store
        .compose_weekly((due, now), domain, vec![TO.to_owned()], word)
        .await
        .unwrap();
    let mut mails = 0;
    while let Some(claim) = store
        .claim(now, SignedDuration::from_mins(9))
        .await
        .unwrap()
    {
        let content = claim.content.unwrap();
        assert!(
            content.subject.starts_with("[issuerwatch] week "),
            "{}",
            content.subject
        );
        assert!(
            content.text.contains("No mail next week means"),
            "{}",
            content.text
        );
        let reply = "250 ok".to_owned();
        let sent = issuerwatch::model::letter::Delivery::Sent { reply };
        store
            .settle(claim.delivery_id, sent, now, None)
            .await
            .unwrap();
        mails += 1;
    }
    mails
}

#[tokio::test]
async fn a_week_is_told_once_and_the_next_one_tells_of_itself() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("one.db")).unwrap();
    assert_eq!(store.weekly_since(Timestamp::MAX).unwrap(), None);
    let start: Timestamp = "2026-11-18T10:00:00Z".parse().unwrap();
    let spec = TargetSpec {
        provider: "archera".to_owned(),
        kind: issuerwatch::model::kind::Kind::OauthAuthorizationServer,
        url: None,
    };
    store.add_target(spec, start).await.unwrap();
    assert_eq!(store.weekly_since(Timestamp::MAX).unwrap(), Some(start));
    let monday: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
    assert_eq!(composed(&store, monday).await, 1);
    assert_eq!(composed(&store, monday).await, 0);
    assert_eq!(store.weekly_since(Timestamp::MAX).unwrap(), Some(monday));
    assert_eq!(
        composed(&store, monday + SignedDuration::from_hours(168)).await,
        1
    );
    // That was a clock that went ahead; put right, it holds up no mail.
    assert_eq!(store.weekly_since(monday).unwrap(), Some(monday));
    let yesterday = monday - SignedDuration::from_hours(24);
    assert_eq!(store.weekly_since(yesterday).unwrap(), Some(start));
}

#[test]
fn the_program_sends_it_when_its_time_has_come_and_says_what_there_is_to_say() {
    let site = Site::plain();
    let program = Program::watching(&site, "digest = \"* * * * * *\"", "0 0 1 1 *");
    site.answer(Reply::json(&document(&site.issuer)));
    let daemon = program.daemon();
    super::support::wait_until("the weekly mail", || !program.mails().is_empty());
    assert_eq!(daemon.terminate(), Some(0));
    let mail = program.mails().remove(0);
    for words in [
        "1 document of 1 provider watched",
        "X-Issuerwatch-Kind: digest",
    ] {
        assert!(mail.contains(words), "{mail}");
    }
}
