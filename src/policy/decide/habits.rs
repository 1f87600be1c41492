//! Changes that a target makes at regular intervals, and changes across a gap in the polling.

use jiff::{SignedDuration, Timestamp};

use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::change::order::sort;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rule::Rule;
use crate::policy::habit::{REMEMBERED, habit, is_gap};
use crate::policy::tracking::State;

/// The one rule that can be a habit: a whole set of signing keys is replaced. A change that may be an
/// attack cannot be one, and members of metadata that come and go are damped.
const RULE: Rule = Rule::JwksDisjoint;

/// Marks changes that are habits, and lowers their severity and that of changes after a gap in the
/// polling. A severity that the operator set for the rule stands. Returns whether there was such a gap:
/// the last good poll is then so long ago that it is not known how the change happened.
pub(super) fn mark(
    policy: &Policy,
    state: &mut State,
    changes: &mut [Change],
    at: Timestamp,
    last_good_at: Option<Timestamp>,
) -> bool {
    let since = last_good_at.map(|last| at.duration_since(last));
    let is_gap = since.is_some_and(|since| is_gap(since, &seconds(&state.between_polls)));
    if let Some(since) = since.filter(|_| !is_gap) {
        remember(&mut state.between_polls, since.as_secs());
    }
    for change in changes.iter_mut().filter(|change| change.rule == RULE) {
        let times = state.repeated.entry(change.subject.clone()).or_default();
        // It is not known when it happened.
        if is_gap {
            times.clear();
        } else {
            remember(times, at);
        }
        let habit = habit(times).filter(|_| !is_gap);
        if policy.severity.contains_key(&RULE) {
            continue;
        }
        change.habit = habit;
        if habit.is_some() || is_gap {
            change.severity = change.severity.min(Severity::Notice);
        }
    }
    // Changes whose severity was lowered move towards the end.
    sort(changes);
    is_gap
}

fn seconds(all: &[i64]) -> Vec<SignedDuration> {
    all.iter()
        .map(|one| SignedDuration::from_secs(*one))
        .collect()
}

fn remember<T>(all: &mut Vec<T>, one: T) {
    all.push(one);
    let surplus = all.len().saturating_sub(REMEMBERED);
    all.drain(..surplus);
}
