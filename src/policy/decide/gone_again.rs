//! Values that were offered for some days and are gone again.
//!
//! Either the target is back in an earlier state, so that nothing that is gone now was there then, or each
//! value that is gone came some days ago for the first time (`State::arrivals`). Nobody can have relied on
//! it for longer than that. An issuer or an endpoint that moves back is not included, because it has moved
//! once more.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::meaning::change::order::sort;
use crate::meaning::member_values::MemberValues;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rule::Rule;
use crate::policy::damping::{self, Penalty};
use crate::policy::tracking::{Arrival, State};

/// A value that was offered for less than this counts less when it is gone.
const SHORT: SignedDuration = SignedDuration::from_hours(7 * 24);
const WHY: &str = "Offered for less than 7 days and gone again: only clients that were set up meanwhile are concerned.";
const WHY_DAMPED: &str =
    "Offered for less than 7 days, which was not told because the member is damped.";
/// The most values of a member whose arrival is remembered, and the most members of a target.
const ARRIVALS: usize = 50;
const MEMBERS: usize = 20;
const ADVICE: &str = "Set back clients that began to rely on what is gone.";

/// What is known of the past of the changes of a poll.
#[derive(Debug, Clone, Copy)]
pub(super) struct Past<'a> {
    /// When the changes were seen.
    pub(super) at: Timestamp,
    /// When the state that is back ended; `None` if this state was never there before.
    pub(super) ended_at: Option<Timestamp>,
    /// Which of the values were seen before.
    pub(super) known: &'a MemberValues,
}

/// Lowers the severity of what is gone again. Not for what is declared to be used, nor if the operator set
/// the severity of the rule. On a damped member a value keeps its severity if nobody was told that it came
/// or went: whoever gets a member damped by adding to it could otherwise take away from it unseen. But the
/// reason says how long it was there.
pub(super) fn cap(policy: &Policy, state: &State, changes: &mut [Change], past: Past<'_>) {
    let is_short =
        |since: Timestamp| (SignedDuration::ZERO..SHORT).contains(&past.at.duration_since(since));
    let is_back = past.ended_at.is_some_and(is_short);
    for change in changes.iter_mut() {
        let is_decided = |rule| policy.severity.contains_key(&rule) || is_another_value(rule);
        let is_kept = change.severity <= Severity::Notice
            || !takes_away(change)
            || change.used
            || change.group == Group::Keys
            || change.rule.known().is_none_or(is_decided);
        if is_kept {
            continue;
        }
        let arrivals = arrivals(state, change);
        let came_lately = arrivals
            .as_ref()
            .is_some_and(|all| all.iter().all(|arrival| is_short(arrival.at)));
        if !is_back && !came_lately {
            continue;
        }
        let is_damped = state
            .penalties
            .get(&change.subject)
            .is_some_and(Penalty::is_suppressed);
        let is_told = arrivals.is_some_and(|all| all.iter().all(|arrival| arrival.told))
            || is_back && !damping::is_first_removal(change, past.known.get(&change.subject));
        if is_damped && !is_told {
            change.why = format!("{WHY_DAMPED} {}", change.why);
        } else {
            change.severity = Severity::Notice;
            WHY.clone_into(&mut change.why);
            change.advice = Some(ADVICE.to_owned());
        }
    }
    sort(changes);
}

/// When each value came that a change takes away; `None` unless that is known of all of them.
fn arrivals<'s>(state: &'s State, change: &Change) -> Option<Vec<&'s Arrival>> {
    let of_member = state.arrivals.get(&change.subject)?;
    let (_, went) = damping::values_only(change);
    let found: Option<Vec<&Arrival>> = went.iter().map(|hash| of_member.get(hash)).collect();
    found.filter(|all| !all.is_empty())
}

/// Remembers for some days when values came that were never there before, and whether that was told.
/// Members of which no values are remembered have none.
pub(super) fn note_arrivals(
    state: &mut State,
    changes: &[Change],
    past: Past<'_>,
    is_remembered: impl Fn(&Change) -> bool,
) {
    let is_recent = |arrival: &Arrival| {
        (SignedDuration::ZERO..SHORT).contains(&past.at.duration_since(arrival.at))
    };
    for change in changes.iter().filter(|change| is_remembered(change)) {
        let (came, went) = damping::values_only(change);
        let seen = past.known.get(&change.subject);
        let is_new = |hash: &String| seen.is_none_or(|seen| !seen.contains(hash));
        let of_member = state.arrivals.entry(change.subject.clone()).or_default();
        of_member.retain(|hash, _| !went.contains(hash));
        let told = !change.is_held_back();
        let new: BTreeSet<String> = came.into_iter().filter(is_new).collect();
        for hash in new {
            if of_member.len() < ARRIVALS {
                of_member.insert(hash, Arrival { at: past.at, told });
            }
        }
    }
    for of_member in state.arrivals.values_mut() {
        of_member.retain(|_, arrival| is_recent(arrival));
    }
    state.arrivals.retain(|_, of_member| !of_member.is_empty());
    while state.arrivals.len() > MEMBERS {
        state.arrivals.pop_last();
    }
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
