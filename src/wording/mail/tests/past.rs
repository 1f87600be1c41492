//! What is known of the past of a provider, and what the mail says of it.

use super::*;
use crate::document::failure::Failure;
use crate::policy::event::{FailedPoll, FailedPolls};
use crate::wording::mail::{
    Counted, DocumentState, EarlierMail, KnownValues, LastChange, ReturnedValue,
};

fn earlier(still_without: &[&str]) -> EarlierMail {
    EarlierMail {
        at: time("2026-10-17T05:09:30Z"),
        still_without: still_without.iter().map(|it| (*it).to_owned()).collect(),
    }
}

fn returned(value: &str, told_in: Option<EarlierMail>) -> ReturnedValue {
    ReturnedValue {
        value: value.into(),
        gone_at: time("2026-10-17T05:09:00Z"),
        told_in,
    }
}

/// Scopes that were there before; `is_whole` is whether all earlier changes were read.
fn known(values: Vec<ReturnedValue>, is_whole: bool) -> Background {
    let known = KnownValues::new("scopes_supported".to_owned(), values, is_whole);
    Background {
        known_values: vec![known],
        ..Background::default()
    }
}

fn told(event: &Event, background: &Background) -> MailContent {
    compose(&MailInput {
        background: Some(background),
        ..whole::input(MailKind::Changed, std::slice::from_ref(event))
    })
}

/// Two scopes more than before.
fn two_more() -> Event {
    event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b","c"]}"#,
    )
}

#[test]
fn what_is_back_is_told_apart_from_what_is_new_and_answers_the_mail_of_its_loss() {
    let event = two_more();
    let background = |told_in| known(vec![returned("b", told_in)], true);
    let content = told(&event, &background(Some(earlier(&[]))));
    has(
        &content.subject,
        "archera: scope c added, 1 back, follows the mail of 2026-10-17 (info)",
    );
    let text = words(&content);
    has(
        &text,
        "INFO archera now offers 2 more scopes: c and b. c was never seen here before; b is back, gone \
         since 2026-10-17. This follows the mail of 2026-10-17, which told of the loss.",
    );
    has(&text, "you can put it in again");
    lacks(&told(&event, &background(None)).text, "answers");
}

#[test]
fn where_not_all_earlier_changes_were_read_nothing_is_called_new() {
    let text = words(&told(&two_more(), &known(vec![returned("b", None)], false)));
    has(&text, "b is back, gone since 2026-10-17.");
    lacks(&text, "never seen");
    lacks(&text, "first time");
}

#[test]
fn what_is_back_hides_nothing_else_that_is_told() {
    let event = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b"],"registration_endpoint":"https://id.example/register"}"#,
    );
    let background = known(vec![returned("b", None)], true);
    let plain = told(&event, &Background::default());
    let back = told(&event, &background);
    let beside = |content: &MailContent| words(content).contains("registration_endpoint");
    assert!(beside(&plain) && beside(&back), "{}", back.text);
    let lead = |content: &MailContent| {
        let text = words(content);
        text.split(" First seen ")
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    assert!(
        lead(&back).starts_with(&lead(&plain)),
        "{}\n{}",
        lead(&plain),
        lead(&back)
    );
}

#[test]
fn what_a_mail_told_of_others_too_is_not_closed_where_it_goes_on() {
    let background = |still: &[&str]| known(vec![returned("b", Some(earlier(still)))], true);
    let text = words(&told(&two_more(), &background(&["other"])));
    has(
        &text,
        "This follows the mail of 2026-10-17, which told of the loss. other, which that mail told of too, is still without.",
    );
    let text = words(&told(&two_more(), &background(&["k", "l", "m", "n"])));
    has(
        &text,
        "4 others, which that mail told of too, are still without.",
    );
}

#[test]
fn what_is_back_as_a_whole_is_no_news() {
    let background = known(vec![returned("b", None), returned("c", None)], true);
    let content = told(&two_more(), &background);
    has(&content.subject, "archera: scopes b and c back (info)");
    has(&words(&content), "They are back, gone since 2026-10-17.");
}

