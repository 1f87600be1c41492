//! Every finding with a document that has it, beside a good document that has none.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

const GOOD: &str = r#"{"issuer":"https://a.example","authorization_endpoint":"https://a.example/a",
    "token_endpoint":"https://a.example/t","jwks_uri":"https://a.example/k",
    "response_types_supported":["code"],"grant_types_supported":["authorization_code"],
    "code_challenge_methods_supported":["S256"],"scopes_supported":["openid","a"],
    "token_endpoint_auth_methods_supported":["private_key_jwt"],
    "token_endpoint_auth_signing_alg_values_supported":["ES256"],
    "dpop_signing_alg_values_supported":["ES256"],
    "authorization_response_iss_parameter_supported":true}"#;

fn found(kind: Kind, text: &str) -> Vec<String> {
    let document = Document::parse(kind, text.as_bytes(), None).unwrap();
    let identity = match kind {
        Kind::OauthProtectedResource => Identity::Resource("https://a.example".to_owned()),
        _ => Identity::Issuer("https://a.example".to_owned()),
    };
    let found = findings(&document, Some(&identity), &Policy::default());
    found
        .iter()
        .map(|finding| format!("{} {}", finding.rule, finding.member))
        .collect()
}

/// The good document with some members replaced or added, and nothing but the expected findings.
fn check(members: &str, expected: &[&str]) {
    let mut document: Value = serde_json::from_str(GOOD).unwrap();
    let changed: Value = serde_json::from_str(members).unwrap();
    for (name, value) in changed.as_object().unwrap() {
        document[name] = value.clone();
    }
    let found = found(Kind::OauthAuthorizationServer, &document.to_string());
    assert_eq!(found, expected, "{members}");
}

#[test]
fn a_good_document_has_no_finding() {
    check("{}", &[]);
}

#[test]
fn what_it_is_about() {
    check(
        r#"{"issuer":"https://a.example/"}"#,
        &["issuer-mismatch issuer"],
    );
    check(
        r#"{"issuer":null}"#,
        &["issuer-missing issuer", "null-member issuer"],
    );
    check(
        r#"{"issuer":"https://a.example?x=1"}"#,
        &["issuer-malformed issuer", "issuer-mismatch issuer"],
    );
    check(
        r#"{"issuer":"http://a.example"}"#,
        &["endpoint-not-https issuer", "issuer-mismatch issuer"],
    );
}

