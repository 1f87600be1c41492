//! A member renamed, its value the same: all who read the old name fail, and want to know the new.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::document::canonical::Document;
use crate::document::member::is_registered;
use crate::document::severity::Severity;
use crate::document::text::{bounded, visible};
use crate::meaning::change::Change;
use crate::meaning::rule::Rule;

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
    let mut names: Vec<(String, String)> = Vec::new();
    for change in changes.iter_mut() {
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
            // Who takes up the name that a specification has leaves one that nobody could rely on; but addresses
            // were read under the names of drafts.
            if change.rule == Rule::MemberRemoved && is_corrected(change.subject.as_str(), name) {
                change.severity = change.severity.min(Severity::Notice);
            }
            let new = bounded(&visible(name), 100);
            change.advice = Some(match change.severity {
                Severity::Info | Severity::Notice => format!(
                    "Nothing, unless a client of yours reads the old name: let it read {new} instead."
                ),
                Severity::Breaking | Severity::Security => format!(
                    "Find the clients that read the old name, and let them read {new} instead."
                ),
            });
            names.push((name.to_owned(), change.subject.as_str().to_owned()));
        }
    }
    for (heir, old) in names {
        let came = changes
            .iter_mut()
            .find(|change| change.subject == heir.as_str());
        if let Some(change) = came.filter(|_| are_alike(&heir, &old)) {
            let old = bounded(&visible(&old), 100);
            // A reason agrees with how grave it is.
            change.why = if change.severity > Severity::Info {
                format!(
                    "The same value stood under {old} before: clients that look for the new name see it for the first time."
                )
            } else {
                format!(
                    "The same value stood under {old} before: the name is new, and what it says is not."
                )
            };
            change.advice = None;
        }
    }
}

/// Whether a member that no specification knows is called now as a specification calls it.
pub fn is_corrected(old: &str, new: &str) -> bool {
    are_alike(old, new) && !is_registered(old) && is_registered(new)
}

/// Whether by one change a member took over the value of one that went by another, under a name that is
/// much the same: the two are one piece of news.
pub fn is_heir(gone: &Change, came: &Change) -> bool {
    let lost_all = gone.size_before == Some(gone.removed.len()) && gone.added.is_empty();
    let is_gone = gone.after.is_none() && (gone.before.is_some() || lost_all);
    let was_absent = came.before.is_none() && came.size_before.unwrap_or_default() == 0;
    let names = (gone.subject.member(), came.subject.member());
    is_gone
        && was_absent
        && matches!(names, (Some(old), Some(new)) if old != new && are_alike(old, new))
        && came.after == gone.before
        && came.added == gone.removed
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
