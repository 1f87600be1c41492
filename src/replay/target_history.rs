//! The past of a target while it is played: what decisions ask of it, in memory.
//!
//! The store is written while the next decisions are made, so it cannot be asked meanwhile. What is
//! kept grows with what is new, not with the recording: some 30 bytes a state, 10 a value.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::BuildHasher as _;
use std::num::NonZeroI64;
use std::sync::Arc;

use jiff::Timestamp;

use crate::document::canonical::Document;
use crate::meaning::member_values::MemberValues;
use crate::meaning::subject::Subject;
use crate::policy::tracking::{SeenBefore, SnapshotStep, Tracking, Transition};
use crate::store::StoreError;
use crate::watch::comparison::TargetHistory;

/// The past of one target.
#[derive(Debug, Default)]
pub(super) struct PlayedHistory {
    /// The documents that are still asked for, by snapshot: the baseline, and those before members
    /// were damped.
    documents: BTreeMap<i64, Arc<Document>>,
    /// States that are over, by a hash of their fingerprint.
    states: HashMap<u64, EndedState>,
    /// Values seen, by member, as hashes.
    values: HashMap<Subject, HashSet<u64>>,
    hashes: Hashes,
}

/// Hashes of texts that are never stored: with a key of this process, so that nobody can write a
/// recording whose values share one. That two of a million do by chance is one in ten million. SHA-256
/// took more time than all else that is done here.
#[derive(Debug, Default)]
struct Hashes(RandomState);

impl Hashes {
    fn of(&self, text: &str) -> u64 {
        self.0.hash_one(text)
    }
}

/// A state that is over, in 16 bytes.
#[derive(Debug)]
struct EndedState {
    /// When, in milliseconds: no recording has a smaller unit.
    ended_at: i64,
    /// The number of the event that ended it; they begin at 1.
    ended_by: Option<NonZeroI64>,
}

impl EndedState {
    fn of(over: SeenBefore) -> Self {
        Self {
            ended_at: over.ended_at.as_millisecond(),
            ended_by: over.ended_by.and_then(NonZeroI64::new),
        }
    }

    fn seen_before(&self) -> Option<SeenBefore> {
        Some(SeenBefore {
            ended_at: Timestamp::from_millisecond(self.ended_at).ok()?,
            ended_by: self.ended_by.map(NonZeroI64::get),
        })
    }
}

impl PlayedHistory {
    /// Keeps what a transition makes past: `before` is what was known, `after` what is, `document`
    /// the new state. Values that were seen before are taken out of it: they need not be written again.
    pub(super) fn follow(
        &mut self,
        before: &Tracking,
        transition: &mut Transition,
        after: &Tracking,
        document: Option<Arc<Document>>,
    ) {
        if let (SnapshotStep::New(new), Some(old)) = (&transition.snapshot, &before.baseline) {
            // The event of this transition ended it, if it brought one.
            let changed = after.state.last_changed_event;
            let ended_by = changed.filter(|_| before.state.last_changed_event != changed);
            let over = SeenBefore {
                ended_at: new.seen.at,
                ended_by,
            };
            let hash = self.hashes.of(&old.fingerprint);
            self.states.insert(hash, EndedState::of(over));
        }
        let (values, hashes) = (&mut self.values, &self.hashes);
        transition.values.retain(|(member, value)| {
            let known = match values.get_mut(member) {
                Some(known) => known,
                None => values.entry(member.clone()).or_default(),
            };
            known.insert(hashes.of(value))
        });
        if let (Some(document), Some(baseline)) = (document, &after.baseline) {
            self.documents.insert(baseline.snapshot_id, document);
            let baseline = baseline.snapshot_id;
            let holds = after
                .state
                .penalties
                .values()
                .filter_map(|it| it.suppression.as_ref()?.snapshot);
            let asked: BTreeSet<i64> = holds.chain([baseline]).collect();
            self.documents
                .retain(|snapshot, _| asked.contains(snapshot));
        }
    }
}

impl TargetHistory for PlayedHistory {
    fn document(&self, snapshot_id: i64) -> Result<Option<Arc<Document>>, StoreError> {
        Ok(self.documents.get(&snapshot_id).cloned())
    }

    fn seen_before(&self, fingerprint: &str) -> Result<Option<SeenBefore>, StoreError> {
        let over = self.states.get(&self.hashes.of(fingerprint));
        Ok(over.and_then(EndedState::seen_before))
    }

    fn values_seen(&self, asked: &MemberValues) -> Result<MemberValues, StoreError> {
        let of_member = asked.iter().filter_map(|(member, values)| {
            let known = self.values.get(member)?;
            let seen = values
                .iter()
                .filter(|value| known.contains(&self.hashes.of(value)));
            Some((member.clone(), seen.cloned().collect()))
        });
        Ok(of_member.collect())
    }
}
