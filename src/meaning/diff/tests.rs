//! Every rule with a pair of documents that makes it fire.

use super::*;
use crate::document::kind::Kind;
use crate::meaning::rule::Rule;

fn document(text: &str) -> Document {
    Document::from_canonical(Kind::OAUTH_AUTHORIZATION_SERVER, text).unwrap()
}

fn check(old: &str, new: &str, expected: &[&str]) {
    let (old, new) = (document(old), document(new));
    let identity = Identity::Issuer("https://a.example".into());
    let found: Vec<String> = changes(&old, &new, Some(&identity), &Policy::default())
        .iter()
        .map(|change| format!("{} {} {}", change.rule, change.subject, change.severity))
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
            "auth-method-removed token_endpoint_auth_methods_supported breaking",
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
        ignore: ["/x", "/y/z"].map(|it| it.try_into().unwrap()).to_vec(),
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
        crate::wording::summary::of_changes(&changes),
        "issuer changed; 2 members moved from a.example to b.example"
    );
}

fn only(kind: Kind, old: &str, new: &str) -> Change {
    let parse = |text: &str| Document::from_canonical(kind, text).unwrap();
    let mut found = changes(&parse(old), &parse(new), None, &Policy::default());
    assert_eq!(found.len(), 1, "{old} {new}: {found:?}");
    found.remove(0)
}

