//! Damps members that keep changing: route flap damping (RFC 2439), kept per target and member.
//!
//! Each believed change of a member adds to its penalty, and time reduces it. Above one bound its changes
//! are collected instead of mailed; below another bound it is free again. A change that may be an attack
//! is never held back, because an attacker could provoke that silence. Nor is a change that breaks
//! clients for the first time, or one of a member that is declared to be used: whoever gets a member
//! damped by adding to it could then take away from it unseen.
//!
//! A clock that is set back changes no penalty; counting continues from the new time. What is remembered
//! is bounded, so that a server that publishes new members at every poll cannot fill the disk.
//!
//! One summary that waits is dropped when everything of its target has settled, because that mail says
//! more.

mod exemption;
mod follow;
pub(crate) mod penalty;
mod seen_values;
mod weeks;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use self::exemption::{Exemption, exemption};
use self::follow::Swings;
pub use self::penalty::{Movement, Penalty, Suppression};
pub(crate) use self::seen_values::SHOWN;
pub use self::seen_values::{
    asked, is_domain_seen, is_first_removal, taken_away, value_hashes, value_hashes_in, values_only,
};
use self::seen_values::{unseen, unseen_values};
pub(crate) use self::weeks::next_summary;
pub use self::weeks::summary_after;
use super::tracking::State;
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::member_values::MemberValues;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rule::RuleName;
use crate::meaning::subject::Subject;

/// A member is damped when its penalty reaches this.
const DAMPED_FROM: f64 = 2.5;
/// A damped member is free again below this penalty.
const FREE_BELOW: f64 = 0.75;
/// The penalty never exceeds this: at rest a member is free after three half-lives.
const MOST: f64 = 6.0;
/// Penalties below this are forgotten.
const FORGOTTEN_BELOW: f64 = 0.05;
/// The most members of a target that are damped, and the most others whose penalty is remembered.
const MEMBERS: usize = 200;

/// What damping decided about the changes of one poll. The changes themselves are marked.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct DampingResult {
    /// Members that are damped from now on.
    pub(crate) damped: Vec<Subject>,
    /// When the next summary is due that is to tell of values never seen before.
    pub(crate) summary_at: Option<Timestamp>,
    /// The event that damped the member which the summary tells of.
    pub(crate) held_under: Option<i64>,
    /// Damped members of which a change is told although they are damped.
    pub(crate) told_all_the_same: Vec<Subject>,
}

/// When the changes of a poll were seen, and the state that they are compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before<'a> {
    /// When the changes were seen.
    pub(crate) at: Timestamp,
    /// The snapshot of the state that they are compared with.
    pub(crate) snapshot: Option<i64>,
    /// Where the answer that showed that state came from.
    pub(crate) final_url: Option<&'a str>,
}

/// Counts the changes that would be mailed, and marks those that are held back.
pub(crate) fn damp(
    policy: &Policy,
    state: &mut State,
    before: Before<'_>,
    changes: &mut [Change],
    known: &MemberValues,
    is_mailed: impl Fn(&Change) -> bool,
) -> DampingResult {
    let at = before.at;
    let mailed: Vec<bool> = changes.iter().map(&is_mailed).collect();
    if !policy.damping {
        state.penalties.clear();
    }
    let mut places: BTreeMap<Subject, Vec<usize>> = BTreeMap::new();
    for (place, change) in changes
        .iter()
        .enumerate()
        .filter(|(place, _)| mailed.get(*place) == Some(&true))
    {
        places
            .entry(change.subject.clone())
            .or_default()
            .push(place);
    }
    let damped = state.penalties.values().filter(|it| it.is_suppressed());
    let mut run = DampingRun {
        policy,
        before,
        damped: damped.count(),
        verdict: DampingResult::default(),
    };
    let swings = Swings::of(&state.penalties, changes, known);
    for (member, places) in places.iter().filter(|_| policy.damping) {
        let of_member = places.iter().filter_map(|place| changes.get(*place));
        let joined = swings.joined(state.penalties.get(member), of_member);
        let was_damped = run.count(state, member, places, changes, joined);
        let Some(suppression) = state
            .penalties
            .get_mut(member)
            .and_then(|it| it.suppression.as_mut())
        else {
            continue;
        };
        let seen = known.get(member);
        let ways_back = std::mem::take(&mut suppression.ways_back);
        let mut is_told = false;
        let mut tells_of_use = false;
        for place in places {
            let Some(change) = changes.get_mut(*place) else {
                continue;
            };
            let is_first = !state.security_rules.contains(&change.rule);
            match exemption(
                change,
                seen,
                is_first,
                (&ways_back, state.arrivals.get(member)),
                suppression.may_tell_of_use(at),
            ) {
                Some(why) => {
                    is_told = true;
                    match why {
                        Exemption::Grave => {
                            suppression.ways_back.push(seen_values::way_back_of(change));
                        }
                        Exemption::Used => tells_of_use = true,
                        Exemption::WayBack | Exemption::FirstRemoval => {}
                    }
                }
                None => run.hold_back(change, seen, suppression, was_damped),
            }
        }
        if tells_of_use {
            suppression.use_told_at = Some(at);
        }
        if is_told {
            run.verdict.told_all_the_same.push(member.clone());
        }
    }
    let grave = changes
        .iter()
        .zip(&mailed)
        .filter(|(change, mailed)| **mailed && change.severity == Severity::Security);
    let rules: Vec<RuleName> = grave.map(|(change, _)| change.rule.clone()).collect();
    state.security_rules.extend(rules);
    forget(policy, state, at);
    run.verdict
}

