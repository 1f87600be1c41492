//! Mails about what changed at one provider.

use super::*;
use crate::meaning::rule::Rule;

pub(super) fn found(rule: Rule, member: &str, severity: Severity, state: FindingState) -> Event {
    let moved = FindingChange {
        finding: Finding {
            rule: rule.into(),
            subject: member.into(),
            name_hash: None,
            severity,
            why: "Everybody can sign.".to_owned(),
            keys: Vec::new(),
            expected: None,
            found: None,
            about_keys: Vec::new(),
            client: None,
            kept_keys: Vec::new(),
            reasons: Vec::new(),
            reference: None,
        },
        state,
    };
    with_findings(event("{}", r#"{"scopes_supported":["a"]}"#), vec![moved])
}

#[test]
fn spaces_that_nobody_would_see_are_seen() {
    let content = mail(&[event(
        r#"{"scopes_supported":["link ","a"]}"#,
        r#"{"scopes_supported":["link","a"]}"#,
    )]);
    has(&content.text, "- \"link \" (a space at the end)\n");
    has(&content.text, "+ link\n");
    has(&content.html, "&#34;link &#34; (a space at the end)");
}

#[test]
fn a_default_that_stood_for_a_member_is_no_value_of_the_document() {
    let kind = Kind::OPENID_CONFIGURATION;
    let without = r#"{"request_uri_parameter_supported":false}"#;
    let content = mail(&[event_of(kind, "{}", without)]);
    has(&content.text, "- (absent: true by default)\n");
    has(&content.text, "+ false\n");
    has(&content.html, "(absent: true by default)");
    let with = r#"{"frontchannel_logout_supported":true}"#;
    let content = mail(&[event_of(kind, with, "{}")]);
    has(&content.text, "+ (absent: false by default)\n");
    let content = mail(&[event(
        "{}",
        r#"{"grant_types_supported":["password","authorization_code","implicit"]}"#,
    )]);
    has(
        &words(&content),
        "3 values in all; authorization_code and implicit, implied until now, are in it.",
    );
}

#[test]
fn a_list_that_comes_or_goes_is_added_or_removed_and_does_not_gain_or_lose() {
    let with = r#"{"dpop_signing_alg_values_supported":["ES256","PS256","RS256"]}"#;
    let content = mail(&[event("{}", with)]);
    let subject = "[issuerwatch] archera: DPoP algorithms added: ES256, PS256 and RS256 (notice)";
    assert_eq!(content.subject, subject);
    has(
        &content.text,
        "dpop_signing_alg_values_supported added, 3 values",
    );
    let content = mail(&[event(with, "{}")]);
    has(
        &content.text,
        "dpop_signing_alg_values_supported removed (3 values)",
    );
}

#[test]
fn a_flag_that_is_left_out_is_no_longer_published_and_one_that_says_false_is_false() {
    let with = r#"{"backchannel_logout_supported":true}"#;
    let subject = |new: &str| mail(&[event(with, new)]).subject;
    has(&subject("{}"), " no longer published (breaking)");
    let off = r#"{"backchannel_logout_supported":false}"#;
    has(&subject(off), " is now false (breaking)");
}

#[test]
fn one_value_is_named_even_if_it_is_long() {
    let value = "alerting:12295b1e-17e3-4e60-ba8d-4a5b36869b8:05-07-56-09-11-2025";
    let content = mail(&[event(
        r#"{"scopes_supported":["a"]}"#,
        &format!(r#"{{"scopes_supported":["a","{value}"]}}"#),
    )]);
    let text = words(&content);
    has(&text, &format!("now offers the scope {value}."));
    has(&content.subject, &format!("scope {value} added"));
}

#[test]
fn what_tells_most_leads_among_equals_and_stands_first() {
    let content = mail(&[event(
        r#"{"claims_supported":["a"],"scopes_supported":["a"]}"#,
        r#"{"claims_supported":["a","b"],"scopes_supported":["a","b"]}"#,
    )]);
    assert_eq!(
        content.subject,
        "[issuerwatch] archera: scope b added (info)"
    );
    has(&content.text, "1. info      scopes_supported");
    let content = mail(&[event(
        r#"{"token_endpoint_auth_methods_supported":["client_secret_basic"]}"#,
        r#"{"token_endpoint_auth_methods_supported":["client_secret_basic","none"],"dpop_signing_alg_values_supported":["ES256"]}"#,
    )]);
    has(
        &content.subject,
        r#"client authentication method "none" and DPoP algorithms (ES256) added (notice)"#,
    );
}

#[test]
fn a_finding_that_is_graver_than_the_changes_stands_before_them() {
    let change = event(
        r#"{"scopes_supported":["a","b"]}"#,
        r#"{"scopes_supported":["a"]}"#,
    );
    let new = found(
        Rule::KeySecretPublished,
        "keys",
        Severity::Security,
        FindingState::New,
    );
    let content = mail(&[change, new]);
    has(
        &content.text,
        "\n1. security  new finding: keys are private",
    );
    has(&content.text, "\n2. breaking  scopes_supported lost 1 of 2");
}

#[test]
fn what_is_cured_accuses_nobody_and_stands_last() {
    let change = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b"]}"#,
    );
    let cured = found(
        Rule::IssuerMismatch,
        "issuer",
        Severity::Security,
        FindingState::Cured,
    );
    let content = mail(&[change, cured]);
    let text = words(&content);
    has(
        &text,
        "2. cured issuer is the configured one again [issuer-mismatch",
    );
    lacks(&text, "Everybody can sign.");
    assert_eq!(
        Rule::KeyWeak.row().over("keys"),
        "keys are no longer too short"
    );
    assert_eq!(
        Rule::ImplicitOffered.row().over("issuer"),
        "issuer no longer offers tokens in the front channel"
    );
}

#[test]
fn what_breaks_or_endangers_says_what_to_do_even_if_its_rule_does_not() {
    let content = mail(&[event(
        r#"{"response_types_supported":["code","token"]}"#,
        r#"{"response_types_supported":["code"]}"#,
    )]);
    has(&content.text, "BREAKING  ");
    has(&content.text, "\nDo: ");
    let content = mail(&[event(
        r#"{"client_id_metadata_document_supported":true}"#,
        r#"{"client_id_metadata_document_supported":false}"#,
    )]);
    has(&content.text, "BREAKING  ");
    has(&content.text, "\nDo: ");
}

#[test]
fn a_long_gap_between_two_polls_is_said() {
    let mut event = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["b"]}"#,
    );
    changed(&mut event).provenance.last_good_at = Some(time("2026-11-20T02:15:04Z"));
    let text = words(&mail(&[event]));
    has(
        &text,
        "It happened between the polls of 2026-11-20 02:15 UTC and 2026-11-23 02:15 UTC.",
    );
    lacks(&text, "not yet at");
}

