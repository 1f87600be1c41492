//! Decides which changes are mailed.

use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::provider_policy::Policy;
use crate::policy::habit::TIMES;

/// Whether the policy mails a change: its group is in `alert_on`, or it is at least `breaking`, or its rule
/// is always told.
pub fn is_mailed(policy: &Policy, change: &Change) -> bool {
    let is_always_told = || {
        let row = change.rule.row().filter(|row| row.always_told);
        row.is_some() && change.severity >= Severity::Notice
    };
    // A habit is told when it becomes one, and not from then on.
    if let Some(habit) = change.habit {
        return habit.count == TIMES && !change.damped && !change.accepted;
    }
    !change.damped
        && !change.accepted
        && (policy.alert_on.contains(&change.group)
            || change.severity >= Severity::Breaking
            || is_always_told())
}

/// Whether a change is a habit that was told earlier: only the weekly mail mentions it.
pub fn is_habit_untold(change: &Change) -> bool {
    change.habit.is_some_and(|habit| habit.count > TIMES) && !change.damped && !change.accepted
}
