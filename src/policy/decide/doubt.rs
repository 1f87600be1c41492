//! Polls that saw a document which is not the baseline and cannot be believed yet.
//!
//! A server that answers the second request of a poll with an error, or with another document, must not
//! be able to suppress a change. So what the first fetch saw is kept as the candidate, and any later poll
//! that sees it confirms it, unless the baseline was seen in between. Such a poll does not count as
//! failed, because it got a document.

use std::collections::BTreeSet;

use serde_json::Value;

use super::agreement::weighed;
use super::confirm::{is_of, is_waiting, state_of};
use super::findings::moved_findings;
use super::forget::forget;
use super::outage::end_outage;
use crate::document::address::domains_in;
use crate::document::fingerprint::sha256_half;
use crate::document::observation::Failure;
use crate::document::severity::Severity;
use crate::meaning::change::order::sort;
use crate::meaning::change::{Change, FindingState};
use crate::meaning::diff;
use crate::meaning::provider::Target;
use crate::policy::accept;
use crate::policy::event::{EventBody, FindingChange, Inconsistent, NewEvent, Source};
use crate::policy::reading::Reading;
use crate::policy::sighting::Sighting;
use crate::policy::tracking::{Candidate, PollOutcome, SnapshotStep, Tracking, Transition};

/// How many polls within a day must have fetches that disagree before somebody is told.
const BEFORE_ALERT: usize = 3;
/// The most states that are remembered because somebody was told of them.
const TOLD: usize = 20;

/// The second fetch failed: the next poll that sees the same confirms it.
pub(super) fn unconfirmed(
    target: &Target,
    tracking: &Tracking,
    mut next: Tracking,
    sighting: &Sighting,
    failure: Failure,
) -> Transition {
    let state = state_of(target, tracking, sighting);
    let at = sighting.observation.at;
    // If another document is already waiting to be confirmed, the answers disagree.
    let other = next.state.candidate.as_ref().filter(|candidate| {
        is_waiting(candidate.first_seen_at, at) && !is_of(candidate, target, tracking, sighting)
    });
    let disagrees = other.is_some();
    let mut events = Vec::new();
    end_outage(&mut next, target, &sighting.observation, false, &mut events);
    if disagrees {
        events.extend(disagreement(
            tracking,
            &mut next,
            sighting,
            state.as_deref(),
            None,
        ));
    } else {
        forget(&mut next, at);
    }
    next.wait_until(failure.retry_after);
    wait_for_confirmation(target, tracking, &mut next, sighting);
    Transition {
        tracking: next,
        snapshot: SnapshotStep::Missed,
        outcome: PollOutcome::Unconfirmed(failure),
        events,
        values: Vec::new(),
        response_facts: None,
    }
}

/// The two fetches saw different documents, as from a load balancer with servers that differ: neither is
/// believed.
///
/// Nor does it count as a sighting of the old state, because it is not known which document is right.
/// `other` is what the second fetch saw, if that was not the baseline.
pub(super) fn disagreed(
    target: &Target,
    tracking: &Tracking,
    mut next: Tracking,
    sighting: &Sighting,
    other: Option<(String, Vec<Change>)>,
) -> Transition {
    let state = state_of(target, tracking, sighting);
    let mut events = Vec::new();
    end_outage(&mut next, target, &sighting.observation, false, &mut events);
    let saw_baseline = other.is_none();
    events.extend(disagreement(
        tracking,
        &mut next,
        sighting,
        state.as_deref(),
        other,
    ));
    if saw_baseline {
        next.state_mut().candidate = None;
    } else {
        wait_for_confirmation(target, tracking, &mut next, sighting);
    }
    Transition {
        tracking: next,
        snapshot: SnapshotStep::Missed,
        outcome: PollOutcome::Inconsistent,
        events,
        values: Vec::new(),
        response_facts: None,
    }
}

/// Keeps what the first fetch saw, with the time it was first seen.
fn wait_for_confirmation(
    target: &Target,
    tracking: &Tracking,
    next: &mut Tracking,
    sighting: &Sighting,
) {
    let Some(state) = state_of(target, tracking, sighting) else {
        return;
    };
    let at = sighting.observation.at;
    let is_known = next.state.candidate.as_ref().is_some_and(|candidate| {
        is_waiting(candidate.first_seen_at, at) && is_of(candidate, target, tracking, sighting)
    });
    if !is_known {
        next.state_mut().candidate = Some(Candidate {
            state,
            first_seen_at: at,
            changes: weighed(target, tracking, sighting),
        });
    }
}

