//! Requirements of the specifications that one document can show it does not meet.
//!
//! Findings are state: `advance` makes events of those that are new or cured. Profiles (FAPI, MCP)
//! are not checked: they hold only where somebody chose them. Nor is what takes two documents or a
//! request to know. Recommendations are findings too, of severity info.

use serde_json::Value;

use super::change::Finding;
use super::document::{Document, Oddity};
use super::keys;
use super::kind::Kind;
use super::provider::{Identity, Policy, RuleOverride};
use super::rule;
use super::severity::Severity;
use super::text::{bounded, visible};

mod identity;
mod recommended;
mod related;
mod shape;

/// What a document does not meet, sorted.
pub fn findings(document: &Document, identity: Option<&Identity>, policy: &Policy) -> Vec<Finding> {
    let mut found = Found {
        document,
        findings: Vec::new(),
    };
    for oddity in document.oddities() {
        match oddity {
            Oddity::DuplicateName(pointer) => found.add("duplicate-name", &bounded(pointer, 200)),
            Oddity::ByteOrderMark => found.add("byte-order-mark", ""),
            Oddity::MediaType(_) => found.add("media-type", ""),
        }
    }
    match document.kind() {
        Kind::Jwks => found.findings.extend(keys::finding::findings(document)),
        Kind::OauthAuthorizationServer | Kind::OpenidConfiguration => {
            identity::check(&mut found, identity);
            shape::check(&mut found);
            related::check(&mut found);
            recommended::check(&mut found);
        }
        Kind::OauthProtectedResource => {
            identity::check(&mut found, identity);
            shape::check(&mut found);
            related::check_resource(&mut found);
        }
    }
    let mut found = found.findings;
    found.retain_mut(|finding| match policy.severity.get(&finding.rule) {
        Some(RuleOverride::Ignore) => false,
        Some(RuleOverride::Severity(severity)) => {
            finding.severity = *severity;
            true
        }
        None => true,
    });
    found.sort_by(|one, two| (&one.rule, &one.member).cmp(&(&two.rule, &two.member)));
    found.dedup_by(|one, two| (&one.rule, &one.member) == (&two.rule, &two.member));
    found
}

/// What was found so far, and the document it was found in.
struct Found<'a> {
    document: &'a Document,
    findings: Vec<Finding>,
}

impl Found<'_> {
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

    /// The effective values of a set; empty where it is no set or stands for nothing.
    fn values(&self, name: &str) -> Vec<&str> {
        let values = self.document.effective(name).and_then(Value::as_array);
        values
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    fn has(&self, name: &str) -> bool {
        self.document.effective(name).is_some()
    }

    fn lists(&self, name: &str, value: &str) -> bool {
        self.values(name).contains(&value)
    }

    fn is_true(&self, name: &str) -> bool {
        self.document.effective(name).and_then(Value::as_bool) == Some(true)
    }
}

/// A finding as the table of rules words it. The name of the member is made harmless.
pub(super) fn of_rule(id: &'static str, member: &str) -> Finding {
    let row = rule::find(id);
    Finding {
        rule: id.to_owned(),
        member: bounded(&visible(member), 200),
        severity: row.and_then(|row| row.severity).unwrap_or(Severity::Notice),
        why: row.map(|row| row.why.to_owned()).unwrap_or_default(),
        reference: row.map(|row| row.reference.to_owned()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
