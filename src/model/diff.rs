//! The difference between two documents: changes for people, a JSON Patch for the record.
//!
//! Compared are effective values: a member left out stands for its default. The structural
//! difference is found here, `meaning` gives it its rule.

use std::collections::BTreeSet;

use serde_json::Value;

use super::change::Change;
use super::document::Document;
use super::meaning::{self, Meaning};
use super::member;
use super::provider::{Identity, Policy, RuleOverride};
use super::severity::Severity;

/// What changed between two documents of one kind, in order of presentation: the issuer first, then
/// the gravest, then by name.
pub fn changes(
    old: &Document,
    new: &Document,
    identity: Option<&Identity>,
    policy: &Policy,
) -> Vec<Change> {
    let names: BTreeSet<&String> = old.members().keys().chain(new.members().keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        let (before, after) = (old.effective(name), new.effective(name));
        let (before, after) = (without(before, name, policy), without(after, name, policy));
        if before == after {
            continue;
        }
        changes.extend(member_changes(new, name, before.as_ref(), after.as_ref()));
    }
    changes.extend(mismatch(old, new, identity));
    finish(changes, policy)
}

/// The change of the URL an answer came from, behind redirects.
pub fn redirect_change(
    before: Option<&str>,
    after: Option<&str>,
    policy: &Policy,
) -> Option<Change> {
    if before == after {
        return None;
    }
    let mut change = Meaning::of("redirect-changed").change(
        "(retrieval)",
        member::group(super::kind::Kind::OpenidConfiguration, "(retrieval)"),
    );
    change.before = before.map(Value::from);
    change.after = after.map(Value::from);
    finish(vec![change], policy).pop()
}

/// RFC 6902 patch from the old canonical document to the new one.
pub fn patch(old: &Document, new: &Document) -> Value {
    let old = Value::Object(old.members().clone());
    let new = Value::Object(new.members().clone());
    serde_json::to_value(json_patch::diff(&old, &new)).unwrap_or(Value::Null)
}

/// The value without what `ignore` points to; a member ignored whole is absent on both sides.
fn without(value: Option<&Value>, name: &str, policy: &Policy) -> Option<Value> {
    let mut value = value?.clone();
    for pointer in &policy.ignore {
        let Some(rest) = pointer.strip_prefix('/') else {
            continue;
        };
        let (first, inner) = match rest.split_once('/') {
            Some((first, inner)) => (first, Some(inner)),
            None => (rest, None),
        };
        if first.replace("~1", "/").replace("~0", "~") != name {
            continue;
        }
        let inner = inner?;
        let (parent, last) = match inner.rsplit_once('/') {
            Some((parent, last)) => (format!("/{parent}"), last),
            None => (String::new(), inner),
        };
        if let Some(Value::Object(members)) = value.pointer_mut(&parent) {
            members.remove(&last.replace("~1", "/").replace("~0", "~"));
        }
    }
    Some(value)
}

fn member_changes(
    document: &Document,
    name: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Vec<Change> {
    let kind = document.kind();
    let group = member::group(kind, name);
    if let Some((old, new)) = sets(before, after) {
        let gone: Vec<&str> = old.difference(&new).copied().collect();
        let came: Vec<&str> = new.difference(&old).copied().collect();
        let mut changes = Vec::new();
        for (values, is_gain) in [(came, true), (gone, false)] {
            for (meaning, values) in meaning::of_values(kind, name, &values, is_gain) {
                let mut change = meaning.change(name, group);
                let values: Vec<Value> = values.into_iter().map(Value::from).collect();
                if is_gain {
                    change.added = values;
                } else {
                    change.removed = values;
                }
                change.size_before = Some(old.len());
                changes.push(change);
            }
        }
        return changes;
    }
    let mut change = meaning::of_value(kind, name, before, after).change(name, group);
    change.before = before.cloned();
    change.after = after.cloned();
    vec![change]
}

type Sets<'a> = (BTreeSet<&'a str>, BTreeSet<&'a str>);

/// Both values as sets, if at least one is an array of strings and the other one too, or absent.
fn sets<'a>(before: Option<&'a Value>, after: Option<&'a Value>) -> Option<Sets<'a>> {
    let set = |value: Option<&'a Value>| match value {
        None => Some(BTreeSet::new()),
        Some(Value::Array(values)) => values.iter().map(Value::as_str).collect(),
        Some(_) => None,
    };
    let (old, new) = (set(before)?, set(after)?);
    // A set that vanishes or appears empty is a member removed or added.
    (old != new).then_some((old, new))
}

/// The document now names another issuer than the one that is watched.
fn mismatch(old: &Document, new: &Document, identity: Option<&Identity>) -> Option<Change> {
    let expected = identity?.as_str();
    let (before, after) = (old.identity(), new.identity());
    if before == after || after == Some(expected) {
        return None;
    }
    let name = match identity? {
        Identity::Issuer(_) => "issuer",
        Identity::Resource(_) => "resource",
    };
    let mut change = Meaning::of("issuer-mismatch").change(name, member::group(new.kind(), name));
    change.before = Some(Value::from(expected));
    change.after = after.map(Value::from);
    Some(change)
}

/// Applies what the operator decided, and puts the changes in order.
fn finish(changes: Vec<Change>, policy: &Policy) -> Vec<Change> {
    let mut changes: Vec<Change> = changes
        .into_iter()
        .map(|change| declared_use(change, policy))
        .filter_map(|mut change| match policy.severity.get(&change.rule) {
            Some(RuleOverride::Ignore) => None,
            Some(RuleOverride::Severity(severity)) => {
                change.severity = *severity;
                Some(change)
            }
            None => Some(change),
        })
        .collect();
    changes.sort_by(|one, two| {
        let key = |change: &Change| (change.member != "issuer", change.rule == "issuer-mismatch");
        key(one)
            .cmp(&key(two))
            .then(two.severity.cmp(&one.severity))
            .then_with(|| one.member.cmp(&two.member))
            .then_with(|| one.rule.cmp(&two.rule))
    });
    changes
}

/// Where `uses` says what clients rely on, a loss is breaking if it is used and info if not.
fn declared_use(mut change: Change, policy: &Policy) -> Change {
    let Some(uses) = &policy.uses else {
        return change;
    };
    let name = change.member.as_str();
    let declared = match name {
        "scopes_supported" => &uses.scopes,
        "grant_types_supported" => &uses.grants,
        "response_types_supported" => &uses.response_types,
        _ if name.ends_with("_auth_methods_supported") => &uses.auth_methods,
        _ if name.ends_with("_alg_values_supported") || name.ends_with("_enc_values_supported") => {
            &uses.algs
        }
        _ if change.rule == "endpoint-removed" => &uses.endpoints,
        _ => return change,
    };
    let Some(declared) = declared else {
        return change;
    };
    let lost: Vec<&str> = if change.rule == "endpoint-removed" {
        vec![name]
    } else {
        change.removed.iter().filter_map(Value::as_str).collect()
    };
    if lost.is_empty() {
        return change;
    }
    change.used = lost.iter().any(|value| declared.contains(*value));
    change.severity = if change.used {
        Severity::Breaking
    } else {
        Severity::Info
    };
    change
}

#[cfg(test)]
mod tests;
