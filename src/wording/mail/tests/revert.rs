//! Mails about a state that was there before.

use super::*;

fn told() -> Topic {
    topic(
        "[issuerwatch] archera: grant b added (notice)",
        Some(Severity::Notice),
    )
}

/// A return to the state before the last change, which began on the 22nd.
fn returned(old: &str, new: &str) -> Event {
    let mut event = event(old, new);
    let change = changed(&mut event);
    change.answers = Some(11);
    change.returned_to = Some(time("2026-11-22T02:15:04Z"));
    change.provenance.old_since = change.returned_to;
    event
}

fn lost_scope() -> Event {
    returned(
        r#"{"scopes_supported":["a","b"]}"#,
        r#"{"scopes_supported":["a"]}"#,
    )
}

#[test]
fn a_way_back_says_in_its_subject_what_is_there_now_and_how_grave_that_is() {
    let content = mail_of(
        MailKind::Changed,
        &[lost_scope()],
        Some(topic(
            "[issuerwatch] archera: scope b added (info)",
            Some(Severity::Info),
        )),
    );
    let subject = "[issuerwatch] REVERTED archera: scope b gone, after 24 h (breaking)";
    assert_eq!(content.subject, subject);
    let content = mail_of(
        MailKind::Changed,
        &[lost_scope()],
        Some(topic(
            "[issuerwatch] archera: issuer changed (security)",
            Some(Severity::Security),
        )),
    );
    let subject = "[issuerwatch] REVERTED archera: scope b gone, after 24 h (breaking)";
    assert_eq!(content.subject, subject);
}

#[test]
fn a_revert_says_what_is_back_how_grave_that_is_and_what_to_undo() {
    let event = returned(
        r#"{"issuer":"https://b.example.com","token_endpoint":"https://b.example.com/t","jwks_uri":"https://b.example.com/k"}"#,
        r#"{"issuer":"https://a.example.com","token_endpoint":"https://a.example.com/t","jwks_uri":"https://a.example.com/k"}"#,
    );
    let text = words(&mail_of(MailKind::Changed, &[event], Some(told())));
    has(
        &text,
        "REVERTED archera is back in the state it had until 2026-11-22 02:15 UTC, after 24 h: \
         issuer and 2 endpoints are on a.example.com again, not on b.example.com. It counts as security.",
    );
    has(
        &text,
        "Do: nothing, if you changed nothing because of the earlier mail; else look at `iss`",
    );
    has(&text, "not yet at the poll of");
}

#[test]
fn a_return_to_a_state_further_back_is_no_revert_and_nothing_is_to_be_undone() {
    let mut event = lost_scope();
    changed(&mut event).provenance.old_since = Some(time("2026-11-23T00:00:00Z"));
    let content = mail_of(MailKind::Changed, &[event], Some(told()));
    let subject = "[issuerwatch] archera: scope b gone (breaking)";
    assert_eq!(content.subject, subject);
    let text = words(&content);
    has(
        &text,
        "BREAKING archera no longer offers the scope b. Gone since",
    );
    has(
        &text,
        "The whole document is as it was until 2026-11-22 02:15 UTC.",
    );
    lacks(&text, "undo what you changed");
    has(
        &text,
        "Do: find out which of your clients ask for the scope b: `invalid_scope`",
    );
}

#[test]
fn when_a_value_came_and_until_when_the_document_was_so_are_told_without_contradiction() {
    let came = |at: &str| Background {
        touched: vec![LastChange {
            member: "scopes_supported".to_owned(),
            at: time(at),
            gone: None,
            told_in: None,
        }],
        ..Background::default()
    };
    let mut event = lost_scope();
    changed(&mut event).provenance.old_since = Some(time("2026-11-23T00:00:00Z"));
    let told = |at: &str| {
        words(&compose(&MailInput {
            background: Some(&came(at)),
            ..whole::input(MailKind::Changed, std::slice::from_ref(&event))
        }))
    };
    has(&told("2026-11-23T00:00:00Z"), "It came on 2026-11-23.");
    has(
        &told("2026-11-22T02:15:04Z"),
        "It came on 2026-11-22. Now the whole document is as it was until then.",
    );
}

