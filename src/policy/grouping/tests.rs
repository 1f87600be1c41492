//! Which alerts become one mail: the rules of grouping as cases.

mod collect;
mod release;

use serde_json::json;

use super::*;
use crate::document::kind::Kind;
use crate::document::severity::Group as Members;
use crate::meaning::change::{Change, Finding, FindingState};
use crate::meaning::rating::Meaning;
use crate::meaning::rule::Rule;
use crate::policy::event::{
    Changed, Damped, Event, EventBody, FailedPolls, Failing, FindingChange, FindingsChanged,
    NewEvent, Recovered,
};

const INTERVAL: SignedDuration = SignedDuration::from_hours(6);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn event(id: i64, provider: &str, body: EventBody) -> Event {
    let mut body = NewEvent::new(at(0), body);
    body.severity = body.changes().iter().map(|it| it.severity).max();
    body.alert = true;
    Event {
        id,
        provider: provider.to_owned(),
        document: Kind::OPENID_CONFIGURATION.into(),
        from_snapshot: None,
        to_snapshot: None,
        acknowledged: None,
        body,
        hash: String::new(),
    }
}

fn scope(name: &str, severity: Severity) -> Change {
    let mut change = Meaning::of(Rule::ScopeRemoved).change("scopes_supported", Members::Scopes);
    change.removed = vec![json!(name)];
    change.severity = severity;
    change
}

fn endpoint(url: &str) -> Change {
    let mut change = Meaning::of(Rule::EndpointAdded).change("par_endpoint", Members::Endpoints);
    change.severity = Severity::Info;
    change.after = Some(json!(url));
    change
}

fn changed(id: i64, provider: &str, change: Change) -> Event {
    let changed = Changed {
        changes: vec![change],
        ..Changed::default()
    };
    event(id, provider, EventBody::Changed(changed))
}

fn damped(id: i64, provider: &str, change: Change) -> Event {
    let damped = Damped {
        changes: vec![change],
        ..Damped::default()
    };
    event(id, provider, EventBody::Damped(damped))
}

/// The mails that are planned at 30 s, each as its kind and the numbers of its events.
fn planned(
    events: &[Event],
    due: &[i64],
    told: &[RecentNotice],
) -> (Vec<(MailKind, Vec<i64>)>, usize) {
    let to = ["you@localhost".to_owned()];
    let news: Vec<News> = events
        .iter()
        .map(|event| News::of_event(event, 0))
        .collect();
    let waiting: Vec<WaitingAlert<'_>> = events
        .iter()
        .zip(&news)
        .zip(due.iter().chain(std::iter::repeat(&30)))
        .map(|((event, news), due)| WaitingAlert {
            news,
            recipients: &to,
            due_at: at(*due),
            collected: event.body.summary_at.is_some(),
            is_answer: false,
        })
        .collect();
    let plan = plan(&waiting, told, INTERVAL, None, at(30));
    let mails = plan.mails.into_iter().map(|mail| {
        let ids = mail.alerts.iter().map(|(position, _)| events[*position].id);
        (mail.kind, ids.collect())
    });
    (mails.collect(), plan.postponed.len())
}

/// The fingerprint under which a mail about one event is remembered.
fn fingerprint_of(event: &Event) -> String {
    let to = ["you@localhost".to_owned()];
    let waiting = [WaitingAlert {
        news: &News::of_event(event, 0),
        recipients: &to,
        due_at: at(30),
        collected: false,
        is_answer: false,
    }];
    units(&waiting, &[], at(30))[0].fingerprint.clone()
}

#[test]
fn all_that_one_tick_brings_for_one_provider_is_one_mail_but_an_outage_is_its_own() {
    let mut other = changed(2, "a", endpoint("https://a.example/par"));
    other.document = Kind::OAUTH_AUTHORIZATION_SERVER.into();
    let events = [
        changed(1, "a", scope("x", Severity::Breaking)),
        other,
        damped(3, "a", scope("y", Severity::Info)),
        event(4, "a", EventBody::Failing(Failing::default())),
    ];
    let (mails, _) = planned(&events, &[], &[]);
    let expected = [
        (MailKind::Changed, vec![1, 2, 3]),
        (MailKind::Failing, vec![4]),
    ];
    assert_eq!(mails, expected);
}

#[test]
fn the_same_change_at_several_providers_is_one_mail_whatever_their_hosts() {
    let events = [
        changed(1, "a", endpoint("https://a.example/par")),
        changed(2, "b", endpoint("https://b.example/par")),
        changed(3, "c", endpoint("https://c.example/other")),
    ];
    let (mails, _) = planned(&events, &[], &[]);
    let mut ids: Vec<Vec<i64>> = mails.into_iter().map(|(_, ids)| ids).collect();
    ids.sort();
    assert_eq!(ids, [vec![1, 2], vec![3]]);
}

