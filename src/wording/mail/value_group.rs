//! Values never seen before that damped members showed, in groups: addresses on one host, values of one set.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use url::Url;

use super::highlight::shown;
use super::phrase::{few_names, first_names};
use super::reported::reported_changes;
use super::words::{counted, cut, is_harmless, list, name, registered};
use crate::document::severity::Group;
use crate::meaning::change::Change;
use crate::policy::event::Event;
use crate::policy::mail::MailKind;
use crate::wording::noun::noun;

/// A value that was never seen before.
pub(super) struct NewValue<'a> {
    pub(super) event: &'a Event,
    pub(super) change: &'a Change,
    pub(super) value: &'a Value,
}

/// Values of one kind.
pub(super) struct ValueGroup<'a> {
    /// Members that are addresses on one host, or one set.
    pub(super) host: Option<String>,
    pub(super) member: &'a str,
    pub(super) news: Vec<&'a NewValue<'a>>,
}

/// The values, each once, oldest first.
pub(super) fn new(events: &[Event]) -> Vec<NewValue<'_>> {
    let mut new: Vec<NewValue<'_>> = Vec::new();
    // The values that are told, by the member they belong to.
    let mut places: HashMap<_, HashSet<&Value>> = HashMap::new();
    for event in events {
        for change in reported_changes(MailKind::Summary, event) {
            let whose = (&event.provider, event.document.clone(), &change.subject);
            let known = places.entry(whose).or_default();
            for value in &change.unseen {
                if !known.insert(value) {
                    continue;
                }
                new.push(NewValue {
                    event,
                    change,
                    value,
                });
            }
        }
    }
    new
}

pub(super) fn parts<'a>(new: &'a [NewValue<'a>]) -> Vec<ValueGroup<'a>> {
    let mut parts: Vec<ValueGroup<'a>> = Vec::new();
    let mut places: HashMap<(Option<String>, &str), usize> = HashMap::new();
    for one in new {
        let host = host(one);
        let member = if host.is_some() {
            ""
        } else {
            one.change.subject.as_str()
        };
        let place = places.entry((host.clone(), member));
        let place = *place.or_insert(parts.len());
        match parts.get_mut(place) {
            Some(part) => part.news.push(one),
            None => parts.push(ValueGroup {
                host,
                member: one.change.subject.as_str(),
                news: vec![one],
            }),
        }
    }
    parts.sort_by_key(|part| {
        let severities = part.news.iter().map(|new| new.change.severity);
        std::cmp::Reverse((severities.max(), part.news.len()))
    });
    parts
}

/// `6 endpoints at new addresses`, whatever hosts these are on.
pub(super) fn at_new_addresses(parts: &[ValueGroup<'_>]) -> String {
    let number: usize = parts.iter().map(|part| part.news.len()).sum();
    let place = match number {
        1 => "a new address",
        _ => "new addresses",
    };
    format!("{} at {place}", endpoints(parts))
}

/// `token_endpoint`, `6 endpoints`.
pub(super) fn endpoints(parts: &[ValueGroup<'_>]) -> String {
    let news = parts.iter().flat_map(|part| &part.news);
    let mut members: Vec<&str> = news.map(|new| new.change.subject.as_str()).collect();
    members.sort_unstable();
    members.dedup();
    match members.as_slice() {
        [one] => name(one),
        many => counted(u64::try_from(many.len()).unwrap_or(u64::MAX), "endpoint"),
    }
}

/// How many values there are beside the first ones.
pub(super) fn other_values(parts: &[ValueGroup<'_>]) -> Option<String> {
    let number: usize = parts.iter().map(|part| part.news.len()).sum();
    let number = u64::try_from(number).unwrap_or(u64::MAX);
    (number > 0).then(|| counted(number, "other new value"))
}

pub(super) fn host(new: &NewValue<'_>) -> Option<String> {
    if new.change.group != Group::Endpoints || new.change.after.is_none() {
        return None;
    }
    let url = Url::parse(new.value.as_str()?).ok()?;
    Some(url.host_str()?.to_owned())
}

impl ValueGroup<'_> {
    /// `6 endpoints on login.example.com`, `2 scopes, a and b`.
    pub(super) fn sentence(&self) -> String {
        let values = self.news.iter().map(|new| new.value);
        if let Some(host) = &self.host {
            return format!("{} on {}", self.endpoints(), cut(host, 80));
        }
        let number = self.number();
        match noun(self.member) {
            _ if number > 3 => match self.first_names().first() {
                Some(few) => format!("{} ({few} among them)", self.counted()),
                None => self.counted(),
            },
            Some(one) => {
                let names: Vec<String> = values.map(|value| shown(value, 60)).collect();
                let plural = if number == 1 { "" } else { "s" };
                format!("the {one}{plural} {}", list(&names))
            }
            None => {
                let names: Vec<String> = values.map(|value| shown(value, 60)).collect();
                format!("{} in {}", list(&names), name(self.member))
            }
        }
    }

    pub(super) fn subject(&self) -> String {
        if self.host.is_some() {
            return at_new_addresses(std::slice::from_ref(self));
        }
        let one = self
            .news
            .first()
            .and_then(|new| new.value.as_str())
            .map(registered);
        match (self.news.as_slice(), one, noun(self.member)) {
            ([_], Some(one), Some(noun)) if is_harmless(one) => format!("new {noun} {one}"),
            (_, _, Some(noun)) if few_names(&self.values()).is_some() => {
                format!(
                    "new {noun}s {}",
                    few_names(&self.values()).unwrap_or_default()
                )
            }
            _ => self.counted().replacen(' ', " new ", 1),
        }
    }

    fn endpoints(&self) -> String {
        endpoints(std::slice::from_ref(self))
    }

    fn values(&self) -> Vec<Value> {
        self.news.iter().map(|new| new.value.clone()).collect()
    }

    /// The first of many by name.
    pub(super) fn first_names(&self) -> Vec<String> {
        first_names(&self.values())
    }

    fn counted(&self) -> String {
        match noun(self.member) {
            Some(noun) => counted(self.number(), noun),
            None => format!(
                "{} of {}",
                counted(self.number(), "value"),
                name(self.member)
            ),
        }
    }

    pub(super) fn number(&self) -> u64 {
        u64::try_from(self.news.len()).unwrap_or(u64::MAX)
    }
}