#[test]
fn names_types_and_urls() {
    check(r#"{"Issuer":"x"}"#, &["misspelled-member Issuer"]);
    check(
        r#"{"display_name#":"x"}"#,
        &["language-tag-malformed display_name#"],
    );
    check(r#"{"display_name#de-CH":"x"}"#, &[]);
    check(
        r#"{"scopes_supported":"openid"}"#,
        &["wrong-type scopes_supported"],
    );
    check(
        r#"{"scopes_supported":[]}"#,
        &["empty-array scopes_supported"],
    );
    check(
        r#"{"userinfo_endpoint":"javascript:x"}"#,
        &["endpoint-not-https userinfo_endpoint"],
    );
    check(
        r#"{"userinfo_endpoint":"--upload-pack=x"}"#,
        &["endpoint-not-https userinfo_endpoint"],
    );
    check(
        r#"{"userinfo_endpoint":"https://a.example/#x"}"#,
        &["url-fragment userinfo_endpoint"],
    );
    check(
        r#"{"userinfo_endpoint":"https://10.1.2.3/u"}"#,
        &["url-not-public userinfo_endpoint"],
    );
    check(
        r#"{"service_documentation":"to come"}"#,
        &["url-malformed service_documentation"],
    );
    check(r#"{"service_documentation":"http://a.example/d"}"#, &[]);
    check(
        r#"{"tls_client_certificate_bound_access_tokens":true,"mtls_endpoint_aliases":{"token_endpoint":"http://m.example/t"}}"#,
        &["endpoint-not-https mtls_endpoint_aliases"],
    );
}

#[test]
fn what_is_required_and_recommended() {
    check(
        r#"{"response_types_supported":null,"scopes_supported":null}"#,
        &[
            "null-member response_types_supported",
            "null-member scopes_supported",
            "recommended-member-missing scopes_supported",
            "required-member-missing response_types_supported",
        ],
    );
    check(
        r#"{"authorization_endpoint":null,"token_endpoint":null}"#,
        &[
            "null-member authorization_endpoint",
            "null-member token_endpoint",
            "required-member-missing authorization_endpoint",
            "required-member-missing token_endpoint",
        ],
    );
    check(
        r#"{"code_challenge_methods_supported":["plain"]}"#,
        &[
            "pkce-plain-offered code_challenge_methods_supported",
            "pkce-s256-missing code_challenge_methods_supported",
        ],
    );
    check(
        r#"{"grant_types_supported":["authorization_code","implicit","password"],"response_types_supported":["code","token"]}"#,
        &[
            "implicit-offered grant_types_supported",
            "implicit-offered response_types_supported",
            "password-grant-offered grant_types_supported",
        ],
    );
    check(
        r#"{"authorization_response_iss_parameter_supported":false,"dpop_signing_alg_values_supported":null,"token_endpoint_auth_methods_supported":["client_secret_basic"]}"#,
        &[
            "auth-asymmetric-missing token_endpoint_auth_methods_supported",
            "issuer-parameter-missing authorization_response_iss_parameter_supported",
            "null-member dpop_signing_alg_values_supported",
            "sender-constraint-missing dpop_signing_alg_values_supported",
        ],
    );
    check(
        r#"{"token_endpoint_auth_methods_supported":["tls_client_auth"]}"#,
        &["certificate-binding-undeclared tls_client_certificate_bound_access_tokens"],
    );
    check(
        r#"{"grant_types_supported":null}"#,
        &[
            "implicit-by-omission grant_types_supported",
            "null-member grant_types_supported",
        ],
    );
}

#[test]
fn members_that_need_one_another() {
    check(
        r#"{"token_endpoint_auth_signing_alg_values_supported":null}"#,
        &[
            "auth-algs-missing token_endpoint_auth_signing_alg_values_supported",
            "null-member token_endpoint_auth_signing_alg_values_supported",
        ],
    );
    check(
        r#"{"token_endpoint_auth_signing_alg_values_supported":["none"]}"#,
        &["alg-none-offered token_endpoint_auth_signing_alg_values_supported"],
    );
    check(
        r#"{"dpop_signing_alg_values_supported":["HS256"]}"#,
        &["dpop-alg-symmetric dpop_signing_alg_values_supported"],
    );
    check(
        r#"{"token_endpoint_auth_methods_supported":["private_key_jwt","attest_jwt_client_auth"],"client_attestation_signing_alg_values_supported":["ES256"]}"#,
        &["attestation-algs-missing client_attestation_pop_signing_alg_values_supported"],
    );
    check(
        r#"{"device_authorization_endpoint":"https://a.example/d"}"#,
        &["device-flow-incomplete device_authorization_endpoint"],
    );
    check(
        r#"{"backchannel_token_delivery_modes_supported":["poll"]}"#,
        &["ciba-incomplete backchannel_token_delivery_modes_supported"],
    );
    check(
        r#"{"require_pushed_authorization_requests":true}"#,
        &["par-endpoint-missing pushed_authorization_request_endpoint"],
    );
    check(
        r#"{"client_registration_types_supported":["explicit"]}"#,
        &["federation-endpoint-missing federation_registration_endpoint"],
    );
    check(
        r#"{"trust_frameworks_supported":["x"],"claims_in_verified_claims_supported":["x"],"evidence_supported":["document"]}"#,
        &["identity-assurance-incomplete documents_supported"],
    );
    check(
        r#"{"prompt_values_supported":["create"]}"#,
        &["prompt-values-incomplete prompt_values_supported"],
    );
}

#[test]
fn an_openid_provider_has_requirements_of_its_own() {
    let text = r#"{"issuer":"https://a.example","authorization_endpoint":"https://a.example/a",
        "token_endpoint":"https://a.example/t","jwks_uri":"https://a.example/k",
        "registration_endpoint":"https://a.example/r","userinfo_endpoint":"https://a.example/u",
        "response_types_supported":["code id_token"],"grant_types_supported":["authorization_code"],
        "subject_types_supported":["public"],"id_token_signing_alg_values_supported":["none"],
        "code_challenge_methods_supported":["S256"],"scopes_supported":["a"],
        "claims_supported":["sub"],"dpop_signing_alg_values_supported":["ES256"],
        "token_endpoint_auth_methods_supported":["private_key_jwt"],
        "authorization_response_iss_parameter_supported":true}"#;
    assert_eq!(
        found(Kind::OpenidConfiguration, text),
        [
            "alg-none-offered id_token_signing_alg_values_supported",
            "id-token-rs256-missing id_token_signing_alg_values_supported",
            "openid-scope-missing scopes_supported",
            "request-uri-by-omission request_uri_parameter_supported",
        ]
    );
}

#[test]
fn a_protected_resource_has_requirements_of_its_own() {
    let text = r#"{"resource":"https://a.example","authorization_servers":["http://b.example"],
        "bearer_methods_supported":["Header","query"],"resource_signing_alg_values_supported":["none"],
        "resource_name":"x","scopes_supported":["a"]}"#;
    assert_eq!(
        found(Kind::OauthProtectedResource, text),
        [
            "alg-none-offered resource_signing_alg_values_supported",
            "bearer-in-query bearer_methods_supported",
            "bearer-method-unknown bearer_methods_supported",
            "endpoint-not-https authorization_servers",
        ]
    );
}

#[test]
fn the_signed_copy_must_agree() {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = |alg: &str, claims: &str| {
        let header = part(&format!(r#"{{"alg":"{alg}"}}"#));
        format!(r#"{{"signed_metadata":"{header}.{}.c2ln"}}"#, part(claims))
    };
    let good = r#"{"iss":"https://a.example","token_endpoint":"https://a.example/t","scopes_supported":["a","openid"]}"#;
    check(&signed("ES256", good), &[]);
    check(
        &signed("none", good),
        &["signed-metadata-malformed signed_metadata"],
    );
    check(
        &signed("ES256", "{}"),
        &["signed-metadata-malformed signed_metadata"],
    );
    check(
        &signed(
            "ES256",
            r#"{"iss":"x","token_endpoint":"https://b.example/t"}"#,
        ),
        &["signed-metadata-disagrees token_endpoint"],
    );
}

#[test]
fn the_form_of_the_body() {
    let document = Document::parse(
        Kind::Jwks,
        b"\xEF\xBB\xBF{\"keys\":[],\"x\":{\"y\":1,\"y\":2}}",
        Some("text/plain"),
    );
    let found = findings(&document.unwrap(), None, &Policy::default());
    let rules: Vec<&str> = found.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(
        rules,
        [
            "byte-order-mark",
            "duplicate-name",
            "key-set-empty",
            "media-type"
        ]
    );
}

#[test]
fn the_operator_has_the_last_word() {
    let document = Document::parse(Kind::Jwks, br#"{"keys":[]}"#, Some("text/plain")).unwrap();
    let policy = Policy {
        severity: [
            ("media-type".to_owned(), RuleOverride::Ignore),
            (
                "key-set-empty".to_owned(),
                RuleOverride::Severity(Severity::Security),
            ),
        ]
        .into(),
        ..Policy::default()
    };
    let found = findings(&document, None, &policy);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::Security);
}