#[test]
fn a_subject_shortens_no_name() {
    let content = mail(&[event(
        r#"{"revocation_endpoint_auth_signing_alg_values_supported":["ES256"]}"#,
        r#"{"revocation_endpoint_auth_signing_alg_values_supported":["ES256","PS256"]}"#,
    )]);
    assert_eq!(
        content.subject,
        "[issuerwatch] archera: PS256 added to revocation_endpoint_auth_signing_alg_values_supported (info)"
    );
}

#[test]
fn json_wider_than_a_page_is_broken_after_its_commas() {
    let names: Vec<String> = (0..40).map(|it| format!("\"name-{it}\"")).collect();
    let new = format!(r#"{{"x":{{"list":[{}]}}}}"#, names.join(","));
    let content = mail(&[event(r#"{"x":{"list":[]}}"#, &new)]);
    let is_short = |line: &str| line.contains("://") || line.chars().count() <= 80;
    assert!(content.text.lines().all(is_short), "{}", content.text);
}

#[test]
fn a_list_that_is_newly_published_does_not_gain_the_value_that_matters_most() {
    let content = mail(&[event(
        "{}",
        r#"{"code_challenge_methods_supported":["S256","plain"]}"#,
    )]);
    let title = "code_challenge_methods_supported added, 2 values\n     + S256 plain\n";
    has(&content.text, title);
    lacks(&content.text, "gained");
    let none = r#"{"request_object_signing_alg_values_supported":["none"]}"#;
    let content = mail(&[event("{}", none)]);
    has(
        &content.text,
        "request_object_signing_alg_values_supported added, 1 value\n     + none\n",
    );
}

#[test]
fn a_mail_leads_with_what_leads_its_event() {
    let endpoint = r#""token_endpoint":"https://a.example/t""#;
    let many =
        format!(r#"{{"grant_types_supported":["a","b"],"scopes_supported":["a","b"],{endpoint}}}"#);
    let less = r#"{"grant_types_supported":["a"],"scopes_supported":["a"],"token_endpoint":"https://a.example/t2"}"#;
    let issuer =
        format!(r#"{{"issuer":"https://a.example","scopes_supported":["a","b"],{endpoint}}}"#);
    let other = r#"{"issuer":"https://b.example","scopes_supported":["a"],"token_endpoint":"https://b.example/t"}"#;
    let two = r#"{"revocation_endpoint":"https://a.example/a","userinfo_endpoint":"https://a.example/u"}"#;
    let one = r#"{"revocation_endpoint":"https://a.example/b"}"#;
    for (old, new, member) in [
        // Of one severity: what is called before what is listed.
        (many.as_str(), less, "token_endpoint"),
        (&issuer, other, "issuer"),
        // And what is gone before what moved.
        (two, one, "userinfo_endpoint"),
    ] {
        let event = event(old, new);
        assert_eq!(event.body.changes().first().unwrap().subject, member);
        let summary = &event.body.summary;
        assert!(summary.starts_with(member), "{summary}");
        let content = mail(std::slice::from_ref(&event));
        has(&content.subject, &format!("archera: {member} "));
        let is_first = |line: &&str| line.trim_start().starts_with("1. ");
        has(content.text.lines().find(is_first).unwrap(), member);
    }
}

#[test]
fn a_private_key_outranks_the_issuer_and_the_first_of_equally_grave_findings_is_told() {
    let change = event(
        r#"{"issuer":"https://a.example"}"#,
        r#"{"issuer":"https://b.example"}"#,
    );
    let secret = found(
        Rule::KeySecretPublished,
        "keys",
        Severity::Security,
        FindingState::New,
    );
    let weak = found(Rule::KeyWeak, "keys", Severity::Security, FindingState::New);
    let content = mail(&[change, secret, weak]);
    assert_eq!(
        content.subject,
        "[issuerwatch] archera: PRIVATE KEY published in its key set, issuer changed too (security)"
    );
    let text = words(&content);
    has(&text, "1 change and 2 findings, all security.");
    has(&text, "1. security new finding: keys are private");
}

#[test]
fn an_issuer_that_is_not_the_configured_one_lets_no_client_follow() {
    let event = event(
        r#"{"issuer":"https://a.example"}"#,
        r#"{"issuer":"https://b.example"}"#,
    );
    lacks(
        &words(&mail(std::slice::from_ref(&event))),
        "clients refuse it",
    );
    let mismatch = found(
        Rule::IssuerMismatch,
        "issuer",
        Severity::Security,
        FindingState::New,
    );
    let text = words(&mail(&[event, mismatch]));
    has(
        &text,
        "Do: let no client follow until the provider has explained it",
    );
    has(&text, "conforming clients refuse it (RFC 8414 section 3.3)");
}

#[test]
fn a_resource_that_is_not_the_configured_one_is_told_of_as_a_resource() {
    let [before, after] = ["a", "b"].map(|it| format!(r#"{{"resource":"https://{it}.example"}}"#));
    let event = event_of(Kind::OAUTH_PROTECTED_RESOURCE, &before, &after);
    let rule = Rule::ResourceMismatch;
    let mismatch = found(rule, "resource", Severity::Security, FindingState::New);
    let text = words(&mail(&[event, mismatch]));
    has(&text, "no longer names the resource that it was asked for");
    has(&text, "clients refuse it (RFC 9728 section 3.3)");
    lacks(&text, "RFC 8414");
}

#[test]
fn what_happens_every_month_is_told_as_a_habit() {
    let mut telling = event_of(Kind::JWKS, r#"{"keys":[]}"#, r#"{"keys":[]}"#);
    let mut scopes = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["b"]}"#,
    );
    let mut change = changed(&mut scopes).changes.remove(0);
    change.rule = Rule::JwksDisjoint.into();
    change.severity = Severity::Notice;
    change.group = Group::Keys;
    change.habit = Some(Habit {
        count: 3,
        every: 30 * 24 * 3600,
    });
    changed(&mut telling).changes = vec![change];
    let content = mail(&[telling]);
    assert_eq!(
        content.subject,
        "[issuerwatch] archera: all signing keys replaced, as every 30 days, 3rd time in a row (notice)"
    );
    let text = words(&content);
    has(
        &text,
        "as it does about every 30 days; this was the 3rd time in a row.",
    );
    has(
        &text,
        "Do: nothing, if your clients fetch the key set again",
    );
}

#[test]
fn a_second_fact_is_said_in_few_words() {
    let content = mail(&[event(
        r#"{"issuer":"https://a.example","claims_supported":["a","b"]}"#,
        r#"{"issuer":"https://b.example"}"#,
    )]);
    has(
        &content.subject,
        "issuer changed, claims_supported removed too (security)",
    );
}
