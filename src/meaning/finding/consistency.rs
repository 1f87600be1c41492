//! Members that must agree with one another, and values that must not be offered.

use super::examination::Examination;
use super::shape;
use crate::document::kind::Checks;
use crate::document::member::names;
use crate::document::{member, signed_metadata};
use crate::meaning::rule::Rule;

pub(super) fn check(examination: &mut Examination<'_>) {
    shape::check_presence(examination);
    check_authentication(examination);
    check_flows(examination);
    check_extensions(examination);
    check_signed(examination);
    if examination.document.kind().row().checks == Checks::OpenidProvider {
        check_openid(examination);
    }
}

pub(super) fn check_resource(examination: &mut Examination<'_>) {
    shape::check_presence(examination);
    check_signed(examination);
    forbid_none_where_never(examination);
    forbid_symmetric_dpop(examination);
    let methods = examination.values(names::BEARER_METHODS_SUPPORTED);
    let known = ["header", "body", "query"];
    let unknown: Vec<&str> = methods
        .iter()
        .filter(|method| !known.contains(method))
        .copied()
        .collect();
    if methods.contains(&"query") {
        examination.add(Rule::BearerInQuery, names::BEARER_METHODS_SUPPORTED);
    }
    if !unknown.is_empty() {
        examination.add_values(
            Rule::BearerMethodUnknown,
            names::BEARER_METHODS_SUPPORTED,
            &unknown,
        );
    }
}

/// Checks a document whose only requirements are those of the table of its members.
pub(super) fn check_members(examination: &mut Examination<'_>) {
    shape::check_presence(examination);
    check_signed(examination);
}

fn forbid_none(examination: &mut Examination<'_>, name: &str) {
    if examination.lists(name, "none") {
        match member::member(examination.document.kind(), name) {
            Some(row) => examination.add_with(Rule::AlgNoneOffered, name, row.reference),
            None => examination.add(Rule::AlgNoneOffered, name),
        }
    }
}

/// Forbids `none` in each member that the table says it never stands in.
fn forbid_none_where_never(examination: &mut Examination<'_>) {
    let kind = examination.document.kind();
    let rows = member::members_of(kind).filter(|row| row.kinds.contains(&kind));
    for row in rows.filter(|row| row.never.contains(&"none")) {
        forbid_none(examination, row.name);
    }
}

fn forbid_symmetric_dpop(examination: &mut Examination<'_>) {
    let name = names::DPOP_SIGNING_ALG_VALUES_SUPPORTED;
    let algs = examination.values(name).into_iter();
    let symmetric: Vec<&str> = algs.filter(|alg| alg.starts_with("HS")).collect();
    if !symmetric.is_empty() {
        examination.add_values(Rule::DpopAlgSymmetric, name, &symmetric);
    }
}

fn check_authentication(examination: &mut Examination<'_>) {
    for endpoint in ["token", "revocation", "introspection"] {
        let algs = format!("{endpoint}_endpoint_auth_signing_alg_values_supported");
        let methods = examination.values(&format!("{endpoint}_endpoint_auth_methods_supported"));
        let needs_algs =
            methods.contains(&"private_key_jwt") || methods.contains(&"client_secret_jwt");
        let is_demanded = examination.document.kind().row().checks == Checks::AuthorizationServer;
        if needs_algs && is_demanded && !examination.has(&algs) {
            examination.add(Rule::AuthAlgsMissing, &algs);
        }
    }
    forbid_none_where_never(examination);
    forbid_symmetric_dpop(examination);
    let methods = examination.values(names::TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED);
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
        if is_needed && !examination.has(name) {
            examination.add(Rule::AttestationAlgsMissing, name);
        }
    }
}

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const CIBA: &str = "urn:openid:params:grant-type:ciba";

fn check_flows(examination: &mut Examination<'_>) {
    let device = names::DEVICE_AUTHORIZATION_ENDPOINT;
    let grants = names::GRANT_TYPES_SUPPORTED;
    let (has_device, has_grant) = (
        examination.has(device),
        examination.lists(grants, DEVICE_CODE),
    );
    let missing = [(has_device, device), (has_grant, DEVICE_CODE)];
    if has_device != has_grant {
        examination.add_incomplete(Rule::DeviceFlowIncomplete, device, &missing);
    }
    let modes = names::BACKCHANNEL_TOKEN_DELIVERY_MODES_SUPPORTED;
    let ciba = names::BACKCHANNEL_AUTHENTICATION_ENDPOINT;
    let polls = examination.lists(modes, "poll") || examination.lists(modes, "ping");
    let (has_modes, has_ciba) = (examination.has(modes), examination.has(ciba));
    // A mode without polling needs no grant.
    let lacks_grant = polls && !examination.lists(grants, CIBA);
    if has_ciba != has_modes || lacks_grant {
        let missing = [(has_ciba, ciba), (has_modes, modes), (!lacks_grant, CIBA)];
        examination.add_incomplete(Rule::CibaIncomplete, modes, &missing);
    }
    let pushed = names::PUSHED_AUTHORIZATION_REQUEST_ENDPOINT;
    if examination.is_true(names::REQUIRE_PUSHED_AUTHORIZATION_REQUESTS) && !examination.has(pushed)
    {
        examination.add(Rule::ParEndpointMissing, pushed);
    }
}