/// The damping of the changes of one poll.
struct DampingRun<'a> {
    policy: &'a Policy,
    before: Before<'a>,
    /// How many members of the target are damped.
    damped: usize,
    verdict: DampingResult,
}

impl DampingRun<'_> {
    /// Adds to the penalty of a member; returns whether the member was damped before, or `joined` the
    /// damping of others.
    fn count(
        &mut self,
        state: &mut State,
        member: &Subject,
        places: &[usize],
        changes: &[Change],
        joined: Option<Suppression>,
    ) -> bool {
        let at = self.before.at;
        let penalty = state.penalties.entry(member.clone()).or_insert(Penalty {
            value: 0.0,
            at,
            since: at,
            changes: 0,
            movement: Movement::default(),
            suppression: None,
        });
        penalty.add(at, self.policy.damping_half_life);
        if penalty.is_suppressed() {
            return true;
        }
        let of_member = places.iter().filter_map(|place| changes.get(*place));
        seen_values::note(&mut penalty.movement, of_member);
        if joined.is_some() && self.damped < MEMBERS {
            self.damped += 1;
            penalty.suppression = joined.map(|shared| Suppression {
                snapshot: self.before.snapshot,
                final_url: self.before.final_url.map(str::to_owned),
                ..shared
            });
            return true;
        }
        if penalty.value >= DAMPED_FROM && self.damped < MEMBERS {
            self.damped += 1;
            self.verdict.damped.push(member.clone());
            penalty.suppression = Some(Suppression {
                since: at,
                event: None,
                snapshot: self.before.snapshot,
                final_url: self.before.final_url.map(str::to_owned),
                held_back: 0,
                new_values: 0,
                came: Vec::new(),
                ways_back: Vec::new(),
                use_told_at: None,
                accepted: false,
            });
        }
        false
    }

    /// Marks a change as held back, and schedules a summary of values that were never seen before.
    fn hold_back(
        &mut self,
        change: &mut Change,
        seen: Option<&BTreeSet<String>>,
        suppression: &mut Suppression,
        was_damped: bool,
    ) {
        let values = unseen(change, seen).values;
        change.damped = true;
        if values > 0 {
            change.unseen = unseen_values(change, seen);
        }
        if !was_damped {
            return;
        }
        suppression.held_back += 1;
        suppression.new_values += values;
        seen_values::note_new(&mut suppression.came, change);
        if values > 0 && !suppression.accepted {
            let next = next_summary(suppression.since, self.before.at, &self.policy.zone);
            let verdict = &mut self.verdict;
            let earliest = verdict.summary_at.map_or(next, |other| other.min(next));
            verdict.summary_at = Some(earliest);
            verdict.held_under = verdict.held_under.or(suppression.event);
        }
    }
}

