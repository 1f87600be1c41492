//! What the operator decided about findings.

use crate::meaning::change::Finding;
use crate::meaning::diff;
use crate::meaning::provider_policy::{Policy, RuleOverride};
use crate::meaning::rule::Rule;

use super::value;

/// What the operator decided about rules, and the order findings are kept in.
pub(super) fn decided(mut found: Vec<Finding>, policy: &Policy) -> Vec<Finding> {
    // An ignored member has no findings, with two exceptions.
    found.retain(|finding| {
        // These hold even where the member is ignored: clients read it all the same.
        finding.rule.known().is_some_and(Rule::is_of_secret)
            || finding.rule == Rule::ClientRefuses
            || !finding
                .subject
                .member()
                .is_some_and(|name| diff::is_ignored(name, policy))
    });
    found.retain_mut(|finding| match policy.of_rule(&finding.rule) {
        Some(RuleOverride::Ignore) => false,
        Some(RuleOverride::Severity(severity)) => {
            finding.severity = severity;
            true
        }
        None => finding.rule.row().is_none_or(|row| !row.on_request),
    });
    found.sort_by(|one, two| one.fact().cmp(&two.fact()));
    // Of two findings that say the same the first stays, with the values of both.
    found.dedup_by(|two, one| {
        let is_same = one.fact() == two.fact();
        if is_same {
            value::merge(&mut one.found, two.found.take());
        }
        is_same
    });
    found
}
