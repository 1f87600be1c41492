//! Events about members that are damped, and about members that have come to rest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::document::canonical::Document;
use crate::document::observation::Observation;
use crate::document::severity::Group;
use crate::meaning::change::Change;
use crate::meaning::change::order::sort;
use crate::meaning::diff;
use crate::meaning::member_values::MemberValues;
use crate::meaning::provider::Target;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rule::Rule;
use crate::meaning::subject::Subject;
use crate::policy::damping::{self, DampingResult, Movement, Penalty, Suppression};
use crate::policy::event::{Damped, EventBody, NewEvent, Provenance, Settled, UnstableMember};
use crate::policy::mailed::is_mailed;
use crate::policy::tracking::{PastState, SeenBefore, State, Tracking};

/// The event body about members that are damped from now on; it replaces the changes that caused it.
/// Changes that are told anyway are left out, so that they are not told twice.
pub(super) fn damped(
    policy: &Policy,
    verdict: &DampingResult,
    state: &State,
    changes: &[Change],
    provenance: impl FnOnce() -> Provenance,
) -> Option<Damped> {
    let is_damped = |change: &&Change| change.damped && verdict.damped.contains(&change.subject);
    let changes: Vec<Change> = changes.iter().filter(is_damped).cloned().collect();
    // All keys of a key set are new, so no summary tells of them.
    let is_key = |member: &Subject| {
        let mut own = changes.iter().filter(|change| change.subject == *member);
        own.any(|change| change.group == Group::Keys)
    };
    let penalties = verdict.damped.iter();
    let unstable: Vec<UnstableMember> = penalties
        .filter_map(|member| Some((member, state.penalties.get(member)?)))
        .map(|(member, penalty)| UnstableMember {
            member: member.clone(),
            since: penalty.since,
            changes: penalty.changes,
            new_values: 0,
            last_change_at: penalty.at,
            movement: penalty.movement.clone(),
            summary_at: (!is_key(member))
                .then(|| damping::next_summary(penalty.at, penalty.at, &policy.zone)),
            rests_at: penalty.free_at(policy.damping_half_life),
        })
        .collect();
    if unstable.is_empty() {
        return None;
    }
    Some(Damped {
        provenance: provenance(),
        changes,
        patch: None,
        answers: state.last_changed_event,
        members: unstable,
    })
}

/// Makes an event of the body.
pub(super) fn event(at: Timestamp, damped: Damped) -> NewEvent {
    NewEvent {
        severity: damped.changes.iter().map(|change| change.severity).max(),
        alert: true,
        ..NewEvent::new(at, EventBody::Damped(damped))
    }
}

/// The states between which members that have come to rest are compared.
pub(super) struct SettledStates<'a> {
    /// The states before they were damped, by snapshot.
    pub(super) old: &'a BTreeMap<i64, Arc<Document>>,
    /// The state in which they came to rest.
    pub(super) now: Option<&'a Document>,
    /// Where the answer with that state came from.
    pub(super) place: Option<&'a str>,
}

/// The event that says that members have come to rest, with the net change since they were damped.
pub(super) fn settled(
    target: &Target,
    next: &mut Tracking,
    observation: &Observation,
    between: &SettledStates<'_>,
    provenance: impl FnOnce() -> Provenance,
) -> Option<NewEvent> {
    let due = damping::due_for_reuse(&target.policy, &next.state, observation.at);
    if due.is_empty() {
        return None;
    }
    damping::release(&target.policy, next.state_mut(), observation.at);
    let mut changes = Vec::new();
    let mut unstable = Vec::new();
    let mut answers = None;
    let mut is_expected = true;
    // Members damped together are compared with the same state, so that its differences are computed
    // once.
    let mut since: BTreeMap<i64, Vec<Change>> = BTreeMap::new();
    for (member, penalty) in due {
        let Penalty {
            suppression: Some(suppression),
            at: last_change_at,
            ..
        } = penalty
        else {
            continue;
        };
        // A habit is recorded and not counted: what goes on with it is free, and has not come to rest.
        let repeated = next.state.repeated.get(&member).and_then(|it| it.last());
        if repeated.is_some_and(|last| *last > last_change_at) {
            continue;
        }
        is_expected &= suppression.accepted;
        answers = answers.or(suppression.event);
        let old = suppression
            .snapshot
            .and_then(|snapshot| Some((snapshot, between.old.get(&snapshot)?)));
        if let (Some((snapshot, old)), Some(now)) = (old, between.now) {
            let all = since.entry(snapshot).or_insert_with(|| {
                diff::changes(old, now, target.identity.as_ref(), &target.policy)
            });
            changes.extend(
                all.iter()
                    .filter(|change| change.subject == member)
                    .cloned(),
            );
        }
        let moved = redirect_since(&suppression, observation, between.place, &target.policy);
        changes.extend(moved.into_iter().filter(|it| it.subject == member));
        unstable.push(UnstableMember {
            member,
            since: suppression.since,
            changes: suppression.held_back,
            new_values: suppression.new_values,
            last_change_at,
            movement: Movement {
                came: suppression.came,
                went: Vec::new(),
            },
            summary_at: None,
            rests_at: None,
        });
    }
    if unstable.is_empty() {
        return None;
    }
    sort(&mut changes);
    // The severity is the gravest change, so that recipients of grave changes get this event too.
    let severity = changes.iter().map(|change| change.severity).max();
    let settled = Settled {
        provenance: provenance(),
        changes,
        answers,
        members: unstable,
    };
    Some(NewEvent {
        severity,
        alert: !is_expected,
        ..NewEvent::new(observation.at, EventBody::Settled(settled))
    })
}

