//! Polls that bring nothing usable, and how an outage begins and ends.
//!
//! An outage that is over before anybody was told is not told, and neither is its end. A document that
//! was filled up beyond what is read is told at the first such poll if a good one was known, even within
//! an outage that was told: an attacker could otherwise hide for `failures_before_alert` polls. Reading
//! it up to the bound was rejected, because whatever stands beyond it would be told as removed. A body
//! beyond `max_body` waits like other outages, because it is not known how much of it clients read.

use jiff::Timestamp;

use super::forget::forget;
use crate::document::observation::{Failure, Observation};
use crate::document::severity::Severity;
use crate::meaning::failure;
use crate::meaning::provider::Target;
use crate::meaning::provider_policy::Policy;
use crate::policy::event::{
    EventBody, FailedPoll, FailedPolls, Failing, NewEvent, Recovered, Source,
};
use crate::policy::tracking::{Outage, PollOutcome, SnapshotStep, Tracking, Transition};

/// How many polls of an outage are kept for its mail, at least.
const FAILED_POLLS_KEPT: usize = 5;
/// The most polls that are kept, if it takes more failures until somebody is told.
const FAILED_POLLS_AT_MOST: usize = 50;

/// Counts a poll without a usable answer, and tells of the outage once enough polls failed in a row.
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
        reminders: 0,
    });
    outage.failures += 1 + unrecorded;
    outage.polls.push(FailedPoll {
        at: observation.at,
        failure: failure.clone(),
        elapsed_ms: observation.elapsed_ms,
    });
    // Keeps enough failed polls that a replay of them also tells of the outage.
    let threshold = usize::try_from(target.policy.failures_before_alert).unwrap_or(usize::MAX);
    if outage.polls.len() > threshold.clamp(FAILED_POLLS_KEPT, FAILED_POLLS_AT_MOST) {
        outage.polls.remove(0);
    }
    let mut events = Vec::new();
    if let Some(news) = news(target, &next, &mut outage, observation.at) {
        let baseline = next.baseline.as_ref();
        let failing = Failing {
            source: Source::of(observation),
            last_good_at: next.last_good_at,
            old_since: baseline.map(|baseline| baseline.first_seen_at),
            answers: outage.event,
            failed: FailedPolls {
                since: outage.since,
                count: outage.failures,
                latest: outage.polls.clone(),
            },
            reminder: news.reminder,
            remind_at: next_reminder(&target.policy, outage.since, observation.at),
        };
        events.push(NewEvent {
            severity: news.severity,
            alert: !outage.accepted,
            ..NewEvent::new(observation.at, EventBody::Failing(failing))
        });
    }
    next.state_mut().outage = Some(outage);
    Transition {
        tracking: next,
        snapshot: SnapshotStep::Missed,
        outcome: PollOutcome::Failed(failure.clone()),
        events,
        values: Vec::new(),
        response_facts: None,
    }
}

/// What is to be told about an outage that lasts.
struct OutageNews {
    severity: Option<Severity>,
    /// How often the outage was told before; `None` if this is the first time.
    reminder: Option<u64>,
}

/// What is to be told about an outage after its latest failure, if anything; the outage is then marked as
/// told.
fn news(
    target: &Target,
    next: &Tracking,
    outage: &mut Outage,
    at: Timestamp,
) -> Option<OutageNews> {
    let latest = outage.polls.last()?;
    let severity = failure::severity(&latest.failure.cause, &target.policy)?;
    // An attacker who fills a document up until it cannot be read must not win the time until an outage
    // is told, nor hide behind an outage that is told: what clients read may have changed.
    let hides = latest.failure.cause.hides_document() && next.baseline_of(target).is_some();
    let news = OutageNews {
        severity: Some(severity),
        reminder: None,
    };
    let lasts = at.duration_since(outage.since);
    let due = target
        .policy
        .remind_after
        .iter()
        .filter(|after| **after <= lasts)
        .count() as u64;
    let is_lasting = outage.failures >= u64::from(target.policy.failures_before_alert);
    if hides && !outage.hidden {
        outage.hidden = true;
        // If another failure was accepted as expected, this one is still told, in a new thread.
        outage.accepted = false;
        outage.event = None;
    } else if outage.announced || !is_lasting {
        if !outage.announced || due <= outage.reminders {
            return None;
        }
        // If nothing was polled for weeks, one mail replaces the reminders that were missed.
        outage.reminders = due;
        return Some(OutageNews {
            reminder: Some(due),
            ..news
        });
    }
    outage.announced = true;
    outage.reminders = due;
    Some(news)
}

/// When an outage that lasts is told again; `None` if it was told for the last time.
fn next_reminder(policy: &Policy, since: Timestamp, at: Timestamp) -> Option<Timestamp> {
    let lasts = at.duration_since(since);
    let later = policy.remind_after.iter().filter(|after| **after > lasts);
    since.checked_add(*later.min()?).ok()
}

/// Ends the outage, if one lasts; returns the event about its end if its beginning was told.
pub(super) fn end_outage(
    next: &mut Tracking,
    target: &Target,
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
    let latest = outage.polls.last();
    let recovered = Recovered {
        source: Source::of(observation),
        last_good_at: next.last_good_at,
        answers: outage.event,
        is_changed: changed,
        reach: latest.and_then(|poll| failure::severity(&poll.failure.cause, &target.policy)),
        failed: FailedPolls {
            since: outage.since,
            count: outage.failures,
            latest: outage.polls,
        },
    };
    events.push(NewEvent {
        severity: Some(Severity::Info),
        alert: !outage.accepted,
        ..NewEvent::new(observation.at, EventBody::Recovered(recovered))
    });
}
