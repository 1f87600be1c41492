//! Whole mails, to be read as their recipient.

mod advice;
mod beside;
mod causes;
mod damped;
mod graph;
mod keys;
mod movement;
mod news;
mod others_on_host;
mod outage;
mod past;
mod point;
mod revert;
mod rhythm;
mod several;
mod size;
mod steps;
mod unmoved;
mod values;
mod what_it_is;
mod whole;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::document::canonical::Document;
use crate::document::kind::Kind;
use crate::document::severity::Group;
use crate::document::severity::Severity;
use crate::meaning::change::{Finding, FindingState, Habit};
use crate::meaning::diff;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rule::Rule;
use crate::policy::event::Event;
use crate::policy::event::{
    Changed, EventBody, Failing, FindingChange, FindingsChanged, NewEvent, Provenance, Recovered,
    Source,
};
use crate::policy::mail::{AnsweredMail, MailContent, MailKind, Topic};
use crate::wording::summary;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn event(old: &str, new: &str) -> Event {
    event_of(Kind::OAUTH_AUTHORIZATION_SERVER, old, new)
}

fn event_of(kind: Kind, old: &str, new: &str) -> Event {
    let parse = |text: &str| Document::from_canonical(kind, text).unwrap();
    let (old, new) = (parse(old), parse(new));
    let changes = diff::changes(&old, &new, None, &Policy::default());
    let severity = changes.iter().map(|change| change.severity).max();
    let summary = summary::of_changes(&changes);
    let body = Changed {
        provenance: Provenance {
            source: source(),
            confirmed_at: Some(time("2026-11-23T02:15:14Z")),
            last_good_at: Some(time("2026-11-23T02:00:03Z")),
            ..Provenance::default()
        },
        changes,
        patch: Some(diff::patch(&old, &new)),
        ..Changed::default()
    };
    let body = NewEvent {
        severity,
        summary,
        alert: true,
        ..NewEvent::new(time("2026-11-23T02:15:04Z"), EventBody::Changed(body))
    };
    Event {
        id: 12,
        provider: "archera".to_owned(),
        document: kind.into(),
        from_snapshot: Some(1),
        to_snapshot: Some(2),
        acknowledged: None,
        body,
        hash: String::new(),
    }
}

fn source() -> Source {
    let url = "https://api.archera.ai/.well-known/oauth-authorization-server";
    Source {
        url: Some(url.to_owned()),
        final_url: None,
    }
}

/// What an event tells that is a change.
fn changed(event: &mut Event) -> &mut Changed {
    match &mut event.body.body {
        EventBody::Changed(changed) => changed,
        other => panic!("{other:?} is no change"),
    }
}

/// What an event tells that is an outage.
fn outage(event: &mut Event) -> &mut Failing {
    match &mut event.body.body {
        EventBody::Failing(failing) => failing,
        other => panic!("{other:?} is no outage"),
    }
}

/// The same event as one that tells of findings, seen where and when the change was.
fn with_findings(mut event: Event, findings: Vec<FindingChange>) -> Event {
    let provenance = changed(&mut event).provenance.clone();
    event.body.body = EventBody::Finding(FindingsChanged {
        provenance,
        findings,
        answers: None,
    });
    event
}

/// The end of an outage.
fn back(mut event: Event) -> Event {
    let failing = outage(&mut event).clone();
    event.body.body = EventBody::Recovered(Recovered {
        source: failing.source,
        last_good_at: failing.last_good_at,
        answers: None,
        failed: failing.failed,
        is_changed: false,
        reach: None,
    });
    event
}

fn mail(events: &[Event]) -> MailContent {
    mail_of(MailKind::Changed, events, None)
}

/// What the subject of a mail says that told of something for the first time.
fn topic(subject: &str, severity: Option<Severity>) -> Topic {
    Topic {
        subject: subject.to_owned(),
        severity,
        is_return: false,
    }
}

/// A mail of a kind, which answers one about the same provider.
fn mail_of(kind: MailKind, events: &[Event], answers: Option<Topic>) -> MailContent {
    mail_with(kind, events, answers, &[])
}

/// A mail about providers whose key sets are followed.
fn mail_with(
    kind: MailKind,
    events: &[Event],
    answers: Option<Topic>,
    key_sets: &[KeySet],
) -> MailContent {
    let answers = answers.map(|topic| InReplyTo {
        event: 11,
        mail: Some(AnsweredMail {
            topic,
            providers: vec!["archera".to_owned()],
            at: time("2026-11-22T09:00:00Z"),
        }),
    });
    let providers = [ProviderContext {
        name: "archera".to_owned(),
        watched: Some(Polling {
            schedule_words: "every 15 min".to_owned(),
            since: time("2026-02-01T00:00:00Z"),
        }),
        declares_use: false,
        used_endpoints: Vec::new(),
    }];
    compose(&MailInput {
        kind,
        events,
        digest: None,
        left_out: 0,
        providers: &providers,
        key_sets,
        machine: "mon1.example.com",
        answers: answers.as_ref(),
        addresses: &[],
        background: None,
        follows: &[],
        wave: None,
        has_weekly: false,
        is_widespread: false,
        late: None,
    })
}

