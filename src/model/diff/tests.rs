//! Every rule with a pair of documents that makes it fire.

use super::*;
use crate::model::kind::Kind;

fn document(text: &str) -> Document {
    Document::parse(Kind::OauthAuthorizationServer, text.as_bytes(), None).unwrap()
}

fn check(old: &str, new: &str, expected: &[&str]) {
    let (old, new) = (document(old), document(new));
    let identity = Identity::Issuer("https://a.example".to_owned());
    let found: Vec<String> = changes(&old, &new, Some(&identity), &Policy::default())
        .iter()
        .map(|change| format!("{} {} {}", change.rule, change.member, change.severity))
        .collect();
    assert_eq!(found, expected);
    let mut patched = Value::Object(old.members().clone());
    let patch: json_patch::Patch = serde_json::from_str(patch(&old, &new).as_str()).unwrap();
    json_patch::patch(&mut patched, &patch).unwrap();
    assert_eq!(patched.to_string(), new.canonical());
}

#[test]
fn form_defaults_and_order_are_no_change() {
    check(
        r#"{"scopes_supported":["b","a"]}"#,
        r#"{"scopes_supported":["a","b","a"]}"#,
        &[],
    );
    check(
        "{}",
        r#"{"grant_types_supported":["implicit","authorization_code"]}"#,
        &[],
    );
    check(r#"{"jwks_uri":null}"#, "{}", &[]);
}

#[test]
fn sets_gain_and_lose_by_rules_of_their_own() {
    check(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["b"]}"#,
        &[
            "scope-removed scopes_supported breaking",
            "scope-added scopes_supported info",
        ],
    );
    check(
        r#"{"grant_types_supported":["authorization_code"]}"#,
        "{}",
        &["grant-weakened grant_types_supported notice"],
    );
    check(
        r#"{"code_challenge_methods_supported":["S256"]}"#,
        r#"{"code_challenge_methods_supported":["plain"]}"#,
        &[
            "pkce-s256-removed code_challenge_methods_supported security",
            "pkce-plain-added code_challenge_methods_supported notice",
        ],
    );
    check(
        r#"{"token_endpoint_auth_methods_supported":["private_key_jwt"]}"#,
        r#"{"token_endpoint_auth_methods_supported":["none"]}"#,
        &[
            "auth-method-removed token_endpoint_auth_methods_supported security",
            "auth-method-none-added token_endpoint_auth_methods_supported notice",
        ],
    );
    check(
        r#"{"token_endpoint_auth_signing_alg_values_supported":["RS256"]}"#,
        r#"{"token_endpoint_auth_signing_alg_values_supported":["none"]}"#,
        &[
            "alg-none-added token_endpoint_auth_signing_alg_values_supported security",
            "alg-removed token_endpoint_auth_signing_alg_values_supported breaking",
        ],
    );
    check(
        r#"{"grant_types_supported":["implicit","refresh_token"]}"#,
        r#"{"grant_types_supported":["implicit"]}"#,
        &["grant-removed grant_types_supported breaking"],
    );
}

#[test]
fn endpoints_move_appear_and_vanish() {
    let at = |url: &str| format!(r#"{{"token_endpoint":"{url}"}}"#);
    let moves = |from: &str, to: &str, expected: &str| {
        check(&at(from), &at(to), &[expected]);
    };
    moves(
        "https://a.ex.com/t",
        "https://b.ex.com/t",
        "endpoint-host-changed token_endpoint breaking",
    );
    moves(
        "https://a.com/t",
        "https://b.com/t",
        "endpoint-host-changed token_endpoint security",
    );
    moves(
        "https://a.com/t",
        "https://a.com/u",
        "endpoint-path-changed token_endpoint breaking",
    );
    moves(
        "https://a.com/t",
        "http://a.com/t",
        "endpoint-not-https token_endpoint security",
    );
    moves(
        "https://a.com/t",
        "https://A.com:443/t",
        "url-form-changed token_endpoint info",
    );
    check(
        &at("https://a.com/t"),
        "{}",
        &["endpoint-removed token_endpoint breaking"],
    );
    check(
        "{}",
        &at("https://a.com/t"),
        &["endpoint-added token_endpoint info"],
    );
    check(
        "{}",
        &at("javascript:x"),
        &["endpoint-not-https token_endpoint security"],
    );
}

#[test]
fn the_issuer_is_exact_and_comes_first() {
    check(
        r#"{"issuer":"https://a.example","authorization_endpoint":"https://a.example/a"}"#,
        r#"{"issuer":"https://a.example/","authorization_endpoint":"https://b.example/a"}"#,
        &[
            "issuer-changed issuer security",
            "issuer-mismatch issuer security",
            "endpoint-host-changed authorization_endpoint security",
        ],
    );
    check(
        r#"{"issuer":"https://b.example"}"#,
        r#"{"issuer":"https://a.example"}"#,
        &["issuer-changed issuer security"],
    );
}

#[test]
fn requirements_and_members_nobody_registered() {
    let required = |value: bool| format!(r#"{{"require_pushed_authorization_requests":{value}}}"#);
    let name = "require_pushed_authorization_requests";
    check(
        "{}",
        &required(true),
        &[&format!("requirement-raised {name} breaking")],
    );
    check(
        &required(true),
        "{}",
        &[&format!("requirement-dropped {name} notice")],
    );
    check("{}", &required(false), &[]);
    check("{}", r#"{"x":1}"#, &["member-added x info"]);
    check("{}", r#"{"x":{"y":1}}"#, &["member-added x notice"]);
    check(r#"{"x":1}"#, r#"{"x":2}"#, &["member-changed x notice"]);
    check(r#"{"x":1}"#, r#"{"x":"1"}"#, &["type-changed x breaking"]);
    check(
        r#"{"x":"https://a.example/x"}"#,
        "{}",
        &["member-removed x breaking"],
    );
}

#[test]
fn what_is_ignored_is_no_change() {
    let policy = Policy {
        ignore: vec!["/x".to_owned(), "/y/z".to_owned()],
        ..Policy::default()
    };
    let (old, new) = (
        document(r#"{"x":1,"y":{"z":1}}"#),
        document(r#"{"x":2,"y":{"z":2}}"#),
    );
    assert_eq!(changes(&old, &new, None, &policy), []);
}

#[test]
fn the_summary_factors_a_move_of_host_out() {
    let old = document(
        r#"{"issuer":"https://a.example","jwks_uri":"https://a.example/k","token_endpoint":"https://a.example/t"}"#,
    );
    let new = document(
        r#"{"issuer":"https://b.example","jwks_uri":"https://b.example/k","token_endpoint":"https://b.example/t"}"#,
    );
    let changes = changes(&old, &new, None, &Policy::default());
    assert_eq!(
        crate::model::summary::summary(&changes),
        "issuer changed; 2 members moved from a.example to b.example"
    );
}