#[test]
fn what_is_not_due_yet_leaves_with_the_same_that_is_and_else_waits() {
    let same = |id, provider| changed(id, provider, scope("x", Severity::Info));
    let events = [
        same(1, "a"),
        same(2, "b"),
        changed(3, "c", scope("y", Severity::Info)),
    ];
    let (mails, postponed) = planned(&events, &[30, 60, 60], &[]);
    assert_eq!(mails, [(MailKind::Changed, vec![1, 2])]);
    assert_eq!(postponed, 0);
}

#[test]
fn a_late_comer_waits_for_the_interval_but_security_never_does() {
    for (severity, is_mailed) in [(Severity::Breaking, false), (Severity::Security, true)] {
        let events = [changed(1, "a", scope("x", severity))];
        let told = [RecentNotice {
            fingerprint: fingerprint_of(&events[0]),
            provider: "b".to_owned(),
            recipient: "you@localhost".to_owned(),
            at: at(0),
        }];
        let (mails, postponed) = planned(&events, &[], &told);
        assert_eq!((!mails.is_empty(), postponed == 0), (is_mailed, is_mailed));
    }
}

#[test]
fn the_same_news_of_the_same_provider_does_not_wait() {
    let events = [changed(1, "a", scope("x", Severity::Info))];
    let told = [RecentNotice {
        fingerprint: fingerprint_of(&events[0]),
        provider: "a".to_owned(),
        recipient: "you@localhost".to_owned(),
        at: at(0),
    }];
    assert_eq!(planned(&events, &[], &told).0.len(), 1);
}

#[test]
fn more_than_ten_mails_at_once_are_one_digest_with_the_gravest_first() {
    let many = |count: i64| -> Vec<Event> {
        let change = |id: i64| {
            let severity = if id == 7 {
                Severity::Security
            } else {
                Severity::Info
            };
            changed(id, &format!("p{id}"), scope(&format!("s{id}"), severity))
        };
        (1..=count).map(change).collect()
    };
    assert_eq!(planned(&many(10), &[], &[]).0.len(), 10);
    let (mails, _) = planned(&many(11), &[], &[]);
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].0, MailKind::Digest);
    assert_eq!((mails[0].1[0], mails[0].1.len()), (7, 11));
}

#[test]
fn outages_with_the_same_cause_are_one_mail() {
    use crate::document::failure::Failure;
    use crate::policy::event::FailedPoll;
    let failing = |id, provider, status| {
        let poll = FailedPoll {
            at: at(0),
            failure: Failure::of_status(status),
            elapsed_ms: None,
        };
        let failing = Failing {
            failed: FailedPolls {
                since: at(0),
                count: 1,
                latest: vec![poll],
            },
            ..Failing::default()
        };
        event(id, provider, EventBody::Failing(failing))
    };
    let events = [
        failing(1, "a", 503),
        failing(2, "b", 503),
        failing(3, "c", 404),
    ];
    assert_eq!(planned(&events, &[], &[]).0.len(), 2);
    // One of them follows its key set too, another one follows only its key set.
    let mut keys = [failing(4, "b", 503), failing(5, "c", 503)];
    for event in &mut keys {
        event.document = Kind::JWKS.into();
    }
    let events: Vec<Event> = [failing(1, "a", 503), failing(2, "b", 503)]
        .into_iter()
        .chain(keys)
        .collect();
    assert_eq!(planned(&events, &[], &[]).0.len(), 1);
    // A reminder is not grouped with an outage that has just begun.
    let mut again = failing(2, "b", 503);
    if let EventBody::Failing(it) = &mut again.body.body {
        it.reminder = Some(1);
    }
    let events = [failing(1, "a", 503), again];
    assert_eq!(planned(&events, &[], &[]).0.len(), 2);
}

#[test]
fn a_summary_tells_of_all_targets_and_stands_alone() {
    let mut one = changed(1, "a", scope("x", Severity::Info));
    let mut two = changed(2, "b", scope("y", Severity::Info));
    one.body.summary_at = Some(at(0));
    two.body.summary_at = Some(at(0));
    let events = [one, two, changed(3, "a", scope("z", Severity::Info))];
    let (mut mails, _) = planned(&events, &[], &[]);
    mails.sort();
    assert_eq!(
        mails,
        [
            (MailKind::Changed, vec![3]),
            (MailKind::Summary, vec![1, 2])
        ]
    );
}

