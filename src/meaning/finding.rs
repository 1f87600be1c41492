//! Requirements of the specifications that one document can show it does not meet.
//!
//! Findings are state: `policy::decide` makes events of those that are new or cured. A good document has
//! none, so what a document merely leaves out although it is recommended, and what a profile (FAPI,
//! MCP) demands, is a finding only where the operator asks for the rule in `[severity]`. Never here:
//! what takes a request, a clock or a key to trust (a signature, the expiry of a certificate).
//!
//! Of the conformance rules that were collected some are left out: 1-4, 7-9, 14, 15, 17-19, 26, 112, 114, 129,
//! 131 and 132 need a request, a redirect, a header or a token, 71 and 91 a key to trust or a clock.

use std::collections::BTreeSet;

use serde_json::Value;

use super::change::Finding;
use super::citation;
use super::provider::Identity;
use super::provider_policy::Policy;
use super::rule_finding::finding_of;
use super::{diff, key_set};
use crate::document::canonical::Document;
use crate::document::kind::Checks;
use crate::document::member::names;
use crate::meaning::change::Fact;
use crate::meaning::rule::{Rule, RuleName};

mod announced;
mod between;
mod clients;
mod consistency;
mod decided;
mod encoding;
mod examination;
mod identity;
mod pairs;
mod profile;
mod recommended;
mod shape;
mod twins;
mod value;

pub use self::announced::announced_differently;
pub use self::between::between;
use self::decided::decided;
use self::examination::Examination;
pub use self::pairs::{CurrentDocument, DisagreeingPair, related};
pub use self::twins::twins;
pub use self::value::{advice, value_lines, values};

/// What a document does not meet, sorted.
pub fn findings(document: &Document, identity: Option<&Identity>, policy: &Policy) -> Vec<Finding> {
    let mut found = all(document, identity, policy);
    // To see which findings come from an ignored part of a member, that part must be left out.
    if let Some(visible) = diff::visible(document, policy) {
        let of_visible = all(&visible, identity, policy);
        let rest: BTreeSet<Fact<'_>> = of_visible.iter().map(Finding::fact).collect();
        let stays = |it: &Finding| {
            is_of_bytes(&it.rule)
                || is_of_secret(&it.rule)
                || it.rule == Rule::ClientRefuses
                || rest.contains(&it.fact())
        };
        found.retain(stays);
    }
    found
}

fn all(document: &Document, identity: Option<&Identity>, policy: &Policy) -> Vec<Finding> {
    let mut examination = Examination::new(document);
    encoding::check(&mut examination);
    if is_any_on_request(policy) {
        profile::check(&mut examination);
    }
    identity::check(&mut examination, identity, policy);
    match document.kind().row().checks {
        Checks::KeySet => {
            let set = key_set::finding::findings(document.members(), &document.keys(), names::KEYS);
            examination.findings.extend(set);
        }
        Checks::AuthorizationServer | Checks::OpenidProvider => {
            shape::check(&mut examination);
            consistency::check(&mut examination);
            recommended::check(&mut examination);
        }
        Checks::Resource => {
            shape::check(&mut examination);
            consistency::check_resource(&mut examination);
            recommended::check_resource(&mut examination);
        }
        Checks::Members => {
            shape::check(&mut examination);
            consistency::check_members(&mut examination);
        }
    }
    check_keys_inside(&mut examination);
    let of_clients = clients::check(document, identity, policy);
    examination.findings.extend(of_clients);
    for finding in &mut examination.findings {
        let cited = finding.reference.as_deref();
        finding.reference = cited.map(|reference| citation::for_kind(document.kind(), reference));
    }
    decided(examination.findings, policy)
}

/// Only the findings of the declared clients.
pub fn of_clients(
    document: &Document,
    identity: Option<&Identity>,
    policy: &Policy,
) -> Vec<Finding> {
    decided(clients::check(document, identity, policy), policy)
}

/// Keys in a metadata document: its `jwks`; and secrets wherever they stood in any document.
fn check_keys_inside(examination: &mut Examination<'_>) {
    let document = examination.document;
    let inside = document
        .members()
        .get(names::JWKS)
        .and_then(Value::as_object);
    if let Some(set) = inside.filter(|_| !document.kind().is_key_set()) {
        let keys = crate::document::key_set::keys(set);
        examination
            .findings
            .extend(key_set::finding::findings(set, &keys, names::JWKS));
    }
    for name in document.secrets() {
        let rule = if document.passwords().contains(name) {
            Rule::SecretPublished
        } else {
            Rule::KeySecretPublished
        };
        let finding = finding_of(rule, name);
        let is_told = |it: &Finding| it.fact() == finding.fact();
        if !examination.findings.iter().any(is_told) {
            examination.findings.push(finding);
        }
    }
}

/// The findings that only the bytes show: two bodies of one document can differ in them.
pub fn of_bytes(document: &Document, policy: &Policy) -> Vec<Finding> {
    let mut examination = Examination::new(document);
    encoding::check(&mut examination);
    decided(examination.findings, policy)
}

/// Whether a rule is one of `of_bytes`.
pub fn is_of_bytes(rule: &RuleName) -> bool {
    rule.known()
        .is_some_and(|rule| encoding::RULES.contains(&rule))
}

/// Whether a rule is about a secret that everybody can read now.
pub fn is_of_secret(rule: &RuleName) -> bool {
    rule.known().is_some_and(Rule::is_of_secret)
}

/// Whether the operator asks for a rule that is off by default.
fn is_any_on_request(policy: &Policy) -> bool {
    let mut asked = policy.severity.keys();
    asked.any(|rule| rule.row().on_request)
}

#[cfg(test)]
mod tests;
