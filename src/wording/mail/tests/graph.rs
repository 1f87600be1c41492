//! Resources, the servers they lead to, and documents of other kinds.

use super::news::found;
use super::*;
use crate::document::name::DocumentName;
use crate::document::severity::Severity;
use crate::meaning::provider_policy::Policy;
use crate::policy::announced::rate_corrected;

const SERVER: &str = "https://auth.example.com";

/// A change of the document of a server to which a resource leads.
fn of_server(old: &str, new: &str) -> Event {
    let mut event = event(old, new);
    event.document = DocumentName::of(Kind::OAUTH_AUTHORIZATION_SERVER, SERVER);
    event
}

fn list(servers: &[&str]) -> String {
    serde_json::json!({"resource": "https://r.example", "authorization_servers": servers})
        .to_string()
}

fn of_resource(old: &[&str], new: &[&str]) -> Event {
    event_of(Kind::OAUTH_PROTECTED_RESOURCE, &list(old), &list(new))
}

/// What was found of how the resource writes the issuer of its server, beside a change of its own.
fn announced(published: &str, state: FindingState) -> Event {
    let rule = Rule::IssuerAnnouncedDifferently;
    let mut event = found(rule, "issuer", Severity::Breaking, state);
    event.document = Kind::OAUTH_PROTECTED_RESOURCE.into();
    if let EventBody::Finding(found) = &mut event.body.body {
        found.findings[0].finding.found = Some(published.into());
    }
    event
}

#[test]
fn news_of_a_server_of_a_resource_names_the_server() {
    let moved = of_server(
        r#"{"token_endpoint":"https://auth.example.com/t"}"#,
        r#"{"token_endpoint":"https://auth.example.net/t"}"#,
    );
    let content = mail(&[moved]);
    has(
        &content.subject,
        "archera (auth.example.com): token_endpoint moved to auth.example.net",
    );
    let words = words(&content);
    has(
        &words,
        "SECURITY The authorization server https://auth.example.com of archera moved its token_endpoint",
    );
}

#[test]
fn a_server_that_changes_while_the_resource_drops_it_does_not_make_the_headline() {
    let moved = of_server(
        r#"{"token_endpoint":"https://auth.example.com/t"}"#,
        r#"{"token_endpoint":"https://auth.example.com/v2/t"}"#,
    );
    let dropped = of_resource(
        &[SERVER, "https://b.example.com"],
        &["https://b.example.com"],
    );
    for events in [[moved.clone(), dropped.clone()], [dropped, moved]] {
        let content = mail(&events);
        has(
            &content.subject,
            "authorization server https://auth.example.com removed (breaking)",
        );
        let words = words(&content);
        has(&words, "Do: register your clients at a server that is left");
        lacks(
            &words,
            "read the document again, or change the token_endpoint",
        );
        has(&words, "The resource no longer names this server.");
        has(&words, "2. breaking token_endpoint moved to another path");
    }
}

#[test]
fn what_may_be_an_attack_makes_the_headline_also_where_the_server_is_gone() {
    let moved = of_server(
        r#"{"token_endpoint":"https://auth.example.com/t"}"#,
        r#"{"token_endpoint":"https://evil.example.net/t"}"#,
    );
    let dropped = of_resource(
        &[SERVER, "https://b.example.com"],
        &["https://b.example.com"],
    );
    let content = mail(&[dropped, moved]);
    has(
        &content.subject,
        "archera: token_endpoint moved to evil.example.net (security)",
    );
    has(
        &words(&content),
        "authorization server https://auth.example.com removed",
    );
}

