//! Members that must agree with one another, and values that must not be offered.

use super::found::Found;
use super::shape;
use crate::document::kind::Kind;
use crate::document::{member, signed_metadata};
use crate::meaning::rule::Rule;

pub(super) fn check(found: &mut Found<'_>) {
    shape::check_presence(found);
    check_authentication(found);
    check_flows(found);
    check_extensions(found);
    check_signed(found);
    if found.document.kind() == Kind::OpenidConfiguration {
        check_openid(found);
    }
}

pub(super) fn check_resource(found: &mut Found<'_>) {
    shape::check_presence(found);
    check_signed(found);
    for name in [
        "resource_signing_alg_values_supported",
        "dpop_signing_alg_values_supported",
    ] {
        forbid_none(found, name);
    }
    forbid_symmetric_dpop(found);
    let methods = found.values("bearer_methods_supported");
    let known = ["header", "body", "query"];
    let unknown = methods.iter().filter(|method| !known.contains(method));
    let unknown: Vec<&str> = unknown.copied().collect();
    if methods.contains(&"query") {
        found.add(Rule::BearerInQuery, "bearer_methods_supported");
    }
    if !unknown.is_empty() {
        found.add_values(
            Rule::BearerMethodUnknown,
            "bearer_methods_supported",
            &unknown,
        );
    }
}

fn forbid_none(found: &mut Found<'_>, name: &str) {
    if found.lists(name, "none") {
        let reference = member::member(name).map_or("", |row| row.reference);
        found.add_with(Rule::AlgNoneOffered, name, reference);
    }
}

fn forbid_symmetric_dpop(found: &mut Found<'_>) {
    let name = "dpop_signing_alg_values_supported";
    let algs = found.values(name).into_iter();
    let symmetric: Vec<&str> = algs.filter(|alg| alg.starts_with("HS")).collect();
    if !symmetric.is_empty() {
        found.add_values(Rule::DpopAlgSymmetric, name, &symmetric);
    }
}

fn check_authentication(found: &mut Found<'_>) {
    for endpoint in ["token", "revocation", "introspection"] {
        let algs = format!("{endpoint}_endpoint_auth_signing_alg_values_supported");
        let methods = found.values(&format!("{endpoint}_endpoint_auth_methods_supported"));
        let needs_algs =
            methods.contains(&"private_key_jwt") || methods.contains(&"client_secret_jwt");
        let is_demanded = found.document.kind() == Kind::OauthAuthorizationServer;
        if needs_algs && is_demanded && !found.has(&algs) {
            found.add(Rule::AuthAlgsMissing, &algs);
        }
        forbid_none(found, &algs);
    }
    for name in [
        "authorization_signing_alg_values_supported",
        "backchannel_authentication_request_signing_alg_values_supported",
        "client_attestation_pop_signing_alg_values_supported",
        "client_attestation_signing_alg_values_supported",
        "dpop_signing_alg_values_supported",
    ] {
        forbid_none(found, name);
    }
    forbid_symmetric_dpop(found);
    let methods = found.values("token_endpoint_auth_methods_supported");
    let attests = methods.contains(&"attest_jwt_client_auth");
    let attests_by_dpop = methods.contains(&"attest_jwt_client_auth_dpop");
    let needed = [
        (attests, "client_attestation_signing_alg_values_supported"),
        (
            attests,
            "client_attestation_pop_signing_alg_values_supported",
        ),
        (attests_by_dpop, "dpop_signing_alg_values_supported"),
    ];
    for (is_needed, name) in needed {
        if is_needed && !found.has(name) {
            found.add(Rule::AttestationAlgsMissing, name);
        }
    }
}

const GRANTS: &str = "grant_types_supported";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const CIBA: &str = "urn:openid:params:grant-type:ciba";

