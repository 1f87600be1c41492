//! The summary: values never seen before that damped members showed, held back until now.
//!
//! It names them, says since when, and whether they are gone again as far as its own events know.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use url::Url;

use super::headline::{Headline, HeadlineSubject, headline_of};
use super::highlight::shown;
use super::hosts::HostMoves;
use super::input::MailInput;
use super::lead::{NewsText, lead};
use super::page::MailTone;
use super::reported::reported_changes;
use super::subject_words::{Remark, SubjectWords};
use super::words::{at, cut, date, first};
use super::words::{count, counted, is_harmless, list, name, registered};
use crate::document::severity::Group;
use crate::meaning::change::Change;
use crate::policy::damping;
use crate::policy::event::Event;
use crate::policy::mail::MailKind;
use crate::wording::noun::noun;

/// A value that was never seen before.
struct NewValue<'a> {
    event: &'a Event,
    change: &'a Change,
    value: &'a Value,
}

/// Values of one kind.
struct ValueGroup<'a> {
    /// Members that are addresses on one host, or one set.
    host: Option<String>,
    member: &'a str,
    news: Vec<&'a NewValue<'a>>,
}

/// Values never seen appeared on damped members.
pub(super) fn summary(events: &[Event], who: &str) -> Option<NewsText> {
    let all: Vec<&Event> = events.iter().collect();
    let headline = headline_of(MailKind::Summary, &all)?;
    let severity = headline.severity;
    let new = new(events);
    let parts = parts(&new);
    let words: Vec<String> = parts.iter().map(ValueGroup::sentence).collect();
    let what = match words.as_slice() {
        // Events of an earlier version do not know which values these were.
        [] => headline.what.words(),
        [_] | [_, _] | [_, _, _] => list(&words),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", count(rest.len())),
    };
    let grown = grown(events, &parts);
    let references: Vec<&Event> = events.iter().collect();
    let (moves, _) = HostMoves::of(&references);
    let host = match parts.as_slice() {
        [part] => part.host.as_deref(),
        _ => None,
    };
    let is_known = host.is_some_and(|host| moves.is_known(host));
    let sentence = match (&grown, host) {
        (Some(grown), _) => format!("{who}: {grown}."),
        (None, Some(host)) => format!(
            "{who} moved {} to {}, where {} before ({severity}).{}",
            parts
                .first()
                .map_or_else(String::new, ValueGroup::endpoints),
            cut(host, 80),
            if is_known {
                "only others were"
            } else {
                "none was"
            },
            moves.now(Some(host)),
        ),
        (None, None) => format!(
            "{who} has shown for the first time {what} ({severity}).{}",
            moves.now(None),
        ),
    };
    let first = new.iter().map(|new| new.event.body.at).min().map(date);
    let what = match (parts.as_slice(), first) {
        _ if grown.is_some() => SubjectWords::plain(grown.unwrap_or_default()),
        ([one, others @ ..], Some(first)) => {
            let are_moves = parts.iter().all(|part| part.host.is_some());
            let (what, others) = if is_known {
                let endpoints = one.endpoints();
                (format!("{endpoints} where others were before,"), others)
            } else if are_moves && headline.is_of_nodes {
                let endpoints = endpoints(&parts);
                let what = format!("{endpoints} on nodes of its service never seen before,");
                (what, &[][..])
            } else if are_moves {
                (at_new_addresses(&parts), &[][..])
            } else {
                (one.subject(), others)
            };
            SubjectWords::plain(format!("{what} since {first}"))
                .and(other_values(others).as_deref())
        }
        _ => headline.what.within("", ", collected until now"),
    };
    Some(NewsText {
        what,
        remark: Some(Remark::Severity(severity)),
        lead: lead(
            "SUMMARY",
            MailTone::Of(severity),
            sentence,
            when(events, &new),
            Some(advice(headline)),
        ),
    })
}

/// What to do about values that were collected.
fn advice(headline: Headline) -> String {
    match headline.thing {
        HeadlineSubject::Host if headline.is_of_nodes => headline.advice,
        HeadlineSubject::Host => {
            "let your clients read the addresses from the document, or allow all hosts that \
             it shows in turn: whoever reads it has followed already."
                .to_owned()
        }
        HeadlineSubject::Issuer | HeadlineSubject::Other => headline.advice,
    }
}

