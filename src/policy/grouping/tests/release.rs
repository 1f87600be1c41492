//! Tests of when alerts leave, and to whom.

use super::*;
use crate::policy::event::Recovered;

fn failing(id: i64, provider: &str) -> Event {
    event(id, provider, EventBody::Failing(Failing::default()))
}

fn recovered(id: i64, provider: &str, began: i64) -> Event {
    let recovered = Recovered {
        answers: Some(began),
        ..Recovered::default()
    };
    event(id, provider, EventBody::Recovered(recovered))
}

fn told(event: &Event, provider: &str) -> RecentNotice {
    RecentNotice {
        fingerprint: fingerprint_of(event),
        provider: provider.to_owned(),
        recipient: "you@localhost".to_owned(),
        at: at(0),
    }
}

#[test]
fn an_outage_and_its_end_never_wait_for_the_interval() {
    for event in [failing(1, "a"), recovered(2, "a", 1)] {
        let told = [told(&event, "b")];
        let (mails, postponed) = planned(&[event], &[], &told);
        assert_eq!((mails.len(), postponed), (1, 0));
    }
}

#[test]
fn an_outage_that_is_over_before_it_was_told_is_not_told_and_nor_is_its_end() {
    let events = [failing(1, "a"), recovered(2, "a", 1), failing(3, "b")];
    let (mails, _) = planned(&events, &[30, 60], &[]);
    assert_eq!(mails, [(MailKind::Failing, vec![3])]);
    let (mails, _) = planned(&events[1..2], &[], &[]);
    assert_eq!(mails, [(MailKind::Recovered, vec![2])]);
}

#[test]
fn news_does_not_overtake_what_waits_at_the_same_provider() {
    let gone = changed(1, "a", scope("x", Severity::Breaking));
    let told = [told(&gone, "b")];
    let back = changed(2, "a", endpoint("https://a.example/par"));
    let (mails, postponed) = planned(&[gone.clone(), back], &[], &told);
    let mail = |id| (MailKind::Changed, vec![id]);
    assert_eq!((mails, postponed), (vec![mail(1), mail(2)], 0));
    let elsewhere = changed(2, "c", endpoint("https://c.example/par"));
    let (mails, postponed) = planned(&[gone, elsewhere], &[], &told);
    assert_eq!((mails, postponed), (vec![mail(2)], 1));
}

#[test]
fn a_late_comer_waits_no_longer_than_the_interval_however_often_it_is_told_elsewhere() {
    let event = changed(1, "a", scope("x", Severity::Info));
    let mut told = told(&event, "b");
    let later = at(0) + INTERVAL;
    told.at = later - SignedDuration::from_mins(1);
    let to = ["you@localhost".to_owned()];
    let waiting = [WaitingAlert {
        news: &News::of_event(&event, 0),
        recipients: &to,
        due_at: later,
        collected: false,
        is_answer: false,
    }];
    assert_eq!(
        plan(&waiting, &[told], INTERVAL, None, later).mails.len(),
        1
    );
}

#[test]
fn a_summary_tells_what_is_due_and_takes_nothing_along_but_of_the_same_document() {
    let collected = |id, provider| {
        let mut event = changed(id, provider, scope("x", Severity::Info));
        event.body.summary_at = Some(at(0));
        event
    };
    let events = [collected(1, "a"), collected(2, "b"), collected(3, "a")];
    let (mails, _) = planned(&events, &[30, 60, 60], &[]);
    assert_eq!(mails, [(MailKind::Summary, vec![1, 3])]);
}

#[test]
fn a_summary_is_never_part_of_a_digest() {
    let change = |id: i64| {
        changed(
            id,
            &format!("p{id}"),
            scope(&format!("s{id}"), Severity::Info),
        )
    };
    let mut events: Vec<Event> = (1..=11).map(change).collect();
    events.push(changed(12, "z", scope("x", Severity::Info)));
    events[11].body.summary_at = Some(at(0));
    let (mails, _) = planned(&events, &[], &[]);
    let kinds: Vec<MailKind> = mails.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [MailKind::Digest, MailKind::Summary]);
    assert_eq!(mails[1].1, [12]);
}

#[test]
fn who_is_told_of_all_providers_gets_one_mail_however_many_have_owners() {
    let same = |id, provider| changed(id, provider, scope("x", Severity::Info));
    let events = [same(1, "a"), same(2, "b")];
    let of_a = ["You <you@LOCALHOST>".to_owned(), "a@localhost".to_owned()];
    let of_b = ["you@localhost".to_owned()];
    let news = events.each_ref().map(|event| News::of_event(event, 0));
    let waiting = |news, recipients| WaitingAlert {
        news,
        recipients,
        due_at: at(30),
        collected: false,
        is_answer: false,
    };
    let alerts = [waiting(&news[0], &of_a[..]), waiting(&news[1], &of_b)];
    let plan = plan(&alerts, &[], INTERVAL, None, at(30));
    let mails: Vec<_> = plan
        .mails
        .iter()
        .map(|it| (it.recipients.clone(), it.alerts.len()))
        .collect();
    let both = (vec![of_a[0].clone()], 2);
    assert_eq!(mails, [both, (vec![of_a[1].clone()], 1)]);
}

#[test]
fn what_is_seen_after_a_gap_is_one_digest_from_four_mails_on() {
    let seen = |is_after_gap: bool, number: i64| {
        let each = (0..number).map(|id| {
            let mut one = changed(
                id,
                &format!("p{id}"),
                scope(&format!("s{id}"), Severity::Info),
            );
            if let EventBody::Changed(changed) = &mut one.body.body {
                changed.is_after_gap = is_after_gap;
            }
            one
        });
        let events: Vec<Event> = each.collect();
        planned(&events, &[], &[]).0
    };
    assert_eq!(seen(true, 3).len(), 3);
    assert_eq!(seen(false, 4).len(), 4);
    let digest = seen(true, 4);
    assert_eq!(digest, [(MailKind::Digest, vec![0, 1, 2, 3])]);
}