fn check_flows(found: &mut Found<'_>) {
    let device = "device_authorization_endpoint";
    let (has_device, has_grant) = (found.has(device), found.lists(GRANTS, DEVICE_CODE));
    let missing = [(has_device, device), (has_grant, DEVICE_CODE)];
    if has_device != has_grant {
        found.add_incomplete(Rule::DeviceFlowIncomplete, device, &missing);
    }
    let modes = "backchannel_token_delivery_modes_supported";
    let ciba = "backchannel_authentication_endpoint";
    let polls = found.lists(modes, "poll") || found.lists(modes, "ping");
    let (has_modes, has_ciba) = (found.has(modes), found.has(ciba));
    // A mode without polling needs no grant.
    let lacks_grant = polls && !found.lists(GRANTS, CIBA);
    if has_ciba != has_modes || lacks_grant {
        let missing = [(has_ciba, ciba), (has_modes, modes), (!lacks_grant, CIBA)];
        found.add_incomplete(Rule::CibaIncomplete, modes, &missing);
    }
    let pushed = "pushed_authorization_request_endpoint";
    if found.is_true("require_pushed_authorization_requests") && !found.has(pushed) {
        found.add(Rule::ParEndpointMissing, pushed);
    }
}

fn check_extensions(found: &mut Found<'_>) {
    let endpoint = "federation_registration_endpoint";
    if found.lists("client_registration_types_supported", "explicit") && !found.has(endpoint) {
        found.add(Rule::FederationEndpointMissing, endpoint);
    }
    let is_assured = [
        "trust_frameworks_supported",
        "claims_in_verified_claims_supported",
        "evidence_supported",
        "documents_supported",
        "electronic_records_supported",
    ];
    if found.is_true("verified_claims_supported") || is_assured.iter().any(|name| found.has(name)) {
        let mut needed = vec![
            "trust_frameworks_supported",
            "claims_in_verified_claims_supported",
        ];
        if found.lists("evidence_supported", "document") {
            needed.push("documents_supported");
        }
        if found.lists("evidence_supported", "electronic_record") {
            needed.push("electronic_records_supported");
        }
        for name in needed {
            if !found.has(name) {
                found.add(Rule::IdentityAssuranceIncomplete, name);
            }
        }
    }
    let prompts = "prompt_values_supported";
    if found.values(prompts) == ["create"] {
        found.add(Rule::PromptValuesIncomplete, prompts);
    }
}

fn check_openid(found: &mut Found<'_>) {
    let algs = "id_token_signing_alg_values_supported";
    if found.has(algs) && !found.lists(algs, "RS256") {
        found.add(Rule::IdTokenRs256Missing, algs);
    }
    // Allowed for the flow that brings the ID token from the token endpoint (Discovery section 3).
    if found.sends_id_token() && !found.has_code_flow() {
        forbid_none(found, algs);
    } else if found.lists(algs, "none") {
        found.add(Rule::IdTokenUnsigned, algs);
    }
    let subjects = "subject_types_supported";
    let is_unknown = |kind: &&str| !matches!(*kind, "public" | "pairwise");
    let unknown: Vec<&str> = found
        .values(subjects)
        .into_iter()
        .filter(is_unknown)
        .collect();
    if !unknown.is_empty() {
        found.add_values(Rule::SubjectTypeUnknown, subjects, &unknown);
    }
    if found.has("scopes_supported") && !found.lists("scopes_supported", "openid") {
        found.add(Rule::OpenidScopeMissing, "scopes_supported");
    }
}

fn check_signed(found: &mut Found<'_>) {
    let name = "signed_metadata";
    let document = found.document;
    let Some(token) = document.effective(name).and_then(|value| value.as_str()) else {
        return;
    };
    let claims = signed_metadata::claims(token).filter(|claims| {
        claims.get("iss").is_some_and(serde_json::Value::is_string) && !claims.contains_key(name)
    });
    let Some(claims) = claims.filter(|_| signed_metadata::is_signed(token)) else {
        found.add(Rule::SignedMetadataMalformed, name);
        return;
    };
    for (claim, value) in &claims {
        let plain = document.members().get(claim);
        let plain = plain.filter(|_| !signed_metadata::is_about_the_token(claim));
        if let Some(plain) = plain.filter(|plain| *plain != value) {
            found.add_two(Rule::SignedMetadataDisagrees, claim, value, plain);
        }
    }
}
