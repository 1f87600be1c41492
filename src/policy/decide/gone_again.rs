//! What was offered for some days and is gone again.
//!
//! The target is back in a state that it had before, so everything that is gone now was not there
//! then: nobody can have relied on it for longer than the state between lasted. An issuer or an
//! endpoint that moves back is not among it: it moved again.

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

/// What was offered for less than this weighs little when it is gone.
const SHORT: SignedDuration = SignedDuration::from_hours(7 * 24);
const WHY: &str = "Offered for less than 7 days and gone again: only clients that were set up meanwhile are concerned.";
const WHY_DAMPED: &str =
    "Offered for less than 7 days, which was not told because the member is damped.";
const ADVICE: &str = "Set back clients that began to rely on what is gone.";

/// Makes less of what is gone again, where the state that is back ended at `ended_at`. Not of what is
/// declared to be used, nor where the operator decided about the rule. A damped member keeps its
/// weight, since nobody was told that it came and who damps a member by adding to it could take away from
/// it unseen; but the reason says how long it was there.
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

/// Whether a rule is about another value and not about less of it.
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