#[test]
fn a_slash_is_told_with_what_the_server_writes_where_that_is_known() {
    let slashed = format!("{SERVER}/");
    let wrong = of_resource(&[SERVER], &[&slashed]);
    let found = announced(SERVER, FindingState::New);
    let text = words(&mail(&[wrong, found]));
    has(
        &text,
        "Do: tell the owner of the resource that the server writes its issuer as https://auth.example.com: ",
    );
    let mut corrected = of_resource(&[&slashed], &[SERVER]);
    let cured = announced(SERVER, FindingState::Cured);
    if let EventBody::Changed(changed) = &mut corrected.body.body {
        let policy = Policy::default();
        rate_corrected(&mut changed.changes, cured.body.findings(), &policy);
    }
    let text = words(&mail(&[corrected, cured]));
    has(
        &text,
        "it lost its trailing slash. That is how the server writes itself: clients that refused it work again.",
    );
    has(
        &text,
        "Do: nothing, unless a client of yours was registered under the other name",
    );
    has(&text, "because one slash differed work again.");
    lacks(&text, "and refuse the server");
    // Where nothing is known of the server, it is to be looked at.
    let text = words(&mail(&[of_resource(&[SERVER], &[&slashed])]));
    has(&text, "Do: look how the server itself writes its issuer.");
}

