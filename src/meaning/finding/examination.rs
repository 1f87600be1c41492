//! One examination of a document: what was found in it so far, and questions that several checks ask of it.

use serde_json::Value;

use super::value;
use crate::document::canonical::Document;
use crate::document::member::Member;
use crate::document::member::names;
use crate::meaning::change::Finding;
use crate::meaning::rule::Rule;
use crate::meaning::rule_finding::finding_of;
use crate::meaning::subject::Subject;

/// The document that is examined, and what was found in it so far.
pub(super) struct Examination<'a> {
    pub(super) document: &'a Document,
    pub(super) findings: Vec<Finding>,
}

impl<'a> Examination<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self {
            document,
            findings: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, rule: Rule, subject: impl Into<Subject>) {
        self.findings.push(finding_of(rule, subject));
    }

    /// Adds a rule about parts that belong together, and says which of the parts are missing.
    pub(super) fn add_incomplete(&mut self, rule: Rule, member: &str, parts: &[(bool, &str)]) {
        let mut finding = finding_of(rule, member);
        let missing: Vec<&str> = parts
            .iter()
            .filter(|(is_there, _)| !is_there)
            .map(|(_, part)| *part)
            .collect();
        let verb = if missing.len() == 1 { "is" } else { "are" };
        let why = finding.why.trim_end_matches('.');
        finding.why = format!("{why}; {} {verb} missing.", missing.join(" and "));
        self.findings.push(finding);
    }

    /// Adds a rule with the reference of the member.
    pub(super) fn add_with(&mut self, rule: Rule, member: &str, reference: &str) {
        let mut finding = finding_of(rule, member);
        finding.reference = Some(reference.to_owned());
        self.findings.push(finding);
    }

    /// Adds a rule about a value that stands there, with the reference of the member if that differs.
    pub(super) fn add_value(
        &mut self,
        rule: Rule,
        subject: impl Into<Subject>,
        reference: Option<&str>,
        found: &Value,
    ) {
        let mut finding = finding_of(rule, subject);
        finding.reference = reference.map(str::to_owned).or(finding.reference);
        finding.found = Some(value::kept(found));
        self.findings.push(finding);
    }

    /// Adds a finding about a value that is not of the type its specification gives it.
    pub(super) fn add_type(&mut self, name: &str, row: &Member, found: &Value) {
        let mut finding = finding_of(Rule::WrongType, name);
        finding.reference = Some(row.reference.to_owned());
        finding.expected = Some(Value::from(row.shape.words()));
        finding.found = Some(value::kept(found));
        self.findings.push(finding);
    }

    /// Adds a rule about two values that should be equal.
    pub(super) fn add_two(&mut self, rule: Rule, member: &str, expected: &Value, found: &Value) {
        let mut finding = finding_of(rule, member);
        finding.expected = Some(value::kept(expected));
        finding.found = Some(value::kept(found));
        self.findings.push(finding);
    }

    /// Adds a rule about values of a set.
    pub(super) fn add_values(&mut self, rule: Rule, member: &str, found: &[&str]) {
        let found: Vec<Value> = found.iter().map(|value| Value::from(*value)).collect();
        self.add_value(rule, member, None, &Value::from(found));
    }

    /// Adds a rule about what the document says it is about.
    pub(super) fn add_identity(
        &mut self,
        rule: Rule,
        member: &str,
        expected: Option<&str>,
        found: Option<&Value>,
    ) {
        let mut finding = finding_of(rule, member);
        if let Some(words) = rule.of_identity(self.document.kind()) {
            words.why.clone_into(&mut finding.why);
            finding.reference = words.reference.map(str::to_owned);
        }
        finding.expected = expected.map(|expected| value::kept(&Value::from(expected)));
        finding.found = found.map(value::kept);
        self.findings.push(finding);
    }

    /// The effective values of a set; empty if the member is not a set, or is absent without a default.
    pub(super) fn values(&self, name: &str) -> Vec<&'a str> {
        let document: &'a Document = self.document;
        document.values(name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.document.effective(name).is_some()
    }

    /// Whether the member is written down, and not only its default.
    pub(super) fn has_own(&self, name: &str) -> bool {
        let value = self.document.members().get(name);
        value.is_some_and(|value| !value.is_null())
    }

    pub(super) fn lists(&self, name: &str, value: &str) -> bool {
        self.values(name).contains(&value)
    }

    /// Whether a set has values, and no others than these.
    pub(super) fn only(&self, name: &str, allowed: &[&str]) -> bool {
        let values = self.values(name);
        !values.is_empty() && values.iter().all(|value| allowed.contains(value))
    }

    /// Whether an ID token comes through the browser.
    pub(super) fn sends_id_token(&self) -> bool {
        let kinds = self.values(names::RESPONSE_TYPES_SUPPORTED);
        let mut words = kinds.iter().flat_map(|kind| kind.split(' '));
        words.any(|word| word == "id_token")
    }

    /// Whether some response type brings no ID token through the browser: it comes from the token
    /// endpoint.
    pub(super) fn has_code_flow(&self) -> bool {
        let kinds = self.values(names::RESPONSE_TYPES_SUPPORTED);
        kinds.iter().any(|kind| {
            let has = |word| kind.split(' ').any(|it| it == word);
            has("code") && !has("id_token")
        })
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.document.effective(name).and_then(Value::as_bool) == Some(true)
    }
}
