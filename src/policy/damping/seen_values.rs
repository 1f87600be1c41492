//! The values of members that are remembered, to distinguish new values from values that return.
//!
//! The penalty is read at every poll with the rest of the state; values are rows of their own and are
//! looked up only at a change. They are kept from the first mailed change of a member on, so a document
//! that never changes stores no values. A new key in a key set does not count as a value never seen, or a
//! set that is made anew every day would be in every summary; another key under a known kid does count.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::penalty::Movement;
use crate::document::address::{domains_in, is_plain};
use crate::document::fingerprint::sha256_half;
use crate::document::key_set;
use crate::document::severity::Group;
use crate::document::value::visible_value;
use crate::meaning::change::Change;
use crate::meaning::member_values::MemberValues;
use crate::meaning::rule::Rule;

/// The values that a change brought and that were never seen before on its member.
pub(super) struct UnseenValues {
    pub(super) values: u64,
    /// Whether they include an issuer, or an address on a registrable domain never seen there.
    pub(super) is_alarming: bool,
}

pub(super) fn unseen(change: &Change, seen: Option<&BTreeSet<String>>) -> UnseenValues {
    let remembered = remembered_values(change.after.as_ref(), &change.added);
    let mut new = remembered.iter().filter(|one| one.is_new(seen));
    let values = remembered
        .iter()
        .filter(|one| !one.is_domain())
        .filter(|one| one.is_new(seen))
        .count();
    // If clients read an address in different ways, its domain is not certain.
    let after = change.after.as_ref().and_then(Value::as_str);
    let is_odd = values > 0 && after.is_some_and(|after| !is_plain(after));
    let is_alarming = if change.rule == Rule::EndpointHostChanged {
        is_odd || new.any(RememberedValue::is_domain)
    } else {
        values > 0
    };
    // Key sets always get new keys: an unseen key counts only if its kid was another key's before.
    if change.group == Group::Keys {
        return UnseenValues {
            values: 0,
            is_alarming: change.rule == Rule::KeyReplaced && values > 0,
        };
    }
    UnseenValues {
        values: u64::try_from(values).unwrap_or(u64::MAX),
        is_alarming,
    }
}

/// The values of a change that were never seen before.
pub(super) fn unseen_values(change: &Change, seen: Option<&BTreeSet<String>>) -> Vec<Value> {
    let is_new = |value: &&Value| {
        let remembered = remembered_values(Some(value), &[]);
        let mut values = remembered.iter().filter(|one| !one.is_domain());
        values.any(|one| one.is_new(seen))
    };
    let values = change.after.iter().chain(&change.added);
    values.filter(is_new).cloned().collect()
}

/// Names what a change did to its member.
pub(super) fn change_of(change: &Change) -> String {
    let (from, to) = (&change.before, &change.after);
    step(change, (from, to), (&change.removed, &change.added))
}

/// Names the change that would undo this one.
pub(super) fn way_back_of(change: &Change) -> String {
    let (from, to) = (&change.after, &change.before);
    step(change, (from, to), (&change.added, &change.removed))
}

fn step(
    change: &Change,
    whole: (&Option<Value>, &Option<Value>),
    elements: (&[Value], &[Value]),
) -> String {
    let step = json!([change.subject, whole, elements]);
    sha256_half(&step.to_string())
}

/// What is remembered about a value of a member.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum RememberedValue {
    /// The value was there: its hash, or the thumbprint of a key.
    Value(String),
    /// An address in the value was on this registrable domain.
    Domain(String),
    /// The value was taken away once; it may have come back since.
    Gone(String),
}

impl RememberedValue {
    /// The text form in which it is stored.
    fn stored(&self) -> String {
        match self {
            Self::Value(hash) => hash.clone(),
            Self::Domain(domain) => format!("domain:{domain}"),
            Self::Gone(hash) => format!("gone:{hash}"),
        }
    }

    /// Whether it was never seen before, as far as the seen values are known.
    fn is_new(&self, seen: Option<&BTreeSet<String>>) -> bool {
        seen.is_none_or(|seen| !seen.contains(&self.stored()))
    }

    fn is_domain(&self) -> bool {
        matches!(self, Self::Domain(_))
    }
}

fn stored(remembered: &BTreeSet<RememberedValue>) -> BTreeSet<String> {
    remembered.iter().map(RememberedValue::stored).collect()
}

/// The values of changes, by member, to be looked up.
pub fn asked(changes: &[Change]) -> MemberValues {
    let mut asked = MemberValues::new();
    for change in changes {
        let (came, went) = value_hashes(change);
        let of_member = asked.entry(change.subject.clone()).or_default();
        of_member.extend(came.into_iter().chain(went).chain(taken_away(change)));
    }
    asked
}

