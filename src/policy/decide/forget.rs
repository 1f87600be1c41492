//! Forgets disagreements between fetches after a day.

use jiff::{SignedDuration, Timestamp};

use crate::policy::tracking::{Disagreement, Tracking};

/// How long a disagreement counts.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// Forgets a disagreement that was more than a day ago.
pub(super) fn forget(next: &mut Tracking, at: Timestamp) {
    let Some(known) = &next.state.disagreement else {
        return;
    };
    let is_over = |poll: &Timestamp| at.duration_since(*poll) > WINDOW;
    if !known.polls.iter().any(is_over) {
        return;
    }
    let mut known: Disagreement = known.clone();
    known.polls.retain(|poll| !is_over(poll));
    next.state_mut().disagreement = Some(known).filter(|known| !known.polls.is_empty());
}
