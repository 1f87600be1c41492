//! What is said where a member came or went while its effective value, or a part of it, was there all
//! the time.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use super::highlight::shown;
use super::words::{count, counted, is_harmless, list, registered};
use crate::document::kind::Kind;
use crate::document::member::{self, On};
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::diff::Publication;
use crate::meaning::rule::Rule;
use crate::policy::event::Event;
use crate::wording::noun::noun;
use crate::wording::text::are;

/// A value that nobody wrote down: `(absent: false by default)`.
pub(super) fn by_default(value: &Value, max: usize) -> String {
    format!("(absent: {} by default)", shown(value, max))
}

/// A list that is written down; until then its default applied.
pub(super) struct FirstListed {
    /// Whether the document was as it is now before: then it is not the first time.
    is_again: bool,
    /// Its values in the words of a subject or a sentence, the fullest first.
    pub(super) values: Vec<String>,
    /// How many there are.
    all: usize,
    /// Values that applied by default before and are in the list.
    pub(super) implied: Vec<String>,
    /// Values that applied by default before and are not in the list.
    pub(super) missing: Vec<String>,
}

impl FirstListed {
    /// The list that a change publishes for the first time; `None` if it publishes none.
    pub(super) fn of(event: &Event, change: &Change) -> Option<Self> {
        let is_list = change.rule == Rule::MemberAdded && !change.added.is_empty();
        if !is_list || change.size_before.unwrap_or_default() == 0 {
            return None;
        }
        let default =
            member::default(event.document.kind(), change.subject.as_str())?.as_array()?;
        let all = event.body.changes().iter();
        let same = || all.clone().filter(|other| other.subject == change.subject);
        let is_missing = |value: &&Value| same().any(|other| other.removed.contains(value));
        let words = |values: Vec<&Value>| values.into_iter().map(|it| shown(it, 60)).collect();
        let (missing, implied): (Vec<&Value>, Vec<&Value>) = default.iter().partition(is_missing);
        let listed: Vec<&Value> = same()
            .flat_map(|other| &other.added)
            .chain(implied.iter().copied())
            .collect();
        Some(Self {
            is_again: event.body.returned_to().is_some(),
            values: in_words(
                event.document.kind(),
                change.subject.as_str(),
                &listed,
                implied.len(),
            ),
            all: listed.len(),
            implied: words(implied),
            missing: words(missing),
        })
    }

    /// `published for the first time`, behind what is done.
    pub(super) fn when(&self, done: &str) -> String {
        let when = if self.is_again {
            "again"
        } else {
            "for the first time"
        };
        format!("{done} {when}")
    }

    /// The words of a subject, the fullest first: `list of grants published for the first time, with password
    /// and 11 others`.
    pub(super) fn subject(&self, called: &str) -> Vec<String> {
        let bare = format!("{called} published");
        let published = self.when(&bare);
        let forms = self.values.iter().flat_map(|values| {
            let short = format!("{bare}, with {values}");
            [format!("{published}, with {values}"), short]
        });
        forms.collect()
    }

    /// `publishes its list of grants for the first time: password and 11 others`.
    pub(super) fn predicate(&self, called: &str) -> String {
        format!(
            "{}: {}{}",
            self.when(&format!("publishes its {called}")),
            self.values.first().map_or("", String::as_str),
            self.lacks()
        )
    }

    /// Behind the sentence: who reads of a grave value for the first time takes it for new.
    pub(super) fn also(&self) -> &'static str {
        if self.is_again {
            ""
        } else {
            " Probably nothing new is allowed by it: the list was missing before."
        }
    }

    /// `; implicit, implied until now, is not in it`.
    fn lacks(&self) -> String {
        match self.missing.as_slice() {
            [] => String::new(),
            some => format!(
                "; {}, implied until now, {} not in it",
                list(some),
                are(some.len())
            ),
        }
    }

    /// `12 values in all; authorization_code and implicit, implied until now, are in it.`
    fn sentence(&self) -> String {
        let number = counted(u64::try_from(self.all).unwrap_or(u64::MAX), "value");
        let implied = match self.implied.as_slice() {
            [] => String::new(),
            some => format!(
                "; {}, implied until now, {} in it",
                list(some),
                are(some.len())
            ),
        };
        format!("{number} in all{implied}{}.", self.lacks())
    }
}