#[test]
fn credentials_that_demand_more_are_named_with_what_they_demand_and_nothing_else() {
    let document = |proofs: &str| {
        let one = format!(r#"{{"format":"dc+sd-jwt","proof_types_supported":{proofs}}}"#);
        format!(
            r#"{{"credential_issuer":"https://a.example","credential_configurations_supported":{{"diploma":{one},"card":{one}}}}}"#
        )
    };
    let kind = Kind::parse("openid-credential-issuer").unwrap();
    let content = mail(&[event_of(
        kind,
        &document(r#"{"jwt":{"proof_signing_alg_values_supported":["ES256"]}}"#),
        &document(r#"{"attestation":{"proof_signing_alg_values_supported":["ES256"]}}"#),
    )]);
    has(
        &content.subject,
        "archera: no jwt proofs any more for card and diploma, only attestation (breaking)",
    );
    let text = words(&content);
    has(
        &text,
        "archera takes no jwt proofs any more for card and diploma, only attestation proofs.",
    );
    has(
        &text,
        "Do: see whether your wallets can make attestation proofs: ",
    );
    lacks(&text, "dc+sd-jwt");
    has(&text, r#"- diploma: {"proof_types_supported":{"jwt":"#);
    let content = mail(&[event_of(
        kind,
        &document(r#"{"jwt":{"proof_signing_alg_values_supported":["ES256","EdDSA"]}}"#),
        &document(
            r#"{"jwt":{"proof_signing_alg_values_supported":["ES256"],"key_attestations_required":{"key_storage":["iso_18045_high"]}}}"#,
        ),
    )]);
    has(
        &content.subject,
        "archera: jwt proofs for card and diploma need attested keys now (breaking)",
    );
    let text = words(&content);
    has(
        &text,
        "archera takes jwt proofs for card and diploma only with keys attested as iso_18045_high now, and takes EdDSA no more.",
    );
}

#[test]
fn client_metadata_watched_as_json_is_told_by_value_and_never_as_nothing() {
    let content = mail(&[event_of(
        Kind::JSON,
        r#"{"token_endpoint_auth_method":"private_key_jwt","redirect_uris":["https://a.example/cb"]}"#,
        r#"{"token_endpoint_auth_method":"none","redirect_uris":["https://a.example/cb","https://b.example/cb"]}"#,
    )]);
    has(
        &content.subject,
        "archera: client authentication gone, redirect to b.example added too (security)",
    );
    let text = words(&content);
    has(
        &text,
        "Do: (1) ask the owner of the client whether it was meant; until then go on demanding the proof that it \
         gave before. (2) ask the owner of the document whether the new host is theirs",
    );
    has(&text, "RFC 7591 section 2");
    lacks(&text, "nobody registered");
    lacks(&text, "Not changed");
}

#[test]
fn scopes_that_a_resource_lists_may_be_asked_for_by_clients_that_nobody_changed() {
    let scopes =
        |all: &str| format!(r#"{{"resource":"https://r.example","scopes_supported":[{all}]}}"#);
    let kind = Kind::OAUTH_PROTECTED_RESOURCE;
    let text = words(&mail(&[event_of(
        kind,
        &scopes(r#""read""#),
        &scopes(r#""read","write""#),
    )]));
    has(
        &text,
        "Do: see whether a client of yours takes its scopes from this list",
    );
}

#[test]
fn a_name_that_clients_must_refuse_is_never_told_as_taking_nothing_away() {
    let slashed = format!("{SERVER}/");
    let wrong = of_resource(&[SERVER], &[&slashed]);
    let found = announced(SERVER, FindingState::New);
    // How the server writes itself stands with the change of the list: that is one thing to count.
    let told = tally::tally(MailKind::Changed, &[wrong, found], true, &[]);
    assert_eq!(told, None);
}

#[test]
fn what_is_gone_from_a_list_of_another_kind_is_named_where_it_is_looked_for() {
    let kind = Kind::parse("smart-configuration").unwrap();
    let text = words(&mail(&[event_of(
        kind,
        r#"{"issuer":"https://a.example","capabilities":["launch-ehr","client-public"]}"#,
        r#"{"issuer":"https://a.example","capabilities":["client-public"]}"#,
    )]));
    has(
        &text,
        "Do: find out which of your clients rely on launch-ehr, before they fail.",
    );
}

#[test]
fn two_things_that_concern_nobody_unless_he_uses_them_are_one_piece_of_advice() {
    let text = words(&mail(&[event_of(
        Kind::JSON,
        r#"{"login":{"sso":true,"passkey":true},"regions":["eu","us"]}"#,
        r#"{"login":{"sso":false,"passkey":true},"regions":["eu"]}"#,
    )]));
    has(
        &text,
        "set login.sso to false, instead of true. Also: us removed from regions.",
    );
    has(
        &text,
        "Do: find out which of your programs read login and regions, and try them with the new values",
    );
    lacks(&text, "As for regions");
    lacks(&text, "nobody registered");
}

#[test]
fn a_mail_says_that_a_resource_names_more_servers_than_are_watched() {
    let all: Vec<String> = (0..9)
        .map(|it| format!("https://a{it}.example.com"))
        .collect();
    let named: Vec<&str> = all.iter().map(String::as_str).collect();
    let text = words(&mail(&[of_resource(&named[..7], &named)]));
    has(
        &text,
        "It names 9 authorization servers now, of which at most 8 are watched",
    );
    let text = words(&mail(&[of_resource(&named[..7], &named[..8])]));
    lacks(&text, "are watched");
}

#[test]
fn what_a_server_changed_that_is_no_longer_named_is_for_those_who_still_use_it() {
    let moved = of_server(
        &format!(r#"{{"token_endpoint":"{SERVER}/t"}}"#),
        &format!(r#"{{"token_endpoint":"{SERVER}/v2/t"}}"#),
    );
    let dropped = of_resource(
        &[SERVER, "https://b.example.com"],
        &["https://b.example.com"],
    );
    has(
        &words(&mail(&[dropped, moved])),
        "For clients that still use it: token_endpoint moved to another path.",
    );
}

#[test]
fn one_slash_is_one_item_and_nobody_new_gets_anything() {
    let slashed = format!("{SERVER}/");
    let listed = of_resource(&[SERVER], &[&slashed]);
    let text = words(&mail(&[listed, announced(SERVER, FindingState::New)]));
    has(
        &text,
        "The server itself writes its issuer as https://auth.example.com.",
    );
    lacks(&text, "2. breaking");
    let document = |issuer: &str| format!(r#"{{"issuer":"{issuer}"}}"#);
    let text = words(&mail(&[event(
        &document("https://api.archera.ai"),
        &document("https://api.archera.ai/"),
    )]));
    lacks(&text, "let no client follow");
}
