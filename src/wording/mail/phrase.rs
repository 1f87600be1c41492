//! What one change is called: in the subject, in the first sentence, above its values.
//!
//! The words come from the rule where it has words of its own, else from the shape of the change
//! (values gained, values lost, a value that came, went or was replaced), so that a rule nobody
//! thought of here still reads well.

mod form;
mod special;

use serde_json::Value;

use self::form::{Phrase, phrase};
use super::highlight::shown;
use super::keys::number_of;
use super::words::{count, counted, is_harmless, list, name, registered};
use crate::document::member::names;
use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::meaning::rule::{ChangeWords, Rule};
use crate::wording::noun::{noun, term};

/// Finds the words for a change.
pub(super) fn of(change: &Change) -> Phrase {
    let member = name(change.subject.as_str());
    let is_set = !change.added.is_empty() || !change.removed.is_empty();
    let is_exchange = !change.added.is_empty() && !change.removed.is_empty();
    let called = called(change.subject.as_str());
    let filled = |template: &str, with: &str| template.replace("{}", with);
    let own = |said: &str, predicate: &str| {
        let (subject, title) = (filled(said, &called), filled(said, &member));
        phrase(subject, filled(predicate, &member), title)
    };
    match change.rule.known() {
        Some(Rule::TypeChanged) if change.severity < Severity::Breaking => {
            return own(
                "{} has the JSON type of the specification now",
                "corrected the JSON type of {}",
            );
        }
        Some(Rule::IssuerChanged) if change.subject.as_str() == names::RESOURCE => {
            return phrase(
                "resource identifier changed".to_owned(),
                "changed its resource identifier".to_owned(),
                format!("{member} changed"),
            );
        }
        Some(Rule::IssuerChanged) if slash(change).is_some() => {
            let slash = slash(change).unwrap_or_default();
            return phrase(
                format!("{member} {slash}"),
                format!("changed its {member}, which {slash}"),
                format!("{member} changed"),
            );
        }
        Some(Rule::KeyTypeNew) => return special::new_type(change),
        Some(Rule::RedirectChanged) => return special::redirect(change),
        Some(Rule::CertificateExpiring) => return special::expiring(change),
        Some(Rule::IssuingCaChanged) => {
            if let Some(words) = special::other_ca(change) {
                return words;
            }
        }
        Some(Rule::DocumentSunset) => {
            if let Some(words) = special::sunset(change) {
                return words;
            }
        }
        Some(Rule::AuthorizationServersReplaced) if is_exchange => {
            return special::other_servers(change);
        }
        Some(_) | None => {}
    }
    let row = change.rule.row();
    let words = row.map_or(ChangeWords::OfShape, |row| row.words);
    match words {
        ChangeWords::Own(subject, predicate) => own(subject, predicate),
        ChangeWords::OfOneValue(subject, predicate) if !is_set => own(subject, predicate),
        ChangeWords::OfSet(subject, predicate) => own_set(
            change,
            &filled(subject, &member),
            &filled(predicate, &member),
        ),
        ChangeWords::OfOneValue(..) | ChangeWords::OfShape if is_set => set(change),
        ChangeWords::OfOneValue(..) | ChangeWords::OfShape => single(change, &member),
    }
}

/// What became of the slash at the end, where nothing else differs in two addresses.
pub(super) fn slash(change: &Change) -> Option<&'static str> {
    form::slash(change.before.as_ref()?, change.after.as_ref()?)
}

/// What a member is called in a subject: in plain words where there are some.
pub(super) fn called(member: &str) -> String {
    term(member).map_or_else(|| name(member), str::to_owned)
}

/// A rule with words of its own about a set: the title counts as for every set.
fn own_set(change: &Change, subject: &str, predicate: &str) -> Phrase {
    let is_set = !change.added.is_empty() || !change.removed.is_empty();
    let title = if is_set && change.group != Group::Keys {
        set(change).title
    } else {
        subject.to_owned()
    };
    phrase(subject.to_owned(), predicate.to_owned(), title)
}

/// Values gained or lost.
fn set(change: &Change) -> Phrase {
    match change.rule.known() {
        Some(Rule::MemberAdded) => added(change),
        Some(Rule::MemberRemoved) => removed(change),
        Some(_) | None => some_values(change),
    }
}

/// A set that came as a whole.
pub(super) fn added(change: &Change) -> Phrase {
    whole(change, &change.added, "added", "now publishes")
}

/// A set that went as a whole.
pub(super) fn removed(change: &Change) -> Phrase {
    whole(change, &change.removed, "removed", "no longer publishes")
}