#[test]
fn another_port_is_no_other_host_and_a_link_that_may_be_http_is_notice() {
    let port = only(
        Kind::OAUTH_AUTHORIZATION_SERVER,
        r#"{"token_endpoint":"https://a.example/t"}"#,
        r#"{"token_endpoint":"https://a.example:8443/t"}"#,
    );
    assert_eq!(port.rule, Rule::EndpointPathChanged);
    assert!(port.why.contains("port"), "{}", port.why);
    for name in ["kerberos_endpoint", "rbac_url"] {
        let at = |url: &str| format!(r#"{{"{name}":"{url}"}}"#);
        check(
            &at("https://a.example/k"),
            &at("http://a.example/k"),
            &[&format!("member-changed {name} notice")],
        );
    }
}

fn signed(header: &str) -> String {
    use base64::Engine as _;
    let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let token = format!(
        "{}.{}.c2ln",
        part(header),
        part(r#"{"iss":"https://a.example"}"#)
    );
    format!(r#"{{"signed_metadata":"{token}"}}"#)
}

#[test]
fn a_signed_copy_that_is_signed_no_more_is_grave() {
    let good = signed(r#"{"alg":"ES256"}"#);
    let name = "signed-metadata-changed signed_metadata";
    for (new, severity) in [
        (signed(r#"{"alg":"none"}"#), "security"),
        (signed(r#"{"alg":"NONE"}"#), "security"),
        (signed(r#"{"alg":"none"}"#).replace("c2ln", ""), "security"),
        (signed("{}"), "security"),
        (r#"{"signed_metadata":"x.y.z"}"#.to_owned(), "breaking"),
        (r#"{"signed_metadata":""}"#.to_owned(), "breaking"),
        (signed(r#"{"alg":"ES256","kid":"b"}"#), "info"),
    ] {
        check(&good, &new, &[&format!("{name} {severity}")]);
    }
    check(
        r#"{"signed_metadata":"x.y.z"}"#,
        &good,
        &[&format!("{name} notice")],
    );
}

#[test]
fn the_identity_of_a_resource_is_in_no_token() {
    let at = |url: &str| format!(r#"{{"resource":"{url}"}}"#);
    let change = only(
        Kind::OAUTH_PROTECTED_RESOURCE,
        &at("https://a.example/r"),
        &at("https://b.example/r"),
    );
    assert_eq!(change.rule, Rule::IssuerChanged);
    assert_eq!(change.reference.as_deref(), Some("RFC 9728 section 3.3"));
    for text in std::iter::once(&change.why).chain(&change.advice) {
        assert!(!text.contains("iss") && !text.contains("token"), "{text}");
    }
}

#[test]
fn a_structured_member_that_is_registered_is_notice_too() {
    let name = "vp_formats_supported";
    for value in [r#"{"a":1}"#, r#"[{"a":1}]"#, r#"["a"]"#] {
        let new = format!(r#"{{"{name}":{value}}}"#);
        check("{}", &new, &[&format!("member-added {name} notice")]);
    }
}

#[test]
fn a_renamed_member_is_found_by_its_value() {
    let why = |old: &str, new: &str| {
        let found = changes(&document(old), &document(new), None, &Policy::default());
        let gone = found
            .into_iter()
            .find(|change| change.rule == Rule::MemberRemoved);
        gone.unwrap().why.contains("The same value stands under")
    };
    assert!(why(
        r#"{"client_id_metadata_supported":true}"#,
        r#"{"client_id_metadata_document_supported":true}"#,
    ));
    assert!(!why(
        r#"{"x_supported":true}"#,
        r#"{"other_supported":true}"#
    ));
    assert!(why(r#"{"a":["x","y"]}"#, r#"{"b":["y","x"]}"#));
    assert!(why(r#"{"a":"Some name"}"#, r#"{"b":"Some name"}"#));
    assert!(!why(
        r#"{"a":"Some name"}"#,
        r#"{"b":"Some name","c":"Some name"}"#
    ));
    assert!(!why(r#"{"a":1}"#, r#"{"b":1}"#));
}

#[test]
fn a_name_that_is_corrected_to_that_of_a_specification_is_a_notice() {
    let of = |old: &str, new: &str| {
        let document = |name: &str| document(&format!(r#"{{"{name}":true}}"#));
        let found = changes(&document(old), &document(new), None, &Policy::default());
        let gone = found.into_iter().find(|it| it.rule == Rule::MemberRemoved);
        gone.unwrap().severity
    };
    let standard = "client_id_metadata_document_supported";
    let other = "client_id_metadata_supported";
    assert_eq!(of(other, standard), Severity::Notice);
    // The other way round it is a loss.
    assert_eq!(of(standard, other), Severity::Breaking);
}

#[test]
fn an_endpoint_is_as_grave_as_what_describes_it_and_came_with_it() {
    check(
        "{}",
        r#"{"backchannel_authentication_endpoint":"https://a.example/c",
            "backchannel_token_delivery_modes_supported":["poll"]}"#,
        &[
            "endpoint-added backchannel_authentication_endpoint notice",
            "member-added backchannel_token_delivery_modes_supported notice",
        ],
    );
}

#[test]
fn an_alias_that_is_used_and_goes_is_breaking() {
    let policy = |endpoint: &str| {
        let mut policy = Policy::default();
        let uses = policy
            .uses
            .insert(crate::meaning::provider_policy::Uses::default());
        uses.endpoints = Some([endpoint.to_owned()].into());
        policy
    };
    let old = r#"{"mtls_endpoint_aliases":{"token_endpoint":"https://m.a.example/t","x_endpoint":"https://m.a.example/x"}}"#;
    let new = r#"{"mtls_endpoint_aliases":{"x_endpoint":"https://m.a.example/x"}}"#;
    for new in [new, "{}"] {
        let found = |endpoint| changes(&document(old), &document(new), None, &policy(endpoint));
        let used = found("token_endpoint");
        assert!(
            used[0].used && used[0].severity >= Severity::Breaking,
            "{new}"
        );
        let unused = found("other_endpoint");
        assert!(
            !unused[0].used && unused[0].severity == Severity::Info,
            "{new}"
        );
    }
}

mod published;
mod value;

#[test]
fn what_describes_an_endpoint_and_goes_with_it_is_only_to_be_known() {
    let both = r#"{"backchannel_authentication_endpoint":"https://a.example/b","backchannel_token_delivery_modes_supported":["poll"]}"#;
    check(
        both,
        "{}",
        &[
            "endpoint-removed backchannel_authentication_endpoint breaking",
            "member-removed backchannel_token_delivery_modes_supported info",
        ],
    );
    check(
        both,
        r#"{"backchannel_authentication_endpoint":"https://a.example/b"}"#,
        &["member-removed backchannel_token_delivery_modes_supported breaking"],
    );
}
