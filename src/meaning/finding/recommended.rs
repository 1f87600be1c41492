//! What should not be offered and is, and what should be offered and is not.

use super::found::Found;
use crate::document::member::names;
use crate::meaning::rule::Rule;

pub(super) fn check(found: &mut Found<'_>) {
    check_grants(found);
    check_pkce(found);
    let methods = found.values(names::TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED);
    let asymmetric = [
        "private_key_jwt",
        "tls_client_auth",
        "self_signed_tls_client_auth",
    ];
    let uses_tls = methods
        .iter()
        .any(|method| method.ends_with("tls_client_auth"));
    let is_weak = !methods.iter().any(|method| asymmetric.contains(method));
    if is_weak && found.has(names::TOKEN_ENDPOINT) {
        found.add(
            Rule::AuthAsymmetricMissing,
            names::TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED,
        );
    }
    let binds = names::TLS_CLIENT_CERTIFICATE_BOUND_ACCESS_TOKENS;
    let is_bound = found.is_true(binds);
    if (uses_tls || found.has(names::MTLS_ENDPOINT_ALIASES)) && !is_bound {
        found.add(Rule::CertificateBindingUndeclared, binds);
    } else if !is_bound && !found.has(names::DPOP_SIGNING_ALG_VALUES_SUPPORTED) {
        found.add(
            Rule::SenderConstraintMissing,
            names::DPOP_SIGNING_ALG_VALUES_SUPPORTED,
        );
    }
    let request_uri = names::REQUEST_URI_PARAMETER_SUPPORTED;
    if !found.document.members().contains_key(request_uri) && found.is_true(request_uri) {
        found.add(Rule::RequestUriByOmission, request_uri);
    }
}

pub(super) fn check_resource(found: &mut Found<'_>) {
    let is_bound = found.is_true(names::TLS_CLIENT_CERTIFICATE_BOUND_ACCESS_TOKENS);
    let dpop = names::DPOP_SIGNING_ALG_VALUES_SUPPORTED;
    if !is_bound && !found.has(dpop) {
        found.add(Rule::SenderConstraintMissing, dpop);
    }
}

fn check_grants(found: &mut Found<'_>) {
    let name = names::GRANT_TYPES_SUPPORTED;
    let issues = |kind: &&str| kind.split(' ').any(|word| word == "token");
    let has_token = found
        .values(names::RESPONSE_TYPES_SUPPORTED)
        .iter()
        .any(issues);
    if !found.has_own(name) {
        found.add(Rule::ImplicitByOmission, name);
    } else if found.lists(name, "implicit") {
        found.add(Rule::ImplicitOffered, name);
    }
    if has_token {
        found.add(Rule::ImplicitOffered, names::RESPONSE_TYPES_SUPPORTED);
    }
    if found.lists(name, "password") {
        found.add(Rule::PasswordGrantOffered, name);
    }
    let is_interactive = found.has(names::AUTHORIZATION_ENDPOINT);
    let response_iss = names::AUTHORIZATION_RESPONSE_ISS_PARAMETER_SUPPORTED;
    if is_interactive && !found.is_true(response_iss) {
        found.add(Rule::IssuerParameterMissing, response_iss);
        let is_signed = |mode: &&str| mode.split('.').next_back() == Some("jwt");
        let modes = found.values(names::RESPONSE_MODES_SUPPORTED);
        if !modes.iter().any(is_signed) && !found.sends_id_token() {
            found.add(Rule::MixUpUndefended, response_iss);
        }
    }
}

fn check_pkce(found: &mut Found<'_>) {
    let name = names::CODE_CHALLENGE_METHODS_SUPPORTED;
    let uses_code = found.lists(names::GRANT_TYPES_SUPPORTED, "authorization_code")
        && found.has(names::AUTHORIZATION_ENDPOINT);
    if found.only(name, &["plain"]) {
        found.add(Rule::PkcePlainOnly, name);
        return;
    }
    if uses_code && !found.lists(name, "S256") {
        found.add(Rule::PkceS256Missing, name);
    }
    if found.lists(name, "plain") {
        found.add(Rule::PkcePlainOffered, name);
    }
}
