//! The headline of changes: what is said of them in a subject and in one sentence.

use std::collections::HashSet;

use super::advice::advice;
use super::habit;
use super::keys;
use super::phrase;
use super::reported::reported_changes;
use super::what::What;
use super::words::count;
use crate::document::member::names;
use crate::document::severity::Severity;
use crate::meaning::change::moves::{ChangeOrMove, Move, arrange};
use crate::meaning::change::order::in_order;
use crate::meaning::change::{Change, FindingState};
use crate::meaning::rule::Rule;
use crate::policy::event::{Event, EventKind};
use crate::policy::mail::MailKind;

/// What changed, in the words of a subject and of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Headline {
    /// `issuer changed, 5 endpoints moved with it`: at most two facts.
    pub(super) what: What,
    /// `issuer changed`: the gravest alone.
    pub(super) brief: String,
    /// `changed its issuer and moved 5 endpoints to another host`.
    pub(super) predicate: String,
    /// The gravest severity.
    pub(super) severity: Severity,
    /// Whether the gravest change takes away what is declared to be used.
    pub(super) used: bool,
    /// How many changes are named by `predicate`.
    pub(super) named: usize,
    /// How many are not.
    pub(super) others: usize,
    /// What to do about the gravest change.
    pub(super) advice: Option<String>,
}

/// Finds the headline of changes; `None` if there are none.
pub(super) fn headline<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Option<Headline> {
    let changes = in_order(changes);
    let all_keys = keys::all_gone(changes.iter().copied());
    let items = arrange(changes);
    let total: usize = items.iter().map(ChangeOrMove::count).sum();
    let first = items.first()?;
    let gravest = first.gravest()?;
    let severities = items.iter().filter_map(ChangeOrMove::gravest);
    let severity = severities.map(|change| change.severity).max()?;
    let companion = items.iter().find_map(|item| match item {
        ChangeOrMove::Move(moved) if gravest.subject == names::ISSUER => Some(moved),
        _ => None,
    });
    let (predicate, named) = predicate(first, companion, all_keys);
    let used = match (gravest.used, gravest.used_values.len()) {
        (false, _) => String::new(),
        (true, 0) => ", which you use".to_owned(),
        (true, some) => format!(", of which you use {}", count(some)),
    };
    let what = What::plain(subject(first, companion, all_keys)).within("", &used);
    let second = match companion {
        Some(_) => None,
        None => second(first, &items, severity),
    };
    Some(Headline {
        what: what.and(second.as_deref()),
        brief: brief(first),
        predicate,
        severity,
        used: gravest.used,
        named,
        others: total - named,
        advice: habit::advice(gravest).or_else(|| advice(gravest).map(str::to_owned)),
    })
}

