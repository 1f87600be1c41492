//! A rule that fires, with the severity and the reason it has here.

use crate::document::kind::Kind;
use crate::document::member::Effect;
use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::meaning::rule::Rule;
use crate::meaning::subject::Subject;

/// A rule that fires, with what the tables say about this very difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Meaning {
    pub(super) rule: Rule,
    pub(super) severity: Severity,
    pub(super) why: String,
    pub(super) advice: Option<&'static str>,
    pub(super) reference: Option<String>,
}

impl Meaning {
    /// What the table of rules alone says.
    pub fn of(rule: Rule) -> Self {
        let row = rule.row();
        Self {
            rule,
            severity: row.severity_by_itself(),
            why: row.why.unwrap_or_default().to_owned(),
            advice: row.advice,
            reference: row.reference.map(str::to_owned),
        }
    }

    /// What a rule says of the identity of a document of this kind.
    pub fn of_identity(rule: Rule, kind: Kind) -> Self {
        let mut meaning = Self::of(rule);
        if let Some(words) = rule.of_identity(kind) {
            let severity = meaning.severity;
            meaning = meaning.decided_by(severity, words.why, words.reference);
            meaning.advice = words.advice;
        }
        meaning
    }

    /// The same with a severity and words that win over the table of rules.
    pub(crate) fn decided_by(
        mut self,
        severity: Severity,
        why: &str,
        reference: Option<&str>,
    ) -> Self {
        self.severity = severity;
        why.clone_into(&mut self.why);
        self.reference = reference.map(str::to_owned);
        self
    }

    /// The same with another reason and another advice.
    #[must_use]
    pub(crate) fn advised(mut self, why: &str, advice: &'static str) -> Self {
        why.clone_into(&mut self.why);
        self.advice = Some(advice);
        self
    }

    /// The rule with what the row of the member says of this difference.
    pub(crate) fn of_effect(rule: Rule, effect: &Effect, reference: Option<&str>) -> Self {
        let mut meaning = Self::with(rule, effect.severity, effect.why, reference);
        meaning.advice = effect.advice.or(meaning.advice);
        meaning
    }

    /// The rule with what a more specific table says of this difference.
    pub(crate) fn with(rule: Rule, severity: Severity, why: &str, reference: Option<&str>) -> Self {
        let mut meaning = Self::of(rule);
        if rule.row().severity.is_none() {
            meaning.severity = severity;
        }
        let agrees = meaning.severity == severity;
        if !why.is_empty() && (agrees || meaning.why.is_empty()) {
            why.clone_into(&mut meaning.why);
        }
        meaning.reference = meaning.reference.or_else(|| reference.map(str::to_owned));
        meaning
    }

    /// A change of this meaning, without its values.
    pub fn change(self, subject: impl Into<Subject>, group: Group) -> Change {
        Change {
            rule: self.rule.into(),
            subject: subject.into(),
            group,
            severity: self.severity,
            before: None,
            after: None,
            added: Vec::new(),
            removed: Vec::new(),
            why: self.why,
            advice: self.advice.map(str::to_owned),
            reference: self.reference,
            used: false,
            used_values: Vec::new(),
            size_before: None,
            left: Vec::new(),
            unseen: Vec::new(),
            habit: None,
            damped: false,
            accepted: false,
        }
    }
}