#[test]
fn an_endpoint_that_is_back_answers_the_mail_of_its_loss_and_one_elsewhere_does_not() {
    let gone = |url: &str| Background {
        touched: vec![LastChange {
            member: "revocation_endpoint".to_owned(),
            at: time("2026-10-17T05:09:00Z"),
            gone: Some(url.into()),
            told_in: Some(earlier(&[])),
        }],
        ..Background::default()
    };
    let event = event(
        "{}",
        r#"{"revocation_endpoint":"https://id.example/revoke"}"#,
    );
    has(
        &told(&event, &gone("https://id.example/revoke")).subject,
        "follows the mail of 2026-10-17",
    );
    lacks(
        &told(&event, &gone("https://stranger.example/revoke")).subject,
        "2026-10-17",
    );
}

#[test]
fn a_spelling_that_is_corrected_again_alternates() {
    let event = event(
        r#"{"scopes_supported":["a","link "]}"#,
        r#"{"scopes_supported":["a","link"]}"#,
    );
    let background = Background {
        gone_before: vec![("scopes_supported".to_owned(), time("2026-10-17T05:09:00Z"))],
        ..Background::default()
    };
    let text = words(&told(&event, &background));
    has(
        &text,
        "It went on 2026-10-17 too: two versions of the document seem to alternate.",
    );
    lacks(&text, "corrected");
    has(
        &words(&told(&event, &Background::default())),
        "The spelling was corrected",
    );
}

pub(super) fn failing(status: u16) -> Event {
    let mut event = event("{}", "{}");
    event.body.severity = Some(Severity::Breaking);
    let poll = |day: &str| FailedPoll {
        at: time(&format!("2026-11-{day}T02:00:00Z")),
        failure: Failure::of_status(status),
        elapsed_ms: None,
    };
    event.body.body = EventBody::Failing(Failing {
        source: source(),
        last_good_at: Some(time("2026-11-20T02:00:00Z")),
        failed: FailedPolls {
            since: time("2026-11-21T02:00:00Z"),
            count: 3,
            latest: vec![poll("21"), poll("22"), poll("23")],
        },
        remind_at: Some(time("2026-11-28T02:00:00Z")),
        ..Failing::default()
    });
    event
}

fn keys(read_at: &str) -> Background {
    Background {
        documents: vec![DocumentState {
            document: Kind::JWKS.into(),
            polled_at: Some(time("2026-11-23T02:00:00Z")),
            read_at: Some(time(read_at)),
            failed: None,
        }],
        ..Background::default()
    }
}

fn down(event: &Event, background: &Background) -> MailContent {
    compose(&MailInput {
        background: Some(background),
        ..whole::input(MailKind::Failing, std::slice::from_ref(event))
    })
}

#[test]
fn the_key_set_decides_whether_a_provider_moved_or_was_shut_down() {
    let mut event = failing(404);
    let content = down(&event, &keys("2026-11-23T02:00:00Z"));
    has(&content.subject, "keys still answer");
    has(&words(&content), "The key set answers: read 02:00 UTC.");
    outage(&mut event).reminder = Some(1);
    let text = words(&down(&event, &keys("2026-11-23T02:00:00Z")));
    has(&text, "Do: ask the provider where the document is now");
    let content = down(&event, &keys("2026-11-20T02:00:00Z"));
    lacks(&content.subject, "keys still answer");
    has(
        &words(&content),
        "could not be read at its last poll either",
    );
    // What was read before the outage says nothing of it.
    let mut stale = keys("2026-11-20T02:00:00Z");
    for set in &mut stale.documents {
        set.polled_at = set.read_at;
    }
    let content = down(&event, &stale);
    lacks(&content.subject, "keys still answer");
    has(&words(&content), "before this outage");
}

