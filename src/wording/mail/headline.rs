//! The headline of changes: what is said of them in a subject and in one sentence.

use std::collections::HashSet;

use super::advice::advice;
use super::changes_told;
use super::phrase;
use super::what::{What, Width};
use super::words::{count, counted, is_harmless, registered, shorten};
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::change::moves::{Move, Told, arrange};
use crate::meaning::change::place::in_order;
use crate::meaning::rule::Rule;
use crate::policy::event::{Event, EventKind};
use crate::policy::mail::MailKind;

/// What changed, in the words of a subject and of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Headline {
    /// `issuer changed, 5 endpoints moved with it, +1 more`.
    pub(super) what: What,
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
    pub(super) advice: String,
}

/// Finds the headline of changes; `None` if there are none.
pub(super) fn headline<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Option<Headline> {
    let told = arrange(in_order(changes));
    let total: usize = told.iter().map(Told::count).sum();
    let first = told.first()?;
    let gravest = first.gravest()?;
    let severities = told.iter().filter_map(Told::gravest);
    let severity = severities.map(|change| change.severity).max()?;
    let companion = told.iter().find_map(|told| match told {
        Told::Move(moved) if gravest.member == "issuer" => Some(moved),
        _ => None,
    });
    let what = What::of(|width| shorten(&subject(first, companion, width), 70));
    let (predicate, named) = predicate(first, companion);
    // That all keys were replaced says already that some came and some went.
    let implied = told.iter().filter(|told| match told {
        Told::One(change) => {
            gravest.rule == Rule::JwksDisjoint
                && change.member == gravest.member
                && matches!(change.rule.known(), Some(Rule::KeyAdded | Rule::KeyRemoved))
        }
        Told::Move(_) => false,
    });
    let others = total - named - implied.count();
    let used = match (gravest.used, gravest.used_values.len()) {
        (false, _) => String::new(),
        (true, 0) => ", which you use".to_owned(),
        (true, some) => format!(", of which you use {}", count(some)),
    };
    Some(Headline {
        what: what.within("", &used).and_more(others),
        predicate,
        severity,
        used: gravest.used,
        named,
        others,
        advice: advice(gravest).to_owned(),
    })
}

/// What the first of it is called in a subject, and what moved with it.
fn subject(first: &Told<'_>, companion: Option<&Move<'_>>, width: Width) -> String {
    match (first, companion) {
        (Told::One(change), Some(moved)) => {
            let (number, noun) = (count(moved.members.len()), moved.noun());
            format!("{}, {number} {noun}s moved with it", one(change, width))
        }
        (Told::One(change), None) => one(change, width),
        (Told::Move(moved), _) => {
            let (number, noun) = (count(moved.members.len()), moved.noun());
            format!("{number} {noun}s moved to another host")
        }
    }
}

/// The same in a sentence, and how many changes that are.
fn predicate(first: &Told<'_>, companion: Option<&Move<'_>>) -> (String, usize) {
    let moved_words = |moved: &Move<'_>| {
        let (number, noun) = (count(moved.members.len()), moved.noun());
        format!("moved {number} {noun}s to another host")
    };
    match (first, companion) {
        (Told::One(change), Some(moved)) => (
            format!(
                "{} and {}",
                phrase::of(change).predicate,
                moved_words(moved)
            ),
            1 + moved.members.len(),
        ),
        (Told::One(change), None) => (phrase::of(change).predicate, 1),
        (Told::Move(moved), _) => (moved_words(moved), moved.members.len()),
    }
}

/// What one change is called in a subject.
fn one(change: &Change, width: Width) -> String {
    if width == Width::Whole {
        return phrase::of(change).subject;
    }
    if change.rule == Rule::JwksDisjoint {
        return "all signing keys replaced".to_owned();
    }
    let is_set = !change.added.is_empty() || !change.removed.is_empty();
    // A set that came or went as a whole is called by its name, as is what is no set.
    let is_whole = matches!(
        change.rule.known(),
        Some(Rule::MemberAdded | Rule::MemberRemoved)
    );
    match width.noun(&change.member) {
        Some(noun) if is_set && !is_whole => {
            let whole = phrase::noun(&change.member);
            if whole == Some(noun) {
                phrase::of(change).subject
            } else {
                values_of(change, noun)
            }
        }
        _ => {
            let mut named = change.clone();
            named.member = width.name(&change.member);
            phrase::of(&named).subject
        }
    }
}

/// Values of a set that came or went, under a shorter name.
fn values_of(change: &Change, noun: &str) -> String {
    let (values, verb) = match change.removed.as_slice() {
        [] => (&change.added, "added"),
        _ => (&change.removed, "removed"),
    };
    let one = match values.as_slice() {
        [one] => one
            .as_str()
            .map(registered)
            .filter(|word| is_harmless(word)),
        _ => None,
    };
    match one {
        Some(word) => format!("{noun} {word} {verb}"),
        None => {
            let number = u64::try_from(values.len()).unwrap_or(u64::MAX);
            format!("{} {verb}", counted(number, noun))
        }
    }
}

/// The headline of all changes of one event, whatever its kind.
pub(super) fn headline_of_all(event: &Event) -> Option<Headline> {
    headline(&event.body.changes)
}

/// The headline of several events: each change once, though several documents have it.
pub(super) fn headline_of(kind: MailKind, events: &[&Event]) -> Option<Headline> {
    let mut changes: Vec<&Change> = Vec::new();
    let mut known = HashSet::new();
    // What is damped or settled beside other news does not make the headline.
    let telling = events
        .iter()
        .filter(|it| it.body.kind == EventKind::Changed);
    for event in telling {
        for change in changes_told::told_changes(kind, event) {
            let values = (
                &change.added,
                &change.removed,
                &change.before,
                &change.after,
            );
            if known.insert((&change.rule, &change.member, values)) {
                changes.push(change);
            }
        }
    }
    headline(changes)
}