/// Most values that are named because they matter.
const NAMED: usize = 3;

/// `password, device_code, 5 grants of auth0.com and 4 others`, `password and 11 others`, `12 values`: of many values
/// those that matter, and whose the others are that somebody defined for himself.
fn in_words(kind: Kind, member: &str, listed: &[&Value], implied: usize) -> Vec<String> {
    let all = counted(u64::try_from(listed.len()).unwrap_or(u64::MAX), "value");
    let few: Vec<String> = listed
        .iter()
        .filter_map(|value| value.as_str().map(registered))
        .filter(|name| is_harmless(name))
        .map(str::to_owned)
        .collect();
    if few.len() == listed.len() && few.len() <= NAMED {
        return vec![list(&few), all];
    }
    // What was implied until now, which is listed last, is no news.
    let new = listed.iter().take(listed.len().saturating_sub(implied));
    let texts: Vec<&str> = new.filter_map(|value| value.as_str()).collect();
    let mut rows: Vec<_> = member::value_rules(kind, member, &texts, On::Added)
        .filter(|row| row.severity >= Severity::Notice && is_harmless(registered(row.value)))
        .collect();
    rows.sort_by_key(|row| Reverse(row.severity));
    let names: Vec<String> = rows
        .iter()
        .map(|row| registered(row.value).to_owned())
        .collect();
    let Some(first) = names.first() else {
        return vec![all];
    };
    let told: Vec<String> = names.iter().take(NAMED).cloned().collect();
    let mut hosts: BTreeMap<String, usize> = BTreeMap::new();
    for host in texts.iter().filter_map(|text| host(text)) {
        *hosts.entry(host).or_default() += 1;
    }
    let vendor = hosts
        .into_iter()
        .filter(|(host, number)| *number > 1 && is_harmless(host))
        .max_by_key(|(_, number)| *number);
    let of_vendor = vendor.as_ref().map_or(0, |(_, number)| *number);
    let mut words = told.clone();
    let one = noun(member).unwrap_or("value");
    words.extend(vendor.map(|(host, number)| format!("{} {one}s of {host}", count(number))));
    words.extend(others(listed.len().saturating_sub(told.len() + of_vendor)));
    let mut short = vec![first.clone()];
    short.extend(others(listed.len().saturating_sub(1)));
    vec![list(&words), list(&short), all]
}

/// `4 others`.
fn others(number: usize) -> Option<String> {
    match number {
        0 => None,
        1 => Some("1 other".to_owned()),
        many => Some(format!("{} others", count(many))),
    }
}

/// The host of a value that is an address: who defines a value for himself names it so.
fn host(text: &str) -> Option<String> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| url.scheme().starts_with("http"))?;
    Some(url.host_str()?.to_owned())
}

/// A remark about a set for which a default applied before, or applies now.
pub(super) fn remark(event: &Event, publication: Publication, change: &Change) -> Option<String> {
    if let Some(first) = FirstListed::of(event, change) {
        return Some(first.sentence());
    }
    let is_set = !change.added.is_empty() || !change.removed.is_empty();
    let default = member::default(event.document.kind(), change.subject.as_str())?.as_array()?;
    let values: Vec<String> = default.iter().map(|value| shown(value, 60)).collect();
    let values = match values.as_slice() {
        [] => "nothing".to_owned(),
        _ => list(&values),
    };
    match publication {
        Publication::Came if is_set => Some(format!(
            "The member is newly published; left out, it stood for {values}."
        )),
        Publication::Went if is_set => Some(format!(
            "The member is no longer published; left out, it stands for {values}."
        )),
        Publication::Came | Publication::Went | Publication::Kept => None,
    }
}
