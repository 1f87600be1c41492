//! How one key set differs from another, and which of the keys were there before.

use std::collections::BTreeSet;

use serde_json::Value;

use super::identity::{by_identity, descriptions};
use super::metadata;
use super::name::RememberedKeys;
use super::reason::{none_left, reason};
use super::remembered::{hash_of_any, hash_of_kind, to_remember};
use super::replaced::{self, KeySetsByName};
use crate::document::jwk;
use crate::document::key_set::{Key, key_type, thumbprint_of};
use crate::document::severity::Group;
use crate::meaning::change::Change;
use crate::meaning::change::order::sort;
use crate::meaning::provider_policy::{Policy, RuleOverride};
use crate::meaning::rating::Meaning;
use crate::meaning::rule::{Rule, RuleName};

/// How one key set differs from another; `name` is the member the keys stand in.
pub fn changes(
    old: &[Key<'_>],
    new: &[Key<'_>],
    name: &str,
    remembered: RememberedKeys<'_>,
) -> Vec<Change> {
    let (before, after) = (by_identity(old), by_identity(new));
    let sides = KeySetsByName::of(old, new);
    let replaced = replaced::names(&sides, remembered);
    let of = |key: &Key<'_>| replaced.get(key.text(jwk::KID)?);
    let is_lost =
        |key: &&Key<'_>| of(key).is_some_and(|it| it.lost.contains(key.material.identity.as_str()));
    let is_gained = |key: &&Key<'_>| {
        of(key).is_some_and(|it| it.fresh.contains(key.material.identity.as_str()))
    };
    let gone = |key: &&Key<'_>| !after.contains_key(key.material.identity.as_str());
    let came = |key: &&Key<'_>| !before.contains_key(key.material.identity.as_str());

    let change = |rule, lost: Vec<&Key<'_>>, gained: Vec<&Key<'_>>| {
        let mut change = Meaning::of(rule).change(name, Group::Keys);
        change.removed = descriptions(&lost);
        change.added = descriptions(&gained);
        change.size_before = Some(before.len());
        reason(&mut change);
        change
    };
    let mut changes = Vec::new();
    if !replaced.is_empty() {
        let lost = old.iter().filter(is_lost).collect();
        let gained = new.iter().filter(is_gained).collect();
        changes.push(change(Rule::KeyReplaced, lost, gained));
    }
    let lost: Vec<&Key<'_>> = old
        .iter()
        .filter(gone)
        .filter(|key| !is_lost(key))
        .collect();
    let gained: Vec<&Key<'_>> = new
        .iter()
        .filter(came)
        .filter(|key| !is_gained(key))
        .collect();
    if !lost.is_empty() {
        changes.push(change(Rule::KeyRemoved, lost, Vec::new()));
    }
    if !gained.is_empty() {
        changes.push(change(Rule::KeyAdded, Vec::new(), gained));
    }
    changes.extend(of_new_kind(old, new, name, remembered));
    for said in metadata::between(&before, &after) {
        let mut change = said.meaning.change(name, Group::Keys);
        change.removed = said.lost;
        change.added = said.gained;
        change.size_before = Some(before.len());
        changes.push(change);
    }
    // The keys themselves stand in the other changes; this one says that no old key is left.
    if is_disjoint(old, new) {
        let mut disjoint = change(Rule::JwksDisjoint, Vec::new(), Vec::new());
        if !new.iter().any(Key::is_signing) {
            none_left(&mut disjoint);
        }
        changes.push(disjoint);
    }
    changes
}

/// The result of comparing two sets with what is remembered of their keys.
pub struct KeySetRecall {
    /// How they differ, if the two sets alone do not show the same.
    pub changes: Option<Vec<Change>>,
    /// What is to be remembered that is not yet.
    pub hashes: Vec<String>,
}

/// Holds what is remembered against two sets.
pub fn recall(
    old: &[Key<'_>],
    new: &[Key<'_>],
    name: &str,
    remembered: RememberedKeys<'_>,
) -> KeySetRecall {
    // Once anything is remembered, most kids have nothing new to remember.
    let sides = if remembered.is_nothing() {
        KeySetsByName::of_all(old, new)
    } else {
        KeySetsByName::of(old, new)
    };
    let replaced = replaced::names(&sides, remembered);
    let differs = !remembered.is_nothing()
        && (replaced != replaced::names(&sides, RememberedKeys::NOTHING)
            || !key_type::all(new).is_subset(&key_type::all(old)));
    KeySetRecall {
        changes: differs.then(|| changes(old, new, name, remembered)),
        hashes: to_remember(old, new, &sides, &replaced, remembered),
    }
}

/// Whether a rule is one that the comparison of two sets tells.
pub fn is_of_set(rule: &RuleName) -> bool {
    let rules = [
        Rule::JwksDisjoint,
        Rule::KeyAdded,
        Rule::KeyDescribedDifferently,
        Rule::KeyIssuerChanged,
        Rule::KeyRemoved,
        Rule::KeyReplaced,
        Rule::KeyReturned,
        Rule::KeyTypeNew,
    ];
    rule.known().is_some_and(|rule| rules.contains(&rule))
}

/// The first keys of kinds that the set never had. They stand among the added keys too; this tells what
/// they may do to clients that cannot read them. A set that never had a key has no such clients.
fn of_new_kind(
    old: &[Key<'_>],
    new: &[Key<'_>],
    name: &str,
    remembered: RememberedKeys<'_>,
) -> Option<Change> {
    let known = key_type::all(old);
    if known.is_empty() && !remembered.knows(hash_of_any) {
        return None;
    }
    let is_new = |kind: &key_type::KeyType<'_>| {
        !known.contains(kind) && !remembered.knows(|| hash_of_kind(*kind))
    };
    let keys = new.iter().filter_map(|key| {
        let kind = key_type::of(key).filter(|kind| is_new(kind))?;
        Some(key.description_with(Some((key_type::WORD, &kind.to_string()))))
    });
    let mut change = Meaning::of(Rule::KeyTypeNew).change(name, Group::Keys);
    change.added = keys.collect();
    change.added.dedup();
    change.size_before = Some(by_identity(old).len());
    (!change.added.is_empty()).then_some(change)
}

fn is_disjoint<'a>(old: &'a [Key<'_>], new: &'a [Key<'_>]) -> bool {
    let signing = |keys: &'a [Key<'_>]| -> BTreeSet<&'a str> {
        keys.iter()
            .filter(|key| key.is_signing())
            .map(|key| key.material.identity.as_str())
            .collect()
    };
    let old = signing(old);
    !old.is_empty() && old.is_disjoint(&signing(new))
}

/// Tells keys that are back from keys that are new: a key that `was_seen` knows by its thumbprint moves
/// from `key-added` to a `key-returned` of its own. If nothing is remembered of names yet, so does a key
/// that took the kid of one that keeps another name, as when a kid goes back and forth between two keys
/// of one provider.
pub fn tell_returned(
    changes: &mut Vec<Change>,
    was_seen: impl Fn(&str) -> bool,
    remembered: RememberedKeys<'_>,
    policy: &Policy,
) {
    let mut returned: Option<Change> = None;
    changes.retain_mut(|change| {
        let is_of_kept = change.rule == Rule::KeyReplaced
            && change.removed.is_empty()
            && remembered.is_nothing();
        if change.rule != Rule::KeyAdded && !is_of_kept {
            return true;
        }
        let is_back = |key: &Value| thumbprint_of(key).is_some_and(&was_seen);
        let (back, fresh): (Vec<Value>, Vec<Value>) = change.added.drain(..).partition(is_back);
        if !back.is_empty() {
            let new = || {
                let mut other =
                    Meaning::of(Rule::KeyReturned).change(change.subject.clone(), change.group);
                other.size_before = change.size_before;
                other
            };
            returned.get_or_insert_with(new).added.extend(back);
        }
        change.added = fresh;
        reason(change);
        !change.added.is_empty()
    });
    if let Some(mut returned) = returned {
        reason(&mut returned);
        match policy.severity.get(&Rule::KeyReturned) {
            Some(RuleOverride::Ignore) => {}
            Some(RuleOverride::Severity(severity)) => {
                returned.severity = *severity;
                changes.push(returned);
            }
            None => changes.push(returned),
        }
    }
    sort(changes);
}