/// The change of the redirect between the state before a damping and now, where both places are known.
fn redirect_since(
    suppression: &Suppression,
    observation: &Observation,
    place: Option<&str>,
    policy: &Policy,
) -> Option<Change> {
    let (old, now) = (suppression.final_url.as_deref()?, place?);
    let url = observation.url.as_deref()?;
    let redirected = |to| Some(to).filter(|to| *to != url);
    diff::redirect_change(url, redirected(old), redirected(now), policy)
}

/// The most past states of a target that are remembered without the members that are ignored.
const PAST: usize = 50;

/// When the members that are not ignored last had the values that they have now, and which event ended
/// that. Remembers the state that ends now.
pub(super) fn returned(
    policy: &Policy,
    state: &mut State,
    old: &Document,
    new: &Document,
    at: Timestamp,
) -> Option<SeenBefore> {
    if policy.ignore.is_empty() {
        state.past.clear();
        return None;
    }
    let visible = |document: &Document| diff::visible_fingerprint(document, policy);
    let (before, now) = (visible(old), visible(new));
    let found = state
        .past
        .iter()
        .find(|past| past.visible == now)
        .map(|past| SeenBefore {
            ended_at: past.ended_at,
            ended_by: past.ended_by,
        });
    state.past.retain(|past| past.visible != before);
    state.past.push(PastState {
        visible: before,
        ended_at: at,
        ended_by: None,
    });
    let surplus = state.past.len().saturating_sub(PAST);
    state.past.drain(..surplus);
    found
}

/// The most entries remembered about names and kinds of keys of one target, two for each new key. Beyond
/// it, a key that takes over a name in several steps looks like a new one.
const OF_KEYS: u64 = 20_000;

/// What is to be remembered of keys from now on, under `KeyNames` instead of a member.
pub(super) fn of_keys(next: &mut Tracking, hashes: Vec<String>) -> Vec<(Subject, String)> {
    let room = OF_KEYS.saturating_sub(next.state.remembered_of_keys);
    let kept: Vec<_> = hashes
        .into_iter()
        .take(usize::try_from(room).unwrap_or(usize::MAX))
        .map(|hash| (Subject::KeyNames, hash))
        .collect();
    if !kept.is_empty() {
        next.state_mut().remembered_of_keys += kept.len() as u64;
    }
    kept
}

/// Whether a change is one of the authorization servers that a document names.
fn is_of_servers(change: &Change) -> bool {
    matches!(
        change.rule.known(),
        Some(
            Rule::AuthorizationServerAdded
                | Rule::AuthorizationServerRemoved
                | Rule::AuthorizationServersReplaced
        )
    )
}

/// Whether the values of a change are remembered. Whether a change is held back makes no difference.
pub(super) fn is_remembered(policy: &Policy, change: &Change) -> bool {
    let is_trusted =
        matches!(change.group, Group::Keys | Group::Endpoints) || is_of_servers(change);
    let is_told = || change.damped || is_mailed(policy, change);
    is_trusted || (policy.damping && is_told())
}

/// The values to be remembered from now on: those of members whose changes are mailed, all keys, all
/// authorization servers, and all addresses that clients call.
pub(super) fn values(
    policy: &Policy,
    changes: &[Change],
    baseline: Option<&Document>,
    known: &MemberValues,
) -> Vec<(Subject, String)> {
    let mut values = BTreeSet::new();
    for change in changes
        .iter()
        .filter(|change| is_remembered(policy, change))
    {
        let seen = known.get(&change.subject);
        let (came, went) = damping::value_hashes(change);
        let gone = damping::taken_away(change);
        let mut hashes: BTreeSet<String> = came.into_iter().chain(went).chain(gone).collect();
        // Once any value of a set is remembered, the rest of the set is remembered as well.
        if let Some(baseline) = baseline.filter(|_| seen.is_none()) {
            hashes.extend(if change.group == Group::Keys {
                let keys = baseline.keys().into_iter();
                keys.filter_map(|key| key.material.thumbprint.clone())
                    .collect()
            } else {
                damping::value_hashes_in(
                    change
                        .subject
                        .member()
                        .and_then(|name| baseline.effective(name)),
                )
            });
        }
        let is_new = |hash: &String| seen.is_none_or(|seen| !seen.contains(hash));
        let new = hashes.into_iter().filter(is_new);
        values.extend(new.map(|hash| (change.subject.clone(), hash)));
    }
    values.into_iter().collect()
}