fn check_extensions(examination: &mut Examination<'_>) {
    let endpoint = names::FEDERATION_REGISTRATION_ENDPOINT;
    if examination.lists(names::CLIENT_REGISTRATION_TYPES_SUPPORTED, "explicit")
        && !examination.has(endpoint)
    {
        examination.add(Rule::FederationEndpointMissing, endpoint);
    }
    let is_assured = [
        names::TRUST_FRAMEWORKS_SUPPORTED,
        names::CLAIMS_IN_VERIFIED_CLAIMS_SUPPORTED,
        names::EVIDENCE_SUPPORTED,
        names::DOCUMENTS_SUPPORTED,
        names::ELECTRONIC_RECORDS_SUPPORTED,
    ];
    if examination.is_true(names::VERIFIED_CLAIMS_SUPPORTED)
        || is_assured.iter().any(|name| examination.has(name))
    {
        let mut needed = vec![
            names::TRUST_FRAMEWORKS_SUPPORTED,
            names::CLAIMS_IN_VERIFIED_CLAIMS_SUPPORTED,
        ];
        if examination.lists(names::EVIDENCE_SUPPORTED, "document") {
            needed.push(names::DOCUMENTS_SUPPORTED);
        }
        if examination.lists(names::EVIDENCE_SUPPORTED, "electronic_record") {
            needed.push(names::ELECTRONIC_RECORDS_SUPPORTED);
        }
        for name in needed {
            if !examination.has(name) {
                examination.add(Rule::IdentityAssuranceIncomplete, name);
            }
        }
    }
    let prompts = names::PROMPT_VALUES_SUPPORTED;
    if examination.values(prompts) == ["create"] {
        examination.add(Rule::PromptValuesIncomplete, prompts);
    }
}

fn check_openid(examination: &mut Examination<'_>) {
    let algs = names::ID_TOKEN_SIGNING_ALG_VALUES_SUPPORTED;
    if examination.has(algs) && !examination.lists(algs, "RS256") {
        examination.add(Rule::IdTokenRs256Missing, algs);
    }
    // Allowed for the flow that brings the ID token from the token endpoint (Discovery section 3).
    if examination.sends_id_token() && !examination.has_code_flow() {
        forbid_none(examination, algs);
    } else if examination.lists(algs, "none") {
        examination.add(Rule::IdTokenUnsigned, algs);
    }
    let subjects = names::SUBJECT_TYPES_SUPPORTED;
    let is_unknown = |kind: &&str| !matches!(*kind, "public" | "pairwise");
    let unknown: Vec<&str> = examination
        .values(subjects)
        .into_iter()
        .filter(is_unknown)
        .collect();
    if !unknown.is_empty() {
        examination.add_values(Rule::SubjectTypeUnknown, subjects, &unknown);
    }
    if examination.has(names::SCOPES_SUPPORTED)
        && !examination.lists(names::SCOPES_SUPPORTED, "openid")
    {
        examination.add(Rule::OpenidScopeMissing, names::SCOPES_SUPPORTED);
    }
}

fn check_signed(examination: &mut Examination<'_>) {
    let name = names::SIGNED_METADATA;
    let document = examination.document;
    let Some(token) = document.effective(name).and_then(|value| value.as_str()) else {
        return;
    };
    let claims = signed_metadata::claims(token).filter(|claims| {
        claims.get("iss").is_some_and(serde_json::Value::is_string) && !claims.contains_key(name)
    });
    if claims.is_none() || !signed_metadata::is_signed(token) {
        examination.add(Rule::SignedMetadataMalformed, name);
    }
    // Whoever takes a copy that is not signed follows what it says all the same.
    for (claim, value) in &claims.unwrap_or_default() {
        let plain = document
            .members()
            .get(claim)
            .filter(|_| !signed_metadata::is_about_the_token(claim));
        if let Some(plain) = plain.filter(|plain| *plain != value) {
            examination.add_two(Rule::SignedMetadataDisagrees, claim, value, plain);
        }
    }
}
