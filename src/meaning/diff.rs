//! The difference between two documents: changes for people, a JSON Patch for the record.
//!
//! Compared are effective values: a member left out stands for its default. The structural
//! difference is found here, `rating` gives it its rule, `operator` applies what the operator
//! wrote. A member whose value has a structure of its own (key sets, aliases, signed claims) is
//! compared by that structure in `structured`.
//!
//! Where the new issuer is not the configured one, `issuer-mismatch` stands beside `issuer-changed`
//! as a second change; of a first document it is a finding.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::change::Change;
use super::citation;
use super::declared_identity::declared_identity;
use super::key_set::{self, RememberedKeys};
use super::provider::Identity;
use super::provider_policy::Policy;
use super::rating::{self, Meaning, SetChange, WrittenDown};
use crate::document::address::{self, UrlDifference};
use crate::document::canonical::Document;
use crate::document::fingerprint::sha256_hex;
use crate::document::kind::{Kind, Naming};
use crate::document::member;
use crate::document::member::names;
use crate::document::severity::{Group, Severity};
use crate::meaning::rule::Rule;
use crate::meaning::subject::Subject;

mod by_key;
mod connection;
mod endpoints;
mod foreign;
mod keys;
mod operator;
mod patch;
mod publication;
mod renamed;
mod respelled;
mod servers;
mod structured;
mod withdrawn;

pub use self::connection::{
    Connection, ca_name, connection_changes, expiry, issued_by, sunset_day,
};
pub use self::endpoints::rate_endpoints_again;
pub use self::keys::{asked_of_keys, recall};
pub use self::operator::{is_ignored, visible};
pub use patch::{PatchText, kept_patch, patch};
pub use publication::{Publication, Publications};
pub use renamed::{is_corrected, is_heir};
pub use servers::rate_again;

/// What changed between two documents of one kind, in order of presentation: the issuer first, then
/// the gravest, then by name.
pub fn changes(
    old: &Document,
    new: &Document,
    identity: Option<&Identity>,
    policy: &Policy,
) -> Vec<Change> {
    if old.fingerprint() == new.fingerprint() {
        return Vec::new();
    }
    let names: BTreeSet<&String> = old.members().keys().chain(new.members().keys()).collect();
    let (old_tags, new_tags) = (tags(old), tags(new));
    let mut changes = Vec::new();
    for name in names {
        let before = operator::visible_part(old, old.effective(name), name, policy);
        let after = operator::visible_part(new, new.effective(name), name, policy);
        if before == after {
            continue;
        }
        if is_nothing_said(new.kind(), name, before.as_deref(), after.as_deref()) {
            continue;
        }
        let tag = name.to_ascii_lowercase();
        if member::localized(new.kind(), name).is_some() && old_tags.get(&tag) == new_tags.get(&tag)
        {
            continue;
        }
        // Their keys were read before, unless a part of them is ignored.
        if let (
            names::KEYS,
            Some(Cow::Borrowed(Value::Array(_))),
            Some(Cow::Borrowed(Value::Array(_))),
        ) = (name.as_str(), &before, &after)
            && new.kind().is_key_set()
        {
            let (old, new) = (old.keys(), new.keys());
            changes.extend(key_set::changes(&old, &new, name, RememberedKeys::NOTHING));
            continue;
        }
        let is_written = |document: &Document| {
            let value = document.members().get(name);
            value.is_some_and(|value| !value.is_null())
        };
        let written = WrittenDown {
            before: is_written(old),
            after: is_written(new),
        };
        changes.extend(member_changes(
            new,
            name,
            before.as_deref(),
            after.as_deref(),
            written,
        ));
    }
    if new.kind().row().rule == Naming::Pointed {
        identity_changed(&mut changes, old, new, policy);
    }
    if changes
        .iter()
        .any(|change| change.rule == Rule::IssuerChanged)
    {
        changes.extend(mismatch(old, new, identity, policy));
    }
    renamed::say_where_it_lives_on(&mut changes, old, new);
    withdrawn::say_what_went_together(&mut changes, old, new);
    withdrawn::say_what_came_together(&mut changes);
    respelled::say_what_was_corrected(&mut changes, new);
    foreign::rate(&mut changes, old);
    for change in &mut changes {
        let cited = change.reference.as_deref();
        change.reference = cited.map(|reference| citation::for_kind(new.kind(), reference));
    }
    operator::apply(changes, policy)
}

