//! Polls that bring nothing usable, and how an outage begins and ends.

use super::forget::forget;
use crate::document::observation::{Failure, Observation};
use crate::meaning::provider::Target;
use crate::policy::event::{Circumstance, EventKind, FailedPoll, NewEvent};
use crate::policy::tracking::{Outage, PollOutcome, SnapshotStep, Tracking, Transition};

/// How many polls of an outage are kept for its mail, at least.
const FAILED_POLLS_KEPT: usize = 5;
/// How many are kept if it takes more until somebody is told.
const FAILED_POLLS_AT_MOST: usize = 50;

/// No usable answer: counted, and told once when there are enough of them in a row.
pub(super) fn failed(
    target: &Target,
    mut next: Tracking,
    observation: &Observation,
    unrecorded: u64,
    failure: &Failure,
) -> Transition {
    next.polls += unrecorded;
    next.failed_polls += 1 + unrecorded;
    forget(&mut next, observation.at);
    next.wait_until(failure.retry_after);
    let mut outage = next.state_mut().outage.take().unwrap_or_else(|| Outage {
        since: observation.at,
        failures: 0,
        announced: false,
        event: None,
        polls: Vec::new(),
        accepted: false,
        hidden: false,
    });
    outage.failures += 1 + unrecorded;
    outage.polls.push(FailedPoll {
        at: observation.at,
        failure: failure.clone(),
        elapsed_ms: observation.elapsed_ms,
    });
    // Enough of them that a replay of what is kept tells of the outage as well.
    let threshold = usize::try_from(target.policy.failures_before_alert).unwrap_or(usize::MAX);
    if outage.polls.len() > threshold.clamp(FAILED_POLLS_KEPT, FAILED_POLLS_AT_MOST) {
        outage.polls.remove(0);
    }
    let mut events = Vec::new();
    // Whoever fills a document up until it cannot be read must not gain the time until an outage is
    // told, nor hide behind one that is: what clients read may have changed.
    let hides = failure.cause.hides_document() && next.baseline_of(target).is_some();
    let is_hidden_now = hides && !outage.hidden;
    let is_lasting = outage.failures >= u64::from(target.policy.failures_before_alert);
    if is_hidden_now || (is_lasting && !outage.announced) {
        outage.announced = true;
        if is_hidden_now {
            outage.hidden = true;
            // That another failure was expected says nothing of this one.
            outage.accepted = false;
        }
        let about = Circumstance {
            url: Some(observation.url.clone()),
            final_url: observation.final_url.clone(),
            last_good_at: next.last_good_at,
            old_since: next
                .baseline
                .as_ref()
                .map(|baseline| baseline.first_seen_at),
            failing_since: Some(outage.since),
            failures: Some(outage.failures),
            failed_polls: outage.polls.clone(),
            ..Circumstance::default()
        };
        events.push(NewEvent {
            alert: true,
            ..NewEvent::new(observation.at, EventKind::Failing, about)
        });
    }
    next.state_mut().outage = Some(outage);
    Transition {
        tracking: next,
        snapshot: SnapshotStep::Missed,
        outcome: PollOutcome::Failed(failure.clone()),
        events,
        values: Vec::new(),
    }
}

/// Ends the outage, if one lasts, and tells if its beginning was told.
pub(super) fn end_outage(
    next: &mut Tracking,
    observation: &Observation,
    changed: bool,
    events: &mut Vec<NewEvent>,
) {
    if next.state.outage.is_none() {
        return;
    }
    let Some(outage) = next.state_mut().outage.take() else {
        return;
    };
    if !outage.announced {
        return;
    }
    let about = Circumstance {
        url: Some(observation.url.clone()),
        final_url: observation.final_url.clone(),
        last_good_at: next.last_good_at,
        answers: outage.event,
        is_changed: changed,
        failing_since: Some(outage.since),
        failures: Some(outage.failures),
        failed_polls: outage.polls,
        ..Circumstance::default()
    };
    events.push(NewEvent {
        alert: !outage.accepted,
        ..NewEvent::new(observation.at, EventKind::Recovered, about)
    });
}
