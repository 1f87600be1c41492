//! Members that must agree with one another, and values that must not be offered.

use super::found::Found;
use super::shape;
use crate::document::kind::Checks;
use crate::document::member::names;
use crate::document::{member, signed_metadata};
use crate::meaning::rule::Rule;

pub(super) fn check(found: &mut Found<'_>) {
    shape::check_presence(found);
    check_authentication(found);
    check_flows(found);
    check_extensions(found);
    check_signed(found);
    if found.document.kind().row().checks == Checks::OpenidProvider {
        check_openid(found);
    }
}

pub(super) fn check_resource(found: &mut Found<'_>) {
    shape::check_presence(found);
    check_signed(found);
    for name in [
        names::RESOURCE_SIGNING_ALG_VALUES_SUPPORTED,
        names::DPOP_SIGNING_ALG_VALUES_SUPPORTED,
    ] {
        forbid_none(found, name);
    }
    forbid_symmetric_dpop(found);
    let methods = found.values(names::BEARER_METHODS_SUPPORTED);
    let known = ["header", "body", "query"];
    let unknown: Vec<&str> = methods
        .iter()
        .filter(|method| !known.contains(method))
        .copied()
        .collect();
    if methods.contains(&"query") {
        found.add(Rule::BearerInQuery, names::BEARER_METHODS_SUPPORTED);
    }
    if !unknown.is_empty() {
        found.add_values(
            Rule::BearerMethodUnknown,
            names::BEARER_METHODS_SUPPORTED,
            &unknown,
        );
    }
}

/// Checks a document whose only requirements are those of the table of its members.
pub(super) fn check_members(found: &mut Found<'_>) {
    shape::check_presence(found);
    check_signed(found);
}

fn forbid_none(found: &mut Found<'_>, name: &str) {
    if found.lists(name, "none") {
        match member::member(found.document.kind(), name) {
            Some(row) => found.add_with(Rule::AlgNoneOffered, name, row.reference),
            None => found.add(Rule::AlgNoneOffered, name),
        }
    }
}

fn forbid_symmetric_dpop(found: &mut Found<'_>) {
    let name = names::DPOP_SIGNING_ALG_VALUES_SUPPORTED;
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
        let is_demanded = found.document.kind().row().checks == Checks::AuthorizationServer;
        if needs_algs && is_demanded && !found.has(&algs) {
            found.add(Rule::AuthAlgsMissing, &algs);
        }
        forbid_none(found, &algs);
    }
    for name in [
        names::AUTHORIZATION_SIGNING_ALG_VALUES_SUPPORTED,
        names::BACKCHANNEL_AUTHENTICATION_REQUEST_SIGNING_ALG_VALUES_SUPPORTED,
        names::CLIENT_ATTESTATION_POP_SIGNING_ALG_VALUES_SUPPORTED,
        names::CLIENT_ATTESTATION_SIGNING_ALG_VALUES_SUPPORTED,
        names::DPOP_SIGNING_ALG_VALUES_SUPPORTED,
    ] {
        forbid_none(found, name);
    }
    forbid_symmetric_dpop(found);
    let methods = found.values(names::TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED);
    let attests = methods.contains(&"attest_jwt_client_auth");
    let attests_by_dpop = methods.contains(&"attest_jwt_client_auth_dpop");
    let needed = [
        (
            attests,
            names::CLIENT_ATTESTATION_SIGNING_ALG_VALUES_SUPPORTED,
        ),
        (
            attests,
            names::CLIENT_ATTESTATION_POP_SIGNING_ALG_VALUES_SUPPORTED,
        ),
        (attests_by_dpop, names::DPOP_SIGNING_ALG_VALUES_SUPPORTED),
    ];
    for (is_needed, name) in needed {
        if is_needed && !found.has(name) {
            found.add(Rule::AttestationAlgsMissing, name);
        }
    }
}

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const CIBA: &str = "urn:openid:params:grant-type:ciba";

