//! What the profiles FAPI 2.0 and Model Context Protocol demand; kept only on request.

use serde_json::Value;
use url::Url;

use super::found::Found;
use crate::document::kind::Kind;
use crate::document::member;
use crate::meaning::rule::Rule;

const FAPI_ALGS: [&str; 4] = ["PS256", "ES256", "EdDSA", "Ed25519"];

pub(super) fn check(found: &mut Found<'_>) {
    match found.document.kind() {
        Kind::OauthAuthorizationServer | Kind::OpenidConfiguration => {
            check_security(found);
            check_messages(found);
            if !found.is_true("client_id_metadata_document_supported")
                && !found.has("registration_endpoint")
            {
                found.add(
                    Rule::McpRegistration,
                    "client_id_metadata_document_supported",
                );
            }
        }
        Kind::OauthProtectedResource => check_resource(found),
        Kind::Jwks => {
            let keys = found.document.members().get("keys");
            let mut keys = keys.and_then(Value::as_array).into_iter().flatten();
            if keys.any(|key| key.get("x5u").is_some() || key.get("jku").is_some()) {
                found.add(Rule::FapiKeyByReference, "keys");
            }
        }
    }
}

fn check_security(found: &mut Found<'_>) {
    let methods = "token_endpoint_auth_methods_supported";
    let allowed = [
        "private_key_jwt",
        "tls_client_auth",
        "self_signed_tls_client_auth",
    ];
    if found.has("token_endpoint") && !found.only(methods, &allowed) {
        found.add(Rule::FapiClientAuth, methods);
    }
    if !found.only("response_types_supported", &["code"]) {
        found.add(Rule::FapiResponseTypes, "response_types_supported");
    }
    let pushed = "require_pushed_authorization_requests";
    if !found.is_true(pushed) || !found.has("pushed_authorization_request_endpoint") {
        found.add(Rule::FapiPushedRequests, pushed);
    }
    let challenges = "code_challenge_methods_supported";
    if !found.only(challenges, &["S256"]) {
        found.add(Rule::FapiPkce, challenges);
    }
    let modes = "backchannel_token_delivery_modes_supported";
    if found.lists(modes, "push") {
        found.add(Rule::FapiCibaPush, modes);
    }
    let algs: Vec<&str> = member::members()
        .map(|row| row.name)
        .filter(|name| name.ends_with("_signing_alg_values_supported"))
        .collect();
    for name in algs {
        if found.document.members().contains_key(name) && !found.only(name, &FAPI_ALGS) {
            found.add(Rule::FapiAlgs, name);
        }
    }
}

fn check_messages(found: &mut Found<'_>) {
    let request = "request_object_signing_alg_values_supported";
    if !found.is_true("require_signed_request_object") || !found.only(request, &FAPI_ALGS) {
        found.add(Rule::FapiSignedRequests, "require_signed_request_object");
    }
    let modes = "response_modes_supported";
    if !found.lists(modes, "jwt") || !found.has("authorization_signing_alg_values_supported") {
        found.add(Rule::FapiSignedResponses, modes);
    }
    let introspection = "introspection_signing_alg_values_supported";
    if !found.has(introspection) {
        found.add(Rule::FapiSignedIntrospection, introspection);
    }
}

fn check_resource(found: &mut Found<'_>) {
    let bearer = "bearer_methods_supported";
    if found.lists(bearer, "query") || !found.lists(bearer, "header") {
        found.add(Rule::FapiBearerMethods, bearer);
    }
    if found.values("authorization_servers").is_empty() {
        found.add(Rule::McpAuthorizationServers, "authorization_servers");
    }
    if found.lists("scopes_supported", "offline_access") {
        found.add(Rule::McpOfflineAccess, "scopes_supported");
    }
    let said = found.document.identity().unwrap_or_default();
    let canonical = Url::parse(said).map(|url| url.to_string());
    let is_canonical = canonical.is_ok_and(|url| {
        let bare = url.strip_suffix('/').unwrap_or(&url);
        said == bare && !said.contains('#')
    });
    if !is_canonical {
        found.add(Rule::McpResourceForm, "resource");
    }
}
