//! Requirements of the specifications that one document can show it does not meet.
//!
//! Findings are state: `policy::decide` makes events of those that are new or cured. A good document has
//! none, so what a document merely leaves out although it is recommended, and what a profile (FAPI,
//! MCP) demands, is a finding only where the operator asks for the rule in `[severity]`. Never here:
//! what takes a request, a clock or a key to trust (a signature, the expiry of a certificate).

use std::collections::BTreeSet;

use serde_json::Value;

use super::change::Finding;
use super::provider::{Identity, Policy, RuleOverride};
use super::rule;
use super::{diff, key_set};
use crate::document::canonical::Document;
use crate::document::kind::Kind;
use crate::document::member::Member;
use crate::document::severity::Severity;
use crate::document::text::{bounded, visible};

mod between;
mod consistency;
mod encoding;
mod identity;
mod profile;
mod recommended;
mod shape;
mod value;

pub use between::between;
pub use value::{advice, value_lines, values};

/// What a document does not meet, sorted.
pub fn findings(document: &Document, identity: Option<&Identity>, policy: &Policy) -> Vec<Finding> {
    let mut found = all(document, identity, policy);
    // Of what is ignored within a member only a document without it can tell which findings are its.
    if let Some(visible) = diff::visible(document, policy) {
        let rest = all(&visible, identity, policy);
        let rest: BTreeSet<(&String, &String)> =
            rest.iter().map(|it| (&it.rule, &it.member)).collect();
        let stays = |it: &Finding| {
            is_of_bytes(&it.rule)
                || it.rule == key_set::finding::SECRET
                || rest.contains(&(&it.rule, &it.member))
        };
        found.retain(stays);
    }
    found
}

fn all(document: &Document, identity: Option<&Identity>, policy: &Policy) -> Vec<Finding> {
    let mut found = Found {
        document,
        findings: Vec::new(),
    };
    encoding::check(&mut found);
    if is_any_on_request(policy) {
        profile::check(&mut found);
    }
    match document.kind() {
        Kind::Jwks => {
            let set = key_set::finding::findings(document.members(), &document.keys(), "keys");
            found.findings.extend(set);
        }
        Kind::OauthAuthorizationServer | Kind::OpenidConfiguration => {
            identity::check(&mut found, identity);
            shape::check(&mut found);
            consistency::check(&mut found);
            recommended::check(&mut found);
        }
        Kind::OauthProtectedResource => {
            identity::check(&mut found, identity);
            shape::check(&mut found);
            consistency::check_resource(&mut found);
            recommended::check_resource(&mut found);
        }
    }
    check_keys_inside(&mut found);
    decided(found.findings, policy)
}

/// Keys in a metadata document: its `jwks`; and secrets wherever they stood in any document.
fn check_keys_inside(found: &mut Found<'_>) {
    let document = found.document;
    let inside = document.members().get("jwks").and_then(Value::as_object);
    if let Some(set) = inside.filter(|_| document.kind() != Kind::Jwks) {
        let keys = crate::document::key_set::keys(set);
        found
            .findings
            .extend(key_set::finding::findings(set, &keys, "jwks"));
    }
    for name in document.secrets() {
        let finding = of_rule(key_set::finding::SECRET, name);
        let is_told = |it: &Finding| (&it.rule, &it.member) == (&finding.rule, &finding.member);
        if !found.findings.iter().any(is_told) {
            found.findings.push(finding);
        }
    }
}

/// What of it shows in nothing but the bytes: two bodies of one document can differ in it.
pub fn of_bytes(document: &Document, policy: &Policy) -> Vec<Finding> {
    let mut found = Found {
        document,
        findings: Vec::new(),
    };
    encoding::check(&mut found);
    decided(found.findings, policy)
}

/// Whether a rule is one of `of_bytes`.
pub fn is_of_bytes(rule: &str) -> bool {
    encoding::RULES.contains(&rule)
}

/// Whether the operator asks for a rule that is off by default.
fn is_any_on_request(policy: &Policy) -> bool {
    let asked = policy.severity.keys();
    let mut rows = asked.filter_map(|id| rule::find(id));
    rows.any(|row| row.on_request)
}

/// What the operator decided about rules, and the order findings are kept in.
fn decided(mut found: Vec<Finding>, policy: &Policy) -> Vec<Finding> {
    // A member that is silenced says nothing, but for a key that everybody can read.
    found.retain(|finding| {
        finding.rule == key_set::finding::SECRET || !diff::is_ignored(&finding.member, policy)
    });
    found.retain_mut(|finding| match policy.severity.get(&finding.rule) {
        Some(RuleOverride::Ignore) => false,
        Some(RuleOverride::Severity(severity)) => {
            finding.severity = *severity;
            true
        }
        None => rule::find(&finding.rule).is_none_or(|rule| !rule.on_request),
    });
    found.sort_by(|one, two| (&one.rule, &one.member).cmp(&(&two.rule, &two.member)));
    // The first of two that are removed stays, with the values of both.
    found.dedup_by(|two, one| {
        let is_same = (&one.rule, &one.member) == (&two.rule, &two.member);
        if is_same {
            value::merge(&mut one.found, two.found.take());
        }
        is_same
    });
    found
}