#[test]
fn an_outage_says_when_it_is_told_next_and_that_a_reminder_is_the_last() {
    let mut event = failing(503);
    let text = words(&down(&event, &Background::default()));
    has(
        &text,
        "Next reminder, if it lasts: 2026-11-28; you get a mail when it is back.",
    );
    lacks(&text, "have run out");
    outage(&mut event).reminder = Some(2);
    outage(&mut event).remind_at = None;
    let text = words(&down(&event, &Background::default()));
    has(
        &text,
        "This was the last reminder; you get a mail when it is back.",
    );
    has(&text, "Do: decide about it");
}

#[test]
fn a_reminder_says_first_that_perhaps_issuerwatch_alone_is_refused() {
    let first = "DOWN for 2 days archera refuses issuerwatch the document: HTTP 403. Perhaps only issuerwatch meets this: \
                 its keys still answer, so sign-in may go on.";
    let mut event = failing(403);
    outage(&mut event).reminder = Some(2);
    let answering = keys("2026-11-23T02:00:00Z");
    has(&words(&down(&event, &answering)), first);
    lacks(
        &words(&down(&event, &keys("2026-11-20T02:00:00Z"))),
        "Perhaps",
    );
    let told_first = down(&failing(403), &answering);
    has(
        &told_first.subject,
        "DOWN archera: refuses issuerwatch (HTTP 403), keys still answer (breaking)",
    );
    has(
        &words(&told_first),
        "If clients are refused too, those that start anew fail.",
    );
}

#[test]
fn who_polls_once_a_day_is_not_advised_to_poll_less_often() {
    let text = words(&down(&failing(429), &Background::default()));
    lacks(&text, "less often");
    has(&text, "one poll in 24 h exceeds none of its own");
    has(
        &text,
        "Perhaps issuerwatch alone is refused; if clients are too, those that start anew fail.",
    );
}

#[test]
fn what_a_cdn_answers_beside_refusals_is_not_called_a_refusal() {
    let mut event = failing(429);
    outage(&mut event).failed.latest[0].failure.status = Some(520);
    let told = down(&event, &keys("2026-11-23T02:00:00Z"));
    lacks(&told.subject, "refuses issuerwatch");
    let text = words(&told);
    lacks(&text, "refuses issuerwatch");
    has(
        &text,
        "Its keys still answer, so sign-in may go on; clients that start anew may fail.",
    );
    has(&text, "and try one login. If both work,");
    has(&text, "restart no client");
}

#[test]
fn the_end_of_an_outage_counts_those_before() {
    let event = back(failing(503));
    let background = Background {
        first_document_at: Some(time("2026-01-01T02:00:00Z")),
        ended_outages: Counted::new(
            vec![time("2026-11-02T02:00:00Z"), time("2026-10-02T02:00:00Z")],
            0,
        ),
        ..Background::default()
    };
    let content = compose(&MailInput {
        background: Some(&background),
        ..whole::input(MailKind::Recovered, &[event])
    });
    let text = words(&content);
    has(
        &text,
        "This was outage 3 since 2026-01-01, the second in November 2026.",
    );
    // What to do is for what is wrong.
    lacks(&text, "Do:");
}

#[test]
fn what_was_never_seen_is_named_before_what_is_back_everywhere() {
    let event = event(
        r#"{"scopes_supported":["z"]}"#,
        r#"{"scopes_supported":["z","a","b","m","n","o"]}"#,
    );
    let background = known(vec![returned("a", None), returned("b", None)], true);
    let content = told(&event, &background);
    has(&content.subject, "scopes m, n and o added, 2 back");
    let text = words(&content);
    has(
        &text,
        "now offers 5 more scopes: m, n, o, a and b. m, n and o were never seen here before; a and b are back",
    );
    has(&text, "+ m n o a b");
    has(&text, "New: m, n and o; the 2 others are back.");
    has(
        &text,
        "Do: if you took one of the 2 that are back out of a client since 2026-10-17, you may ask for it \
         again; else nothing.",
    );
}