/// The values that a change takes away without another in their place, as they are remembered.
pub fn taken_away(change: &Change) -> BTreeSet<String> {
    stored(&gone(change))
}

/// The same, as they are remembered. Keys give none, because keys come and go in every key set.
fn gone(change: &Change) -> BTreeSet<RememberedValue> {
    let whole = change.before.as_ref().filter(|_| change.after.is_none());
    if change.group == Group::Keys {
        return BTreeSet::new();
    }
    let remembered = remembered_values(whole, &change.removed).into_iter();
    let gone = remembered.filter_map(|one| match one {
        RememberedValue::Value(hash) => Some(RememberedValue::Gone(hash)),
        RememberedValue::Domain(_) | RememberedValue::Gone(_) => None,
    });
    gone.collect()
}

/// The most values that are kept to be shown: as many as a mail shows of one change.
pub(crate) const SHOWN: usize = 20;

/// Notes the values that changes of a member brought and took away; keys are left out, as they are not
/// readable.
pub(super) fn note<'a>(movement: &mut Movement, of_member: impl Iterator<Item = &'a Change>) {
    for change in of_member.filter(|change| change.group != Group::Keys) {
        let went = change.before.iter().chain(&change.removed);
        let came = change.after.iter().chain(&change.added);
        for (values, shown) in [
            (went.collect::<Vec<_>>(), &mut movement.went),
            (came.collect::<Vec<_>>(), &mut movement.came),
        ] {
            note_values(shown, values.into_iter());
        }
    }
}

/// Notes the values of a change that was held back that were never seen before.
pub(super) fn note_new(shown: &mut Vec<String>, change: &Change) {
    if change.group != Group::Keys {
        note_values(shown, change.unseen.iter());
    }
}

fn note_values<'a>(shown: &mut Vec<String>, values: impl Iterator<Item = &'a Value>) {
    for value in values.filter(|value| !value.is_null()).take(SHOWN) {
        let text = visible_value(value, 60);
        shown.retain(|known| *known != text);
        shown.push(text);
    }
    let surplus = shown.len().saturating_sub(SHOWN);
    shown.drain(..surplus);
}

/// Whether a change takes away a value that was never taken away from its member before.
pub fn is_first_removal(change: &Change, seen: Option<&BTreeSet<String>>) -> bool {
    gone(change).iter().any(|one| one.is_new(seen))
}

/// The values that a change shows, as they are remembered: what came, and what went.
pub fn value_hashes(change: &Change) -> (BTreeSet<String>, BTreeSet<String>) {
    (
        stored(&remembered_values(change.after.as_ref(), &change.added)),
        stored(&remembered_values(change.before.as_ref(), &change.removed)),
    )
}

/// The values alone that a change shows, without the domains in them: what came, and what went.
pub fn values_only(change: &Change) -> (BTreeSet<String>, BTreeSet<String>) {
    let values = |whole: Option<&Value>, elements: &[Value]| {
        let mut remembered = remembered_values(whole, elements);
        remembered.retain(|one| !one.is_domain());
        stored(&remembered)
    };
    (
        values(change.after.as_ref(), &change.added),
        values(change.before.as_ref(), &change.removed),
    )
}

/// Whether an address on this domain is among the seen values of a member.
pub fn is_domain_seen(domain: &str, seen: &BTreeSet<String>) -> bool {
    seen.contains(&RememberedValue::Domain(domain.to_owned()).stored())
}

/// The values a whole member holds, as they are remembered.
pub fn value_hashes_in(member: Option<&Value>) -> BTreeSet<String> {
    match member {
        Some(Value::Array(values)) => stored(&remembered_values(None, values)),
        other => stored(&remembered_values(other, &[])),
    }
}

/// What is remembered of a value and of elements. Of a JSON `null`, as in a removal, nothing is.
fn remembered_values(whole: Option<&Value>, elements: &[Value]) -> BTreeSet<RememberedValue> {
    let mut remembered = BTreeSet::new();
    for value in whole.into_iter().chain(elements) {
        if value.is_null() {
            continue;
        }
        if let Some(thumbprint) = key_set::thumbprint_of(value) {
            remembered.insert(RememberedValue::Value(thumbprint.to_owned()));
            continue;
        }
        remembered.insert(RememberedValue::Value(sha256_half(&value.to_string())));
        remembered.extend(domains_in(value).into_iter().map(RememberedValue::Domain));
    }
    remembered
}