#[test]
fn what_was_never_told_or_was_a_revert_itself_cannot_be_undone() {
    let told = [
        None,
        Some(Topic {
            is_return: true,
            ..told()
        }),
    ];
    for answers in told {
        let content = mail_of(MailKind::Changed, &[lost_scope()], answers);
        has(&content.subject, "archera: scope b gone");
        has(&words(&content), "It was there for 24 h, since 2026-11-22.");
        lacks(&content.text, "undo what you changed");
    }
}

#[test]
fn what_came_once_and_went_within_days_is_told_as_one_short_story() {
    let mut event = lost_scope();
    changed(&mut event).told_all_the_same = vec!["scopes_supported".into()];
    let content = mail(&[event]);
    let subject = "[issuerwatch] archera: scope b gone after 24 h (breaking)";
    assert_eq!(content.subject, subject);
    let text = words(&content);
    has(
        &text,
        "BREAKING archera no longer offers the scope b: it came on 2026-11-22 and went after 24 h. It counts \
         as breaking, because it was never taken away before, and its coming was not mailed.",
    );
    has(
        &text,
        "Do: nothing, unless you began to use it since 2026-11-22.",
    );
    has(&text, "because it is a first removal.");
    for word in ["again", "This time", "nothing like it"] {
        lacks(&text, word);
    }
}

#[test]
fn what_an_earlier_version_told_is_answered_under_a_subject_of_its_own() {
    let events = [lost_scope()];
    let answered = InReplyTo {
        event: 11,
        mail: None,
    };
    let content = compose(&MailInput {
        kind: MailKind::Changed,
        events: &events,
        digest: None,
        left_out: 0,
        providers: &[],
        key_sets: &[],
        machine: "mon1.example.com",
        answers: Some(&answered),
        addresses: &[],
        background: None,
        follows: &[],
        wave: None,
        has_weekly: false,
        is_widespread: false,
        late: None,
    });
    has(&content.subject, "archera: scope b gone");
    has(&content.text, "Follows the mail about event 11.");
}

#[test]
fn a_way_back_names_the_provider_that_went_back() {
    let mut event = lost_scope();
    "other".clone_into(&mut event.provider);
    let content = mail_of(MailKind::Changed, &[event], Some(told()));
    has(
        &content.subject,
        "[issuerwatch] REVERTED other: scope b gone, after 24 h",
    );
}

#[test]
fn what_a_subject_says_is_known_as_values() {
    let plain = mail(&[lost_scope()]).topic.unwrap();
    assert_eq!(plain.severity, Some(Severity::Breaking));
    assert!(plain.is_return);
    // The subject of a revert names the state now and how grave it is, not the words of the first mail.
    let security = topic("[issuerwatch] archera: x", Some(Severity::Security));
    let content = mail_of(MailKind::Changed, &[lost_scope()], Some(security));
    let subject = content.subject;
    let answer = content.topic.unwrap();
    assert_eq!(answer.subject, subject);
    assert_eq!(answer.severity, Some(Severity::Breaking));
    assert!(answer.is_return);
    let mut first = lost_scope();
    changed(&mut first).returned_to = None;
    assert!(!mail(&[first]).topic.unwrap().is_return);
}

#[test]
fn a_grave_way_back_never_asks_for_nothing_else_and_after_a_week_there_is_nothing_to_undo() {
    let content = mail_of(MailKind::Changed, &[lost_scope()], Some(told()));
    has(
        &words(&content),
        "Do: undo what you changed because of the earlier mail, and ",
    );
    lacks(&words(&content), "nothing else");
    let mut event = lost_scope();
    let change = changed(&mut event);
    change.returned_to = Some(time("2026-09-25T02:15:04Z"));
    change.provenance.old_since = change.returned_to;
    let content = mail_of(MailKind::Changed, &[event], Some(told()));
    let subject = "[issuerwatch] archera: scope b gone (breaking)";
    assert_eq!(content.subject, subject);
    lacks(&words(&content), "undo");
}
