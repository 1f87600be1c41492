//! Decides what one poll means: all policy of the program comes together here.
//!
//! A decision holds facts and no sentence: a store takes a [`Transition`], and the only way to one is
//! [`Decision::worded`], which is given the words.
//!
//! Pure and total. The table of cases at the end of this file is its documentation and its test.
//! Never here: what a difference is (`diff`, `finding`), the wording of mails (`mail`), when to poll
//! or to retry.

pub mod confirm;
mod damped;
mod doubt;
mod findings;
mod forget;
mod gone_again;
mod habits;
mod outage;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use self::doubt::{disagreed, unconfirmed};
use self::findings::{finding_event, moved_findings};
use self::outage::{end_outage, failed};
use super::accept;
use super::baseline::Judgement;
use super::damping;
use super::decision::Decision;
use super::event::{Circumstance, DocumentSize, EventKind, FindingChange, NewEvent};
use super::mailed::is_mailed;
use super::reading::{Confirmation, Reading, Seen};
use super::sighting::Sighting;
use super::tracking::{NewSnapshot, PollOutcome, Sight, SnapshotStep, State, Tracking, Transition};
use crate::document::canonical::Document;
use crate::document::kind::Kind;
use crate::document::observation::Observation;
use crate::meaning::change::Change;
use crate::meaning::diff;
use crate::meaning::provider::Target;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rule::RuleName;
use crate::meaning::worded::member_name;

/// Decides what one poll means.
///
/// The first document ever seen becomes the baseline silently: an operator adding ten providers
/// does not want ten mails. A difference counts only when it is confirmed. Nothing is taken from
/// `tracking.revision` but passed on, so that the store can refuse a decision on old knowledge.
pub fn decide(target: &Target, tracking: &Tracking, sighting: Sighting) -> Decision {
    Decision::new(transition(target, tracking, sighting))
}

fn transition(target: &Target, tracking: &Tracking, sighting: Sighting) -> Transition {
    let mut next = tracking.clone();
    next.polls += 1;
    next.last_poll_at = Some(sighting.observation.at);
    match &sighting.confirmation {
        Confirmation::Failed(failure) => {
            let failure = failure.clone();
            unconfirmed(target, tracking, next, &sighting, failure)
        }
        Confirmation::Disagreed { other } => {
            let other = other.clone();
            disagreed(target, tracking, next, &sighting, other)
        }
        Confirmation::NotNeeded | Confirmation::Agreed { .. } | Confirmation::Earlier { .. } => {
            match &sighting.reading {
                Reading::Failed(failure) => {
                    let seen = (&sighting.observation, sighting.unrecorded);
                    failed(target, next, seen, failure)
                }
                Reading::Unmodified { .. } | Reading::Document(_) => {
                    answered(target, tracking, next, sighting)
                }
            }
        }
    }
}

/// Keeps what the next poll compares with, and touches the state only where something is new.
fn remember(next: &mut Tracking, observation: &Observation) {
    // The baseline, or what is the baseline from now on, was seen: nothing waits to be confirmed.
    if next.state.candidate.is_some() {
        next.state_mut().candidate = None;
    }
    forget::forget(next, observation.at);
    next.wait_until(None);
    if !observation.url.is_empty() && next.state.final_url != observation.final_url {
        next.state_mut()
            .final_url
            .clone_from(&observation.final_url);
    }
    if !observation.chain.is_empty() && next.state.chain != observation.chain {
        next.state_mut().chain.clone_from(&observation.chain);
    }
}

