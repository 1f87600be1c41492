//! Which values of a set are named in a subject or a sentence.

use serde_json::Value;

use crate::document::scope::can_be_asked_for;
use crate::wording::mail::words::{is_harmless, list, name, registered};
use crate::wording::noun::term;

/// Most characters of a value that stands alone in a subject.
const ALONE: usize = 72;
/// Most characters of two or three values in a subject.
const NAMED: usize = 80;
/// Most values that are named one by one.
const FEW: usize = 3;

/// What a member is called in a subject: in plain words where there are some.
pub(in crate::wording::mail) fn called(member: &str) -> String {
    term(member).map_or_else(|| name(member), str::to_owned)
}

/// Values with those first that a reader can use: what no request can name is never named among others.
pub(super) fn tellable(values: &[Value]) -> Vec<&Value> {
    let (usable, rest): (Vec<&Value>, Vec<&Value>) =
        values.iter().partition(|value| can_be_asked_for(value));
    if usable.is_empty() { rest } else { usable }
}

/// The one value, where it can stand between our own words.
pub(in crate::wording::mail) fn short_name(values: &[Value]) -> Option<String> {
    let [one] = values else {
        return None;
    };
    let name = registered(word(one));
    let is_short = name.len() <= ALONE && name.bytes().all(|byte| byte.is_ascii_graphic());
    (is_short && !name.is_empty()).then(|| name.to_owned())
}

/// Two or three values by name, where a subject may have room for them.
pub(in crate::wording::mail) fn few_names(values: &[Value]) -> Option<String> {
    if !(2..=FEW).contains(&values.len()) {
        return None;
    }
    let names: Vec<String> = harmless(values.iter())
        .filter(|name| *name != "none")
        .map(str::to_owned)
        .collect();
    let listed = list(&names);
    (names.len() == values.len() && listed.len() <= NAMED).then_some(listed)
}

/// `a and b`, `a`: the first of many that can stand in a subject, the most first.
pub(in crate::wording::mail) fn first_names(values: &[Value]) -> Vec<String> {
    let mut names = harmless(grave_first(values)).map(str::to_owned);
    match (names.next(), names.next()) {
        (Some(one), Some(two)) => vec![format!("{one} and {two}"), one],
        (Some(one), None) => vec![one],
        _ => Vec::new(),
    }
}

/// What a reader of a list looks for first: what it names beside others is less than these. Of scopes the two
/// that no login and no refresh token comes without.
pub(super) const GRAVE: [&str; 6] = [
    "none",
    "password",
    "implicit",
    "plain",
    "openid",
    "offline_access",
];

/// Values that can be told, those first that one should not miss.
fn grave_first(values: &[Value]) -> impl Iterator<Item = &Value> {
    let usable = tellable(values).into_iter();
    let (grave, rest): (Vec<&Value>, Vec<&Value>) =
        usable.partition(|value| GRAVE.contains(&word(value)));
    grave.into_iter().chain(rest)
}

/// The first two of many that can stand in a subject, those first that one should not miss.
pub(super) fn first_values(values: &[Value]) -> Vec<String> {
    let names = harmless(grave_first(values)).take(2);
    let quoted = |name: &str| match name {
        // Without quotes it reads as if there were none of them.
        "none" => "\"none\"".to_owned(),
        other => other.to_owned(),
    };
    names.map(quoted).collect()
}

/// `invoicing:*`, where some values have the same beginning: it says more than two of them.
pub(super) fn prefix(values: &[Value]) -> Option<String> {
    if values.len() < FEW {
        return None;
    }
    let first = word(values.first()?);
    let end = first.find([':', '.', '/'])?;
    let start = first.get(..=end)?;
    let is_common = values.iter().all(|value| word(value).starts_with(start));
    // A scheme says nothing.
    let is_telling = !matches!(start, "http:" | "https:" | "urn:") && is_harmless(start);
    (is_common && is_telling).then(|| format!("{start}*"))
}

fn harmless<'a>(values: impl Iterator<Item = &'a Value>) -> impl Iterator<Item = &'a str> {
    values
        .map(|value| registered(word(value)))
        .filter(|name| is_harmless(name))
}

/// The text of a value, as it stands between our own words.
pub(super) fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