#[test]
fn what_first_documents_do_not_meet_is_one_mail_and_what_later_ones_do_not_is_not() {
    let finding = |id, provider: &str, rule: Rule| {
        let moved = FindingChange {
            finding: Finding {
                rule: rule.into(),
                subject: "keys".into(),
                name_hash: None,
                severity: Severity::Security,
                why: String::new(),
                reference: None,
                keys: Vec::new(),
                expected: None,
                found: None,
                about_keys: Vec::new(),
                client: None,
                kept_keys: Vec::new(),
                reasons: Vec::new(),
            },
            state: FindingState::New,
        };
        let found = FindingsChanged {
            findings: vec![moved],
            ..FindingsChanged::default()
        };
        let mut event = event(id, provider, EventBody::Finding(found));
        event.body.severity = Some(Severity::Security);
        event
    };
    let mut events = [
        finding(1, "a", Rule::KeyWeak),
        finding(2, "b", Rule::KeySecretPublished),
    ];
    let (mails, _) = planned(&events, &[], &[]);
    assert_eq!(mails, [(MailKind::Digest, vec![1, 2])]);
    let (mails, _) = planned(&events[..1], &[], &[]);
    assert_eq!(mails, [(MailKind::Finding, vec![1])]);
    for event in &mut events {
        event.from_snapshot = Some(1);
    }
    let (mails, _) = planned(&events, &[], &[]);
    assert_eq!(mails.len(), 2);
}

#[test]
fn a_change_and_its_return_that_waited_together_are_two_mails() {
    let gone = changed(1, "a", scope("x", Severity::Breaking));
    let mut back = changed(2, "a", endpoint("https://a.example/par"));
    if let EventBody::Changed(back) = &mut back.body.body {
        back.answers = Some(1);
    }
    let again = changed(3, "a", scope("x", Severity::Breaking));
    let (mut mails, _) = planned(&[gone, back, again], &[], &[]);
    mails.sort_by_key(|(_, events)| events.clone());
    let mail = |id| (MailKind::Changed, vec![id]);
    assert_eq!(mails, [mail(1), mail(2), mail(3)]);
}

#[test]
fn one_mail_of_a_provider_goes_to_all_whom_a_part_concerns() {
    let events = [
        changed(1, "a", scope("x", Severity::Breaking)),
        damped(2, "a", scope("y", Severity::Info)),
    ];
    let team = ["team@localhost".to_owned()];
    let both = ["team@localhost".to_owned(), "oncall@localhost".to_owned()];
    let news = events.each_ref().map(|event| News::of_event(event, 0));
    let waiting = |news, recipients| WaitingAlert {
        news,
        recipients,
        due_at: at(30),
        collected: false,
        is_answer: false,
    };
    let alerts = [waiting(&news[0], &team[..]), waiting(&news[1], &both)];
    let plan = plan(&alerts, &[], INTERVAL, None, at(30));
    assert_eq!(plan.mails.len(), 1);
    assert_eq!(plan.mails[0].recipients, both);
}

#[test]
fn keys_that_change_at_two_providers_share_a_mail_but_wait_for_none() {
    let keys = |id, provider, kid: &str| {
        let mut change = Meaning::of(Rule::JwksDisjoint).change("keys", Members::Keys);
        change.added = vec![json!({"kid": kid, "kty": "RSA"})];
        changed(id, provider, change)
    };
    let events = [keys(1, "a", "one"), keys(2, "b", "two")];
    let (mails, _) = planned(&events, &[], &[]);
    assert_eq!(mails, [(MailKind::Changed, vec![1, 2])]);
    let told = [RecentNotice {
        fingerprint: fingerprint_of(&events[0]),
        provider: "a".to_owned(),
        recipient: "you@localhost".to_owned(),
        at: at(0),
    }];
    assert_eq!(planned(&events[1..], &[], &told).1, 0);
}

#[test]
fn what_is_held_back_or_expected_makes_no_mail_grave() {
    let mut event = changed(1, "a", scope("x", Severity::Info));
    let mut held_back = scope("y", Severity::Security);
    held_back.damped = true;
    let mut expected = scope("z", Severity::Breaking);
    expected.accepted = true;
    event
        .body
        .changes_mut()
        .unwrap()
        .extend([held_back, expected]);
    event.body.severity = Some(Severity::Security);
    let to = ["you@localhost".to_owned()];
    let waiting = [WaitingAlert {
        news: &News::of_event(&event, 0),
        recipients: &to,
        due_at: at(30),
        collected: false,
        is_answer: false,
    }];
    let plan = plan(&waiting, &[], INTERVAL, None, at(30));
    assert_eq!(plan.mails[0].severity, Some(Severity::Info));
}
