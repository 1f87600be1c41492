//! Compares an observation with what is known. The daemon and `replay` share this, and differ only in
//! where they look up the past of a target.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::canonical::Document;
use crate::document::kind::Kind;
use crate::document::observation::Observation;
use crate::meaning::member_values::MemberValues;
use crate::meaning::provider::Target;
use crate::policy::damping;
use crate::policy::reading::{self, Confirmation, Reading};
use crate::policy::sighting::Sighting;
use crate::policy::tracking::{SeenBefore, Tracking};
use crate::store::{Store, StoreError};

/// The past of one target, as far as a decision needs it; it is read only if something differs.
pub trait TargetHistory {
    /// The document of a snapshot.
    fn document(&self, snapshot_id: i64) -> Result<Option<Arc<Document>>, StoreError>;

    /// When a state was last the state of the target, if it was so before the baseline.
    fn seen_before(&self, fingerprint: &str) -> Result<Option<SeenBefore>, StoreError>;

    /// Which of these values were seen before on its members. A member without any stored value is left
    /// out.
    fn values_seen(&self, asked: &MemberValues) -> Result<MemberValues, StoreError>;
}

/// The past as it is in the store.
#[derive(Debug)]
pub struct StoredHistory<'a> {
    /// The store.
    pub store: &'a Store,
    /// Row of the target.
    pub target_id: i64,
    /// Kind of its document.
    pub kind: Kind,
    /// Whether documents are parsed in their original order, because something is ignored by its place.
    pub in_order: bool,
}

impl TargetHistory for StoredHistory<'_> {
    fn document(&self, snapshot_id: i64) -> Result<Option<Arc<Document>>, StoreError> {
        if self.in_order
            && let Some((bytes, content_type)) = self.store.body(snapshot_id)?
            && let Ok(document) =
                Document::parse_in_order(self.kind, &bytes, content_type.as_deref())
        {
            return Ok(Some(Arc::new(document)));
        }
        let canonical = self.store.canonical(snapshot_id)?;
        Ok(Document::from_canonical(self.kind, &canonical).map(Arc::new))
    }

    fn seen_before(&self, fingerprint: &str) -> Result<Option<SeenBefore>, StoreError> {
        self.store.seen_before(self.target_id, fingerprint)
    }

    fn values_seen(&self, asked: &MemberValues) -> Result<MemberValues, StoreError> {
        self.store.values_seen(self.target_id, asked)
    }
}

/// Compares an observation with what is known; it is not confirmed by a second fetch yet.
pub fn compare(
    history: &impl TargetHistory,
    target: &Target,
    tracking: &Tracking,
    observation: Observation,
    reading: Reading,
) -> Result<Sighting, StoreError> {
    let (mut baseline, mut seen_before) = (None, None);
    if let (Reading::Document(parsed), Some(known)) = (&reading, tracking.baseline_of(target)) {
        baseline = history.document(known.snapshot_id)?;
        seen_before = history.seen_before(parsed.document.fingerprint())?;
    }
    let mut difference = reading::differ(
        target,
        tracking,
        baseline.as_deref(),
        &observation,
        &reading,
    );
    let before = baseline.as_deref();
    let known = history.values_seen(&reading::asked(target, &difference, before, &reading))?;
    reading::recall(target, &mut difference, before, &reading, &known);
    let mut before_damping = BTreeMap::new();
    if !matches!(reading, Reading::Failed(_)) {
        let (policy, state) = (&target.policy, &tracking.state);
        for snapshot in damping::snapshots_before(policy, state, observation.at) {
            before_damping.extend(
                history
                    .document(snapshot)?
                    .map(|document| (snapshot, document)),
            );
        }
        // Members that have come to rest are compared with the current state, even if nothing new was
        // seen.
        let known = tracking.baseline_of(target);
        if let (false, None, Some(known)) = (before_damping.is_empty(), &baseline, known) {
            baseline = history.document(known.snapshot_id)?;
        }
    }
    Ok(Sighting {
        observation,
        reading,
        difference,
        confirmation: Confirmation::NotNeeded,
        question: None,
        baseline,
        seen_before,
        known,
        before_damping,
        twins: None,
        announced: Vec::new(),
        unrecorded: 0,
    })
}
