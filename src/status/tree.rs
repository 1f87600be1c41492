//! The targets of `status` with what a resource leads to below it.

use super::health::Health;
use crate::policy::followed::{NamedTargets, named};
use crate::store::{Reader, StoreError, TargetRow};
use crate::wording::tree::{branch, place};

/// The targets with their health, each below what leads to it.
pub(super) fn ordered<'a>(
    targets: &'a [TargetRow],
    healths: &'a [Health],
    named: &'a [NamedTargets],
) -> Vec<(&'a TargetRow, Health, &'a NamedTargets)> {
    let each = targets.iter().zip(healths).zip(named);
    let mut shown: Vec<_> = each
        .map(|((row, health), named)| (row, *health, named))
        .collect();
    shown.sort_by_key(|(row, ..)| (row.provider.as_str(), place(&row.kind)));
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

/// What the document of a resource names, as it is known now; nothing of other documents.
pub(super) fn named_by(reader: &Reader, row: &TargetRow) -> Result<NamedTargets, StoreError> {
    let is_of_resource = row.kind.issuer().is_none() && row.kind.is_of_resource();
    let baseline = row.tracking.baseline.as_ref().filter(|_| is_of_resource);
    let Some(baseline) = baseline else {
        return Ok(NamedTargets::default());
    };
    let snapshot = reader.snapshot(baseline.snapshot_id)?;
    let named = snapshot.map(|snapshot| named(row.kind.kind(), &snapshot.canonical));
    Ok(named.unwrap_or_default())
}
