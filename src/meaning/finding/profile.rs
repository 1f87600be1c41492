//! What the profiles FAPI 2.0 and Model Context Protocol demand; kept only on request.

use serde_json::Value;
use url::Url;

use super::examination::Examination;
use crate::document::jwk;
use crate::document::kind::Checks;
use crate::document::member;
use crate::document::member::names;
use crate::meaning::rule::Rule;

const FAPI_ALGS: [&str; 4] = ["PS256", "ES256", "EdDSA", "Ed25519"];

pub(super) fn check(examination: &mut Examination<'_>) {
    match examination.document.kind().row().checks {
        Checks::AuthorizationServer | Checks::OpenidProvider => {
            check_security(examination);
            check_messages(examination);
            if !examination.is_true(names::CLIENT_ID_METADATA_DOCUMENT_SUPPORTED)
                && !examination.has(names::REGISTRATION_ENDPOINT)
            {
                examination.add(
                    Rule::McpRegistration,
                    names::CLIENT_ID_METADATA_DOCUMENT_SUPPORTED,
                );
            }
        }
        Checks::Resource => check_resource(examination),
        Checks::KeySet => {
            let mut keys = examination
                .document
                .members()
                .get(names::KEYS)
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            if keys.any(|key| key.get(jwk::X5U).is_some() || key.get("jku").is_some()) {
                examination.add(Rule::FapiKeyByReference, names::KEYS);
            }
        }
        // The profiles say nothing about other documents.
        Checks::Members => {}
    }
}

fn check_security(examination: &mut Examination<'_>) {
    let methods = names::TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED;
    let allowed = [
        "private_key_jwt",
        "tls_client_auth",
        "self_signed_tls_client_auth",
    ];
    if examination.has(names::TOKEN_ENDPOINT) && !examination.only(methods, &allowed) {
        examination.add(Rule::FapiClientAuth, methods);
    }
    if !examination.only(names::RESPONSE_TYPES_SUPPORTED, &["code"]) {
        examination.add(Rule::FapiResponseTypes, names::RESPONSE_TYPES_SUPPORTED);
    }
    let pushed = names::REQUIRE_PUSHED_AUTHORIZATION_REQUESTS;
    if !examination.is_true(pushed)
        || !examination.has(names::PUSHED_AUTHORIZATION_REQUEST_ENDPOINT)
    {
        examination.add(Rule::FapiPushedRequests, pushed);
    }
    let challenges = names::CODE_CHALLENGE_METHODS_SUPPORTED;
    if !examination.only(challenges, &["S256"]) {
        examination.add(Rule::FapiPkce, challenges);
    }
    let modes = names::BACKCHANNEL_TOKEN_DELIVERY_MODES_SUPPORTED;
    if examination.lists(modes, "push") {
        examination.add(Rule::FapiCibaPush, modes);
    }
    let algs: Vec<&str> = member::members_of(examination.document.kind())
        .map(|row| row.name)
        .filter(|name| name.ends_with("_signing_alg_values_supported"))
        .collect();
    for name in algs {
        if examination.document.members().contains_key(name) && !examination.only(name, &FAPI_ALGS)
        {
            examination.add(Rule::FapiAlgs, name);
        }
    }
}

fn check_messages(examination: &mut Examination<'_>) {
    let request = names::REQUEST_OBJECT_SIGNING_ALG_VALUES_SUPPORTED;
    if !examination.is_true(names::REQUIRE_SIGNED_REQUEST_OBJECT)
        || !examination.only(request, &FAPI_ALGS)
    {
        examination.add(
            Rule::FapiSignedRequests,
            names::REQUIRE_SIGNED_REQUEST_OBJECT,
        );
    }
    let modes = names::RESPONSE_MODES_SUPPORTED;
    if !examination.lists(modes, "jwt")
        || !examination.has(names::AUTHORIZATION_SIGNING_ALG_VALUES_SUPPORTED)
    {
        examination.add(Rule::FapiSignedResponses, modes);
    }
    let introspection = names::INTROSPECTION_SIGNING_ALG_VALUES_SUPPORTED;
    if !examination.has(introspection) {
        examination.add(Rule::FapiSignedIntrospection, introspection);
    }
}

fn check_resource(examination: &mut Examination<'_>) {
    let bearer = names::BEARER_METHODS_SUPPORTED;
    if examination.lists(bearer, "query") || !examination.lists(bearer, "header") {
        examination.add(Rule::FapiBearerMethods, bearer);
    }
    if examination.values(names::AUTHORIZATION_SERVERS).is_empty() {
        examination.add(Rule::McpAuthorizationServers, names::AUTHORIZATION_SERVERS);
    }
    if examination.lists(names::SCOPES_SUPPORTED, "offline_access") {
        examination.add(Rule::McpOfflineAccess, names::SCOPES_SUPPORTED);
    }
    let said = examination.document.identity().unwrap_or_default();
    let canonical = Url::parse(said).map(|url| url.to_string());
    let is_canonical = canonical.is_ok_and(|url| {
        let bare = url.strip_suffix('/').unwrap_or(&url);
        said == bare && !said.contains('#')
    });
    if !is_canonical {
        examination.add(Rule::McpResourceForm, names::RESOURCE);
    }
}