/// What was found so far, and the document it was found in.
struct Found<'a> {
    document: &'a Document,
    findings: Vec<Finding>,
}

impl<'a> Found<'a> {
    fn add(&mut self, id: &'static str, member: &str) {
        self.findings.push(of_rule(id, member));
    }

    /// A rule whose reference is that of the member.
    fn add_with(&mut self, id: &'static str, member: &str, reference: &str) {
        let mut finding = of_rule(id, member);
        if !reference.is_empty() {
            reference.clone_into(&mut finding.reference);
        }
        self.findings.push(finding);
    }

    /// A rule about a value that stands there.
    fn add_value(&mut self, id: &'static str, member: &str, reference: &str, found: &Value) {
        let mut finding = of_rule(id, member);
        if !reference.is_empty() {
            reference.clone_into(&mut finding.reference);
        }
        finding.found = Some(value::kept(found));
        self.findings.push(finding);
    }

    /// A value that is not of the type its specification gives it.
    fn add_type(&mut self, name: &str, row: &Member, found: &Value) {
        let mut finding = of_rule("wrong-type", name);
        row.reference.clone_into(&mut finding.reference);
        finding.expected = Some(Value::from(row.shape.words()));
        finding.found = Some(value::kept(found));
        self.findings.push(finding);
    }

    /// A rule about two values that should be one.
    fn add_two(&mut self, id: &'static str, member: &str, expected: &Value, found: &Value) {
        let mut finding = of_rule(id, member);
        finding.expected = Some(value::kept(expected));
        finding.found = Some(value::kept(found));
        self.findings.push(finding);
    }

    /// A rule about values of a set.
    fn add_values(&mut self, id: &'static str, member: &str, found: &[&str]) {
        let found: Vec<Value> = found.iter().map(|value| Value::from(*value)).collect();
        self.add_value(id, member, "", &Value::from(found));
    }

    /// A rule about what the document says it is about.
    fn add_identity(
        &mut self,
        id: &'static str,
        member: &str,
        expected: Option<&str>,
        found: Option<&Value>,
    ) {
        let mut finding = of_rule(id, member);
        if member == "resource" {
            (finding.why, finding.reference) = rule::of_resource(id);
        }
        finding.expected = expected.map(|expected| value::kept(&Value::from(expected)));
        finding.found = found.map(value::kept);
        self.findings.push(finding);
    }

    /// The effective values of a set; empty where it is no set or stands for nothing.
    fn values(&self, name: &str) -> Vec<&'a str> {
        let document: &'a Document = self.document;
        let values = document.effective(name).and_then(Value::as_array);
        values
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    fn has(&self, name: &str) -> bool {
        self.document.effective(name).is_some()
    }

    /// Whether the member is written down, and not only its default.
    fn has_own(&self, name: &str) -> bool {
        let value = self.document.members().get(name);
        value.is_some_and(|value| !value.is_null())
    }

    fn lists(&self, name: &str, value: &str) -> bool {
        self.values(name).contains(&value)
    }

    /// Whether a set has values, and none but these.
    fn only(&self, name: &str, allowed: &[&str]) -> bool {
        let values = self.values(name);
        !values.is_empty() && values.iter().all(|value| allowed.contains(value))
    }

    /// Whether an ID token comes through the browser.
    fn sends_id_token(&self) -> bool {
        let kinds = self.values("response_types_supported");
        let mut words = kinds.iter().flat_map(|kind| kind.split(' '));
        words.any(|word| word == "id_token")
    }

    fn is_true(&self, name: &str) -> bool {
        self.document.effective(name).and_then(Value::as_bool) == Some(true)
    }
}

/// The name of a member, made harmless.
pub(crate) fn member_name(member: &str) -> String {
    bounded(&visible(member), 200)
}

/// A finding as the table of rules words it.
pub(crate) fn of_rule(id: &'static str, member: &str) -> Finding {
    let row = rule::find(id);
    Finding {
        rule: id.to_owned(),
        member: member_name(member),
        severity: row.and_then(|row| row.severity).unwrap_or(Severity::Notice),
        why: row.map(|row| row.why.to_owned()).unwrap_or_default(),
        reference: row.map(|row| row.reference.to_owned()).unwrap_or_default(),
        keys: Vec::new(),
        expected: None,
        found: None,
        about_keys: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
