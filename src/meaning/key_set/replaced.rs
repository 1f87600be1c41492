//! Names that stand for other keys than they ever did.
//!
//! A kid names a key. While it stands for several at once, kid with `use`, `kty` and `alg` names one.
//! A name is replaced when a key that it stood for is gone and one is there that it never stood for,
//! at once or over several events. A key that keeps another name it had is trusted already: one more
//! name makes it no other key.

use std::collections::{BTreeMap, BTreeSet};

use super::name::{KeyName, KeyTraits, RememberedKeys};
use crate::document::jwk;
use crate::document::key_set::{Key, purpose};

/// The keys of a kid in two sets, by what tells them apart.
#[derive(Debug, Default)]
pub(super) struct KeysOfKid<'k, 'a> {
    was: BTreeMap<KeyTraits<'a>, BTreeSet<&'k str>>,
    is: BTreeMap<KeyTraits<'a>, BTreeSet<&'k str>>,
    /// All keys in `was`, whatever their rest.
    were: BTreeSet<&'k str>,
}

impl<'k, 'a> KeysOfKid<'k, 'a> {
    /// The keys that a name stood for and stands for.
    pub(super) fn under(&self, name: &KeyName<'a>) -> (BTreeSet<&'k str>, BTreeSet<&'k str>) {
        let of = |keys: &BTreeMap<KeyTraits<'a>, BTreeSet<&'k str>>| match &name.rest {
            Some(rest) => keys.get(rest).cloned().unwrap_or_default(),
            None => keys.values().flatten().copied().collect(),
        };
        (of(&self.was), of(&self.is))
    }

    /// The names it makes: the kid, and where that stands for several keys, or for one that is now
    /// said to be for something else, each with the rest.
    pub(super) fn names(&self, kid: &'a str) -> Vec<KeyName<'a>> {
        let whole = KeyName { kid, rest: None };
        let (was, is) = self.under(&whole);
        let mut names = vec![whole];
        let is_told_otherwise = || !was.is_disjoint(&is) && !self.was.keys().eq(self.is.keys());
        if was.len() > 1 || is.len() > 1 || is_told_otherwise() {
            let rests: BTreeSet<KeyTraits<'a>> =
                self.was.keys().chain(self.is.keys()).copied().collect();
            names.extend(rests.into_iter().map(|rest| KeyName {
                kid,
                rest: Some(rest),
            }));
        }
        names
    }
}

/// A key under one name: kid, what tells it apart, the key itself.
type NamedKey<'k, 'a> = (&'a str, KeyTraits<'a>, &'k str);

fn entries<'k, 'a>(keys: &'k [Key<'a>]) -> Vec<NamedKey<'k, 'a>> {
    let named = keys.iter().filter_map(|key| {
        let rest = (key.text(jwk::USE), key.text(jwk::KTY), key.text(jwk::ALG));
        Some((key.text(jwk::KID)?, rest, key.material.identity.as_str()))
    });
    let mut entries: Vec<NamedKey<'k, 'a>> = named.collect();
    entries.sort_unstable();
    entries.dedup();
    entries
}

/// Two key sets by their names.
#[derive(Debug, Default)]
pub(super) struct KeySetsByName<'k, 'a> {
    /// The kids that stand for anything else than before.
    pub(super) by_kid: BTreeMap<&'a str, KeysOfKid<'k, 'a>>,
    /// The kids that a key has in both.
    kept: BTreeMap<&'k str, BTreeSet<&'a str>>,
    /// The keys of the set before, sorted.
    before: Vec<&'k str>,
}

impl<'k, 'a> KeySetsByName<'k, 'a> {
    /// Most kids stand for what they stood for: only the others are looked into.
    pub(super) fn of(old: &'k [Key<'a>], new: &'k [Key<'a>]) -> Self {
        Self::among(old, new, false)
    }

    /// The same for all kids, also those that stand for the same keys as before.
    pub(super) fn of_all(old: &'k [Key<'a>], new: &'k [Key<'a>]) -> Self {
        Self::among(old, new, true)
    }

    fn among(old: &'k [Key<'a>], new: &'k [Key<'a>], all: bool) -> Self {
        let (was, is) = (entries(old), entries(new));
        let moved = |one: &[NamedKey<'k, 'a>], other: &[NamedKey<'k, 'a>]| -> BTreeSet<&'a str> {
            let only = one
                .iter()
                .filter(|entry| all || other.binary_search(entry).is_err());
            only.map(|(kid, ..)| *kid).collect()
        };
        let mut kids = moved(&was, &is);
        kids.append(&mut moved(&is, &was));
        let mut sides = Self {
            before: old.iter().map(|key| &*key.material.identity).collect(),
            ..Self::default()
        };
        sides.before.sort_unstable();
        let of_kids = |entries: &[NamedKey<'k, 'a>]| -> Vec<NamedKey<'k, 'a>> {
            let of_kids = entries.iter().filter(|(kid, ..)| kids.contains(kid));
            of_kids.copied().collect()
        };
        let mut looked_at: BTreeSet<&str> = BTreeSet::new();
        for (kid, rest, identity) in of_kids(&was) {
            let side = sides.by_kid.entry(kid).or_default();
            side.was.entry(rest).or_default().insert(identity);
            side.were.insert(identity);
            looked_at.insert(identity);
        }
        for (kid, rest, identity) in of_kids(&is) {
            let side = sides.by_kid.entry(kid).or_default();
            side.is.entry(rest).or_default().insert(identity);
            looked_at.insert(identity);
        }
        // A kid that stands for the same as before is one that its keys keep.
        let had: BTreeSet<(&str, &str)> = was
            .iter()
            .filter(|(_, _, identity)| looked_at.contains(identity))
            .map(|(kid, _, identity)| (*identity, *kid))
            .collect();
        for (kid, _, identity) in is {
            if had.contains(&(identity, kid)) {
                sides.kept.entry(identity).or_default().insert(kid);
            }
        }
        sides
    }

    /// Whether a key keeps another name that it had.
    fn keeps_a_name(&self, identity: &str, kid: &str) -> bool {
        let kept = self.kept.get(identity);
        kept.is_some_and(|kept| kept.len() > usize::from(kept.contains(kid)))
    }
}