/// A set that came or went as a whole.
fn whole(change: &Change, values: &[Value], verb: &str, publishes: &str) -> Phrase {
    let member = name(change.subject.as_str());
    let values_words = counted_size(values.len());
    let names: Vec<String> = values
        .iter()
        .take(3)
        .map(|value| shown(value, 60))
        .collect();
    let subject = match values {
        [one] if is_harmless(registered(word(one))) => format!(": {}", registered(word(one))),
        _ => format!(", {values_words}"),
    };
    // Few enough to be told in a sentence.
    let predicate = match values {
        [_] | [_, _] | [_, _, _] => format!(": {}", list(&names)),
        _ => format!(" ({values_words})"),
    };
    let title = match verb {
        "removed" => format!("{member} removed ({values_words})"),
        _ => format!("{member} {verb}, {values_words}"),
    };
    phrase(
        format!("{} {verb}{subject}", called(change.subject.as_str())),
        format!("{publishes} {member}{predicate}"),
        title,
    )
}

/// Values that came to a set, or went from it.
fn some_values(change: &Change) -> Phrase {
    let member = name(change.subject.as_str());
    let called = called(change.subject.as_str());
    let noun = noun(change.subject.as_str());
    let is_gain = change.removed.is_empty();
    let (values, verb) = if is_gain {
        (&change.added, "added")
    } else {
        (&change.removed, "removed")
    };
    let number = u64::try_from(number_of(values)).unwrap_or(u64::MAX);
    let subject = match (short_name(values), noun) {
        // Without quotes it reads as if there were none of them.
        (Some(value), Some(noun)) if value == "none" => format!("{noun} \"none\" {verb}"),
        (Some(value), Some(noun)) => format!("{noun} {value} {verb}"),
        (None, Some(noun)) if let Some(few) = few_names(values) => format!("{noun}s {few} {verb}"),
        (Some(value), None) if is_gain => format!("{value} added to {called}"),
        (Some(value), None) => format!("{value} removed from {called}"),
        (None, Some(noun)) => format!("{} {verb}", counted(number, noun)),
        (None, None) => {
            let way = match change.size_before {
                _ if is_gain => "gained",
                Some(size) if size == values.len() => "lost all its",
                Some(_) | None => "lost",
            };
            format!("{called} {way} {}", counted(number, "value"))
        }
    };
    let title = match (change.group, is_gain) {
        (Group::Keys, true) => format!("{} added{}", counted(number, "key"), under_kids(values)),
        (Group::Keys, false) => {
            let of = change
                .size_before
                .filter(|size| *size >= number_of(values))
                .map_or_else(String::new, |size| format!(" of {}", count(size)));
            let plural = if of.is_empty() && number == 1 {
                ""
            } else {
                "s"
            };
            format!(
                "{}{of} key{plural} removed{}",
                count(number_of(values)),
                under_kids(values)
            )
        }
        (_, true) => format!("{member} gained {}", counted(number, "value")),
        (_, false) => format!("{member} lost {}{}", count(values.len()), of_total(change)),
    };
    phrase(subject, offers(change, values, noun), title)
}

/// `now offers the scope a`, `no longer offers 62 of 128 scopes`.
fn offers(change: &Change, values: &[Value], noun: Option<&str>) -> String {
    let member = name(change.subject.as_str());
    let is_gain = change.removed.is_empty();
    let offers = match (is_gain, change.group) {
        (true, Group::Keys) => "publishes",
        (true, _) => "now offers",
        (false, Group::Keys) => "no longer publishes",
        (false, _) => "no longer offers",
    };
    match (short_name(values), noun) {
        (Some(value), Some(noun)) => return format!("{offers} the {noun} {value}"),
        (Some(value), None) => return format!("{offers} {value} in {member}"),
        (None, _) => {}
    }
    let number = u64::try_from(number_of(values)).unwrap_or(u64::MAX);
    let one = noun.unwrap_or("value");
    let what = match (is_gain, change.size_before) {
        (true, _) => counted(number, &format!("more {one}")),
        (false, Some(size)) if size > values.len() => {
            let all = counted(u64::try_from(size).unwrap_or(u64::MAX), one);
            format!("{} of {all}", count(number))
        }
        (false, _) => counted(number, one),
    };
    let place = match noun {
        Some(_) => String::new(),
        None => format!(" in {member}"),
    };
    // Few enough to be told in a sentence.
    let named = match values {
        [_] | [_, _] | [_, _, _] => {
            let names: Vec<String> = values.iter().map(|value| shown(value, 80)).collect();
            format!(": {}", list(&names))
        }
        more if is_gain && change.group != Group::Keys => among_them(more),
        _ => String::new(),
    };
    format!("{offers} {what}{place}{named}{}", left(change))
}