/// A usable answer: the outage, if any, is over, and what differs is told.
fn answered(
    target: &Target,
    tracking: &Tracking,
    mut next: Tracking,
    sighting: Sighting,
) -> Transition {
    let Sighting {
        observation,
        reading,
        mut difference,
        confirmation,
        question,
        baseline,
        seen_before,
        known,
        rested,
        unrecorded,
    } = sighting;
    let before = tracking.baseline_of(target);
    let is_first = before.is_none();
    let mut events = Vec::new();
    let changed = !difference.changes.is_empty();
    if let Some(flaps) = damping::put_right(&next.state, observation.at) {
        next.state_mut().flaps = flaps;
    }
    end_outage(&mut next, target, &observation, changed, &mut events);
    next.last_good_at = Some(observation.at);
    if is_first && next.baseline.is_some() {
        // What is known is of somebody else: the configuration names another identity now.
        *next.state_mut() = State::default();
    }
    remember(&mut next, &observation);
    let (confirmed_at, candidate_since) = match confirmation {
        Confirmation::Agreed { at } => (Some(at), None),
        Confirmation::Earlier { first_seen_at } => (None, Some(first_seen_at)),
        Confirmation::NotNeeded | Confirmation::Disagreed { .. } | Confirmation::Failed(_) => {
            (None, None)
        }
    };
    next.polls += unrecorded;
    next.failed_polls += unrecorded;
    let outage = tracking.state.outage.as_ref();
    let failures = outage.map_or(0, |outage| outage.failures) + unrecorded;
    // Most polls bring nothing to be told.
    let circumstance = || Circumstance {
        url: Some(observation.url.clone()),
        final_url: observation.final_url.clone(),
        confirmed_at,
        candidate_since,
        // What was good before was of somebody else.
        last_good_at: tracking.last_good_at.filter(|_| !is_first),
        failures: Some(failures).filter(|failures| *failures > 0),
        old_since: before.map(|baseline| baseline.first_seen_at),
        ..Circumstance::default()
    };
    let seen = match &reading {
        Reading::Document(seen) => Some(seen.as_ref()),
        Reading::Unmodified { .. } | Reading::Failed(_) => None,
    };
    if is_first && let Some(seen) = seen {
        events.push(first_seen(&observation, seen, circumstance()));
    }
    // What has come to rest is told of the state before: what changes now is news of its own.
    let place = place(&observation, tracking.state.final_url.as_deref());
    events.extend(damped::settled(
        target,
        &mut next,
        &observation,
        &damped::Between {
            old: &rested,
            now: baseline.as_deref(),
            place,
        },
        circumstance,
    ));
    let mut mailed = false;
    let mut values = Vec::new();
    if changed {
        let policy = &target.policy;
        if !next.state.accepted.is_empty() {
            for change in &mut difference.changes {
                change.accepted = next.state.accepted.contains(&accept::fingerprint(change));
            }
        }
        let seen_before = match (&seen_before, baseline.as_deref(), seen) {
            (None, Some(old), Some(seen)) => damped::returned(
                policy,
                next.state_mut(),
                old,
                &seen.document,
                observation.at,
            ),
            (Some(before), _, _) => Some((before.ended_at, before.ended_by)),
            (None, _, _) => None,
        };
        if let Some((ended_at, _)) = seen_before {
            let found = &mut difference.changes;
            gone_again::cap(policy, &next.state, found, observation.at, ended_at);
        }
        let is_after_gap = habits::mark(
            policy,
            next.state_mut(),
            &mut difference.changes,
            observation.at,
            tracking.last_good_at,
        );
        values = damped::values(policy, &difference.changes, baseline.as_deref(), &known);
        let before = damping::Before {
            snapshot: before.map(|it| it.snapshot_id),
            final_url: place,
        };
        let verdict = damping::judge(
            policy,
            next.state_mut(),
            (observation.at, before),
            &mut difference.changes,
            (&known, |change| is_mailed(policy, change)),
        );
        let mut damped = damped::damped(&verdict, &next.state, &difference.changes, circumstance);
        let mut event = change_event(
            &target.policy,
            &observation,
            difference.changes,
            (baseline.as_deref(), seen),
            seen_before,
            circumstance(),
        );
        event.circumstance.is_after_gap = is_after_gap;
        event.summary_at = verdict.summary_at;
        event.circumstance.held_under = verdict.held_under;
        event.circumstance.told_all_the_same = verdict.told_all_the_same;
        mailed = event.alert;
        // It stands for the change: with its patch, unless that is in the same mail already.
        if let Some(damped) = damped.as_mut().filter(|_| !mailed) {
            damped.patch.clone_from(&event.patch);
        }
        events.push(event);
        events.extend(damped);
    }
    let mut judgement = tracking
        .baseline
        .as_ref()
        .map(|baseline| Arc::clone(&baseline.judgement));
    if let Some(findings) = difference.findings {
        let known = if is_first { &[] } else { tracking.findings() };
        let mut moved = moved_findings(known, &findings);
        // Told as a change already: the same fact twice in one mail helps nobody.
        let told = events.iter().flat_map(|event| &event.changes);
        let told: BTreeSet<(RuleName, String)> = told.map(told_as).collect();
        moved.retain(|moved| {
            let fact = (moved.finding.rule.clone(), moved.finding.member.clone());
            !told.contains(&fact)
        });
        let is_expected =
            |moved: &FindingChange| accept::is_expected(&next.state.accepted, &moved.finding);
        events.extend(finding_event(
            &observation,
            (moved, is_expected),
            is_first,
            mailed,
            circumstance,
        ));
        let new = Judgement {
            judge: target.judge.clone(),
            findings,
        };
        if judgement.as_deref() != Some(&new) {
            judgement = Some(Arc::new(new));
        }
    }
    let answer = before.map(|before| before.answer.clone());
    let mut answer = answer.unwrap_or_default();
    if let Some(body) = reading.body() {
        let (validators, at) = (&observation.validators, observation.at);
        answer = answer.with_body(body, validators, question.as_ref(), at);
    }
    let seen = Sight {
        at: observation.at,
        answer,
        judgement: judgement.unwrap_or_default(),
    };
    // A member that is new at every request and ignored by hand must not fill the disk.
    let is_ignored = !changed && !target.policy.ignore.is_empty();
    let is_new = is_first || !(is_ignored || difference.is_known_document);
    values.extend(damped::of_keys(&mut next, difference.of_keys));
    Transition {
        tracking: next,
        snapshot: snapshot_step(seen, reading, is_new),
        outcome: PollOutcome::Answered,
        events,
        values,
    }
}

