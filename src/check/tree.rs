//! The documents of a resource with what it leads to below it, as a tree.

use std::collections::HashMap;
use std::sync::Arc;

use crate::policy::followed::named;
use crate::store::{Store, StoreError};
use crate::watch::report::PollResponse;
use crate::watch::watched::WatchedTarget;
use crate::wording::tree::{self, place};

/// The documents of each provider beside each other, in the order in which one leads to the next.
pub(super) fn ordered(
    chosen: Vec<Arc<WatchedTarget>>,
    reports: Vec<PollResponse>,
) -> (Vec<Arc<WatchedTarget>>, Vec<PollResponse>) {
    if chosen.iter().all(|it| it.target.kind.issuer().is_none()) {
        return (chosen, reports);
    }
    let mut places: HashMap<String, usize> = HashMap::new();
    for watched in &chosen {
        let next = places.len();
        places
            .entry(watched.target.provider.clone())
            .or_insert(next);
    }
    let mut pairs: Vec<(Arc<WatchedTarget>, PollResponse)> =
        chosen.into_iter().zip(reports).collect();
    pairs.sort_by(|(one, _), (other, _)| {
        let [one, other] = [one, other].map(|watched| {
            let target = &watched.target;
            (places.get(&target.provider), place(&target.kind))
        });
        one.cmp(&other)
    });
    pairs.into_iter().unzip()
}

/// What this document of a resource names and does not lead to, in words.
pub(super) fn not_followed(
    store: &Store,
    watched: &WatchedTarget,
) -> Result<Vec<String>, StoreError> {
    let name = &watched.target.kind;
    if name.issuer().is_some() || !name.is_of_resource() {
        return Ok(Vec::new());
    }
    let Some(baseline) = store.tracking(watched.target_id)?.baseline else {
        return Ok(Vec::new());
    };
    let canonical = store.canonical(baseline.snapshot_id)?;
    Ok(tree::not_followed(&named(name.kind(), &canonical)))
}
