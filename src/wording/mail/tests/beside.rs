//! What stands beside a change, and values beside each other.

use super::news::found;
use super::*;
use crate::meaning::rating::Meaning;
use crate::meaning::subject::Subject;

#[test]
fn a_finding_that_a_change_cured_or_that_says_the_same_is_a_clause_of_it() {
    let change = event(
        "{}",
        r#"{"code_challenge_methods_supported":["S256","plain"]}"#,
    );
    let cured = found(
        Rule::PkceS256Missing,
        "code_challenge_methods_supported",
        Severity::Info,
        FindingState::Cured,
    );
    let text = words(&mail(&[change, cured]));
    has(&text, "Closed finding: code_challenge_methods_supported");
    lacks(&text, "2. ");
}

#[test]
fn values_with_spaces_are_told_apart() {
    let content = mail(&[event(
        r#"{"response_types_supported":["code"],"scopes_supported":["a"]}"#,
        r#"{"response_types_supported":["code","id_token","none"],"scopes_supported":["a","b c","d"]}"#,
    )]);
    has(&content.text, "+ id_token\n     + none\n");
    has(&content.text, "+ \"b c\"\n");
}

#[test]
fn what_is_left_of_a_list_that_lost_most_of_it_stands_in_the_first_line() {
    let content = mail(&[event(
        r#"{"scopes_supported":["a","b","c","openid"]}"#,
        r#"{"scopes_supported":["openid"]}"#,
    )]);
    has(&words(&content), "what is left: openid.");
}

#[test]
fn an_issuer_that_lost_its_slash_says_so_in_the_subject() {
    let content = mail(&[event(
        r#"{"issuer":"https://a.example/"}"#,
        r#"{"issuer":"https://a.example"}"#,
    )]);
    has(&content.subject, "archera: issuer lost its trailing slash");
}

/// An issuer that changed, with the finding that it is not the configured one.
fn renamed(old: &str, new: &str) -> Vec<Event> {
    let of = |issuer: &str| format!(r#"{{"issuer":"{issuer}"}}"#);
    vec![
        event(&of(old), &of(new)),
        found(
            Rule::IssuerMismatch,
            "issuer",
            Severity::Security,
            FindingState::New,
        ),
    ]
}

#[test]
fn a_lost_slash_has_advice_of_its_own_unless_another_document_lost_more() {
    let slash = renamed("https://a.example/", "https://a.example");
    has(
        &words(&mail(&slash)),
        "change no client yet: log in once and read `iss`",
    );
    let mut both = slash;
    let mut other = renamed("https://a.example/", "https://evil.example");
    for event in &mut other {
        event.document = Kind::OPENID_CONFIGURATION.into();
    }
    both.append(&mut other);
    let text = words(&mail(&both));
    has(
        &text,
        "let no client follow until the provider has explained it",
    );
    lacks(&text, "log in once");
}

#[test]
fn a_finding_about_what_is_withdrawn_is_closed_and_not_cured() {
    let gone = |new: &str| {
        let change = event(r#"{"code_challenge_methods_supported":["plain"]}"#, new);
        let cured = found(
            Rule::PkceS256Missing,
            "code_challenge_methods_supported",
            Severity::Info,
            FindingState::Cured,
        );
        words(&mail(&[change, cured]))
    };
    let text = gone("{}");
    has(
        &text,
        "Closed with it: the finding that code_challenge_methods_supported does not offer PKCE S256.",
    );
    lacks(&text, "Cured");
    lacks(&text, "now offers");
    has(
        &gone(r#"{"code_challenge_methods_supported":["S256"]}"#),
        "Closed finding: code_challenge_methods_supported now offers PKCE S256.",
    );
}

#[test]
fn a_list_and_what_stands_behind_it_are_told_apart_in_a_subject() {
    let content = mail(&[event(
        r#"{"scopes_supported":["a"],"grant_types_supported":["authorization_code"]}"#,
        r#"{"scopes_supported":["a","b","c"],"grant_types_supported":["authorization_code","x","y"]}"#,
    )]);
    has(&content.subject, ", and ");
}

#[test]
fn what_stands_beside_several_documents_of_one_server_is_told_once() {
    let ends = |kind: Kind, day: &str| {
        let mut event = event_of(kind, "{}", "{}");
        let mut change =
            Meaning::of(Rule::CertificateExpiring).change(Subject::Certificate, Group::Other);
        change.severity = Severity::Notice;
        change.after = Some(format!("{day}T00:00:00Z").into());
        changed(&mut event).changes = vec![change];
        event.body.severity = Some(Severity::Notice);
        event
    };
    let (oauth, openid) = (Kind::OAUTH_AUTHORIZATION_SERVER, Kind::OPENID_CONFIGURATION);
    let text = words(&mail(&[
        ends(oauth, "2026-12-02"),
        ends(openid, "2026-12-02"),
    ]));
    has(&text, "openid-configuration");
    has(&text, "1. notice certificate ends on 2026-12-02");
    lacks(&text, "2. notice");
    lacks(&text, "2 changes");
    let text = words(&mail(&[
        ends(oauth, "2026-12-02"),
        ends(openid, "2026-12-04"),
    ]));
    has(&text, "2. notice certificate ends on 2026-12-04");
    has(&text, "2 changes");
}

#[test]
fn after_a_time_without_polls_it_is_said_of_how_many_that_is_and_that_nothing_grave_is_left_out() {
    let of = |provider: &str, scope: &str| {
        let mut event = event(
            r#"{"scopes_supported":["a"]}"#,
            &format!(r#"{{"scopes_supported":["a","{scope}"]}}"#),
        );
        provider.clone_into(&mut event.provider);
        let change = changed(&mut event);
        change.provenance.last_good_at = Some(time("2026-11-12T02:15:04Z"));
        change.is_after_gap = true;
        event
    };
    let events = [of("one", "b"), of("two", "c")];
    let told = |graver_mails| {
        let background = Background {
            watched: 161,
            graver_mails,
            ..Background::default()
        };
        compose(&MailInput {
            background: Some(&background),
            ..whole::input(MailKind::Digest, &events)
        })
    };
    let alone = told(0);
    has(
        &alone.subject,
        "] 2 providers: NOT WATCHED from 2026-11-12 to 2026-11-23, 2 changes since, none breaking (info)",
    );
    let text = words(&alone);
    has(
        &text,
        "NOT WATCHED The 2 providers below (of 161 that are watched) were not polled from 2026-11-12",
    );
    has(
        &text,
        "None of it is breaking, and no mail of breaking news came beside it.",
    );
    has(&text, "Key sets that were replaced meanwhile are not told");
    has(&words(&told(2)), "what is came in 2 mails of its own.");
}
