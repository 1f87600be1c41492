//! Values that were offered for some days and are gone again.
//!
//! The target is back in an earlier state, so nothing that is gone now was there then: nobody can have
//! relied on it for longer than the state in between lasted. An issuer or an endpoint that moves back is
//! not included, because it has moved once more.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::meaning::change::order::sort;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rule::Rule;
use crate::meaning::subject::Subject;
use crate::policy::damping::Penalty;
use crate::policy::tracking::State;

/// A value that was offered for less than this counts less when it is gone.
const SHORT: SignedDuration = SignedDuration::from_hours(7 * 24);
const WHY: &str = "Offered for less than 7 days and gone again: only clients that were set up meanwhile are concerned.";
const WHY_DAMPED: &str =
    "Offered for less than 7 days, which was not told because the member is damped.";
const ADVICE: &str = "Set back clients that began to rely on what is gone.";

/// Lowers the severity of what is gone again, if the state that is back ended at `ended_at`. Not for what
/// is declared to be used, nor if the operator set the severity of the rule. A damped member keeps its
/// severity: nobody was told that its value came, and whoever gets a member damped by adding to it could
/// otherwise take away from it unseen. But the reason says how long it was there.
pub(super) fn cap(
    policy: &Policy,
    state: &State,
    changes: &mut [Change],
    at: Timestamp,
    ended_at: Timestamp,
) {
    if !(SignedDuration::ZERO..SHORT).contains(&at.duration_since(ended_at)) {
        return;
    }
    let is_damped = |member: &Subject| {
        state
            .penalties
            .get(member)
            .is_some_and(Penalty::is_suppressed)
    };
    for change in changes.iter_mut() {
        let is_decided = |rule| policy.severity.contains_key(&rule) || is_another_value(rule);
        let is_capped = change.severity > Severity::Notice
            && takes_away(change)
            && !change.used
            && change.group != Group::Keys
            && !change.rule.known().is_none_or(is_decided);
        if is_capped && is_damped(&change.subject) {
            change.why = format!("{WHY_DAMPED} {}", change.why);
        } else if is_capped {
            change.severity = Severity::Notice;
            WHY.clone_into(&mut change.why);
            change.advice = Some(ADVICE.to_owned());
        }
    }
    sort(changes);
}

/// Whether a rule is about another value in place of one, not about a value that is gone.
fn is_another_value(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::IssuerChanged
            | Rule::IssuerMismatch
            | Rule::ResourceMismatch
            | Rule::AuthorizationServersReplaced
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
