//! What is remembered of the keys of a set from event to event: which name stood for which key, and
//! which kinds of keys there were.
//!
//! Hashes only, in the table of values seen, under a member that no document has. Written when keys
//! change, never for a set that stands still; how many is bounded where they are kept (`policy::decide`).

use std::collections::{BTreeMap, BTreeSet};

use super::replaced::{Replaced, Sides, is_trusted};
use crate::document::fingerprint::sha256_half;
use crate::document::key_set::{Key, key_type};
use crate::meaning::known::Known;

/// The member that what is remembered is kept under.
pub const MEMBER: &str = "(kids)";

/// What is remembered of a key set.
#[derive(Debug, Clone, Copy, Default)]
pub struct Remembered<'k> {
    hashes: Option<&'k BTreeSet<String>>,
}

impl<'k> Remembered<'k> {
    /// That nothing is: two sets are compared by themselves.
    pub const NOTHING: Self = Self { hashes: None };

    /// What the store knows.
    pub fn of(known: &'k Known) -> Self {
        Self {
            hashes: known.get(MEMBER),
        }
    }

    /// Whether keys were never compared since the program remembers: then all of them are trusted.
    pub(super) fn is_nothing(self) -> bool {
        self.hashes.is_none()
    }

    pub(super) fn has(self, hash: &str) -> bool {
        self.hashes.is_some_and(|hashes| hashes.contains(hash))
    }

    /// The same of a hash that is only made if there is anything to look it up in.
    pub(super) fn knows(self, hash: impl FnOnce() -> String) -> bool {
        self.hashes.is_some_and(|hashes| hashes.contains(&hash()))
    }
}

/// What tells the keys of one kid apart: use, type, algorithm.
pub(super) type Rest<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>);

/// A name of keys: a kid, with the rest where it stands for several.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name<'a> {
    pub(super) kid: &'a str,
    pub(super) rest: Option<Rest<'a>>,
}

impl Name<'_> {
    /// That it stood for a key.
    pub(super) fn hash(&self) -> String {
        sha256_half(&self.text())
    }

    /// That it stood for this one.
    pub(super) fn hash_with(&self, identity: &str) -> String {
        let mut text = self.text();
        add(&mut text, Some(identity));
        sha256_half(&text)
    }

    /// No two names have the same: each part says how long it is.
    fn text(&self) -> String {
        let mut text = "kid".to_owned();
        add(&mut text, Some(self.kid));
        if let Some((word, kty, alg)) = self.rest {
            text.push('+');
            for part in [word, kty, alg] {
                add(&mut text, part);
            }
        }
        text
    }
}

fn add(text: &mut String, part: Option<&str>) {
    text.push_str(&part.map_or(0, |part| part.len() + 1).to_string());
    text.push(':');
    text.push_str(part.unwrap_or_default());
}

/// That a key of this kind was in the set.
pub(super) fn hash_of_kind(kind: key_type::Of<'_>) -> String {
    sha256_half(&format!("type {kind}"))
}

/// That any key was.
pub(super) fn hash_of_any() -> String {
    sha256_half("type")
}

/// All that is to be looked up before two sets are compared. Of a name that stands for what it stood
/// for everything is known already, once anything is.
pub fn asked(old: &[Key<'_>], new: &[Key<'_>]) -> BTreeSet<String> {
    let mut asked = BTreeSet::from([hash_of_any()]);
    asked.extend(kinds(old, new));
    let sides = Sides::of(old, new);
    for (kid, side) in &sides.by_kid {
        for name in side.names(kid) {
            let (was, is) = side.under(&name);
            asked.insert(name.hash());
            let identities = was.iter().chain(&is);
            asked.extend(identities.map(|identity| name.hash_with(identity)));
        }
    }
    asked
}

/// The kinds of keys of both sets.
fn kinds(old: &[Key<'_>], new: &[Key<'_>]) -> BTreeSet<String> {
    let mut kinds = key_type::all(old);
    kinds.append(&mut key_type::all(new));
    let kinds = kinds.into_iter();
    kinds.map(hash_of_kind).collect()
}

/// What is to be remembered of two sets that is not yet. Of a key that joined others under their name
/// only that the name is known: it is not trusted under it before it was told as their replacement.
pub(super) fn to_remember(
    (old, new): (&[Key<'_>], &[Key<'_>]),
    sides: &Sides<'_, '_>,
    replaced: &BTreeMap<&str, Replaced<'_>>,
    remembered: Remembered<'_>,
) -> Vec<String> {
    let mut hashes = kinds(old, new);
    if !hashes.is_empty() {
        hashes.insert(hash_of_any());
    }
    for (kid, side) in &sides.by_kid {
        let told = replaced.get(kid);
        for name in side.names(kid) {
            let (was, is) = side.under(&name);
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
