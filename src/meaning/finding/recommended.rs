//! What should not be offered and is, and what should be offered and is not.

use super::found::Found;

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
            "auth-asymmetric-missing",
            "token_endpoint_auth_methods_supported",
        );
    }
    let binds = "tls_client_certificate_bound_access_tokens";
    let is_bound = found.is_true(binds);
    if (uses_tls || found.has("mtls_endpoint_aliases")) && !is_bound {
        found.add("certificate-binding-undeclared", binds);
    } else if !is_bound && !found.has("dpop_signing_alg_values_supported") {
        found.add(
            "sender-constraint-missing",
            "dpop_signing_alg_values_supported",
        );
    }
    let request_uri = "request_uri_parameter_supported";
    if !found.document.members().contains_key(request_uri) && found.is_true(request_uri) {
        found.add("request-uri-by-omission", request_uri);
    }
}

pub(super) fn check_resource(found: &mut Found<'_>) {
    let is_bound = found.is_true("tls_client_certificate_bound_access_tokens");
    let dpop = "dpop_signing_alg_values_supported";
    if !is_bound && !found.has(dpop) {
        found.add("sender-constraint-missing", dpop);
    }
}

fn check_grants(found: &mut Found<'_>) {
    let name = "grant_types_supported";
    let issues = |kind: &&str| kind.split(' ').any(|word| word == "token");
    let has_token = found.values("response_types_supported").iter().any(issues);
    if !found.has_own(name) {
        found.add("implicit-by-omission", name);
    } else if found.lists(name, "implicit") {
        found.add("implicit-offered", name);
    }
    if has_token {
        found.add("implicit-offered", "response_types_supported");
    }
    if found.lists(name, "password") {
        found.add("password-grant-offered", name);
    }
    let is_interactive = found.has("authorization_endpoint");
    let response_iss = "authorization_response_iss_parameter_supported";
    if is_interactive && !found.is_true(response_iss) {
        found.add("issuer-parameter-missing", response_iss);
        let is_signed = |mode: &&str| mode.split('.').next_back() == Some("jwt");
        let modes = found.values("response_modes_supported");
        if !modes.iter().any(is_signed) && !found.sends_id_token() {
            found.add("mix-up-undefended", response_iss);
        }
    }
}

fn check_pkce(found: &mut Found<'_>) {
    let name = "code_challenge_methods_supported";
    let uses_code = found.lists("grant_types_supported", "authorization_code")
        && found.has("authorization_endpoint");
    if found.only(name, &["plain"]) {
        found.add("pkce-plain-only", name);
        return;
    }
    if uses_code && !found.lists(name, "S256") {
        found.add("pkce-s256-missing", name);
    }
    if found.lists(name, "plain") {
        found.add("pkce-plain-offered", name);
    }
}
