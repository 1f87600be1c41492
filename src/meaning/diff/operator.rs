//! What the operator wrote about changes: `ignore`, `uses`, `[severity]`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jsonptr::{Pointer, PointerBuf};
use serde_json::Value;

use crate::document::canonical::{Document, canonicalize_value, sorted_words};
use crate::document::member::names;
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::change::order::sort;
use crate::meaning::provider_policy::{Policy, RuleOverride};
use crate::meaning::rule::Rule;

/// The document without what `ignore` points to within its members; `None` if it points into none.
pub fn visible(document: &Document, policy: &Policy) -> Option<Document> {
    let into = |name: &str| {
        policy
            .ignore
            .iter()
            .any(|pointer| points_into(pointer, name))
    };
    let names: Vec<&String> = document
        .members()
        .keys()
        .filter(|name| into(name))
        .collect();
    if names.is_empty() {
        return None;
    }
    let mut members = document.members().clone();
    for name in names {
        let value = members.remove(name);
        if let Some(rest) = visible_part(document, value.as_ref(), name, policy) {
            members.insert(name.clone(), rest.into_owned());
        }
    }
    Some(document.with_members(members))
}

fn points_into(pointer: &Pointer, name: &str) -> bool {
    let front = pointer.split_front();
    front.is_some_and(|(first, rest)| first.decoded() == name && !rest.is_root())
}

/// Whether the place that a JSON Pointer names is ignored, or a place around it.
pub(super) fn is_place_ignored(place: &str, policy: &Policy) -> bool {
    let holds = |pointer: &PointerBuf| {
        let rest = place.strip_prefix(pointer.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    policy.ignore.iter().any(holds)
}

/// The value without what `ignore` points to; a member ignored whole is absent on both sides.
///
/// All pointers are resolved on the value as it came before anything is removed: a place in an array
/// must not shift because one before it is ignored too. If it is not known how the value came (the body
/// is no longer kept), places are those of the canonical form.
pub(super) fn visible_part<'a>(
    document: &Document,
    value: Option<&'a Value>,
    name: &str,
    policy: &Policy,
) -> Option<Cow<'a, Value>> {
    let value = value?;
    let mut inner: Vec<Vec<String>> = Vec::new();
    for pointer in &policy.ignore {
        let (first, rest) = pointer.split_front()?;
        if first.decoded() == name {
            let steps = rest.tokens();
            inner.push(steps.map(|step| step.decoded().into_owned()).collect());
        }
    }
    if inner.iter().any(Vec::is_empty) {
        return None;
    }
    if inner.is_empty() {
        return Some(Cow::Borrowed(value));
    }
    let paths: Vec<&[String]> = inner.iter().map(Vec::as_slice).collect();
    let mut value = document.as_it_came(name).unwrap_or(value).clone();
    remove(&mut value, &paths);
    canonicalize_value(name, &mut value);
    Some(Cow::Owned(value))
}

/// Whether a member is ignored whole.
pub(super) fn is_whole_ignored(name: &str, policy: &Policy) -> bool {
    let is_it = |pointer: &PointerBuf| {
        let front = pointer.split_front();
        front.is_none_or(|(first, rest)| first.decoded() == name && rest.is_root())
    };
    policy.ignore.iter().any(is_it)
}

