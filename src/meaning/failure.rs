//! How grave it is that a document cannot be had or used: a failure is a rule like any other.

use super::provider_policy::{Policy, RuleOverride};
use super::rule::Rule;
use crate::document::failure::Cause;
use crate::document::severity::Severity;

/// The severity of an outage with this cause; `None` where the operator ignores its rule.
pub fn severity(cause: &Cause, policy: &Policy) -> Option<Severity> {
    let rule = Rule::of_failure(cause.side());
    match policy.severity.get(&rule) {
        Some(RuleOverride::Ignore) => None,
        Some(RuleOverride::Severity(severity)) => Some(*severity),
        None => rule.row().severity,
    }
}