/// Where the answer before this one came from; `None` if the place of either is not known.
fn place<'a>(observation: &'a Observation, redirected: Option<&'a str>) -> Option<&'a str> {
    let asked = Some(observation.url.as_str()).filter(|url| !url.is_empty())?;
    Some(redirected.unwrap_or(asked))
}

/// A change as a finding of the same fact would name it.
fn told_as(change: &Change) -> (RuleName, String) {
    let member = member_name(&change.member);
    (change.rule.clone(), member)
}

fn first_seen(observation: &Observation, seen: &Seen, about: Circumstance) -> NewEvent {
    let size = match seen.document.kind() {
        Kind::Jwks => DocumentSize::Keys(seen.document.keys().len() as u64),
        Kind::OauthAuthorizationServer
        | Kind::OpenidConfiguration
        | Kind::OauthProtectedResource => {
            DocumentSize::Members(seen.document.members().len() as u64)
        }
    };
    let about = Circumstance {
        size: Some(size),
        ..about
    };
    NewEvent::new(observation.at, EventKind::FirstSeen, about)
}

fn change_event(
    policy: &Policy,
    observation: &Observation,
    changes: Vec<Change>,
    (baseline, seen): (Option<&Document>, Option<&Seen>),
    seen_before: Option<(Timestamp, Option<i64>)>,
    mut circumstance: Circumstance,
) -> NewEvent {
    if let Some((ended_at, ended_by)) = seen_before {
        circumstance.answers = ended_by;
        circumstance.returned_to = Some(ended_at);
    }
    let patch = match (baseline, seen) {
        (Some(baseline), Some(seen)) => diff::kept_patch(baseline, &seen.document),
        (None, _) | (_, None) => None,
    };
    NewEvent {
        severity: changes.iter().map(|change| change.severity).max(),
        alert: changes.iter().any(|change| is_mailed(policy, change)),
        changes,
        patch,
        ..NewEvent::new(observation.at, EventKind::Changed, circumstance)
    }
}

/// What becomes of the baseline after a usable answer.
fn snapshot_step(seen: Sight, reading: Reading, is_new: bool) -> SnapshotStep {
    match reading {
        Reading::Document(document) if is_new => SnapshotStep::New(Box::new(NewSnapshot {
            seen,
            canonical: document.document.canonical().to_owned(),
            fingerprint: document.document.fingerprint().to_owned(),
            body: document.body,
            body_sha256: document.body_sha256,
            content_type: document.content_type,
        })),
        Reading::Document(_) | Reading::Unmodified { .. } => SnapshotStep::Seen(seen),
        Reading::Failed(_) => SnapshotStep::Missed,
    }
}

#[cfg(test)]
mod tests;