/// `39 new scopes since 2026-02-17, none removed`: a list that only grew.
fn grown(events: &[Event], parts: &[ValueGroup<'_>]) -> Option<String> {
    let [part] = parts else {
        return None;
    };
    // Few are named.
    if part.news.len() <= 3 {
        return None;
    }
    let told = || {
        let each = events.iter();
        each.flat_map(|event| reported_changes(MailKind::Summary, event))
    };
    let is_growth = |change: &Change| change.removed.is_empty() && change.before.is_none();
    let is_set = |change: &Change| !change.added.is_empty();
    if part.host.is_some() || !told().all(|change| is_growth(change) && is_set(change)) {
        return None;
    }
    let since = date(part.news.iter().map(|new| new.event.body.at).min()?);
    let number = count(part.number());
    Some(match noun(part.member) {
        Some(noun) => format!("{number} new {noun}s since {since}, none removed"),
        None => format!(
            "{number} new values of {} since {since}, none removed",
            name(part.member)
        ),
    })
}

/// The values, each once, oldest first.
fn new(events: &[Event]) -> Vec<NewValue<'_>> {
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

fn parts<'a>(new: &'a [NewValue<'a>]) -> Vec<ValueGroup<'a>> {
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
fn at_new_addresses(parts: &[ValueGroup<'_>]) -> String {
    let number: usize = parts.iter().map(|part| part.news.len()).sum();
    let place = match number {
        1 => "a new address",
        _ => "new addresses",
    };
    format!("{} at {place}", endpoints(parts))
}

/// `token_endpoint`, `6 endpoints`.
fn endpoints(parts: &[ValueGroup<'_>]) -> String {
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
fn other_values(parts: &[ValueGroup<'_>]) -> Option<String> {
    let number: usize = parts.iter().map(|part| part.news.len()).sum();
    let number = u64::try_from(number).unwrap_or(u64::MAX);
    (number > 0).then(|| counted(number, "other new value"))
}

fn host(new: &NewValue<'_>) -> Option<String> {
    if new.change.group != Group::Endpoints || new.change.after.is_none() {
        return None;
    }
    let url = Url::parse(new.value.as_str()?).ok()?;
    Some(url.host_str()?.to_owned())
}

impl ValueGroup<'_> {
    /// `6 endpoints on login.example.com`, `2 scopes, a and b`.
    fn sentence(&self) -> String {
        let values = self.news.iter().map(|new| new.value);
        if let Some(host) = &self.host {
            return format!("{} on {}", self.endpoints(), cut(host, 80));
        }
        let number = self.number();
        match noun(self.member) {
            _ if number > 3 => self.counted(),
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

    fn subject(&self) -> String {
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
            _ => self.counted().replacen(' ', " new ", 1),
        }
    }

    fn endpoints(&self) -> String {
        endpoints(std::slice::from_ref(self))
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

    fn number(&self) -> u64 {
        u64::try_from(self.news.len()).unwrap_or(u64::MAX)
    }
}

/// When the next summary of the same member may come.
pub(super) fn next(input: &MailInput<'_>) -> Option<String> {
    let damped = input.background?.damped_at?;
    let due = input
        .events
        .iter()
        .filter_map(|event| event.body.summary_at)
        .max()?;
    let next = damping::summary_after(damped, due)?;
    Some(format!(
        "Mails about it are held back since {}. The next summary comes on {} at the earliest, if values come \
         that were never seen; when it has come to rest, you get one mail, and every change is mailed at once \
         again.",
        date(damped),
        date(next)
    ))
}

/// Whether the values are still there, by the documents as they are now. Addresses are told by where they
/// are now.
pub(super) fn still_there(input: &MailInput<'_>) -> Option<String> {
    let background = input.background?;
    let new = new(input.events);
    let mut values = new.iter().filter(|new| host(new).is_none()).peekable();
    values.peek()?;
    let is_there = |new: &&NewValue<'_>| {
        let present = &background.present;
        let mut of_event = present.iter().filter(|(event, _)| *event == new.event.id);
        of_event.any(|(_, values)| values.contains(new.value))
    };
    let (there, gone): (Vec<&NewValue<'_>>, Vec<&NewValue<'_>>) = values.partition(is_there);
    let names: Vec<String> = gone.iter().map(|new| shown(new.value, 60)).collect();
    Some(match (there.len(), gone.len()) {
        (1, 0) => "It is still there.".to_owned(),
        (2, 0) => "Both are still there.".to_owned(),
        (all, 0) => format!("All {} are still there.", count(all)),
        (0, 1) => "It is gone again.".to_owned(),
        (0, 2) => "Both are gone again.".to_owned(),
        (0, many) => format!("All {} are gone again.", count(many)),
        (_, _) => format!("Gone again: {}.", first(&names)),
    })
}

fn when(events: &[Event], new: &[NewValue<'_>]) -> String {
    let times = || new.iter().map(|new| new.event.body.at);
    let all = || events.iter().map(|event| event.body.at);
    let first = times().min().or_else(|| all().min());
    let last = times().max().or_else(|| all().max());
    let (Some(first), Some(last)) = (first, last) else {
        return String::new();
    };
    let mut when = if first == last {
        format!("First seen {}, collected until now", at(first))
    } else {
        format!(
            "First seen from {} to {}, collected until now",
            at(first),
            at(last)
        )
    };
    when.push_str(", because of many changes.");
    when
}
