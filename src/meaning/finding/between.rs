//! What two documents of one issuer, or a resource and its authorization server, show together.
//!
//! Nothing here is an event, because it cannot be known which of the two is wrong, or for which of
//! them a cure would be told. `check` shows it. Events of two documents are in `twins`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::decided::decided;
use super::examination::Examination;
use super::twins::disagreement;
use crate::document::canonical::Document;
use crate::document::jwk;
use crate::document::key_set::{Key, keys};
use crate::document::kind::Checks;
use crate::document::member::names;
use crate::meaning::change::Finding;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rule::Rule;

/// What two documents that belong together do not agree in, sorted. A key set belongs to the
/// metadata of its provider, which the caller knows; metadata by what it says.
pub fn between(one: &Document, other: &Document, policy: &Policy) -> Vec<Finding> {
    use Checks::{AuthorizationServer, OpenidProvider, Resource};
    let checks = |document: &Document| document.kind().row().checks;
    let findings = match (checks(one), checks(other)) {
        (AuthorizationServer, OpenidProvider) => of_one_issuer(one, other),
        (OpenidProvider, AuthorizationServer) => of_one_issuer(other, one),
        (Resource, AuthorizationServer | OpenidProvider) => of_resource(one, other),
        (AuthorizationServer | OpenidProvider, Resource) => of_resource(other, one),
        _ if leads(one, other) => of_keys(one, other),
        _ if leads(other, one) => of_keys(other, one),
        _ => Vec::new(),
    };
    decided(findings, policy)
}

/// Whether the one says where key sets of the other kind are.
fn leads(metadata: &Document, set: &Document) -> bool {
    let mut leads = metadata.kind().row().leads.iter();
    set.kind().is_key_set() && leads.any(|(_, kind)| *kind == set.kind())
}

/// The formats are compatible (RFC 8414 section 5): what stands in both must be the same. What is an event
/// at the second poll of both (`twins-disagree`) is left to it, so that it is told once.
fn of_one_issuer(oauth: &Document, openid: &Document) -> Vec<Finding> {
    let mut examination = Examination::new(oauth);
    if oauth.identity().is_none() || oauth.identity() != openid.identity() {
        return Vec::new();
    }
    for (name, value) in oauth.members() {
        let is_other = |other: &&Value| {
            let is_event = disagreement(name, value, other).is_some();
            *other != value && !other.is_null() && !is_event
        };
        // Each document has signed metadata of its own.
        let is_told = !value.is_null() && name != names::SIGNED_METADATA;
        let other = openid.members().get(name).filter(is_other);
        if let Some(other) = other.filter(|_| is_told) {
            examination.add_two(Rule::DocumentsDisagree, name, value, other);
        }
    }
    examination.findings
}

/// A resource and an authorization server it names (RFC 9728 section 7.6).
fn of_resource(resource: &Document, server: &Document) -> Vec<Finding> {
    let mut examination = Examination::new(resource);
    let server = Examination::new(server);
    let issuer = server.document.identity().unwrap_or_default();
    let names_server = examination.lists(names::AUTHORIZATION_SERVERS, issuer);
    let named = resource.identity().unwrap_or_default();
    let is_named = server.lists(names::PROTECTED_RESOURCES, named);
    let both_say =
        examination.has(names::AUTHORIZATION_SERVERS) && server.has(names::PROTECTED_RESOURCES);
    if both_say && names_server != is_named {
        examination.add(Rule::ResourceLinkOneSided, names::AUTHORIZATION_SERVERS);
    }
    if !names_server {
        return examination.findings;
    }
    let scopes = server.values(names::SCOPES_SUPPORTED);
    let asked = examination.values(names::SCOPES_SUPPORTED);
    let unknown: Vec<&str> = asked
        .into_iter()
        .filter(|scope| !scopes.contains(scope))
        .collect();
    if !scopes.is_empty() && !unknown.is_empty() {
        examination.add_values(
            Rule::ResourceScopeUnknown,
            names::SCOPES_SUPPORTED,
            &unknown,
        );
    }
    let dpop = names::DPOP_SIGNING_ALG_VALUES_SUPPORTED;
    let offered = server.values(dpop);
    let taken = examination.values(dpop);
    let is_shared = taken.is_empty() || taken.iter().any(|alg| offered.contains(alg));
    if examination.is_true(names::DPOP_BOUND_ACCESS_TOKENS_REQUIRED)
        && (offered.is_empty() || !is_shared)
    {
        examination.add(Rule::ResourceDpopUnmatched, dpop);
    }
    examination.findings
}

fn of_keys(metadata: &Document, set: &Document) -> Vec<Finding> {
    let mut examination = Examination::new(metadata);
    let published = keys(set.members());
    let thumbprints = |keys: &[Key<'_>]| -> BTreeSet<String> {
        let prints = keys.iter().map(|key| key.material.thumbprint.clone());
        prints.flatten().collect()
    };
    let inside = metadata
        .members()
        .get(names::JWKS)
        .and_then(Value::as_object);
    if inside.is_some_and(|inside| thumbprints(&keys(inside)) != thumbprints(&published)) {
        examination.add(Rule::KeysDisagree, names::JWKS);
    }
    let name = names::ID_TOKEN_SIGNING_ALG_VALUES_SUPPORTED;
    let has_key = |alg: &str| published.iter().any(|key| fits(key, alg));
    let algs = examination.values(name);
    let mut asymmetric = algs
        .iter()
        .copied()
        .filter(|alg| *alg != "none" && !alg.starts_with("HS"))
        .peekable();
    let has_asymmetric = asymmetric.peek().is_some();
    let is_any = asymmetric.any(has_key);
    if has_asymmetric && !is_any {
        examination.add(Rule::SigningKeyMissing, name);
    } else if algs.contains(&"RS256") && !has_key("RS256") {
        examination.add(Rule::Rs256KeyMissing, name);
    }
    examination.findings
}

/// Whether tokens signed with the algorithm can be verified with the key.
fn fits(key: &Key<'_>, alg: &str) -> bool {
    let crv = key.text(jwk::CRV).unwrap_or_default();
    let fits = match (key.text(jwk::KTY).unwrap_or_default(), alg) {
        ("RSA", _) => alg.starts_with("RS") || alg.starts_with("PS"),
        ("EC", "ES256") => crv == "P-256",
        ("EC", "ES384") => crv == "P-384",
        ("EC", "ES512") => crv == "P-521",
        ("EC", "ES256K") => crv == "secp256k1",
        ("OKP", "EdDSA") => true,
        ("OKP", _) => crv == alg,
        ("AKP", _) => key.text(jwk::ALG) == Some(alg),
        // A key of a type that is unknown here may fit an algorithm that is unknown here.
        ("EC" | "oct", _) => false,
        _ => true,
    };
    let is_named = key.text(jwk::ALG).is_none_or(|named| {
        named == alg || matches!((named, alg), ("EdDSA", "Ed25519") | ("Ed25519", "EdDSA"))
    });
    fits && is_named && key.is_signing()
}
