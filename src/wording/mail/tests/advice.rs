//! What to do, derived from which side a change goes, what was a danger, and what is left.

use super::*;

/// A return to the state before the last change, which began on the 22nd.
fn returned(mut event: Event) -> Event {
    let change = changed(&mut event);
    change.answers = Some(11);
    change.returned_to = Some(time("2026-11-22T02:15:04Z"));
    change.provenance.old_since = change.returned_to;
    event
}

fn moved(member: &str, from: &str, to: &str) -> Event {
    let document =
        |url: &str| format!(r#"{{"issuer":"https://a.example.com","{member}":"{url}"}}"#);
    event(&document(from), &document(to))
}

fn told() -> Topic {
    topic(
        "[issuerwatch] archera: token_endpoint moved to another host (security)",
        Some(Severity::Security),
    )
}

const EVIL: &str = "https://evil.example/x";
const GOOD: &str = "https://a.example.com/x";

#[test]
fn once_a_strange_host_is_gone_it_stays_blocked_and_what_was_sent_there_is_rotated() {
    let mut again = returned(moved("token_endpoint", EVIL, GOOD));
    changed(&mut again).provenance.old_since = Some(time("2026-11-23T00:00:00Z"));
    for event in [returned(moved("token_endpoint", EVIL, GOOD)), again] {
        let text = words(&mail_of(MailKind::Changed, &[event], Some(told())));
        has(
            &text,
            "Do: the former state is back: let clients that took the other one read the document again. Keep \
             evil.example blocked until the provider has explained it. Rotate what may have been sent there \
             between 2026-11-22 02:15 UTC, or the poll before it, and 2026-11-23 02:15 UTC: client secrets, \
             refresh tokens.",
        );
        lacks(&text, "allow both");
        lacks(&text, "moved its token_endpoint to another host");
        lacks(&text, "before you let clients follow");
    }
}

#[test]
fn a_strange_host_that_comes_back_is_no_end_of_a_danger() {
    let mut topic = told();
    topic.is_return = true;
    let event = returned(moved("token_endpoint", GOOD, EVIL));
    let text = words(&mail_of(MailKind::Changed, &[event], Some(topic)));
    lacks(&text, "the former state is back");
    lacks(&text, "Keep a.example.com blocked");
    has(
        &text,
        "Do: ask the provider whether evil.example is theirs.",
    );
}

#[test]
fn the_reason_beside_the_way_back_does_not_accuse_the_host_that_is_back() {
    let event = returned(moved("jwks_uri", EVIL, GOOD));
    let text = words(&mail_of(MailKind::Changed, &[event], Some(told())));
    lacks(&text, "Whoever runs the new host");
    has(&text, "what was sent to one of them may be in other hands");
    has(
        &text,
        "Do not trust tokens that were verified with keys from there.",
    );
}

#[test]
fn a_refusal_of_alg_none_is_not_undone_when_it_goes_again() {
    let member =
        |values: &str| format!(r#"{{"id_token_signing_alg_values_supported":[{values}]}}"#);
    let event = returned(event_of(
        Kind::OPENID_CONFIGURATION,
        &member(r#""RS256","none""#),
        &member(r#""RS256""#),
    ));
    let text = words(&mail_of(MailKind::Changed, &[event], Some(told())));
    has(&text, "Let your clients go on to refuse alg none");
    lacks(&text, "undo");
}

#[test]
fn a_strange_server_of_a_resource_stays_blocked_when_it_goes_again() {
    let document = |server: &str| {
        format!(r#"{{"resource":"https://a.example.com","authorization_servers":["{server}"]}}"#)
    };
    let event = returned(event_of(
        Kind::OAUTH_PROTECTED_RESOURCE,
        &document("https://evil.example"),
        &document("https://login.example.com"),
    ));
    let text = words(&mail_of(MailKind::Changed, &[event], Some(told())));
    has(
        &text,
        "Keep evil.example blocked until the owner of the resource",
    );
    lacks(&text, "before you let clients follow");
}

#[test]
fn a_host_of_the_same_domain_that_is_back_was_no_danger() {
    let other = "https://b.example.com/x";
    let event = returned(moved("token_endpoint", other, GOOD));
    let text = words(&mail_of(MailKind::Changed, &[event], Some(told())));
    has(&text, "allow both");
}

fn key(kid: &str, n: &str, more: &str) -> String {
    format!(r#"{{"kty":"RSA","kid":"{kid}","n":"{n}","e":"AQAB"{more}}}"#)
}

fn keys(old: &[String], new: &[String]) -> Event {
    let set = |keys: &[String]| format!(r#"{{"keys":[{}]}}"#, keys.join(","));
    event_of(Kind::JWKS, &set(old), &set(new))
}

fn two(one: &str) -> [String; 2] {
    [key("1", "sXch4a", one), key("2", "tXch4b", "")]
}

#[test]
fn keys_that_come_from_a_strange_host_are_not_loaded() {
    let [old, new] = two("");
    let events = [moved("jwks_uri", GOOD, EVIL), keys(&[old], &[new])];
    let text = words(&mail(&events));
    has(
        &text,
        "until the answer, set jwks_uri in them to the old address. (2) load none of the new keys",
    );
    lacks(&text, "restart");
}

fn cured(event: &Event, kept: bool) -> Event {
    let about = crate::meaning::change::KeyAbout {
        kid: Some("1".to_owned()),
        thumbprint: Some("abc".to_owned()),
        kty: Some("RSA".to_owned()),
        ..Default::default()
    };
    let finding = Finding {
        about_keys: vec![about.clone()],
        kept_keys: if kept { vec![about] } else { Vec::new() },
        ..crate::meaning::rule_finding::finding_of(Rule::KeySecretPublished, "keys")
    };
    let state = FindingState::Cured;
    with_findings(event.clone(), vec![FindingChange { finding, state }])
}

#[test]
fn a_published_private_key_that_is_withdrawn_is_wanted_back_by_nobody() {
    let [old, new] = two("");
    let event = keys(&[old], &[new]);
    let text = words(&mail(&[event.clone(), cured(&event, false)]));
    has(
        &text,
        "Do: the published private key is withdrawn: do not trust tokens that were signed with it until \
         2026-11-23 02:15 UTC.",
    );
    lacks(&text, "ask for an overlap");
}

#[test]
fn a_key_whose_private_part_went_and_that_stays_is_not_cured() {
    let [old, new] = two("");
    let event = cured(&keys(&[old], &[new]), true);
    let content = mail_of(MailKind::Finding, &[event], None);
    has(
        &content.subject,
        "private part no longer published, the same key is still used (security)",
    );
    let text = words(&content);
    has(&text, "Do: ask the provider for a replacement");
    lacks(&text, "CURED");
}

#[test]
fn a_set_without_a_signing_key_is_not_told_as_replaced() {
    let [old, encrypting] = [
        key("1", "sXch4a", ""),
        key("2", "tXch4b", r#","use":"enc""#),
    ];
    let marked = key("1", "sXch4a", r#","use":"enc""#);
    for (before, after) in [
        (vec![old.clone()], vec![]),
        (vec![old.clone()], vec![marked]),
        (vec![old.clone(), encrypting.clone()], vec![encrypting]),
    ] {
        let content = mail(&[keys(&before, &after)]);
        has(&content.subject, "no signing key left");
        let text = words(&content);
        has(&text, "no token can be verified");
        lacks(&text, "replaced");
        lacks(&text, "overlap");
    }
}

#[test]
fn nobody_is_sent_to_what_is_left_where_nothing_is() {
    let server = event_of(
        Kind::OAUTH_PROTECTED_RESOURCE,
        r#"{"resource":"https://a.example.com","authorization_servers":["https://a.example.com"]}"#,
        r#"{"resource":"https://a.example.com"}"#,
    );
    let method = event(
        r#"{"issuer":"https://a.example.com","token_endpoint_auth_methods_supported":["private_key_jwt"]}"#,
        r#"{"issuer":"https://a.example.com","token_endpoint_auth_methods_supported":[]}"#,
    );
    for event in [server, method] {
        lacks(&words(&mail(&[event])), "that is left");
    }
}

#[test]
fn an_issuer_that_is_gone_has_no_new_name() {
    let event = event(
        r#"{"issuer":"https://a.example.com","token_endpoint":"https://a.example.com/t"}"#,
        r#"{"token_endpoint":"https://a.example.com/t"}"#,
    );
    let content = mail(&[event]);
    has(&content.subject, "issuer removed");
    lacks(&words(&content), "new name");
}

#[test]
fn what_is_declared_to_be_used_needs_no_finding_out() {
    let grants = |values: &str| {
        format!(r#"{{"issuer":"https://a.example.com","grant_types_supported":[{values}]}}"#)
    };
    let mut event = event(
        &grants(r#""authorization_code","client_credentials""#),
        &grants(r#""authorization_code""#),
    );
    changed(&mut event).changes[0].used = true;
    let text = words(&mail(&[event]));
    has(
        &text,
        "Do: try now whether your clients that use client_credentials still work",
    );
    lacks(&text, "if none does, nothing");
}

#[test]
fn another_port_is_not_told_as_another_path() {
    let event = moved("token_endpoint", GOOD, "https://a.example.com:8443/x");
    let content = mail(&[event]);
    has(&content.subject, "token_endpoint moved to another port");
    lacks(&words(&content), "another path");
    let event = moved("token_endpoint", "http://a.example.com/x", GOOD);
    has(
        &mail(&[event]).subject,
        "token_endpoint moved to another scheme",
    );
}

#[test]
fn a_list_of_plain_alone_does_not_cure_the_lack_of_s256() {
    let change = event(
        r#"{"issuer":"https://a.example.com"}"#,
        r#"{"issuer":"https://a.example.com","code_challenge_methods_supported":["plain"]}"#,
    );
    let finding =
        |rule| crate::meaning::rule_finding::finding_of(rule, "code_challenge_methods_supported");
    let moved = vec![
        FindingChange {
            finding: finding(Rule::PkceS256Missing),
            state: FindingState::Cured,
        },
        FindingChange {
            finding: finding(Rule::PkcePlainOnly),
            state: FindingState::New,
        },
    ];
    let found = with_findings(change.clone(), moved);
    lacks(&words(&mail(&[change, found])), "now offers");
}
