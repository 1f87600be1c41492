//! What is written down for the first time, or left out, beside what it stands for; and that the reason
//! in the tables is the one that is told.

use super::*;

fn only(old: &str, new: &str) -> Change {
    let (old, new) = (document(old), document(new));
    let mut found = changes(&old, &new, None, &Policy::default());
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

#[test]
fn a_list_that_is_written_for_the_first_time_is_one_notice_that_names_its_gravest_value() {
    let grants =
        r#"{"grant_types_supported":["authorization_code","implicit","password","refresh_token"]}"#;
    let change = only("{}", grants);
    assert_eq!(change.rule, Rule::MemberAdded);
    assert_eq!(change.severity, Severity::Notice);
    assert_eq!(change.added, ["password", "refresh_token"].map(Value::from));
    let why = "The list is published now and names password, which may have been on before.";
    assert_eq!(change.why, why);
    let change = only(
        "{}",
        r#"{"code_challenge_methods_supported":["S256","plain"]}"#,
    );
    assert_eq!(change.rule, Rule::MemberAdded);
    assert_eq!(change.severity, Severity::Notice);
    // What a specification forbids is told even if it may have been so before.
    check(
        "{}",
        r#"{"token_endpoint_auth_signing_alg_values_supported":["RS256","none"]}"#,
        &[
            "alg-none-added token_endpoint_auth_signing_alg_values_supported security",
            "member-added token_endpoint_auth_signing_alg_values_supported info",
        ],
    );
    // Where the list was there before, a value in it is new.
    check(
        r#"{"grant_types_supported":["authorization_code"]}"#,
        r#"{"grant_types_supported":["authorization_code","password"]}"#,
        &["grant-weakened grant_types_supported notice"],
    );
}

#[test]
fn algorithms_of_a_way_to_authenticate_that_is_gone_are_missed_by_nobody() {
    let with = |methods: &str, algs: &str| {
        format!(r#"{{"token_endpoint_auth_methods_supported":[{methods}]{algs}}}"#)
    };
    let algs = r#","token_endpoint_auth_signing_alg_values_supported":["HS256"]"#;
    let basic = r#""client_secret_basic""#;
    let both = r#""client_secret_basic","client_secret_jwt""#;
    check(
        &with(both, algs),
        &with(basic, ""),
        &[
            "auth-method-removed token_endpoint_auth_methods_supported breaking",
            "member-removed token_endpoint_auth_signing_alg_values_supported info",
        ],
    );
    let change = only(&with(both, algs), &with(both, ""));
    assert_eq!(change.severity, Severity::Notice);
}

#[test]
fn a_list_that_is_no_longer_published_is_judged_by_its_row() {
    check(
        r#"{"token_endpoint_auth_signing_alg_values_supported":["ES256","RS256"]}"#,
        "{}",
        &["member-removed token_endpoint_auth_signing_alg_values_supported notice"],
    );
    check(
        r#"{"dpop_signing_alg_values_supported":["ES256"]}"#,
        "{}",
        &["member-removed dpop_signing_alg_values_supported breaking"],
    );
    check(
        r#"{"code_challenge_methods_supported":["S256","plain"]}"#,
        "{}",
        &["pkce-s256-removed code_challenge_methods_supported security"],
    );
    check(
        r#"{"code_challenge_methods_supported":["plain"]}"#,
        "{}",
        &["member-removed code_challenge_methods_supported breaking"],
    );
}

#[test]
fn access_tokens_in_the_authorization_response_are_a_weak_flow() {
    let kinds = |kinds: &str| format!(r#"{{"response_types_supported":[{kinds}]}}"#);
    let weakened = "grant-weakened response_types_supported notice";
    let code = kinds(r#""code""#);
    check(&code, &kinds(r#""code","token""#), &[weakened]);
    check(&code, &kinds(r#""code","id_token token""#), &[weakened]);
    let plain = "member-changed response_types_supported notice";
    check(&code, &kinds(r#""code","id_token""#), &[plain]);
    let two = only(&code, &kinds(r#""code","token","id_token token""#));
    assert!(two.why.starts_with("Tokens may come"), "{}", two.why);
}

#[test]
fn a_flag_that_is_left_out_is_removed_and_not_said_to_be_false() {
    let name = "backchannel_logout_supported";
    let flag = |value: bool| format!(r#"{{"{name}":{value}}}"#);
    let change = only(&flag(true), "{}");
    assert_eq!(change.rule, Rule::MemberRemoved);
    assert_eq!(change.severity, Severity::Breaking);
    assert_eq!(change.before, Some(Value::Bool(true)));
    assert!(change.why.starts_with("Left out"), "{}", change.why);
    assert!(
        change.advice.as_ref().unwrap().contains("logout tokens"),
        "{change:?}"
    );
    check(
        &flag(true),
        &flag(false),
        &[&format!("member-changed {name} breaking")],
    );
    check("{}", &flag(true), &[&format!("member-added {name} info")]);
    check("{}", &flag(false), &[]);
    let null = format!(r#"{{"{name}":null}}"#);
    check(
        &flag(true),
        &null,
        &[&format!("member-removed {name} breaking")],
    );
    // It is not known what this stands for when left out.
    check(r#"{"x":false}"#, "{}", &["member-removed x info"]);
    check(
        r#"{"require_pushed_authorization_requests":true}"#,
        "{}",
        &["requirement-dropped require_pushed_authorization_requests notice"],
    );
}

#[test]
fn keys_from_another_host_of_the_same_domain_are_told_by_what_they_are_trusted_for() {
    let at = |url: &str| format!(r#"{{"jwks_uri":"{url}"}}"#);
    let old = at("https://as.example.com/jwks");
    let change = only(&old, &at("https://keys.example.com/jwks"));
    assert_eq!(change.rule, Rule::EndpointHostChanged);
    assert_eq!(change.severity, Severity::Breaking);
    assert!(change.why.starts_with("The keys that"), "{}", change.why);
    let change = only(&old, &at("https://keys.example.net/jwks"));
    assert_eq!(change.severity, Severity::Security);
}

#[test]
fn the_reason_of_a_value_is_told_where_it_comes_or_goes_alone() {
    for row in member::values() {
        let kinds = member::member(Kind::OPENID_CONFIGURATION, row.member)
            .unwrap()
            .kinds;
        let is_of = |kind: &&Kind| row.kinds.is_empty() || row.kinds.contains(kind);
        for kind in kinds.iter().filter(is_of) {
            let turn = match row.on {
                member::On::Added => SetChange::Gained,
                member::On::Removed => SetChange::Lost,
            };
            let told = rating::of_values(*kind, row.member, &[row.value], turn);
            let (meaning, _) = told.into_iter().next().unwrap();
            let change = meaning.change(row.member, member::group(*kind, row.member));
            let about = format!("{} {} {:?}", row.member, row.value, row.on);
            assert_eq!(change.severity, row.severity, "{about}");
            assert_eq!(change.why, row.why, "{about}");
        }
    }
}
