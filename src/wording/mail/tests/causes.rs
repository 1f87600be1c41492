//! Outages of several causes: each is told with its own, in subject and advice.

use super::outage::failing;
use super::*;
use crate::document::failure::{Cause, Failure, TextKind, TlsTrouble};

#[test]
fn each_of_a_few_providers_is_named_with_its_own_cause() {
    let one = failing("gamma-id", &Failure::of(Cause::NameUnknown));
    let two = failing("mts-oauth", &Failure::of(Cause::Timeout));
    let content = mail_of(MailKind::Failing, &[one, two], None);
    assert_eq!(
        content.subject,
        "[issuerwatch] DOWN gamma-id: its name has no address; mts-oauth: no answer in time (breaking)"
    );
    has(
        &words(&content),
        "no usable document, each for its own reason: gamma-id: its name has no address; mts-oauth: no answer in time.",
    );
}

#[test]
fn unlike_causes_have_advice_of_their_own_however_many_providers_fail() {
    let html = || Failure::of(Cause::NotJson(TextKind::Html { title: None }));
    let mut events = vec![
        failing("gamma-id", &Failure::of(Cause::NameUnknown)),
        failing("citrixcloud", &html()),
    ];
    let advice = |events: &[Event]| words(&mail_of(MailKind::Failing, events, None));
    let text = advice(&events);
    has(
        &text,
        "citrixcloud: fetch the document from where your clients run: a page",
    );
    has(
        &text,
        "Do: gamma-id: find out whether it moved or was shut down.",
    );
    events.extend(["c", "d", "e"].map(|name| failing(name, &html())));
    let content = mail_of(MailKind::Failing, &events, None);
    assert_eq!(
        content.subject,
        "[issuerwatch] DOWN 5 providers: its name has no address; HTML instead of JSON, last good 01:30 UTC (breaking)"
    );
    let text = words(&content);
    has(
        &text,
        "4 of them (HTML instead of JSON): fetch the document from where your clients run: a page",
    );
    has(
        &text,
        "Do: gamma-id: find out whether it moved or was shut down.",
    );
}

#[test]
fn documents_of_one_provider_have_each_its_own_advice() {
    let one = failing("archera", &Failure::of_status(404));
    let expired = Cause::Tls(TlsTrouble::Expired { since: None });
    let mut two = failing("archera", &Failure::of(expired));
    two.document = Kind::JWKS.into();
    let text = words(&mail_of(MailKind::Failing, &[one, two], None));
    has(
        &text,
        "Do: oauth-authorization-server: find out whether it moved or was shut down. jwks: tell the provider.",
    );
}

#[test]
fn no_subject_of_an_outage_has_parentheses_but_for_its_severity() {
    let causes = [
        Cause::NameUnknown,
        Cause::Timeout,
        Cause::NotJson(TextKind::Html { title: None }),
        Cause::Tls(TlsTrouble::SelfSigned),
    ];
    for cause in &causes {
        for other in &causes {
            let of = |provider: &str, cause: &Cause| failing(provider, &Failure::of(cause.clone()));
            let mut keys = of("one", other);
            keys.document = Kind::JWKS.into();
            for events in [
                vec![keys.clone()],
                vec![of("one", cause), keys.clone()],
                vec![of("one", cause), of("two", other)],
            ] {
                let subject = mail_of(MailKind::Failing, &events, None).subject;
                assert_eq!(subject.matches('(').count(), 1, "{subject}");
                assert!(subject.ends_with(" (breaking)"), "{subject}");
            }
        }
    }
}

#[test]
fn of_an_expired_certificate_is_told_since_when_clients_met_it_and_that_nothing_was_polled_before()
{
    let since = Some(time("2026-11-22T09:48:42Z"));
    let mut event = failing(
        "archera",
        &Failure::of(Cause::Tls(TlsTrouble::Expired { since })),
    );
    if let EventBody::Failing(it) = &mut event.body.body {
        it.last_good_at = Some(time("2026-11-09T05:58:00Z"));
    }
    has(
        &words(&mail_of(MailKind::Failing, &[event], None)),
        "Since 2026-11-23 01:45 UTC; the certificate ended 2026-11-22 09:48 UTC; last good answer \
         2026-11-09 05:58 UTC (nothing was polled in between), the document of",
    );
}
