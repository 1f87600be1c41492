//! What should not be offered and is, and what should be offered and is not.

use super::found::Found;
use crate::meaning::rule::Rule;

pub(super) fn check(found: &mut Found<'_>) {
    check_grants(found);
    check_pkce(found);
    let methods = found.values("token_endpoint_auth_methods_supported");
    let asymmetric = [
        "private_key_jwt",
        "tls_client_auth",
        "self_signed_tls_client_auth",
    ];
    let uses_tls = methods
        .iter()
        .any(|method| method.ends_with("tls_client_auth"));
    let is_weak = !methods.iter().any(|method| asymmetric.contains(method));
    if is_weak && found.has("token_endpoint") {
        found.add(
            Rule::AuthAsymmetricMissing,
            "token_endpoint_auth_methods_supported",
        );
    }
    let binds = "tls_client_certificate_bound_access_tokens";
    let is_bound = found.is_true(binds);
    if (uses_tls || found.has("mtls_endpoint_aliases")) && !is_bound {
        found.add(Rule::CertificateBindingUndeclared, binds);
    } else if !is_bound && !found.has("dpop_signing_alg_values_supported") {
        found.add(
            Rule::SenderConstraintMissing,
            "dpop_signing_alg_values_supported",
        );
    }
    let request_uri = "request_uri_parameter_supported";
    if !found.document.members().contains_key(request_uri) && found.is_true(request_uri) {
        found.add(Rule::RequestUriByOmission, request_uri);
    }
}

pub(super) fn check_resource(found: &mut Found<'_>) {
    let is_bound = found.is_true("tls_client_certificate_bound_access_tokens");
    let dpop = "dpop_signing_alg_values_supported";
    if !is_bound && !found.has(dpop) {
        found.add(Rule::SenderConstraintMissing, dpop);
    }
}

fn check_grants(found: &mut Found<'_>) {
    let name = "grant_types_supported";
    let issues = |kind: &&str| kind.split(' ').any(|word| word == "token");
    let has_token = found.values("response_types_supported").iter().any(issues);
    if !found.has_own(name) {
        found.add(Rule::ImplicitByOmission, name);
    } else if found.lists(name, "implicit") {
        found.add(Rule::ImplicitOffered, name);
    }
    if has_token {
        found.add(Rule::ImplicitOffered, "response_types_supported");
    }
    if found.lists(name, "password") {
        found.add(Rule::PasswordGrantOffered, name);
    }
    let is_interactive = found.has("authorization_endpoint");
    let response_iss = "authorization_response_iss_parameter_supported";
    if is_interactive && !found.is_true(response_iss) {
        found.add(Rule::IssuerParameterMissing, response_iss);
        let is_signed = |mode: &&str| mode.split('.').next_back() == Some("jwt");
        let modes = found.values("response_modes_supported");
        if !modes.iter().any(is_signed) && !found.sends_id_token() {
            found.add(Rule::MixUpUndefended, response_iss);
        }
    }
}

fn check_pkce(found: &mut Found<'_>) {
    let name = "code_challenge_methods_supported";
    let uses_code = found.lists("grant_types_supported", "authorization_code")
        && found.has("authorization_endpoint");
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
