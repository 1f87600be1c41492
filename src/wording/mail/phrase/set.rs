//! Words for sets that gained or lost values.

use serde_json::Value;

use super::family::Families;
use super::form::{Phrase, phrase};
use super::naming::{
    GRAVE, called, few_names, first_names, first_values, prefix, short_name, word,
};
use crate::document::member::names;
use crate::document::scope::can_be_asked_for;
use crate::document::severity::Group;
use crate::meaning::change::Change;
use crate::meaning::rule::Rule;
use crate::wording::mail::highlight::shown;
use crate::wording::mail::keys::number_of;
use crate::wording::mail::words::{count, counted, is_harmless, list, name, registered};
use crate::wording::noun::{noun, topic};

/// Most values that are named one by one in a sentence.
const NAMED: usize = 5;

/// Values gained or lost.
pub(super) fn set(change: &Change) -> Phrase {
    match change.rule.known() {
        Some(Rule::MemberAdded) => added(change),
        Some(Rule::MemberRemoved) => removed(change),
        Some(_) | None => some_values(change),
    }
}

/// A set that came as a whole.
pub(in crate::wording::mail) fn added(change: &Change) -> Phrase {
    whole(change, &change.added, "added", "now publishes")
}

/// A set that went as a whole.
pub(in crate::wording::mail) fn removed(change: &Change) -> Phrase {
    whole(change, &change.removed, "removed", "no longer publishes")
}

/// A set that came or went as a whole.
fn whole(change: &Change, values: &[Value], verb: &str, publishes: &str) -> Phrase {
    let member = name(change.subject.as_str());
    let called = called(change.subject.as_str());
    let values_words = counted_size(values.len());
    let some = some_of(values);
    // Few enough to be told in a sentence.
    let predicate = match (values, some.first()) {
        ([_] | [_, _] | [_, _, _], _) => {
            let names: Vec<String> = values.iter().map(|value| shown(value, 60)).collect();
            format!(": {}", list(&names))
        }
        (_, Some(some)) => format!(": {some}"),
        (_, None) => format!(" ({values_words})"),
    };
    let title = match verb {
        "removed" => format!("{member} removed ({values_words})"),
        _ => format!("{member} {verb}, {values_words}"),
    };
    let few = short_name(values).or_else(|| few_names(values));
    let told: Vec<String> = few.into_iter().chain(some).collect();
    let fuller: Vec<String> = told
        .iter()
        .map(|some| format!("{called} {verb}: {some}"))
        .collect();
    let counted = match values {
        [_] => format!("{called} {verb}"),
        _ => format!("{called} {verb}, {values_words}"),
    };
    let words = phrase(counted, format!("{publishes} {member}{predicate}"), title);
    words.or_fuller(fuller)
}

/// `a, b and 5 others`, `a and 6 others`: the first of many by name, the fullest words first.
fn some_of(values: &[Value]) -> Vec<String> {
    let others = |named: usize| match values.len().saturating_sub(named) {
        1 => "1 other".to_owned(),
        more => format!("{} others", count(more)),
    };
    let first: Vec<String> = first_values(values);
    match first.as_slice() {
        [] | [_] if values.len() < 2 => Vec::new(),
        [] => Vec::new(),
        [one, two, ..] if values.len() > 2 => vec![
            format!("{one}, {two} and {}", others(2)),
            format!("{one} and {}", others(1)),
        ],
        [one, ..] => vec![format!("{one} and {}", others(1))],
    }
}