/// `, a and b among them`: the first two of many that can stand in a sentence.
fn among_them(values: &[Value]) -> String {
    let each = values.iter().map(|value| registered(word(value)));
    let mut names = each.filter(|name| is_harmless(name));
    match (names.next(), names.next()) {
        (Some(one), Some(two)) => format!(", {one} and {two} among them"),
        _ => String::new(),
    }
}

/// `; what is left: openid and profile`, of a set that lost most of its values.
fn left(change: &Change) -> String {
    let is_short = |value: &Value| is_harmless(registered(word(value)));
    if change.left.is_empty() || !change.left.iter().all(is_short) {
        return String::new();
    }
    let left = change.left.iter();
    let names: Vec<String> = left.map(|it| registered(word(it)).to_owned()).collect();
    format!("; what is left: {}", list(&names))
}

/// The one value, where it can stand between our own words.
pub(super) fn short_name(values: &[Value]) -> Option<String> {
    match values {
        [one] if is_harmless(registered(word(one))) => Some(registered(word(one)).to_owned()),
        _ => None,
    }
}

/// `2 scopes removed`, where a subject that has room names them: for a second fact, which has less of it.
pub(super) fn counted_values(change: &Change) -> Option<String> {
    let row = change.rule.row();
    let words = row.map_or(ChangeWords::OfShape, |row| row.words);
    if matches!(words, ChangeWords::Own(..) | ChangeWords::OfSet(..)) {
        return None;
    }
    let (values, verb) = if change.removed.is_empty() {
        (&change.added, "added")
    } else {
        (&change.removed, "removed")
    };
    few_names(values)?;
    let number = u64::try_from(values.len()).ok()?;
    Some(format!(
        "{} {verb}",
        counted(number, noun(change.subject.as_str())?)
    ))
}

/// Most characters of two or three values in a subject.
const NAMED: usize = 60;

/// Two or three values by name, where a subject has room for them.
fn few_names(values: &[Value]) -> Option<String> {
    if !(2..=3).contains(&values.len()) {
        return None;
    }
    let each = values.iter().map(|value| registered(word(value)));
    let names: Vec<String> = each
        .filter(|name| is_harmless(name) && *name != "none")
        .map(str::to_owned)
        .collect();
    let listed = list(&names);
    (names.len() == values.len() && listed.len() <= NAMED).then_some(listed)
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Under how many kids keys stand, where some stand under several.
fn under_kids(values: &[Value]) -> String {
    if number_of(values) == values.len() {
        return String::new();
    }
    format!(", under {} kids", count(values.len()))
}

/// ` of 12 values`: how many values there were in total.
fn of_total(change: &Change) -> String {
    let values = &change.removed;
    match change.size_before {
        Some(size) if size >= values.len() => format!(" of {}", counted_size(size)),
        _ if values.len() == 1 => " value".to_owned(),
        _ => " values".to_owned(),
    }
}

fn counted_size(size: usize) -> String {
    counted(u64::try_from(size).unwrap_or(u64::MAX), "value")
}

/// A value that came, went or was replaced.
fn single(change: &Change, member: &str) -> Phrase {
    let called = called(change.subject.as_str());
    match (&change.before, &change.after) {
        (None, Some(_)) => phrase(
            format!("{called} added"),
            format!("now publishes {member}"),
            format!("{member} added"),
        ),
        (Some(_), None) => phrase(
            format!("{called} removed"),
            format!("no longer publishes {member}"),
            format!("{member} removed"),
        ),
        // `after` is the default, which applies now that the member is removed.
        (Some(Value::Bool(_)), Some(Value::Bool(false))) if change.rule == Rule::MemberRemoved => {
            phrase(
                format!("{called} no longer published"),
                format!("no longer publishes {member}"),
                format!("{member} no longer published"),
            )
        }
        (Some(Value::Bool(_)), Some(Value::Bool(now))) => phrase(
            match (term(change.subject.as_str()), now) {
                (Some(term), true) => format!("{term} is offered now"),
                (Some(term), false) => format!("{term} is no longer offered"),
                (None, _) => format!("{member} is now {now}"),
            },
            format!("set {member} to {now}"),
            format!("{member} is now {now}"),
        ),
        _ => phrase(
            format!("{called} changed"),
            format!("changed {member}"),
            format!("{member} changed"),
        ),
    }
}

#[cfg(test)]
mod tests;