fn check_flows(found: &mut Found<'_>) {
    let device = names::DEVICE_AUTHORIZATION_ENDPOINT;
    let grants = names::GRANT_TYPES_SUPPORTED;
    let (has_device, has_grant) = (found.has(device), found.lists(grants, DEVICE_CODE));
    let missing = [(has_device, device), (has_grant, DEVICE_CODE)];
    if has_device != has_grant {
        found.add_incomplete(Rule::DeviceFlowIncomplete, device, &missing);
    }
    let modes = names::BACKCHANNEL_TOKEN_DELIVERY_MODES_SUPPORTED;
    let ciba = names::BACKCHANNEL_AUTHENTICATION_ENDPOINT;
    let polls = found.lists(modes, "poll") || found.lists(modes, "ping");
    let (has_modes, has_ciba) = (found.has(modes), found.has(ciba));
    // A mode without polling needs no grant.
    let lacks_grant = polls && !found.lists(grants, CIBA);
    if has_ciba != has_modes || lacks_grant {
        let missing = [(has_ciba, ciba), (has_modes, modes), (!lacks_grant, CIBA)];
        found.add_incomplete(Rule::CibaIncomplete, modes, &missing);
    }
    let pushed = names::PUSHED_AUTHORIZATION_REQUEST_ENDPOINT;
    if found.is_true(names::REQUIRE_PUSHED_AUTHORIZATION_REQUESTS) && !found.has(pushed) {
        found.add(Rule::ParEndpointMissing, pushed);
    }
}

fn check_extensions(found: &mut Found<'_>) {
    let endpoint = names::FEDERATION_REGISTRATION_ENDPOINT;
    if found.lists(names::CLIENT_REGISTRATION_TYPES_SUPPORTED, "explicit") && !found.has(endpoint) {
        found.add(Rule::FederationEndpointMissing, endpoint);
    }
    let is_assured = [
        names::TRUST_FRAMEWORKS_SUPPORTED,
        names::CLAIMS_IN_VERIFIED_CLAIMS_SUPPORTED,
        names::EVIDENCE_SUPPORTED,
        names::DOCUMENTS_SUPPORTED,
        names::ELECTRONIC_RECORDS_SUPPORTED,
    ];
    if found.is_true(names::VERIFIED_CLAIMS_SUPPORTED)
        || is_assured.iter().any(|name| found.has(name))
    {
        let mut needed = vec![
            names::TRUST_FRAMEWORKS_SUPPORTED,
            names::CLAIMS_IN_VERIFIED_CLAIMS_SUPPORTED,
        ];
        if found.lists(names::EVIDENCE_SUPPORTED, "document") {
            needed.push(names::DOCUMENTS_SUPPORTED);
        }
        if found.lists(names::EVIDENCE_SUPPORTED, "electronic_record") {
            needed.push(names::ELECTRONIC_RECORDS_SUPPORTED);
        }
        for name in needed {
            if !found.has(name) {
                found.add(Rule::IdentityAssuranceIncomplete, name);
            }
        }
    }
    let prompts = names::PROMPT_VALUES_SUPPORTED;
    if found.values(prompts) == ["create"] {
        found.add(Rule::PromptValuesIncomplete, prompts);
    }
}

fn check_openid(found: &mut Found<'_>) {
    let algs = names::ID_TOKEN_SIGNING_ALG_VALUES_SUPPORTED;
    if found.has(algs) && !found.lists(algs, "RS256") {
        found.add(Rule::IdTokenRs256Missing, algs);
    }
    // Allowed for the flow that brings the ID token from the token endpoint (Discovery section 3).
    if found.sends_id_token() && !found.has_code_flow() {
        forbid_none(found, algs);
    } else if found.lists(algs, "none") {
        found.add(Rule::IdTokenUnsigned, algs);
    }
    let subjects = names::SUBJECT_TYPES_SUPPORTED;
    let is_unknown = |kind: &&str| !matches!(*kind, "public" | "pairwise");
    let unknown: Vec<&str> = found
        .values(subjects)
        .into_iter()
        .filter(is_unknown)
        .collect();
    if !unknown.is_empty() {
        found.add_values(Rule::SubjectTypeUnknown, subjects, &unknown);
    }
    if found.has(names::SCOPES_SUPPORTED) && !found.lists(names::SCOPES_SUPPORTED, "openid") {
        found.add(Rule::OpenidScopeMissing, names::SCOPES_SUPPORTED);
    }
}

fn check_signed(found: &mut Found<'_>) {
    let name = names::SIGNED_METADATA;
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
        let plain = document
            .members()
            .get(claim)
            .filter(|_| !signed_metadata::is_about_the_token(claim));
        if let Some(plain) = plain.filter(|plain| *plain != value) {
            found.add_two(Rule::SignedMetadataDisagrees, claim, value, plain);
        }
    }
}