/// What else is worth saying in a subject: the gravest of another kind, if it is grave enough.
fn second(
    first: &ChangeOrMove<'_>,
    items: &[ChangeOrMove<'_>],
    severity: Severity,
) -> Option<String> {
    let kind = |change: &Change| (change.subject == names::ISSUER, change.group);
    let kind_of_first = kind(first.gravest()?);
    let other = items.iter().find(|item| {
        let gravest = item.gravest();
        gravest.is_some_and(|change| {
            let is_grave = change.severity >= Severity::Notice || change.severity == severity;
            kind(change) != kind_of_first && is_grave
        })
    })?;
    Some(format!("{} too", brief(other)))
}

/// What happened first of all, in as few words as a second fact of a subject has.
fn brief(item: &ChangeOrMove<'_>) -> String {
    match item {
        ChangeOrMove::One(change) => match change.rule.known() {
            Some(Rule::MemberAdded) => format!("{} added", phrase::called(change.subject.as_str())),
            Some(Rule::MemberRemoved) => {
                format!("{} removed", phrase::called(change.subject.as_str()))
            }
            _ => one(change, None),
        },
        ChangeOrMove::Move(_) => subject(item, None, None),
    }
}

/// What the first of it is called in a subject, and what moved with it.
fn subject(
    first: &ChangeOrMove<'_>,
    companion: Option<&Move<'_>>,
    all_keys: Option<usize>,
) -> String {
    match (first, companion) {
        (ChangeOrMove::One(change), Some(moved)) => {
            let (number, noun) = (count(moved.members.len()), moved.noun());
            format!("{}, {number} {noun}s moved with it", one(change, all_keys))
        }
        (ChangeOrMove::One(change), None) => one(change, all_keys),
        (ChangeOrMove::Move(moved), _) => {
            let (number, noun) = (count(moved.members.len()), moved.noun());
            format!("{number} {noun}s moved to another host")
        }
    }
}

/// What one change is called in a subject.
fn one(change: &Change, all_keys: Option<usize>) -> String {
    habit::subject(change, all_keys).unwrap_or_else(|| phrase::of(change).subject)
}

/// What one change is called in a sentence.
fn one_predicate(change: &Change, all_keys: Option<usize>) -> String {
    habit::predicate(change, all_keys).unwrap_or_else(|| phrase::of(change).predicate)
}

/// The same in a sentence, and how many changes that are.
fn predicate(
    first: &ChangeOrMove<'_>,
    companion: Option<&Move<'_>>,
    all_keys: Option<usize>,
) -> (String, usize) {
    let moved_words = |moved: &Move<'_>| {
        let (number, noun) = (count(moved.members.len()), moved.noun());
        format!("moved {number} {noun}s to another host")
    };
    match (first, companion) {
        (ChangeOrMove::One(change), Some(moved)) => (
            format!(
                "{} and {}",
                one_predicate(change, all_keys),
                moved_words(moved)
            ),
            1 + moved.members.len(),
        ),
        (ChangeOrMove::One(change), None) => (one_predicate(change, all_keys), 1),
        (ChangeOrMove::Move(moved), _) => (moved_words(moved), moved.members.len()),
    }
}

/// The headline of all changes of one event, whatever its kind.
pub(super) fn headline_of_all(event: &Event) -> Option<Headline> {
    headline(event.body.changes())
}

/// The headline of several events: each change once, though several documents have it.
pub(super) fn headline_of(kind: MailKind, events: &[&Event]) -> Option<Headline> {
    let mut changes: Vec<&Change> = Vec::new();
    let mut known = HashSet::new();
    // What is damped or settled beside other news does not make the headline.
    let telling = events
        .iter()
        .filter(|it| it.body.kind() == EventKind::Changed);
    for event in telling {
        for change in reported_changes(kind, event) {
            let values = (
                &change.added,
                &change.removed,
                &change.before,
                &change.after,
            );
            if known.insert((&change.rule, &change.subject, values)) {
                changes.push(change);
            }
        }
    }
    let mut headline = headline(changes)?;
    if let Some(mismatch) = mismatch(events) {
        headline.advice = Some(format!(
            "let no client follow until the provider has explained it: {mismatch}"
        ));
    }
    Some(headline)
}

/// What it means that a document no longer names the issuer that it was asked for, if that is news.
pub(super) fn mismatch(events: &[&Event]) -> Option<&'static str> {
    let changes = || events.iter().flat_map(|event| event.body.changes());
    let has = |rule: Rule| changes().any(|change| change.rule == rule && !change.is_held_back());
    let mut findings = events.iter().flat_map(|event| event.body.findings());
    let is_new = findings.any(|moved| {
        moved.state == FindingState::New
            && moved.finding.rule.known().is_some_and(Rule::is_mismatch)
    });
    let has_changed = has(Rule::IssuerChanged);
    let is_new = is_new || has(Rule::IssuerMismatch) || has(Rule::ResourceMismatch);
    (has_changed && is_new).then_some(
        "the document no longer names the issuer that it was asked for, and conforming clients refuse \
         it (RFC 8414 section 3.3).",
    )
}
