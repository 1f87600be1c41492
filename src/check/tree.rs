//! The documents of a resource with what it leads to below it, as a tree.

use std::collections::HashMap;
use std::sync::Arc;

use crate::watch::report::PollResponse;
use crate::watch::watched::WatchedTarget;
use crate::wording::tree::place;

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
