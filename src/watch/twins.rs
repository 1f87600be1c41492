//! The two documents of one authorization server, as the daemon and `check` poll them: one after the
//! other, so that decisions about both are made in the order in which a recording has them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use super::comparison::{StoredHistory, TargetHistory as _};
use crate::meaning::provider::Target;
use crate::policy::tracking::Tracking;
use crate::policy::twins::{Twins, other_of};
use crate::store::{Store, StoreError, TargetSpec};

/// Locks, by provider and issuer, so that only one of the two documents is polled at a time.
#[derive(Debug, Clone, Default)]
pub struct TwinLocks(Arc<Mutex<HashMap<String, Weak<Turn<()>>>>>);

impl TwinLocks {
    /// Waits until no other document of the authorization server is being polled; `None` if the target is
    /// not a document of an authorization server.
    pub(super) async fn of(&self, target: &Target) -> Option<OwnedMutexGuard<()>> {
        if !target.kind.is_of_server() {
            return None;
        }
        let issuer = target.kind.issuer().unwrap_or_default();
        let name = format!("{} {issuer}", target.provider);
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Not at each poll, because all that are under way are looked at.
            if turns.len() >= turns.capacity() {
                turns.retain(|_, turn| turn.strong_count() > 0);
            }
            let known = turns.get(&name).and_then(Weak::upgrade);
            let turn = known.unwrap_or_default();
            turns.insert(name, Arc::downgrade(&turn));
            turn
        };
        Some(turn.lock_owned().await)
    }
}

/// What is known of both documents, for the one that tells of both.
pub(super) fn twins(
    store: &Store,
    target: &Target,
    tracking: &Tracking,
) -> Result<Option<Twins>, StoreError> {
    let Some(name) = other_of(&target.kind) else {
        return Ok(None);
    };
    let Some(baseline) = tracking.baseline_of(target) else {
        return Ok(None);
    };
    let kind = name.kind();
    let spec = TargetSpec {
        provider: target.provider.clone(),
        kind: name,
        url: None,
        formerly: Vec::new(),
    };
    let found = store.find_targets(&[spec])?.into_iter();
    let Some(target_id) = found.into_iter().find(|id| *id > 0) else {
        return Ok(None);
    };
    let history = |target_id, kind| StoredHistory {
        store,
        target_id,
        kind,
        in_order: false,
    };
    let other = store.tracking(target_id)?;
    let Some(known) = &other.baseline else {
        return Ok(None);
    };
    let document = history(target_id, kind).document(known.snapshot_id)?;
    let own = history(tracking.target_id, target.kind.kind()).document(baseline.snapshot_id)?;
    Ok(document.and_then(|document| Twins::of(target, own, &other, document)))
}