const NO_DOCUMENT: &str = "Clients that do not follow redirects get no document now; the others read it from another place of the same owner.";
/// What to do about a place of another owner.
const BELIEVED: &str = "Ask the provider whether that host is theirs. Clients that read the document at run time believe it already: until the answer, set issuer, endpoints and keys by hand in those that can.";
/// What to do about another place of the same owner.
const FOLLOWS: &str = "See whether your clients follow redirects when they fetch metadata: the others are without a document now.";

/// The change of the URL an answer came from, behind redirects from the URL asked for.
///
/// No specification describes redirects: clients that follow one trust any server that answers.
pub fn redirect_change(
    asked: &str,
    before: Option<&str>,
    after: Option<&str>,
    policy: &Policy,
) -> Option<Change> {
    if before == after {
        return None;
    }
    let moved = address::compare(before.unwrap_or(asked), after.unwrap_or(asked));
    let meaning = match (moved, after) {
        (Some(UrlDifference::Domain | UrlDifference::Unclear), Some(_)) => {
            let why = "The document is now that of another owner's host: whoever runs it decides what clients believe.";
            Meaning::with(Rule::RedirectChanged, Severity::Security, why, None)
                .advised(why, BELIEVED)
        }
        // Who followed no redirect before has no document either way.
        (_, Some(_)) if before.is_none() => {
            Meaning::with(Rule::RedirectChanged, Severity::Notice, "", None)
                .advised(NO_DOCUMENT, FOLLOWS)
        }
        _ => Meaning::with(Rule::RedirectChanged, Severity::Notice, "", None),
    };
    let mut change = meaning.change(Subject::Retrieval, Group::Endpoints);
    change.before = before.map(Value::from);
    change.after = after.map(Value::from);
    operator::apply(vec![change], policy).pop()
}

/// What a document is without what the operator ignores, as SHA-256, hexadecimal.
pub fn visible_fingerprint(document: &Document, policy: &Policy) -> String {
    let visible: serde_json::Map<String, Value> = document
        .members()
        .iter()
        .filter_map(|(name, value)| {
            let value = operator::visible_part(document, Some(value), name, policy)?;
            Some((name.clone(), value.into_owned()))
        })
        .collect();
    sha256_hex(Value::Object(visible).to_string().as_bytes())
}

/// Whether one side says `false` and the other leaves the member out, which then stands for `false`.
fn is_nothing_said(kind: Kind, name: &str, before: Option<&Value>, after: Option<&Value>) -> bool {
    let is_false = |value| value == Some(&Value::Bool(false));
    let is_pair = (before.is_none() && is_false(after)) || (is_false(before) && after.is_none());
    is_pair && member::absent_is_false(kind, name)
}

fn member_changes(
    document: &Document,
    name: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    written: WrittenDown,
) -> Vec<Change> {
    let kind = document.kind();
    let group = member::group(kind, name);
    if let Some(changes) = structured::changes(kind, name, before, after) {
        return changes;
    }
    if let (Some(old), Some(new)) = (texts(kind, name, before), texts(kind, name, after)) {
        let gone = (
            before.is_some() && after.is_none(),
            SetChange::Vanished,
            SetChange::Lost,
        );
        let came = (
            written.is_published() && after.is_some(),
            if before.is_none() {
                SetChange::Appeared
            } else {
                SetChange::Published
            },
            SetChange::Gained,
        );
        let mut changes = Vec::new();
        for (one, two, (is_whole, whole, part)) in [(&new, &old, came), (&old, &new, gone)] {
            let values: Vec<&str> = difference(one, two);
            let set_change = if is_whole { whole } else { part };
            for (meaning, alike) in rating::of_values(kind, name, &values, set_change) {
                let mut change = meaning.change(name, group);
                let values: Vec<Value> = alike.into_iter().map(Value::from).collect();
                match set_change {
                    SetChange::Gained | SetChange::Appeared | SetChange::Published => {
                        change.added = values;
                    }
                    SetChange::Lost | SetChange::Vanished => change.removed = values,
                }
                change.size_before = Some(old.len());
                // Who authenticated with what is gone, or was protected by it, needs to know what else there is.
                let rule = change.rule.known();
                let is_needed =
                    matches!(rule, Some(Rule::AuthMethodRemoved | Rule::PkceS256Removed));
                let lost_most = new.len() < change.removed.len();
                if set_change == SetChange::Lost && new.len() <= LEFT && (is_needed || lost_most) {
                    change.left = new.values().map(|value| Value::from(*value)).collect();
                }
                changes.push(change);
            }
        }
        // If no value differs, an empty set appeared or vanished.
        if !changes.is_empty() || before.is_some() == after.is_some() {
            return changes;
        }
    }
    let mut change = rating::of_value(kind, name, before, after, written).change(name, group);
    change.before = before.cloned();
    change.after = after.cloned();
    vec![change]
}

