//! What the operator wrote about changes: `ignore`, `uses`, `[severity]`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use super::sort;
use crate::model::change::Change;
use crate::model::document::sorted_words;
use crate::model::provider::{Policy, RuleOverride};
use crate::model::severity::Severity;

/// The value without what `ignore` points to; a member ignored whole is absent on both sides.
pub(super) fn visible_part<'a>(
    value: Option<&'a Value>,
    name: &str,
    policy: &Policy,
) -> Option<Cow<'a, Value>> {
    let mut value = Cow::Borrowed(value?);
    for pointer in &policy.ignore {
        if pointer.is_empty() {
            return None;
        }
        let Some(rest) = pointer.strip_prefix('/') else {
            continue;
        };
        let (first, inner) = match rest.split_once('/') {
            Some((first, inner)) => (first, Some(inner)),
            None => (rest, None),
        };
        if unescaped(first) == name {
            remove(value.to_mut(), inner?);
        }
    }
    Some(value)
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

fn remove(value: &mut Value, pointer: &str) {
    let (parent, last) = match pointer.rsplit_once('/') {
        Some((parent, last)) => (format!("/{parent}"), last),
        None => (String::new(), pointer),
    };
    match value.pointer_mut(&parent) {
        Some(Value::Object(members)) => {
            members.remove(&unescaped(last));
        }
        Some(Value::Array(values)) => {
            if let Some(index) = last.parse().ok().filter(|index| *index < values.len()) {
                values.remove(index);
            }
        }
        Some(_) | None => {}
    }
}

/// Applies what the operator decided, and puts the changes in order.
pub(super) fn apply(changes: Vec<Change>, policy: &Policy) -> Vec<Change> {
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
    sort(&mut changes);
    changes
}

/// Where `uses` says what clients rely on, a loss is breaking if it is used and info if not.
fn declared_use(mut change: Change, policy: &Policy) -> Change {
    let Some(uses) = &policy.uses else {
        return change;
    };
    let name = change.member.as_str();
    let is_removed_endpoint = change.rule == "endpoint-removed";
    let declared: Option<&BTreeSet<String>> = match name {
        "scopes_supported" => uses.scopes.as_ref(),
        "grant_types_supported" => uses.grants.as_ref(),
        "response_types_supported" => uses.response_types.as_ref(),
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
    let is_words = name == "response_types_supported";
    let is_declared = |value: &str| {
        declared.contains(value)
            || (is_words && declared.iter().any(|words| sorted_words(words) == value))
    };
    let lost = change.removed.iter();
    let missed = lost.filter(|value| value.as_str().is_some_and(is_declared));
    let missed: Vec<Value> = missed.cloned().collect();
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
