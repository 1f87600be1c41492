//! What to do about outages: by the last answer, the graver first, and with what else is on the host.

use super::outage::failing;
use super::*;
use crate::document::failure::{Cause, Failure, TextKind};
use crate::wording::mail::input::NamedAddress;

#[test]
fn what_came_last_decides_what_to_do_and_an_earlier_refusal_stands_behind_it() {
    let mut event = past::failing(429);
    outage(&mut event).failed.latest[2].failure.status = Some(520);
    let text = words(&mail_of(MailKind::Failing, &[event], None));
    has(
        &text,
        "and ask the provider. HTTP 429 before that may have met issuerwatch alone.",
    );
    lacks(&text, "filter of robots");
}

#[test]
fn of_unrelated_outages_the_graver_stands_first_and_a_name_without_address_takes_all_on_it_along() {
    let mut events = [
        failing("one", &Failure::of(Cause::Timeout)),
        failing("two", &Failure::of(Cause::NameUnknown)),
    ];
    for event in &mut events {
        outage(event).reminder = Some(1);
        outage(event).remind_at = Some(time("2026-11-28T02:00:00Z"));
    }
    let content = mail_of(MailKind::Failing, &events, None);
    let what = "two, its name has no address; one, no answer in time";
    has(&content.subject, what);
    let text = words(&content);
    has(
        &text,
        "Do: two: look the name up from where your clients run. If it has no address there either, sign-in \
         and token endpoints on it fail for everyone: ask the provider",
    );
    has(
        &text,
        "one: fetch the document from where your clients run.",
    );
    has(&text, "down two/oauth-authorization-server: its name");
}

#[test]
fn where_a_page_stands_no_secret_is_to_be_sent_and_what_else_is_on_the_host_is_said() {
    let html = TextKind::Html { title: None };
    let mut event = failing("archera", &Failure::of(Cause::NotJson(html)));
    let secret = "Send no client secret there until you know who answers.";
    has(
        &words(&mail_of(MailKind::Failing, &[event.clone()], None)),
        secret,
    );
    outage(&mut event).reminder = Some(2);
    let addresses = [NamedAddress {
        member: "token_endpoint".to_owned(),
        url: "https://api.archera.ai/token".to_owned(),
    }];
    let text = words(&compose(&MailInput {
        addresses: &addresses,
        ..whole::input(MailKind::Failing, &[event])
    }));
    has(
        &text,
        "The token endpoint is on the same host: sign-in probably fails too. Send no client secret there",
    );
}