/// The text of a mail, without the breaks of its lines.
fn words(content: &MailContent) -> String {
    content
        .text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Asserts that a text has a part, and shows it if not.
#[track_caller]
fn has(text: &str, part: &str) {
    assert!(text.contains(part), "no `{part}` in:\n{text}");
}

/// Asserts that a text does not have a part.
#[track_caller]
fn lacks(text: &str, part: &str) {
    assert!(!text.contains(part), "`{part}` in:\n{text}");
}

#[test]
fn a_removed_scope_says_at_a_glance_what_how_grave_and_what_to_do() {
    let content = mail(&[event(
        r#"{"scopes_supported":["billing:read","billing:write"]}"#,
        r#"{"scopes_supported":["billing:read"]}"#,
    )]);
    assert!(
        content.subject.starts_with("[issuerwatch] archera: "),
        "{}",
        content.subject
    );
    assert!(
        content.subject.ends_with("(breaking)"),
        "{}",
        content.subject
    );
    let lines: Vec<&str> = content.text.lines().collect();
    assert!(lines[0].starts_with("BREAKING  archera "), "{}", lines[0]);
    assert!(lines[1].starts_with("Gone since 2026-11-23 02:15 UTC, confirmed 10 s later, still"));
    assert!(
        content
            .text
            .contains("\nDo: find out which of your clients ask for the scope billing:write:\n    `invalid_scope`"),
        "{}",
        content.text
    );
    assert!(lines.iter().all(|line| line.chars().count() <= 100));
    assert!(
        content.text.contains("     - billing:write\n"),
        "{}",
        content.text
    );
    assert!(content.text.contains("issuerwatch history show 12"));
    assert!(content.html.contains("billing:write"));
    assert!(content.patch.unwrap().contains("remove"));
}

#[test]
fn hostile_values_stay_harmless_and_bounded() {
    let long = "x".repeat(1 << 20);
    let new = format!(
        r#"{{"scopes_supported":["<script>\u001b[2J\r\nBcc: a@b.example","{long}"],"a\r\nb":"\u202e<b>"}}"#
    );
    let content = mail(&[event(r#"{"scopes_supported":["a"]}"#, &new)]);
    assert!(
        content.subject.chars().all(|c| !c.is_control()),
        "{:?}",
        content.subject
    );
    assert!(content.subject.chars().count() <= 140);
    assert!(content.text.len() + content.html.len() < 100_000);
    for part in [&content.text, &content.html] {
        assert!(!part.contains('\u{1b}') && !part.contains('\u{202e}') && !part.contains('\r'));
    }
    assert!(!content.html.contains("<script>"));
}

#[test]
fn a_requirement_that_is_newly_not_met_heads_the_mail_if_it_is_graver_than_what_changed() {
    let change = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b"]}"#,
    );
    let moved = |state| FindingChange {
        finding: Finding {
            rule: Rule::KeySecretPublished.into(),
            subject: "keys".into(),
            name_hash: None,
            severity: Severity::Security,
            why: "Everybody can sign.".to_owned(),
            reference: None,
            keys: Vec::new(),
            expected: None,
            found: None,
            about_keys: Vec::new(),
            client: None,
            kept_keys: Vec::new(),
            reasons: Vec::new(),
        },
        state,
    };
    let found = |state| with_findings(change.clone(), vec![moved(state)]);
    let content = mail(&[change.clone(), found(FindingState::New)]);
    let subject = "[issuerwatch] archera: PRIVATE KEY published in its key set (security)";
    assert_eq!(content.subject, subject);
    assert!(content.text.starts_with("SECURITY  "), "{}", content.text);
    assert!(content.text.contains("scopes_supported gained"));

    let content = mail(&[change.clone(), found(FindingState::Cured)]);
    let subject = "[issuerwatch] archera: scope b added (info)";
    assert_eq!(content.subject, subject);
}

#[test]
fn the_poll_before_is_not_said_to_have_seen_the_old_state_if_it_failed() {
    let mut event = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["b"]}"#,
    );
    let words = |event: &Event| {
        let text = mail(std::slice::from_ref(event)).text;
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let text = words(&event);
    assert!(text.contains("not yet at the poll of 02:00 UTC."));
    changed(&mut event).provenance.failures = Some(2);
    let text = words(&event);
    assert!(!text.contains("at the poll of"));
    assert!(text.contains("not yet at the last good poll, 02:00 UTC; 2 polls failed since."));
}
