//! The documents of a resource with what it leads to below it, as a tree.

use std::collections::HashMap;
use std::sync::Arc;

use crate::meaning::provider::Target;
use crate::watch::report::PollResponse;
use crate::watch::watched::WatchedTarget;

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
    pairs.sort_by_key(|(watched, _)| places.get(&watched.target.provider).copied());
    pairs.into_iter().unzip()
}

/// The name of a document, below what leads to it.
pub(super) fn name(target: &Target) -> String {
    let name = target.kind.to_string();
    match target.kind.issuer() {
        None => name,
        Some(_) if target.kind.is_named_by_another() => format!("     └─ {name}"),
        Some(_) => format!("  └─ {name}"),
    }
}
