//! The key set of a document, compared with all that is remembered of its keys.
//!
//! Two documents alone do not show that a kid stood for another key some events ago. So the keys are
//! compared again once the memory was asked, and what was said without it is replaced.

use std::collections::BTreeSet;

use serde_json::Value;

use super::operator;
use crate::document::canonical::Document;
use crate::document::key_set::{Key, keys};
use crate::document::kind::Kind;
use crate::document::member::names;
use crate::document::severity::Group;
use crate::meaning::change::Change;
use crate::meaning::change::order::sort;
use crate::meaning::key_set::{self, RememberedKeys};
use crate::meaning::provider_policy::Policy;
use crate::meaning::rule::Rule;

/// The member that key sets stand in: the document itself, or one of metadata.
fn member(kind: Kind) -> &'static str {
    if kind.is_key_set() {
        names::KEYS
    } else {
        names::JWKS
    }
}

/// What is not ignored of two documents whose key sets may differ.
struct KeySetPair {
    old: Option<Document>,
    new: Option<Document>,
}

fn pair(old: &Document, new: &Document, policy: &Policy) -> Option<KeySetPair> {
    let name = member(new.kind());
    let is_same = old.members().get(name) == new.members().get(name);
    if is_same || operator::is_ignored(name, policy) {
        return None;
    }
    Some(KeySetPair {
        old: operator::visible(old, policy),
        new: operator::visible(new, policy),
    })
}

/// The keys of a document, and whether they stand where a client finds them.
fn set(document: &Document) -> (Vec<Key<'_>>, bool) {
    let value = document.members().get(member(document.kind()));
    if document.kind().is_key_set() {
        return (document.keys(), value.is_some_and(Value::is_array));
    }
    let inside = value.and_then(Value::as_object);
    let keys = inside.map(keys).unwrap_or_default();
    (
        keys,
        inside.is_some_and(|set| set.contains_key(names::KEYS)),
    )
}

/// What is to be looked up before the keys of two documents are compared.
pub fn asked_of_keys(old: &Document, new: &Document, policy: &Policy) -> BTreeSet<String> {
    let Some(pair) = pair(old, new, policy) else {
        return BTreeSet::new();
    };
    let (old, _) = set(pair.old.as_ref().unwrap_or(old));
    let (new, _) = set(pair.new.as_ref().unwrap_or(new));
    key_set::asked(&old, &new)
}

/// Tells the changes of keys anew, from all that is remembered; and what is to be remembered now.
pub fn recall(
    old: &Document,
    new: &Document,
    changes: &mut Vec<Change>,
    remembered: RememberedKeys<'_>,
    policy: &Policy,
) -> Vec<String> {
    let Some(pair) = pair(old, new, policy) else {
        return Vec::new();
    };
    let name = member(new.kind());
    let (old, was_set) = set(pair.old.as_ref().unwrap_or(old));
    let (new, is_set) = set(pair.new.as_ref().unwrap_or(new));
    let recalled = key_set::recall(&old, &new, name, remembered);
    let Some(mut told) = recalled.changes else {
        return recalled.hashes;
    };
    if was_set && is_set {
        let is_of_keys = |change: &Change| change.subject == name && change.group == Group::Keys;
        let is_of_set = |change: &Change| is_of_keys(change) && key_set::is_of_set(&change.rule);
        changes.retain(|change| !is_of_set(change));
    } else {
        // That the set itself came or went is told already.
        told.retain(|change| {
            matches!(
                change.rule.known(),
                Some(Rule::KeyReplaced | Rule::KeyTypeNew)
            )
        });
    }
    let mut all = operator::apply(told, policy);
    changes.append(&mut all);
    sort(changes);
    recalled.hashes
}