/// Values that came to a set, or went from it.
fn some_values(change: &Change) -> Phrase {
    let member = name(change.subject.as_str());
    let called = called(change.subject.as_str());
    let noun = noun(change.subject.as_str());
    let is_gain = change.removed.is_empty();
    let (values, verb) = values_of(change);
    let number = u64::try_from(number_of(values)).unwrap_or(u64::MAX);
    let named = match (short_name(values), noun) {
        (_, Some(noun)) => named(values, noun)
            .into_iter()
            .map(|(named, among)| format!("{named} {verb}{among}"))
            .collect(),
        (Some(value), None) if is_gain => vec![format!("{value} added to {called}")],
        (Some(value), None) => vec![format!("{value} removed from {called}")],
        (None, None) => Vec::new(),
    };
    let counted_words = match noun {
        Some(noun) => format!("{} {verb}", counted(number, noun)),
        None => {
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
    phrase(counted_words, offers(change, values, noun), title).or_fuller(named)
}

/// The values that came, or those that went.
fn values_of(change: &Change) -> (&[Value], &'static str) {
    if change.removed.is_empty() {
        (&change.added, "added")
    } else {
        (&change.removed, "removed")
    }
}

/// The noun of a value that a host stands for where there is little room.
const AUTHORIZATION_SERVER: &str = "authorization server";

/// Values by name, the fullest words first, each with which are among a number: `scope a`, `scopes a and b`,
/// `12 scopes` and `, a and b among them`. No words where none can be named.
fn named(values: &[Value], noun: &str) -> Vec<(String, String)> {
    if let Some(value) = short_name(values) {
        // Without quotes it reads as if there were none of them.
        let value = if value == "none" {
            "\"none\""
        } else {
            value.as_str()
        };
        let short = value
            .strip_prefix("https://")
            .filter(|host| !host.contains('/'));
        let of_server = short.filter(|_| noun == AUTHORIZATION_SERVER);
        return std::iter::once(format!("{noun} {value}"))
            .chain(of_server.map(|host| format!("server {host}")))
            .map(|named| (named, String::new()))
            .collect();
    }
    let number = u64::try_from(number_of(values)).unwrap_or(u64::MAX);
    let mut forms = Vec::new();
    forms.extend(few_names(values).map(|few| (format!("{noun}s {few}"), String::new())));
    if values.len() > 1 {
        forms.extend(prefix(values).map(|all| (counted(number, noun), format!(", all {all}"))));
        let families = Families::of(values);
        let of_families = families.iter().flat_map(Families::in_subject);
        forms.extend(of_families.map(|all| (counted(number, noun), format!(", {all}"))));
        let first = first_names(values).into_iter();
        forms.extend(first.map(|few| (counted(number, noun), format!(", {few} among them"))));
    }
    forms
}

/// What came by a change, as a noun: `scopes a and b`, `PKCE methods (S256 and plain)`, `5 grants`; no
/// words where it is not a gain or has words of its own.
pub(in crate::wording::mail) fn gained(change: &Change) -> Vec<String> {
    let called = || called(change.subject.as_str());
    let noun = noun(change.subject.as_str()).filter(|_| change.group != Group::Keys);
    match change.rule.known() {
        Some(Rule::EndpointAdded) => vec![called()],
        Some(Rule::MemberAdded) if change.before.is_none() => {
            let values = &change.added;
            let few = short_name(values)
                .or_else(|| few_names(values))
                .filter(|few| few.len() <= 40)
                .map(|few| format!("{} ({few})", called()));
            few.into_iter().chain([called()]).collect()
        }
        Some(Rule::ScopeAdded | Rule::MemberChanged | Rule::AuthMethodNoneAdded)
            if !change.added.is_empty() && change.removed.is_empty() =>
        {
            let Some(noun) = noun else {
                return Vec::new();
            };
            let named = named(&change.added, noun).into_iter();
            let mut forms: Vec<String> = named
                .filter(|(_, among)| among.is_empty())
                .map(|(named, _)| named)
                .collect();
            let number = u64::try_from(change.added.len()).unwrap_or(u64::MAX);
            forms.push(counted(number, noun));
            forms
        }
        _ => Vec::new(),
    }
}

/// A list that is published as a whole, in the few words that it needs beside another one: `PKCE S256`,
/// `client authentication (with "none")`. No words where it has none of its own.
pub(in crate::wording::mail) fn listed(change: &Change) -> Option<String> {
    let is_list = change.rule == Rule::MemberAdded && !change.added.is_empty();
    let member = change.subject.as_str();
    noun(member).filter(|_| is_list && change.group != Group::Keys)?;
    let (about, first) = (topic(member), first_values(&change.added));
    Some(match (change.added.as_slice(), first.first()) {
        ([_], Some(one)) => format!("{about} {one}"),
        (_, Some(one)) if GRAVE.iter().any(|grave| one.trim_matches('"') == *grave) => {
            format!("{about} (with {one})")
        }
        _ => about.to_owned(),
    })
}

/// `now offers the scope a`, `no longer offers 62 of 128 scopes`.
fn offers(change: &Change, values: &[Value], noun: Option<&str>) -> String {
    let member = name(change.subject.as_str());
    let is_gain = change.removed.is_empty();
    let odd = unusable(change, values);
    let offers = match (is_gain, change.group) {
        (true, Group::Keys) => "publishes",
        (true, Group::Scopes) if odd == values.len() => "now lists",
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
        few if few.len() <= NAMED && (odd == 0 || odd == values.len()) => {
            let names: Vec<String> = values.iter().map(|value| shown(value, 80)).collect();
            format!(": {}", list(&names))
        }
        more if change.group != Group::Keys && change.left.is_empty() && prefix(more).is_some() => {
            format!(", all {}", prefix(more).unwrap_or_default())
        }
        more if change.group != Group::Keys && change.left.is_empty() => among(more),
        _ => String::new(),
    };
    let odd = match odd {
        0 => String::new(),
        1 if values.len() == 1 => "; no request can name it".to_owned(),
        all if all == values.len() => "; no request can name them".to_owned(),
        // How many of them cannot be asked for stands beside the values.
        _ => String::new(),
    };
    format!("{offers} {what}{place}{named}{odd}{}", left(change))
}

/// Which are among many: their families, else the first ones.
fn among(values: &[Value]) -> String {
    if let Some(families) = Families::of(values) {
        return families.sentence();
    }
    first_names(values)
        .first()
        .map_or_else(String::new, |few| format!(", {few} among them"))
}

/// The two that a sentence names among many; `None` where it names all of them, or their families.
pub(in crate::wording::mail) fn two_named(values: &[Value]) -> Option<String> {
    let are_named_so = values.len() > NAMED && Families::of(values).is_none();
    first_names(values)
        .into_iter()
        .next()
        .filter(|_| are_named_so)
}

/// How many of the scopes that came no request can name.
fn unusable(change: &Change, values: &[Value]) -> usize {
    if change.subject != names::SCOPES_SUPPORTED || !change.removed.is_empty() {
        return 0;
    }
    values
        .iter()
        .filter(|scope| !can_be_asked_for(scope))
        .count()
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

/// Under how many names keys stand, where some stand under several.
fn under_kids(values: &[Value]) -> String {
    if number_of(values) == values.len() {
        return String::new();
    }
    format!(", under {} names (kid)", count(values.len()))
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
