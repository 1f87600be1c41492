//! Words for changes that neither their rule nor their shape has words for.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::form::{Phrase, phrase, slash};
use crate::document::key_set;
use crate::meaning::change::Change;
use crate::meaning::diff::{ca_name, sunset_day};
use crate::wording::mail::words::{cut, list};

/// Other authorization servers than before: which, and instead of which.
pub(super) fn other_servers(change: &Change) -> Phrase {
    let shown = |values: &[Value]| {
        let texts = values.iter().filter_map(Value::as_str).take(2);
        list(&texts.map(|one| cut(one, 80)).collect::<Vec<_>>())
    };
    let (new, old) = (shown(&change.added), shown(&change.removed));
    if let Some(slash) = slash_of_only(change) {
        return phrase(
            format!("authorization server {slash}"),
            format!("writes its authorization server {new} instead of {old}: it {slash}"),
            format!("authorization server {slash}"),
        );
    }
    let subject = "authorization server replaced".to_owned();
    let predicate = format!("sends its clients to {new} instead of {old}");
    phrase(subject.clone(), predicate, subject)
}

/// What became of the slash at the end of the only server, where nothing else differs.
fn slash_of_only(change: &Change) -> Option<&'static str> {
    match (change.removed.as_slice(), change.added.as_slice()) {
        ([before], [after]) if change.size_before == Some(1) => slash(before, after),
        _ => None,
    }
}

/// Another CA than before: which, and instead of which.
pub(super) fn other_ca(change: &Change) -> Option<Phrase> {
    let named = |value: &Option<Value>| Some(cut(ca_name(value.as_ref()?)?, 80));
    let (new, old) = (named(&change.after)?, named(&change.before)?);
    let (subject, predicate) = if new == old {
        (
            "certificate under another certificate of its CA".to_owned(),
            format!("has a certificate of the same CA under another certificate of it: {new}"),
        )
    } else {
        (
            "certificate from another CA".to_owned(),
            format!("has a certificate from another CA: {new} instead of {old}"),
        )
    };
    Some(phrase(subject.clone(), predicate, subject))
}

/// A document that is announced to end: the phrase names the day.
pub(super) fn sunset(change: &Change) -> Option<Phrase> {
    let day = sunset_day(change.after.as_ref()?)?;
    let before = change.before.as_ref().and_then(sunset_day);
    let Some(before) = before.filter(|before| *before != day) else {
        return Some(phrase(
            format!("end of the document announced for {day}"),
            format!("announces the end of the document on {day}"),
            format!("end of the document announced for {day}"),
        ));
    };
    let way = if day < before { "earlier" } else { "later" };
    Some(phrase(
        format!("announced end of the document moved to {day}, {way} than before"),
        format!("moved the announced end of the document to {day}, from {before}"),
        format!("announced end of the document moved to {day}"),
    ))
}

/// A certificate that expires: the phrase names the day.
pub(super) fn expiring(change: &Change) -> Phrase {
    let text = change.after.as_ref().and_then(Value::as_str);
    let ends = text.and_then(|text| text.parse::<Timestamp>().ok());
    let day = ends.map_or_else(
        || "soon".to_owned(),
        |at| format!("on {}", at.strftime("%Y-%m-%d")),
    );
    phrase(
        format!("certificate ends {day}"),
        format!("has a certificate that ends {day}"),
        format!("certificate ends {day}"),
    )
}

/// Keys of a type that the set never had: which, where it is one that specifications name.
pub(super) fn new_type(change: &Change) -> Phrase {
    let types: BTreeSet<&str> = change.added.iter().filter_map(key_set::kind_of).collect();
    let shown: Vec<String> = types.iter().map(|one| cut(one, 60)).collect();
    let subject = match types.first() {
        Some(one) if types.len() == 1 && key_set::is_registered(one) => {
            format!("first key of type {one}")
        }
        Some(_) if types.len() == 1 => "first key of a new type".to_owned(),
        _ => "first keys of new types".to_owned(),
    };
    let predicate = format!(
        "publishes a key of a type that its key set never had: {}",
        list(&shown)
    );
    phrase(subject.clone(), predicate, subject)
}

/// A document that is answered from another address than before.
pub(super) fn redirect(change: &Change) -> Phrase {
    let (subject, predicate) = match (&change.before, &change.after) {
        (None, _) => (
            "document now behind a redirect",
            "answers after a redirect to another address now",
        ),
        (_, None) => (
            "document no longer behind a redirect",
            "answers without a redirect now",
        ),
        _ => (
            "document redirects elsewhere",
            "redirects to another address than before",
        ),
    };
    phrase(subject.to_owned(), predicate.to_owned(), subject.to_owned())
}
