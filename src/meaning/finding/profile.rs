//! What the profiles FAPI 2.0 and Model Context Protocol demand; kept only on request.

use serde_json::Value;
use url::Url;

use super::found::Found;
use crate::document::jwk;
use crate::document::kind::Checks;
use crate::document::member;
use crate::document::member::names;
use crate::meaning::rule::Rule;

const FAPI_ALGS: [&str; 4] = ["PS256", "ES256", "EdDSA", "Ed25519"];

pub(super) fn check(found: &mut Found<'_>) {
    match found.document.kind().row().checks {
        Checks::AuthorizationServer | Checks::OpenidProvider => {
            check_security(found);
            check_messages(found);
            if !found.is_true(names::CLIENT_ID_METADATA_DOCUMENT_SUPPORTED)
                && !found.has(names::REGISTRATION_ENDPOINT)
            {
                found.add(
                    Rule::McpRegistration,
                    names::CLIENT_ID_METADATA_DOCUMENT_SUPPORTED,
                );
            }
        }
        Checks::Resource => check_resource(found),
        Checks::KeySet => {
            let mut keys = found
                .document
                .members()
                .get(names::KEYS)
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            if keys.any(|key| key.get(jwk::X5U).is_some() || key.get("jku").is_some()) {
                found.add(Rule::FapiKeyByReference, names::KEYS);
            }
        }
        // The profiles say nothing about other documents.
        Checks::Members => {}
    }
}

fn check_security(found: &mut Found<'_>) {
    let methods = names::TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED;
    let allowed = [
        "private_key_jwt",
        "tls_client_auth",
        "self_signed_tls_client_auth",
    ];
    if found.has(names::TOKEN_ENDPOINT) && !found.only(methods, &allowed) {
        found.add(Rule::FapiClientAuth, methods);
    }
    if !found.only(names::RESPONSE_TYPES_SUPPORTED, &["code"]) {
        found.add(Rule::FapiResponseTypes, names::RESPONSE_TYPES_SUPPORTED);
    }
    let pushed = names::REQUIRE_PUSHED_AUTHORIZATION_REQUESTS;
    if !found.is_true(pushed) || !found.has(names::PUSHED_AUTHORIZATION_REQUEST_ENDPOINT) {
        found.add(Rule::FapiPushedRequests, pushed);
    }
    let challenges = names::CODE_CHALLENGE_METHODS_SUPPORTED;
    if !found.only(challenges, &["S256"]) {
        found.add(Rule::FapiPkce, challenges);
    }
    let modes = names::BACKCHANNEL_TOKEN_DELIVERY_MODES_SUPPORTED;
    if found.lists(modes, "push") {
        found.add(Rule::FapiCibaPush, modes);
    }
    let algs: Vec<&str> = member::members_of(found.document.kind())
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
    let request = names::REQUEST_OBJECT_SIGNING_ALG_VALUES_SUPPORTED;
    if !found.is_true(names::REQUIRE_SIGNED_REQUEST_OBJECT) || !found.only(request, &FAPI_ALGS) {
        found.add(
            Rule::FapiSignedRequests,
            names::REQUIRE_SIGNED_REQUEST_OBJECT,
        );
    }
    let modes = names::RESPONSE_MODES_SUPPORTED;
    if !found.lists(modes, "jwt") || !found.has(names::AUTHORIZATION_SIGNING_ALG_VALUES_SUPPORTED) {
        found.add(Rule::FapiSignedResponses, modes);
    }
    let introspection = names::INTROSPECTION_SIGNING_ALG_VALUES_SUPPORTED;
    if !found.has(introspection) {
        found.add(Rule::FapiSignedIntrospection, introspection);
    }
}

fn check_resource(found: &mut Found<'_>) {
    let bearer = names::BEARER_METHODS_SUPPORTED;
    if found.lists(bearer, "query") || !found.lists(bearer, "header") {
        found.add(Rule::FapiBearerMethods, bearer);
    }
    if found.values(names::AUTHORIZATION_SERVERS).is_empty() {
        found.add(Rule::McpAuthorizationServers, names::AUTHORIZATION_SERVERS);
    }
    if found.lists(names::SCOPES_SUPPORTED, "offline_access") {
        found.add(Rule::McpOfflineAccess, names::SCOPES_SUPPORTED);
    }
    let said = found.document.identity().unwrap_or_default();
    let canonical = Url::parse(said).map(|url| url.to_string());
    let is_canonical = canonical.is_ok_and(|url| {
        let bare = url.strip_suffix('/').unwrap_or(&url);
        said == bare && !said.contains('#')
    });
    if !is_canonical {
        found.add(Rule::McpResourceForm, names::RESOURCE);
    }
}
