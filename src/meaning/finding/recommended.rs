//! What should not be offered and is, and what should be offered and is not.

use super::examination::Examination;
use crate::document::member::names;
use crate::meaning::rule::Rule;

pub(super) fn check(examination: &mut Examination<'_>) {
    check_grants(examination);
    check_pkce(examination);
    let methods = examination.values(names::TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED);
    let asymmetric = [
        "private_key_jwt",
        "tls_client_auth",
        "self_signed_tls_client_auth",
    ];
    let uses_tls = methods
        .iter()
        .any(|method| method.ends_with("tls_client_auth"));
    let is_weak = !methods.iter().any(|method| asymmetric.contains(method));
    if is_weak && examination.has(names::TOKEN_ENDPOINT) {
        examination.add(
            Rule::AuthAsymmetricMissing,
            names::TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED,
        );
    }
    let binds = names::TLS_CLIENT_CERTIFICATE_BOUND_ACCESS_TOKENS;
    let is_bound = examination.is_true(binds);
    if (uses_tls || examination.has(names::MTLS_ENDPOINT_ALIASES)) && !is_bound {
        examination.add(Rule::CertificateBindingUndeclared, binds);
    } else if !is_bound && !examination.has(names::DPOP_SIGNING_ALG_VALUES_SUPPORTED) {
        examination.add(
            Rule::SenderConstraintMissing,
            names::DPOP_SIGNING_ALG_VALUES_SUPPORTED,
        );
    }
    let request_uri = names::REQUEST_URI_PARAMETER_SUPPORTED;
    if !examination.document.members().contains_key(request_uri) && examination.is_true(request_uri)
    {
        examination.add(Rule::RequestUriByOmission, request_uri);
    }
}

pub(super) fn check_resource(examination: &mut Examination<'_>) {
    let is_bound = examination.is_true(names::TLS_CLIENT_CERTIFICATE_BOUND_ACCESS_TOKENS);
    let dpop = names::DPOP_SIGNING_ALG_VALUES_SUPPORTED;
    if !is_bound && !examination.has(dpop) {
        examination.add(Rule::SenderConstraintMissing, dpop);
    }
}

fn check_grants(examination: &mut Examination<'_>) {
    let name = names::GRANT_TYPES_SUPPORTED;
    let issues = |kind: &&str| kind.split(' ').any(|word| word == "token");
    let has_token = examination
        .values(names::RESPONSE_TYPES_SUPPORTED)
        .iter()
        .any(issues);
    if !examination.has_own(name) {
        examination.add(Rule::ImplicitByOmission, name);
    } else if examination.lists(name, "implicit") {
        examination.add(Rule::ImplicitOffered, name);
    }
    if has_token {
        examination.add(Rule::ImplicitOffered, names::RESPONSE_TYPES_SUPPORTED);
    }
    if examination.lists(name, "password") {
        examination.add(Rule::PasswordGrantOffered, name);
    }
    let is_interactive = examination.has(names::AUTHORIZATION_ENDPOINT);
    let response_iss = names::AUTHORIZATION_RESPONSE_ISS_PARAMETER_SUPPORTED;
    if is_interactive && !examination.is_true(response_iss) {
        examination.add(Rule::IssuerParameterMissing, response_iss);
        let is_signed = |mode: &&str| mode.split('.').next_back() == Some("jwt");
        let modes = examination.values(names::RESPONSE_MODES_SUPPORTED);
        if !modes.iter().any(is_signed) && !examination.sends_id_token() {
            examination.add(Rule::MixUpUndefended, response_iss);
        }
    }
}

fn check_pkce(examination: &mut Examination<'_>) {
    let name = names::CODE_CHALLENGE_METHODS_SUPPORTED;
    let uses_code = examination.lists(names::GRANT_TYPES_SUPPORTED, "authorization_code")
        && examination.has(names::AUTHORIZATION_ENDPOINT);
    if examination.only(name, &["plain"]) {
        examination.add(Rule::PkcePlainOnly, name);
        return;
    }
    if uses_code && !examination.lists(name, "S256") {
        examination.add(Rule::PkceS256Missing, name);
    }
    if examination.lists(name, "plain") {
        examination.add(Rule::PkcePlainOffered, name);
    }
}
