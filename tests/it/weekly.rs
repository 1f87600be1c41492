//! The weekly mail, which proves that the watch is alive.

use issuerwatch::store::{Store, TargetSpec};
use issuerwatch::wording::mail::weekly::weekly;
use jiff::{SignedDuration, Timestamp};

use super::support::program::{Program, document};
use super::support::site::{Reply, Site};

const TO: &str = "iam@example.com";

async fn composed(store: &Store, due: Timestamp) -> usize {
    let now = due + SignedDuration::from_secs(5);
    let word = |week: &_| weekly(week, "mon1", &jiff::tz::TimeZone::UTC);
    let domain = "watch.example".to_owned();
    store
        .compose_weekly(due, now, domain, vec![TO.to_owned()], word)
        .await
        .unwrap();
    let mut mails = 0;
    while let Some(claim) = store
        .claim(now, SignedDuration::from_mins(9))
        .await
        .unwrap()
    {
        let content = claim.content.clone().unwrap();
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
        let sent = issuerwatch::policy::mail::Delivery::Sent { reply };
        store.settle(&claim, sent, now, None).await.unwrap();
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
        kind: issuerwatch::document::kind::Kind::OAUTH_AUTHORIZATION_SERVER.into(),
        url: None,
        formerly: Vec::new(),
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

/// The text of the weekly mail of a store, due at a time.
async fn told(store: &Store, due: &str) -> String {
    let due: Timestamp = due.parse().unwrap();
    let word = |week: &_| weekly(week, "mon1", &jiff::tz::TimeZone::UTC);
    let domain = "watch.example".to_owned();
    let to = vec![TO.to_owned()];
    let composed = store.compose_weekly(due, due, domain, to, word).await;
    composed.unwrap();
    let lease = SignedDuration::from_mins(9);
    let claim = store.claim(due, lease).await.unwrap().unwrap();
    let content = claim.content.clone().unwrap();
    let sent = issuerwatch::policy::mail::Delivery::Sent {
        reply: "250 ok".to_owned(),
    };
    let settled = store.settle(&claim, sent, due, None).await;
    settled.unwrap();
    format!("{}\n{}", content.subject, content.text)
}

#[tokio::test]
async fn a_week_counts_all_that_happened_and_shows_the_gravest() {
    use super::rest::{line, play, program, scopes};
    let program = program();
    let flap = (0..200).map(|day| {
        let mut document = match day % 2 {
            0 => scopes(&["a"]),
            _ => scopes(&["a", "b"]),
        };
        if day == 1 {
            document["issuer"] = "https://evil.test".into();
        }
        line(day, Some(&document), None)
    });
    let events = play(&program, &flap.collect::<Vec<_>>());
    let news = events.len() - 1;
    let path = program.folder.path().join("issuerwatch.db");
    let store = Store::open(&path).unwrap();
    let text = told(&store, "2027-01-04T08:00:00Z").await;
    assert!(text.contains("199 changed"), "{text}");
    let more = format!("and {} more events", news - 40);
    assert!(text.contains(&more), "{text}");
    assert!(text.contains("Fri 2 Jan"), "the gravest is old: {text}");
}

#[tokio::test]
async fn a_week_without_a_poll_says_so_and_one_counts_what_is_watched_no_more() {
    use super::rest::{flapping, play, program};
    let program = program();
    play(&program, &flapping(&["a"], 10));
    let path = program.folder.path().join("issuerwatch.db");
    let store = Store::open(&path).unwrap();
    let text = told(&store, "2026-02-02T08:00:00Z").await;
    assert!(text.contains("10 polls, 0 failed"), "{text}");
    let later = "2026-02-03T08:00:00Z".parse().unwrap();
    store.sync_targets(Vec::new(), later).await.unwrap();
    let text = told(&store, "2026-02-09T08:00:00Z").await;
    assert!(text.contains("0 polls, 0 failed"), "{text}");
    assert!(text.contains("nothing polled"), "{text}");
}
