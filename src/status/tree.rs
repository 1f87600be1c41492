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
    shown.sort_by_cached_key(|(row, ..)| (by_numbers(&row.provider), place(&row.kind)));
    shown
}

/// A name as it is sorted by who reads it: `p2` before `p10`. Its pieces are text and number by turns, a
/// number with how many digits it has.
fn by_numbers(name: &str) -> Vec<(usize, &str)> {
    let mut rest = name;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let is_text = pieces.len() % 2 == 0;
        let end = rest.find(|c: char| c.is_ascii_digit() == is_text);
        let (piece, more) = rest.split_at(end.unwrap_or(rest.len()));
        pieces.push((if is_text { 0 } else { piece.len() }, piece));
        rest = more;
    }
    pieces
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_by_the_numbers_in_them() {
        let mut names = ["p10", "p2", "p", "7", "q1", "p2b10", "p2b9"];
        names.sort_by_key(|name| by_numbers(name));
        assert_eq!(names, ["7", "p", "p2", "p2b9", "p2b10", "p10", "q1"]);
    }
}
