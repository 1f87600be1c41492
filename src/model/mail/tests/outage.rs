//! Mails about documents that cannot be had.

use super::*;
use crate::model::event::FailedPoll;
use crate::model::observation::{Failure, FailureKind};

fn failing(provider: &str, kind: FailureKind, status: Option<u16>, detail: &str) -> Event {
    let mut event = event("{}", "{}");
    provider.clone_into(&mut event.provider);
    event.body.kind = EventKind::Failing;
    event.body.severity = None;
    event.body.changes.clear();
    let poll = |at: &str| FailedPoll {
        at: time(at),
        failure: Failure {
            kind,
            status,
            detail: detail.to_owned(),
        },
        elapsed_ms: 0,
    };
    let circumstance = &mut event.body.circumstance;
    circumstance.failed_polls = vec![poll("2026-11-23T01:45:00Z"), poll("2026-11-23T02:15:04Z")];
    circumstance.failures = Some(2);
    circumstance.failing_since = Some(time("2026-11-23T01:45:00Z"));
    circumstance.last_good_at = Some(time("2026-11-23T01:30:00Z"));
    circumstance.old_since = Some(time("2026-10-24T01:30:00Z"));
    event
}

fn told(kind: FailureKind, status: Option<u16>, detail: &str) -> Content {
    let event = failing("archera", kind, status, detail);
    mail_of(MailKind::Failing, &[event], None)
}

#[test]
fn several_providers_fail_each_for_a_cause_of_its_own() {
    let kind = FailureKind::Unreachable;
    let events = [
        failing(
            "one",
            kind,
            None,
            "Get \"https://a\": dial tcp: lookup a: no such host",
        ),
        failing(
            "two",
            kind,
            None,
            "Get \"https://b\": net/http: TLS handshake timeout",
        ),
    ];
    let content = mail_of(MailKind::Failing, &events, None);
    let text = words(&content);
    let one = "one/oauth-authorization-server since 2026-11-23 01:45 UTC its name has no address";
    has(&text, one);
    let two = "two/oauth-authorization-server since 2026-11-23 01:45 UTC no TLS session in time";
    has(&text, two);
    lacks(&text, "Everywhere the same");
    has(&content.html, "no TLS session in time");
}

#[test]
fn a_certificate_that_expired_is_told_in_words_and_since_when() {
    let detail = "Get \"https://a\": tls: failed to verify certificate: x509: certificate has \
                  expired or is not yet valid: current time 2026-05-27T06:33:53Z is after \
                  2026-05-24T09:48:42Z";
    let content = told(FailureKind::Unreachable, None, detail);
    has(&content.subject, "(certificate expired on 2026-05-24)");
    let lead = content.text.lines().next().unwrap();
    has(lead, "certificate expired on 2026-05-24");
    lacks(&content.text, "x509");
    has(&content.text, "\nDo: tell the provider.");
    let content = told(FailureKind::Tls, None, "certificate expired on 2026-05-24");
    has(&content.subject, "(certificate expired on 2026-05-24)");
}

#[test]
fn what_to_do_depends_on_the_cause() {
    let advice = |kind, status, detail: &str| words(&told(kind, status, detail));
    let status = FailureKind::Status;
    let moved = "Do: find out whether it moved or was shut down.";
    has(&advice(status, Some(404), "HTTP 404"), moved);
    has(&advice(status, Some(410), "HTTP 410"), moved);
    has(&advice(FailureKind::Unresolved, None, "no address"), moved);
    has(
        &advice(status, Some(429), "HTTP 429"),
        "it may be issuerwatch that is limited",
    );
    has(&advice(status, Some(503), "HTTP 503"), "Do: nothing yet.");
    let mut event = failing("archera", status, Some(503), "HTTP 503");
    event.body.circumstance.failed_polls[0].failure.status = Some(429);
    let text = words(&mail_of(MailKind::Failing, &[event], None));
    has(&text, "it may be issuerwatch that is limited");
}

#[test]
fn the_document_that_is_missing_is_dated_and_was_unchanged_until_it_was_seen_last() {
    let text = words(&told(FailureKind::Status, Some(503), "HTTP 503"));
    has(
        &text,
        "last good answer 2026-11-23 01:30 UTC, the document of 2026-10-24 (unchanged for 30 days).",
    );
}

#[test]
fn a_long_reason_is_wrapped() {
    let content = told(FailureKind::NotJson, Some(200), &"word ".repeat(50));
    let is_short = |line: &str| line.chars().count() <= 100;
    assert!(content.text.lines().all(is_short), "{}", content.text);
}

#[test]
fn a_cause_is_counted_only_where_all_documents_met_it() {
    let one = failing("archera", FailureKind::Status, Some(520), "HTTP 520");
    let mut two = one.clone();
    two.document = Kind::Jwks;
    let same = mail_of(MailKind::Failing, &[one.clone(), two.clone()], None);
    has(&words(&same), "no usable document: HTTP 520 (2 times).");
    for poll in &mut two.body.circumstance.failed_polls {
        poll.failure.status = Some(404);
    }
    let content = mail_of(MailKind::Failing, &[one, two], None);
    has(
        &words(&content),
        "no usable document: HTTP 520 and HTTP 404.",
    );
}

#[test]
fn what_came_back_after_different_times_is_not_said_to_have_lasted_equally_long() {
    let mut one = failing("one", FailureKind::Status, Some(503), "HTTP 503");
    one.body.kind = EventKind::Recovered;
    let mut two = one.clone();
    "two".clone_into(&mut two.provider);
    two.body.circumstance.failing_since = Some(time("2026-11-22T20:15:04Z"));
    two.body.circumstance.failures = Some(24);
    let text = words(&mail_of(MailKind::Recovered, &[one, two], None));
    has(
        &text,
        "RECOVERED 2 providers answer again, after 30 min to 6 h; the documents are the same",
    );
    has(&text, "2 to 24 polls failed (last: HTTP 503).");
}