/// A kid under which keys were replaced.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ReplacedKid<'k> {
    /// The keys that are gone from it. A key that keeps another name is not lost.
    pub(super) lost: BTreeSet<&'k str>,
    /// The keys that it never stood for before.
    pub(super) fresh: BTreeSet<&'k str>,
}

/// The kids under which keys were replaced.
pub(super) fn names<'k, 'a>(
    sides: &KeySetsByName<'k, 'a>,
    remembered: RememberedKeys<'_>,
) -> BTreeMap<&'a str, ReplacedKid<'k>> {
    let found = sides.by_kid.iter().filter_map(|(kid, side)| {
        let replaced = of_kid(sides, kid, side, remembered);
        (!replaced.fresh.is_empty()).then_some((*kid, replaced))
    });
    found.collect()
}

fn of_kid<'k, 'a>(
    sides: &KeySetsByName<'k, 'a>,
    kid: &'a str,
    side: &KeysOfKid<'k, 'a>,
    remembered: RememberedKeys<'_>,
) -> ReplacedKid<'k> {
    let mut replaced = ReplacedKid::default();
    for name in side.names(kid) {
        let (was, is) = side.under(&name);
        let is_fresh = |identity: &&&str| !is_trusted(sides, side, &name, identity, remembered);
        let mut fresh: BTreeSet<&str> = is.iter().filter(is_fresh).copied().collect();
        let mut gone: BTreeSet<&str> = was.difference(&is).copied().collect();
        let are_all_fresh = fresh.len() == is.len();
        // If some of several keys go and others come, the rest of the name tells which replaced which.
        if name.rest.is_none() && !are_all_fresh {
            continue;
        }
        // Here the new keys joined the name before and are all that is left. A key for encryption did
        // not take the place of one for signing.
        if name.rest.is_none() && !was.is_disjoint(&is) {
            fresh.retain(|identity| signs(&side.is, identity));
            gone.retain(|identity| signs(&side.was, identity));
        }
        let is_replaced = if was.is_empty() {
            // If none of the earlier keys of the name came back, all of them are gone.
            are_all_fresh && remembered.knows(|| name.hash())
        } else {
            !gone.is_empty()
        };
        if fresh.is_empty() || !is_replaced {
            continue;
        }
        let all_came = !fresh
            .iter()
            .any(|it| sides.before.binary_search(it).is_ok());
        let is_lost = |identity: &&str| !(all_came && sides.keeps_a_name(identity, kid));
        replaced.lost.extend(gone.into_iter().filter(is_lost));
        replaced.fresh.extend(fresh);
    }
    replaced
}

/// Whether a key of a kid is not said to be for encryption.
fn signs(keys: &BTreeMap<KeyTraits<'_>, BTreeSet<&str>>, identity: &str) -> bool {
    let mut signing = keys
        .iter()
        .filter(|((word, _, alg), _)| *word != Some("enc") && !purpose::of_alg(*alg));
    signing.any(|(_, keys)| keys.contains(identity))
}

/// Whether a name may stand for a key without this being told as a replacement.
pub(super) fn is_trusted(
    sides: &KeySetsByName<'_, '_>,
    side: &KeysOfKid<'_, '_>,
    name: &KeyName<'_>,
    identity: &str,
    remembered: RememberedKeys<'_>,
) -> bool {
    let whole = KeyName {
        rest: None,
        ..*name
    };
    // Nothing is remembered when two sets are compared for the first time: old keys are trusted.
    (remembered.is_nothing() && side.were.contains(identity))
        || sides.keeps_a_name(identity, name.kid)
        || remembered.knows(|| name.hash_with(identity))
        || (name.rest.is_some() && remembered.knows(|| whole.hash_with(identity)))
}
