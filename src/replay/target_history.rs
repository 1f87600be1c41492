//! The past of a target while it is played: what decisions ask of it, in memory.
//!
//! The store is written while the next decisions are made, so it cannot be asked meanwhile. What is
//! kept grows with what is new, not with the recording: some 100 bytes a state, 20 a value.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::BuildHasher as _;
use std::sync::Arc;

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
    states: HashMap<u128, SeenBefore>,
    /// Values seen, by member, as hashes.
    values: HashMap<Subject, HashSet<u128>>,
    hashes: Hashes,
}

/// Hashes of texts that are never stored: two of 64 bits, with keys of this process, so that nobody can
/// write a recording whose values share one. SHA-256 took more time than all else that is done here.
#[derive(Debug, Default)]
struct Hashes(RandomState, RandomState);

impl Hashes {
    fn of(&self, text: &str) -> u128 {
        u128::from(self.0.hash_one(text)) << 64 | u128::from(self.1.hash_one(text))
    }
}

impl PlayedHistory {
    /// Keeps what a transition makes past: `before` is what was known, `after` what is, `document`
    /// the new state.
    pub(super) fn follow(
        &mut self,
        before: &Tracking,
        transition: &Transition,
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
            self.states.insert(self.hashes.of(&old.fingerprint), over);
        }
        for (member, value) in &transition.values {
            let known = match self.values.get_mut(member) {
                Some(known) => known,
                None => self.values.entry(member.clone()).or_default(),
            };
            known.insert(self.hashes.of(value));
        }
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
        Ok(self.states.get(&self.hashes.of(fingerprint)).copied())
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
