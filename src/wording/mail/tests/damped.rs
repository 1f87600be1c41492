//! Mails about members that do not rest.

use super::*;
use crate::policy::damping::{self, Movement};
use crate::policy::event::{Damped, Settled, UnstableMember};

pub(super) fn damped(mut event: Event, member: &str) -> Event {
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
        summary_at: Some(time("2026-12-07T08:00:00Z")),
        rests_at: Some(time("2026-12-12T02:15:04Z")),
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
        "SUMMARY archera showed the scope c for the first time (info). First seen 2026-11-23 02:15 UTC, and \
         held back since then, because scopes_supported had changed too often.",
    );
    has(&text, "Never seen here before: c.");
}

#[test]
fn a_summary_says_by_the_document_what_is_still_there_and_when_the_next_one_comes() {
    let mut event = held_back();
    event.body.summary_at = Some(time("2026-11-30T08:00:00Z"));
    let told = |present: Vec<(i64, Vec<serde_json::Value>)>| {
        let background = Background {
            present,
            damped_at: Some(time("2026-11-20T02:00:00Z")),
            ..Background::default()
        };
        compose(&MailInput {
            background: Some(&background),
            ..whole::input(MailKind::Summary, std::slice::from_ref(&event))
        })
    };
    let there = told(vec![(event.id, vec!["c".into()])]);
    has(
        &words(&there),
        "for the first time (info). It is still there.",
    );
    lacks(&there.subject, "gone");
    has(
        &words(&there),
        ", 7 days before this summary, and held back since then",
    );
    let gone = told(Vec::new());
    has(
        &gone.subject,
        "new scope c since 2026-11-23, gone again (info)",
    );
    let text = words(&gone);
    has(&text, "It is gone again.");
    has(
        &text,
        "The next summary comes on 2026-12-07 at the earliest",
    );
}

#[test]
fn a_damped_mail_says_first_what_happened_now_and_promises_nothing_that_is_not_declared() {
    let scopes = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b"]}"#,
    );
    let events = [damped(scopes, "scopes_supported")];
    let content = mail_of(MailKind::Damped, &events, None);
    let text = words(&content);
    has(
        &text,
        "INFO archera now offers the scope b. It is the sixth change",
    );
    has(
        &text,
        "Seen 2026-11-23 02:15 UTC, confirmed 10 s later, other at the poll of 02:00 UTC. What it shows",
    );
    has(
        &text,
        "Next mail about it: not before 2026-12-07, with what is new by then or once it rests.",
    );
    // When one hears of it next is said once.
    assert_eq!(text.matches("Next mail").count(), 1, "{text}");
    lacks(&text, "weeks from now");
    lacks(&text, "declared");
    let providers = [ProviderContext {
        name: "archera".to_owned(),
        watched: None,
        declares_use: true,
        used_endpoints: Vec::new(),
    }];
    let declared = compose(&MailInput {
        providers: &providers,
        ..whole::input(MailKind::Damped, &events)
    });
    has(&words(&declared), "a removal of what you declared to use");
}

#[test]
fn hosts_that_look_like_nodes_of_one_service_are_told_as_that() {
    let moved = event(
        r#"{"token_endpoint":"https://id-1.iam.example.com/t","jwks_uri":"https://id-1.iam.example.com/k"}"#,
        r#"{"token_endpoint":"https://id-2.iam.example.com/t","jwks_uri":"https://id-2.iam.example.com/k"}"#,
    );
    let mut event = damped(moved, "token_endpoint");
    event.body.severity = Some(Severity::Breaking);
    let content = mail_of(MailKind::Damped, &[event], None);
    has(
        &content.subject,
        "archera: 2 endpoints moved to another host of the same domain, next mail 2026-12-07 or later",
    );
    let text = words(&content);
    has(
        &text,
        "BREAKING archera moved 2 endpoints to what looks like another node of the same service: \
         id-2.iam.example.com instead of id-1.iam.example.com.",
    );
    has(
        &text,
        "Do: where a firewall or an allow list names hosts, allow id-2.iam.example.com as well today, then try \
         one login. Later ask the provider which hosts below iam.example.com are its own",
    );
}