/// Removes the values that the paths lead to. No path is empty.
fn remove(value: &mut Value, paths: &[&[String]]) {
    // The rests of the paths by their first step; an empty rest removes the value as a whole.
    let mut steps: BTreeMap<&str, Vec<&[String]>> = BTreeMap::new();
    for (first, rest) in paths.iter().filter_map(|path| path.split_first()) {
        steps.entry(first).or_default().push(rest);
    }
    // Whether the value under a step stays, without what is ignored within it.
    let stays = |step: &str, value: &mut Value| {
        let Some(inner) = steps.get(step) else {
            return true;
        };
        if inner.iter().any(|rest| rest.is_empty()) {
            return false;
        }
        remove(value, inner);
        true
    };
    match value {
        Value::Object(members) => members.retain(|name, value| stays(name, value)),
        Value::Array(values) => {
            let mut place = 0_usize;
            values.retain_mut(|value| {
                let step = place.to_string();
                place += 1;
                stays(&step, value)
            });
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Applies what the operator decided, and puts the changes in order.
pub(super) fn apply(changes: Vec<Change>, policy: &Policy) -> Vec<Change> {
    let mut changes: Vec<Change> = changes
        .into_iter()
        .map(|change| declared_use(change, policy))
        .filter_map(|mut change| match policy.of_rule(&change.rule) {
            Some(RuleOverride::Ignore) => None,
            Some(RuleOverride::Severity(severity)) => {
                // The advice was written for a harmless change: it does not fit what the operator calls grave.
                if severity > change.severity.max(Severity::Notice) {
                    change.advice = None;
                }
                change.severity = severity;
                Some(change)
            }
            None => Some(change),
        })
        .collect();
    sort(&mut changes);
    changes
}

/// Where `uses` says what clients rely on, a loss is breaking if it is used and info if not.
fn declared_use(mut change: Change, policy: &Policy) -> Change {
    let Some(uses) = &policy.uses else {
        return change;
    };
    if change.subject == names::MTLS_ENDPOINT_ALIASES {
        return declared_alias(change, uses.endpoints.as_ref());
    }
    let name = change.subject.as_str();
    let is_removed_endpoint = change.rule == Rule::EndpointRemoved;
    let declared: Option<&BTreeSet<String>> = match name {
        names::SCOPES_SUPPORTED => uses.scopes.as_ref(),
        names::GRANT_TYPES_SUPPORTED => uses.grants.as_ref(),
        names::RESPONSE_TYPES_SUPPORTED => uses.response_types.as_ref(),
        _ if name.ends_with("_auth_methods_supported") => uses.auth_methods.as_ref(),
        _ if name.ends_with("_alg_values_supported") || name.ends_with("_enc_values_supported") => {
            uses.algs.as_ref()
        }
        _ if is_removed_endpoint => uses.endpoints.as_ref(),
        _ => None,
    };
    let Some(declared) = declared else {
        return change;
    };
    let is_words = name == names::RESPONSE_TYPES_SUPPORTED;
    let is_declared = |value: &str| {
        declared.contains(value)
            || (is_words && declared.iter().any(|words| sorted_words(words) == value))
    };
    let lost = change.removed.iter();
    let missed: Vec<Value> = lost
        .filter(|value| value.as_str().is_some_and(is_declared))
        .cloned()
        .collect();
    let (is_loss, is_used) = if is_removed_endpoint {
        (true, is_declared(name))
    } else {
        (!change.removed.is_empty(), !missed.is_empty())
    };
    if missed.len() < change.removed.len() {
        change.used_values = missed;
    }
    if is_loss {
        change.used = is_used;
        change.severity = if is_used {
            Severity::Breaking
        } else {
            Severity::Info
        };
    }
    change
}

/// An alias is an endpoint: one that went may be used, whatever else became of the others.
fn declared_alias(mut change: Change, declared: Option<&BTreeSet<String>>) -> Change {
    let aliases = |value: &Option<Value>| -> BTreeSet<String> {
        let members = value.as_ref().and_then(Value::as_object);
        members
            .into_iter()
            .flat_map(|members| members.keys().cloned())
            .collect()
    };
    let (before, after) = (aliases(&change.before), aliases(&change.after));
    let mut lost = before.difference(&after).peekable();
    let Some(declared) = declared.filter(|_| lost.peek().is_some()) else {
        return change;
    };
    if lost.any(|alias| declared.contains(alias)) {
        change.used = true;
        change.severity = change.severity.max(Severity::Breaking);
    } else if after.is_empty() && change.rule != Rule::TypeChanged {
        change.severity = Severity::Info;
    }
    change
}
/// Whether the operator ignores a member whole, or a place within one, given as a JSON Pointer.
pub fn is_ignored(name: &str, policy: &Policy) -> bool {
    if name.starts_with('/') && is_place_ignored(name, policy) {
        return true;
    }
    is_whole_ignored(name, policy)
}
