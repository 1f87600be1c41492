//! Mails about members that do not rest.

use super::*;
use crate::policy::damping::{self, Movement};
use crate::policy::event::{Damped, Settled, UnstableMember};

fn damped(mut event: Event, member: &str) -> Event {
    let change = changed(&mut event).clone();
    event.body.body = EventBody::Damped(Damped {
        provenance: change.provenance,
        changes: change.changes,
        members: vec![unstable(member, 6)],
        ..Damped::default()
    });
    event
}

fn unstable(member: &str, changes: u64) -> UnstableMember {
    UnstableMember {
        member: member.into(),
        since: time("2026-11-20T02:15:00Z"),
        changes,
        new_values: 0,
        last_change_at: time("2026-11-23T02:15:04Z"),
        movement: Movement::default(),
    }
}

/// What a summary tells: two scopes came, one of them never seen before.
fn held_back() -> Event {
    let mut event = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b","c"]}"#,
    );
    for change in &mut changed(&mut event).changes {
        change.damped = true;
        change.unseen = vec!["c".into()];
    }
    event
}

#[test]
fn a_summary_names_what_was_never_seen_and_when_it_was_seen_first() {
    let content = mail_of(MailKind::Summary, &[held_back()], None);
    assert_eq!(
        content.subject,
        "[issuerwatch] archera: new scope c since 2026-11-23 (info)"
    );
    let text = words(&content);
    has(
        &text,
        "SUMMARY archera has shown what it never had before (info): the scope c. \
         First seen 2026-11-23 02:15 UTC, collected until now, because it changes too often.",
    );
    has(&text, "Never seen here before: c.");
}

#[test]
fn a_summary_says_what_is_gone_again() {
    let mut gone = event(
        r#"{"scopes_supported":["a","b","c"]}"#,
        r#"{"scopes_supported":["a"]}"#,
    );
    changed(&mut gone)
        .changes
        .iter_mut()
        .for_each(|it| it.damped = true);
    let content = mail_of(MailKind::Summary, &[held_back(), gone], None);
    let text = words(&content);
    has(&text, "the scope c. It is gone again.");
    has(&text, "Do: ");
}

#[test]
fn addresses_of_a_summary_are_told_by_their_host() {
    let mut event = event(
        r#"{"token_endpoint":"https://a.example.com/t","jwks_uri":"https://a.example.com/k"}"#,
        r#"{"token_endpoint":"https://b.example.com/t","jwks_uri":"https://b.example.com/k"}"#,
    );
    for change in &mut changed(&mut event).changes {
        change.damped = true;
        change.unseen = change.after.clone().into_iter().collect();
    }
    let content = mail_of(MailKind::Summary, &[event], None);
    has(
        &content.subject,
        "2 endpoints at new addresses since 2026-11-23",
    );
    has(
        &words(&content),
        "archera moved 2 endpoints to b.example.com, where none was before (breaking).",
    );
}

#[test]
fn advice_about_a_restless_member_fits_what_it_is_for() {
    let scopes = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b"]}"#,
    );
    let content = mail_of(
        MailKind::Damped,
        &[damped(scopes, "scopes_supported")],
        None,
    );
    let text = words(&content);
    has(
        &text,
        "scopes_supported of archera changed for the sixth time",
    );
    has(
        &text,
        "Do: let no client rely on a value that comes and goes",
    );
    lacks(&text, "at run time");
    let moved = event(
        r#"{"token_endpoint":"https://a.example.com/t"}"#,
        r#"{"token_endpoint":"https://b.example.com/t"}"#,
    );
    let content = mail_of(MailKind::Damped, &[damped(moved, "token_endpoint")], None);
    let text = words(&content);
    has(&text, "read the document at run time");
    has(&text, "What it shows now was seen here before.");
    has(&text, "issuerwatch history archera --member token_endpoint");
    has(&text, "an address on a registrable domain never seen here");
}

#[test]
fn nobody_is_advised_to_ignore_a_key_set() {
    let mut keys = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b"]}"#,
    );
    for change in &mut changed(&mut keys).changes {
        change.group = Group::Keys;
        change.subject = "keys".into();
    }
    let content = mail_of(MailKind::Damped, &[damped(keys, "keys")], None);
    lacks(&content.text, "ignore");
    lacks(&content.text, "a summary comes");
}

#[test]
fn one_change_that_was_held_back_is_not_spoken_of_as_many() {
    let mut event = event("{}", "{}");
    event.body.body = EventBody::Settled(Settled {
        provenance: changed(&mut event).provenance.clone(),
        members: vec![unstable("scopes_supported", 1)],
        ..Settled::default()
    });
    let content = mail_of(MailKind::Settled, &[event], None);
    let text = words(&content);
    has(&text, "1 change held back, it brought no new value.");
    lacks(&text, "https://");
}

#[test]
fn a_change_that_is_held_back_knows_which_of_its_values_were_never_seen() {
    let policy = Policy::default();
    let mut state = crate::policy::tracking::State::default();
    let mut last = Vec::new();
    for day in ["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"] {
        let mut event = event(
            r#"{"scopes_supported":["a"]}"#,
            r#"{"scopes_supported":["a","b","c"]}"#,
        );
        let mut changes = changed(&mut event).changes.clone();
        let mut known = damping::asked(&changes);
        let seen = damping::value_hashes_in(Some(&serde_json::json!(["a", "b"])));
        known.insert("scopes_supported".into(), seen);
        let before = damping::Before {
            at: time(&format!("{day}T02:00:00Z")),
            snapshot: None,
            final_url: None,
        };
        damping::damp(&policy, &mut state, before, &mut changes, &known, |_| true);
        last = changes;
    }
    assert!(last[0].damped);
    assert_eq!(last[0].unseen, ["c"]);
}
