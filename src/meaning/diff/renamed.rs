//! A member renamed, its value the same: all who read the old name fail, and want to know the new.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::document::canonical::Document;
use crate::document::text::{bounded, visible};
use crate::meaning::change::Change;

/// Says of members that went under which name their value stands now.
pub(super) fn say_where_it_lives_on(changes: &mut [Change], old: &Document, new: &Document) {
    let (went, came) = (only_in(old, new), only_in(new, old));
    if went.is_empty() || came.is_empty() {
        return;
    }
    let mut holders: HashMap<&Value, usize> = HashMap::new();
    for value in went.values() {
        *holders.entry(value).or_default() += 1;
    }
    let mut heirs: HashMap<&Value, Vec<&str>> = HashMap::new();
    for (name, value) in &came {
        heirs.entry(value).or_default().push(name);
    }
    for change in changes {
        let Some(value) = went.get(change.subject.as_str()) else {
            continue;
        };
        let is_alone = holders.get(value) == Some(&1);
        let same = heirs.get(value).map(Vec::as_slice).unwrap_or_default();
        let heir = match same {
            [name, ..] if value.as_str().is_some_and(|text| text.contains("://")) => Some(*name),
            // Two members may have one value by chance, the more likely the less the value says.
            [name]
                if is_alone && (says_much(value) || are_alike(change.subject.as_str(), name)) =>
            {
                Some(*name)
            }
            _ => None,
        };
        if let Some(name) = heir {
            change.why = format!(
                "The same value stands under {} now: clients that look for the old name fail.",
                bounded(&visible(name), 100)
            );
            change.advice = Some(format!(
                "Find the clients that read the old name, and let them read {} instead.",
                bounded(&visible(name), 100)
            ));
        }
    }
}

/// The members that have a value in one document and are absent from the other.
fn only_in<'a>(one: &'a Document, other: &Document) -> BTreeMap<&'a str, &'a Value> {
    let members = one.members().iter();
    members
        .filter(|(name, value)| {
            let is_there = other
                .members()
                .get(*name)
                .is_some_and(|value| !value.is_null());
            !is_there && !value.is_null()
        })
        .map(|(name, value)| (name.as_str(), value))
        .collect()
}

fn says_much(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() >= 8,
        Value::Array(values) => values.len() >= 2,
        Value::Object(members) => !members.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether most words of two names are the same: `a_b_supported` and `a_b_document_supported`.
fn are_alike(one: &str, two: &str) -> bool {
    let words = |name: &str| -> BTreeSet<String> {
        let words = name.split(['_', '-', '.', ':', '/']);
        words.map(str::to_ascii_lowercase).collect()
    };
    let (one, two) = (words(one), words(two));
    let shared = one.intersection(&two).count();
    shared >= 2 && shared * 2 > one.union(&two).count()
}
