//! What was offered for some days and is gone again.
//!
//! The target is back in a state that it had before, so everything that is gone now was not there
//! then: nobody can have relied on it for longer than the state between lasted. An issuer or an
//! endpoint that moves back is not among it: it moved again.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::meaning::change::place::sort;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rule::Rule;

/// What was offered for less than this weighs little when it is gone.
const SHORT: SignedDuration = SignedDuration::from_hours(7 * 24);
const WHY: &str = "Offered for less than 7 days and gone again: only clients that were set up meanwhile are concerned.";
const ADVICE: &str = "Set back clients that began to rely on what is gone.";

/// Makes less of what is gone again, where the state that is back ended at `ended_at`. Not of what is
/// declared to be used, nor where the operator decided about the rule. A damped member is no exception:
/// that a first removal of it is told all the same must not make it graver than it is.
pub(super) fn cap(policy: &Policy, changes: &mut [Change], at: Timestamp, ended_at: Timestamp) {
    if !(SignedDuration::ZERO..SHORT).contains(&at.duration_since(ended_at)) {
        return;
    }
    for change in changes.iter_mut() {
        let is_decided = |rule| policy.severity.contains_key(&rule) || is_another_value(rule);
        let is_capped = change.severity > Severity::Notice
            && takes_away(change)
            && !change.used
            && change.group != Group::Keys
            && !change.rule.known().is_none_or(is_decided);
        if is_capped {
            change.severity = Severity::Notice;
            WHY.clone_into(&mut change.why);
            ADVICE.clone_into(&mut change.advice);
        }
    }
    sort(changes);
}

/// Whether a rule is about another value and not about less of it.
fn is_another_value(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::IssuerChanged
            | Rule::IssuerMismatch
            | Rule::EndpointHostChanged
            | Rule::EndpointPathChanged
            | Rule::EndpointNotHttps
            | Rule::UrlMalformed
            | Rule::RedirectChanged
            | Rule::TypeChanged
            | Rule::RequirementRaised
    )
}

fn takes_away(change: &Change) -> bool {
    !change.removed.is_empty()
        || (change.before.is_some() && change.after.is_none())
        || change.after == Some(Value::Bool(false))
}