/// Forgets penalties that are long over, and the calmest members beyond the bound. Damped members are
/// kept until somebody was told that they have come to rest.
fn forget(policy: &Policy, state: &mut State, at: Timestamp) {
    let half_life = policy.damping_half_life;
    let penalties = state.penalties.iter().filter(|(_, it)| !it.is_suppressed());
    let mut calm: Vec<(f64, Subject)> = penalties
        .map(|(member, penalty)| (penalty.now(at, half_life), member.clone()))
        .collect();
    calm.sort_by(|(one, _), (two, _)| two.total_cmp(one));
    let is_kept = |(place, (penalty, _)): &(usize, (f64, Subject))| {
        *place < MEMBERS && *penalty >= FORGOTTEN_BELOW
    };
    let gone = calm.into_iter().enumerate().filter(|it| !is_kept(it));
    for (_, (_, member)) in gone {
        state.penalties.remove(&member);
    }
}

/// The penalties with times after `at` set to `at`, if any: the clock was ahead and is right now.
pub(crate) fn correct_clock(state: &State, at: Timestamp) -> Option<BTreeMap<Subject, Penalty>> {
    let is_ahead = |it: &Penalty| {
        let held_since = it.suppression.as_ref().map(|suppression| suppression.since);
        it.at.max(it.since).max(held_since.unwrap_or(it.at)) > at
    };
    if !state.penalties.values().any(is_ahead) {
        return None;
    }
    let mut penalties = state.penalties.clone();
    for penalty in penalties.values_mut() {
        penalty.at = penalty.at.min(at);
        penalty.since = penalty.since.min(at);
        if let Some(suppression) = &mut penalty.suppression {
            suppression.since = suppression.since.min(at);
        }
    }
    Some(penalties)
}

/// Members that have come to rest, with what was held back.
pub(crate) fn due_for_reuse(
    policy: &Policy,
    state: &State,
    at: Timestamp,
) -> Vec<(Subject, Penalty)> {
    let penalties = state.penalties.iter().filter(|(_, it)| it.is_suppressed());
    penalties
        .filter(|(_, it)| it.now(at, policy.damping_half_life) < FREE_BELOW)
        .map(|(member, penalty)| (member.clone(), penalty.clone()))
        .collect()
}

/// The snapshots that members about to be free are compared with.
pub fn snapshots_before(policy: &Policy, state: &State, at: Timestamp) -> BTreeSet<i64> {
    let due = due_for_reuse(policy, state, at);
    due.into_iter()
        .filter_map(|(_, it)| it.suppression?.snapshot)
        .collect()
}

/// Frees members that have come to rest, and forgets penalties that are long over.
pub(crate) fn release(policy: &Policy, state: &mut State, at: Timestamp) {
    for penalty in state.penalties.values_mut() {
        if penalty.now(at, policy.damping_half_life) < FREE_BELOW {
            penalty.suppression = None;
        }
    }
    forget(policy, state, at);
}

impl Suppression {
    /// Whether a change of a member that is declared to be used may be told: at most once a day.
    fn may_tell_of_use(&self, at: Timestamp) -> bool {
        let day = SignedDuration::from_hours(24);
        let told = self.use_told_at;
        told.is_none_or(|told| !(SignedDuration::ZERO..day).contains(&at.duration_since(told)))
    }
}

impl Penalty {
    /// The penalty as it has decayed until `at`.
    fn now(&self, at: Timestamp, half_life: SignedDuration) -> f64 {
        let elapsed = at.duration_since(self.at).max(SignedDuration::ZERO);
        let half_life = half_life.as_secs_f64();
        if half_life <= 0.0 {
            return 0.0;
        }
        self.value * (-elapsed.as_secs_f64() / half_life).exp2()
    }

    /// When a damped member is free again if it does not change any more; `None` if that is not known.
    pub(crate) fn free_at(&self, half_life: SignedDuration) -> Option<Timestamp> {
        let halvings = (self.value / FREE_BELOW).log2().max(0.0);
        let rest = SignedDuration::try_from_secs_f64(halvings * half_life.as_secs_f64()).ok()?;
        self.at.checked_add(rest).ok()
    }

    fn add(&mut self, at: Timestamp, half_life: SignedDuration) {
        let left = self.now(at, half_life);
        if left < FREE_BELOW && !self.is_suppressed() {
            self.since = at;
            self.changes = 0;
            self.movement = Movement::default();
        }
        self.value = (left + 1.0).min(MOST);
        self.at = at;
        self.changes += 1;
    }
}

#[cfg(test)]
mod tests;