/// Most values that are told of a set that lost most of them.
const LEFT: usize = 8;

/// The values of a set, each by the text it is compared by. An absent set is empty; `None` marks a
/// value that is not a set.
fn texts<'a>(
    kind: Kind,
    name: &str,
    value: Option<&'a Value>,
) -> Option<BTreeMap<Cow<'a, str>, &'a str>> {
    let Some(value) = value else {
        return Some(BTreeMap::new());
    };
    let row = member::member(kind, name);
    if row.is_some_and(|row| row.shape == member::Shape::List) {
        return None;
    }
    // Language tags are compared without regard to case (RFC 5646 section 2.1.1).
    let is_language = row.is_some() && name.ends_with("_locales_supported");
    value
        .as_array()?
        .iter()
        .map(|value| {
            let text = value.as_str()?;
            let key = if is_language {
                Cow::from(text.to_ascii_lowercase())
            } else {
                Cow::from(text)
            };
            Some((key, text))
        })
        .collect()
}

fn difference<'a>(
    one: &BTreeMap<Cow<'a, str>, &'a str>,
    two: &BTreeMap<Cow<'a, str>, &'a str>,
) -> Vec<&'a str> {
    let only = one.iter().filter(|(key, _)| !two.contains_key(*key));
    only.map(|(_, text)| *text).collect()
}

/// The versions of members in other languages: `resource_name#FR` is `resource_name#fr` (RFC 5646
/// section 2.1.1).
fn tags(document: &Document) -> BTreeMap<String, &Value> {
    let (kind, members) = (document.kind(), document.members().iter());
    let versions = members.filter(|(name, _)| member::localized(kind, name).is_some());
    versions
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect()
}

/// The document now names another issuer than the one that is watched, and did not before.
fn mismatch(
    old: &Document,
    new: &Document,
    identity: Option<&Identity>,
    policy: &Policy,
) -> Option<Change> {
    let identity = identity.filter(|_| new.kind().must_name_itself())?;
    let expected = identity.as_str();
    let (was, is) = (
        declared_identity(old, policy)?,
        declared_identity(new, policy)?,
    );
    if was.value.and_then(Value::as_str) != Some(expected)
        || is.value.and_then(Value::as_str) == Some(expected)
    {
        return None;
    }
    let name = is.member.as_ref();
    let meaning = Meaning::of_identity(identity.mismatch(), new.kind());
    let mut change = meaning.change(name, member::group(new.kind(), name));
    change.before = Some(Value::from(expected));
    change.after = is.value.filter(|value| value.is_string()).cloned();
    Some(change)
}

/// Where the configuration points to an identity that changed, this is told in place of the change of
/// its member.
fn identity_changed(changes: &mut Vec<Change>, old: &Document, new: &Document, policy: &Policy) {
    let (Some(was), Some(is)) = (
        declared_identity(old, policy),
        declared_identity(new, policy),
    ) else {
        return;
    };
    if was.value == is.value {
        return;
    }
    let name = is.member.as_ref();
    if policy.identity.as_ref().is_some_and(|it| it.count() == 1) {
        changes.retain(|change| change.subject != name);
    }
    let meaning = Meaning::of_identity(Rule::IssuerChanged, new.kind());
    let mut change = meaning.change(name, Group::Endpoints);
    change.before = was.value.cloned();
    change.after = is.value.cloned();
    changes.push(change);
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
