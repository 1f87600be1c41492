//! The targets of `status` with what a resource leads to below it.

use super::health::Health;
use crate::store::TargetRow;
use crate::wording::tree::{branch, place};

/// The targets with their health, each below what leads to it.
pub(super) fn ordered<'a>(
    targets: &'a [TargetRow],
    healths: &'a [Health],
) -> Vec<(&'a TargetRow, Health)> {
    let healths = healths.iter().copied();
    let mut shown: Vec<(&TargetRow, Health)> = targets.iter().zip(healths).collect();
    shown.sort_by_key(|(row, _)| (row.provider.as_str(), place(&row.kind)));
    shown
}

/// The name of one of the targets: a branch where the document that leads to it is shown above.
pub(super) fn name(targets: &[TargetRow], row: &TargetRow) -> String {
    let is_root = |one: &&TargetRow| {
        one.provider == row.provider && one.kind.issuer().is_none() && one.kind.is_of_resource()
    };
    let branch = targets.iter().find(is_root).and(branch(&row.kind));
    branch.unwrap_or_else(|| format!("{}/{}", row.provider, row.kind))
}
