//! Tests of what is left to the weekly mail.

use super::*;

const READER: &str = "you@localhost";

/// For one event, which answers a mail or not: who is mailed at once, and for whom it is left to a weekly
/// mail that takes severities up to a notice.
fn left(event: &Event, is_answer: bool, due: i64) -> (Vec<String>, Vec<String>) {
    let to = [
        "You <you@LOCALHOST>".to_owned(),
        "oncall@localhost".to_owned(),
    ];
    let readers = [READER.to_owned()];
    let news = News::of_event(event, 0);
    let waiting = [WaitingAlert {
        news: &news,
        recipients: &to,
        due_at: at(due),
        collected: event.body.summary_at.is_some(),
        is_answer,
    }];
    let collecting = CollectPolicy {
        most: Severity::Notice,
        readers: &readers,
    };
    let plan = plan(&waiting, &[], INTERVAL, Some(collecting), at(30));
    let mailed = plan.mails.into_iter().flat_map(|mail| mail.recipients);
    let left = plan.collected.into_iter().flat_map(|it| it.recipients);
    (mailed.collect(), left.collect())
}

#[test]
fn what_is_no_graver_waits_for_those_who_get_the_weekly_mail_and_only_for_them() {
    for (severity, is_left) in [
        (Severity::Info, true),
        (Severity::Notice, true),
        (Severity::Breaking, false),
        (Severity::Security, false),
    ] {
        let event = changed(1, "a", scope("x", severity));
        let (mailed, left) = left(&event, false, 30);
        assert!(mailed.contains(&"oncall@localhost".to_owned()));
        assert_eq!(left.len(), usize::from(is_left), "{severity}");
        assert_eq!(mailed.len(), 2 - left.len(), "{severity}");
    }
}

#[test]
fn what_answers_a_mail_and_outages_are_not_left_and_nothing_is_before_its_time() {
    let info = changed(1, "a", scope("x", Severity::Info));
    assert_eq!(left(&info, true, 30).1, [""; 0]);
    assert_eq!(left(&info, false, 31), (Vec::new(), Vec::new()));
    for body in [
        EventBody::Failing(Failing::default()),
        EventBody::Recovered(Recovered::default()),
    ] {
        let kind = body.kind();
        let mut outage = event(1, "a", body);
        outage.body.severity = Some(Severity::Notice);
        let (mailed, left) = left(&outage, false, 30);
        assert_eq!((mailed.len(), left.len()), (2, 0), "{kind:?}");
    }
}

#[test]
fn a_summary_of_no_graver_news_is_left_too() {
    let mut damped = scope("x", Severity::Info);
    damped.damped = true;
    let mut event = changed(1, "a", damped);
    event.body.summary_at = Some(at(0));
    let (mailed, left) = left(&event, false, 30);
    assert_eq!((mailed.len(), left.len()), (1, 1));
}

#[test]
fn graver_news_of_the_same_provider_takes_it_along() {
    let readers = [READER.to_owned()];
    let events = [
        changed(1, "a", scope("x", Severity::Info)),
        event(2, "a", EventBody::Finding(FindingsChanged::default())),
    ];
    let news = events.each_ref().map(|event| News::of_event(event, 0));
    let mut grave = news[1].clone();
    grave.told = Some(Severity::Security);
    let waiting = [&news[0], &grave].map(|news| WaitingAlert {
        news,
        recipients: &readers,
        due_at: at(30),
        collected: false,
        is_answer: false,
    });
    let collecting = CollectPolicy {
        most: Severity::Info,
        readers: &readers,
    };
    let plan = plan(&waiting, &[], INTERVAL, Some(collecting), at(30));
    assert_eq!((plan.mails.len(), plan.collected.len()), (1, 0));
    assert_eq!(plan.mails[0].alerts.len(), 2);
}
