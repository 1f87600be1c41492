//! What is remembered of the keys of a set from event to event: which name stood for which key, and
//! which kinds of keys there were.
//!
//! Hashes only, in the table of values seen, under a member that no document has. Written when keys
//! change, never for a set that stands still; how many is bounded where they are kept (`policy::decide`).

use std::collections::{BTreeMap, BTreeSet};

use super::name::RememberedKeys;
use super::replaced::{KeySetsByName, NamedKeys, ReplacedKid, is_trusted};
use crate::document::fingerprint::sha256_half;
use crate::document::key_set::{Key, key_type};

/// The hash which, if remembered, says that a key of this kind was in the set.
pub(super) fn hash_of_kind(kind: key_type::KeyType<'_>) -> String {
    sha256_half(&format!("type {kind}"))
}

/// The hash which, if remembered, says that any key was in the set.
pub(super) fn hash_of_any() -> String {
    sha256_half("type")
}

/// All hashes to look up before two sets are compared. Names that stand for the same keys as before are
/// left out: once anything is remembered, everything about them is.
pub fn asked(old: &[Key<'_>], new: &[Key<'_>]) -> BTreeSet<String> {
    let mut asked = BTreeSet::from([hash_of_any()]);
    asked.extend(kinds(old, new));
    let sides = KeySetsByName::of(old, new);
    for (kid, side) in &sides.by_kid {
        for NamedKeys { name, was, is } in side.names(kid) {
            asked.insert(name.hash());
            let identities = was.iter().chain(&is);
            asked.extend(identities.map(|identity| name.hash_with(identity)));
        }
    }
    asked
}

/// The hashes of the kinds of keys in both sets.
fn kinds(old: &[Key<'_>], new: &[Key<'_>]) -> BTreeSet<String> {
    let mut kinds = key_type::all(old);
    kinds.append(&mut key_type::all(new));
    kinds.into_iter().map(hash_of_kind).collect()
}

/// The hashes of two sets that are still to be remembered. If a key joined others under their name,
/// only the name is: the key is not trusted under it before it was told as their replacement.
pub(super) fn to_remember(
    old: &[Key<'_>],
    new: &[Key<'_>],
    sides: &KeySetsByName<'_, '_>,
    replaced: &BTreeMap<&str, ReplacedKid<'_>>,
    remembered: RememberedKeys<'_>,
) -> Vec<String> {
    let mut hashes = kinds(old, new);
    if !hashes.is_empty() {
        hashes.insert(hash_of_any());
    }
    for (kid, side) in &sides.by_kid {
        let told = replaced.get(kid);
        for NamedKeys { name, was, is } in side.names(kid) {
            let hash = name.hash();
            let is_new_name = was.is_empty() && !remembered.has(&hash);
            hashes.insert(hash);
            if remembered.is_nothing() {
                hashes.extend(was.iter().map(|identity| name.hash_with(identity)));
            }
            let trusted = is.iter().filter(|identity| {
                is_new_name
                    || told.is_some_and(|told| told.fresh.contains(*identity))
                    || is_trusted(sides, side, &name, identity, remembered)
            });
            hashes.extend(trusted.map(|identity| name.hash_with(identity)));
        }
    }
    hashes.retain(|hash| !remembered.has(hash));
    hashes.into_iter().collect()
}