/// Counts a disagreement and returns the event about it, if it is to be told: at once if one of the
/// documents would bring a `security` change, otherwise after three within a day, once a day.
fn disagreement(
    tracking: &Tracking,
    next: &mut Tracking,
    sighting: &Sighting,
    state: Option<&str>,
    other: Option<(String, Vec<Change>)>,
) -> Option<NewEvent> {
    let at = sighting.observation.at;
    forget(next, at);
    let accepted = next.state.accepted.clone();
    let mut known = next.state.disagreement.clone().unwrap_or_default();
    known.polls.push(at);
    let mut changes = sighting.difference.changes.clone();
    let mut states: Vec<String> = state.map(str::to_owned).into_iter().collect();
    if let Some((name, more)) = other {
        states.push(name);
        for change in more {
            if !changes.contains(&change) {
                changes.push(change);
            }
        }
        sort(&mut changes);
    }
    for change in &mut changes {
        change.accepted = accepted.contains(&accept::fingerprint(change));
    }
    let findings = grave_findings(tracking, sighting, &accepted);
    let is_grave = !findings.is_empty()
        || changes
            .iter()
            .any(|change| change.severity == Severity::Security && !change.accepted);
    // An address that is another one at every request is told once for each place that it leads to.
    let danger = danger(&changes, &findings);
    let is_new_state =
        !known.told.contains(&danger) && states.iter().any(|state| !known.told.contains(state));
    let is_lasting = known.polls.len() >= BEFORE_ALERT && !known.announced;
    let is_told = (is_grave && is_new_state) || is_lasting;
    if is_told {
        // If it was told at once, it is not told again when it lasts.
        known.announced = true;
        known.told.extend(states);
        known.told.push(danger);
        known.told.sort();
        known.told.dedup();
        known.told.truncate(TOLD);
    }
    let polls = known.polls.len() as u64;
    let surplus = known.polls.len().saturating_sub(BEFORE_ALERT);
    known.polls.drain(..surplus);
    next.state_mut().disagreement = Some(known);
    if !is_told {
        return None;
    }
    let patch = match (&sighting.baseline, &sighting.reading) {
        (Some(baseline), Reading::Document(seen)) => diff::kept_patch(baseline, &seen.document),
        (None, _) | (_, Reading::Unmodified { .. } | Reading::Failed(_)) => None,
    };
    let inconsistent = Inconsistent {
        source: Source::of(&sighting.observation),
        last_good_at: tracking.last_good_at,
        old_since: tracking.baseline.as_ref().map(|it| it.first_seen_at),
        polls,
        changes,
        findings,
        patch,
    };
    let severity = if is_grave {
        Severity::Security
    } else {
        Severity::Notice
    };
    Some(NewEvent {
        severity: Some(severity),
        alert: true,
        ..NewEvent::new(at, EventBody::Inconsistent(inconsistent))
    })
}

/// Names what is of severity `security` in a disagreement: the rules, the members, and the domains they lead to.
fn danger(changes: &[Change], findings: &[FindingChange]) -> String {
    let value = |value: Option<&Value>| {
        let domains = value.map(domains_in).filter(|it| !it.is_empty());
        domains.map_or_else(|| format!("{value:?}"), |domains| format!("{domains:?}"))
    };
    let grave = changes
        .iter()
        .filter(|change| change.severity == Severity::Security && !change.accepted);
    let of_changes = grave.map(|it| {
        let to = value(it.after.as_ref());
        format!(
            "{} {:?} {to} {:?} {:?}",
            it.rule, it.subject, it.added, it.removed
        )
    });
    let of_findings = findings.iter().map(|it| {
        let found = value(it.finding.found.as_ref());
        format!("{:?} {found} {:?}", it.finding.fact(), it.finding.keys)
    });
    let all: BTreeSet<String> = of_changes.chain(of_findings).collect();
    sha256_half(&format!("{all:?}"))
}

/// Findings of severity `security` that the document of one fetch would bring.
fn grave_findings(
    tracking: &Tracking,
    sighting: &Sighting,
    accepted: &[String],
) -> Vec<FindingChange> {
    let found = sighting.difference.findings.as_deref().unwrap_or_default();
    let mut moved = moved_findings(tracking.findings(), found);
    moved.retain(|moved| {
        moved.state == FindingState::New
            && moved.finding.severity == Severity::Security
            && !accept::is_expected(accepted, &moved.finding)
    });
    moved
}