#[test]
fn a_damped_mail_names_the_hosts_that_alternate_and_says_which_is_new() {
    let moved = event(
        r#"{"token_endpoint":"https://id-1.iam.example.com/t"}"#,
        r#"{"token_endpoint":"https://id-3.iam.example.com/t"}"#,
    );
    let mut event = damped(moved, "token_endpoint");
    event.body.severity = Some(Severity::Breaking);
    let EventBody::Damped(body) = &mut event.body.body else {
        panic!("not damped")
    };
    for change in &mut body.changes {
        change.unseen = change.after.clone().into_iter().collect();
    }
    let at = |node: u8| format!("https://id-{node}.iam.example.com/t");
    body.members[0].movement = Movement {
        came: vec![at(2), at(1), at(3)],
        went: vec![at(1), at(2)],
    };
    let content = mail_of(MailKind::Damped, &[event], None);
    has(
        &content.subject,
        "archera: token_endpoint switches between 3 hosts, next mail 2026-12-07 or later (breaking)",
    );
    let text = words(&content);
    has(
        &text,
        "BREAKING archera moved token_endpoint to id-3.iam.example.com, never seen here before. It switches \
         between 3 hosts that look like nodes of one service, for the sixth time in 3 days: further switches",
    );
    has(&text, "allow all 3 named below as well today");
    has(
        &text,
        "Hosts since 2026-11-20: id-1.iam.example.com, id-2.iam.example.com and id-3.iam.example.com.",
    );
}

#[test]
fn nobody_is_told_to_allow_a_stranger_because_it_comes_and_goes() {
    let moved = event(
        r#"{"token_endpoint":"https://id.example.com/t"}"#,
        r#"{"token_endpoint":"https://evil.test/t"}"#,
    );
    let mut event = damped(moved, "token_endpoint");
    event.body.severity = Some(Severity::Security);
    let text = words(&mail_of(MailKind::Damped, &[event], None));
    has(&text, "ask the provider whether evil.test is theirs");
    lacks(&text, "allow all addresses");
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
        "archera: 2 endpoints moved to b.example.com, never seen before (breaking)",
    );
    has(
        &words(&content),
        "archera moved 2 endpoints from a.example.com to b.example.com, which was never seen here before \
         (breaking). Nothing has moved since.",
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
        "It is the sixth change of scopes_supported in 3 days",
    );
    has(
        &text,
        "Do: nothing today; let no client rely on a value before it has stayed",
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
    has(
        &text,
        "because it changed too often: 1 change, which brought no new value;",
    );
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

#[test]
fn of_several_documents_that_are_damped_at_once_each_is_told() {
    let scopes = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b"]}"#,
    );
    let grants = event(
        r#"{"grant_types_supported":["a"]}"#,
        r#"{"grant_types_supported":["a","b"]}"#,
    );
    let mut other = damped(grants, "grant_types_supported");
    other.id += 1;
    other.document = Kind::OPENID_CONFIGURATION.into();
    let content = mail_of(
        MailKind::Damped,
        &[damped(scopes, "scopes_supported"), other],
        None,
    );
    let text = words(&content);
    for told in [
        "now offers the grant b",
        "scopes_supported of archera changed",
    ] {
        has(text.split(" First seen ").next().unwrap_or_default(), told);
    }
    has(&content.subject, "too");
    has(&text, "Also damped: ");
    has(
        &text,
        "`ignore = [\"/scopes_supported\", \"/grant_types_supported\"]`",
    );
}

#[test]
fn what_is_damped_beside_other_news_says_how_to_read_the_silence() {
    let change = event(
        r#"{"token_endpoint":"https://a.example/t"}"#,
        r#"{"token_endpoint":"https://b.example/t"}"#,
    );
    let scopes = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b"]}"#,
    );
    let mut other = damped(scopes, "scopes_supported");
    other.id += 1;
    let text = words(&mail(&[change, other]));
    has(&text, "Damped: scopes_supported of archera changed");
    has(&text, "You still hear at once of: ");
    has(&text, "To get every mail: `damping = false` for archera");
    lacks(&text, "an address on a registrable domain never seen here");
}

#[test]
fn what_is_damped_and_moves_along_is_held_back_and_named() {
    let moved = |host: &str| {
        let each = ["token_endpoint", "jwks_uri", "introspection_endpoint"]
            .map(|member| format!(r#""{member}":"https://{host}/{member}""#));
        format!("{{{}}}", each.join(","))
    };
    let mut event = event(&moved("a.example"), &moved("b.example"));
    for change in &mut changed(&mut event).changes {
        change.damped = change.subject != "token_endpoint";
    }
    let text = words(&mail(&[event]));
    has(
        &text,
        "Moved along and held back, because damped: jwks_uri and introspection_endpoint.",
    );
    lacks(&text, "2. ");
    lacks(&text, "3 endpoints");
}
