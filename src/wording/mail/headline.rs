//! The headline of changes: what is said of them in a subject and in one sentence.

use std::collections::HashSet;

use serde_json::Value;

use super::advice::advice;
use super::habit;
use super::keys::Turnover;
use super::mismatch;
use super::nodes::NodeMove;
use super::phrase;
use super::publication::FirstListed;
use super::reported::reported_changes;
use super::returned;
use super::subject_words::SubjectWords;
use super::words::count;
use crate::document::member::names;
use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::meaning::change::moves::{ChangeOrMove, HostMove, arrange};
use crate::meaning::change::order::in_order;
use crate::meaning::diff::described_by;
use crate::meaning::rule::Rule;
use crate::policy::event::{Event, EventKind};
use crate::policy::mail::MailKind;

/// What changed, in the words of a subject and of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Headline {
    /// `issuer changed, 5 endpoints moved with it`: at most two facts.
    pub(super) what: SubjectWords,
    /// `issuer changed`: the gravest alone.
    pub(super) brief: String,
    /// `issuer and 5 endpoints as before`: the same where it is a way back.
    pub(super) back: SubjectWords,
    /// The second fact of `what`, if it has one.
    pub(super) second: Option<String>,
    /// Which kind of thing the gravest is.
    pub(super) thing: HeadlineSubject,
    /// `changed its issuer and moved 5 endpoints to another host`.
    pub(super) predicate: String,
    /// ` Also: scope b removed.`, behind the sentence; empty where there is no second fact worth it.
    pub(super) also: String,
    /// The gravest severity.
    pub(super) severity: Severity,
    /// Whether the gravest change takes away what is declared to be used.
    pub(super) used: bool,
    /// How many changes are named by `predicate`.
    pub(super) named: usize,
    /// How many changes `predicate` does not name.
    pub(super) others: usize,
    /// Whether it is a move between nodes of one service.
    pub(super) is_of_nodes: bool,
    /// What to do about the gravest change.
    pub(super) advice: String,
}

/// Which kind of thing a headline is about, as far as what to do depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadlineSubject {
    /// The headline is about the issuer.
    Issuer,
    /// The host of addresses.
    Host,
    /// The headline is about anything else.
    Other,
}

/// Finds the headline of changes; `None` if there are none.
pub(super) fn headline<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Option<Headline> {
    let changes = in_order(changes);
    let all_keys = Turnover::of(changes.iter().copied());
    let items = arrange(changes);
    let total: usize = items.iter().map(ChangeOrMove::count).sum();
    let gravest = items.first()?.gravest()?;
    let first = leading(&items)?;
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
    let what = SubjectWords::plain(subject(first, companion, all_keys)).within("", &used);
    let other = match companion {
        Some(_) => None,
        None => second(first, &items, severity),
    };
    let second = other.map(|other| format!("{} too", brief(other)));
    let back = SubjectWords::plain(back(first, companion)).within("", &used);
    let advice = match nodes(first).filter(|_| companion.is_none()) {
        Some(nodes) => nodes.advice(),
        None => what_to_do(gravest, all_keys),
    };
    Some(Headline {
        back,
        thing: thing(gravest),
        what: what.and(second.as_deref()),
        second,
        brief: brief(first),
        predicate,
        also: other
            .filter(|_| severity > Severity::Info)
            .map_or_else(String::new, |other| format!(" Also: {}.", brief(other))),
        severity,
        used: gravest.used,
        named,
        others: total - named,
        is_of_nodes: nodes(first).is_some(),
        advice: and_about(advice, other),
    })
}

fn what_to_do(gravest: &Change, all_keys: Option<Turnover>) -> String {
    let advice = match habit::advice(gravest) {
        Some(habit) => habit,
        None => advice(gravest).to_owned(),
    };
    match all_keys.filter(|all| gravest.rule == Rule::JwksDisjoint && all.encrypting > 0) {
        Some(all) if all.new > 0 && all.new_encrypting == 0 => format!(
            "{advice} No new key is marked for encryption: whoever encrypts to the provider has none."
        ),
        Some(_) => format!("{advice} Whoever encrypts to the provider needs its new keys."),
        None => advice,
    }
}

/// What gives the mail its name: the gravest, or the endpoint that came or went with what describes it
/// and nothing else.
fn leading<'a, 'b>(told: &'b [ChangeOrMove<'a>]) -> Option<&'b ChangeOrMove<'a>> {
    let first = told.first()?;
    let ChangeOrMove::One(gravest) = first else {
        return Some(first);
    };
    let Some(endpoint) = described_by(gravest.subject.as_str()) else {
        return Some(first);
    };
    let is_endpoint = |told: &&ChangeOrMove<'_>| {
        let is_flag = |value: &Option<Value>| matches!(value, Some(Value::Bool(_)));
        let same_way = |change: &Change| {
            change.subject == endpoint
                && (change.before.is_none() || change.after.is_none() || is_flag(&change.after))
        };
        matches!(told, ChangeOrMove::One(change) if same_way(change))
    };
    told.iter().find(is_endpoint).or(Some(first))
}

fn thing(gravest: &Change) -> HeadlineSubject {
    if gravest.subject == names::ISSUER {
        return HeadlineSubject::Issuer;
    }
    match gravest.rule.known() {
        Some(Rule::EndpointHostChanged) => HeadlineSubject::Host,
        _ => HeadlineSubject::Other,
    }
}

/// What the first of it is called where it leads back to what was there before.
fn back(first: &ChangeOrMove<'_>, companion: Option<&HostMove<'_>>) -> String {
    match (first, companion) {
        (ChangeOrMove::One(change), Some(moved)) => {
            let (number, noun) = (count(moved.members.len()), moved.noun());
            let called = phrase::called(change.subject.as_str());
            format!("{called} and {number} {noun}s as before")
        }
        (ChangeOrMove::One(change), None) if change.rule == Rule::EndpointHostChanged => {
            format!(
                "{} back on the old host",
                phrase::called(change.subject.as_str())
            )
        }
        (ChangeOrMove::One(change), None) => returned::back(change),
        (ChangeOrMove::Move(moved), _) => {
            let (number, noun) = (count(moved.members.len()), moved.noun());
            format!("{number} {noun}s back on the old host")
        }
    }
}

/// The nodes of one service between which the first of it moved.
fn nodes(first: &ChangeOrMove<'_>) -> Option<NodeMove> {
    match first {
        ChangeOrMove::One(change) if change.rule == Rule::EndpointHostChanged => {
            NodeMove::of(change)
        }
        ChangeOrMove::One(_) => None,
        ChangeOrMove::Move(moved) => NodeMove::of_move(moved),
    }
}

/// What else is worth saying in a subject: the gravest of another kind, if it is grave enough.
fn second<'a, 'b>(
    first: &ChangeOrMove<'_>,
    items: &'b [ChangeOrMove<'a>],
    severity: Severity,
) -> Option<&'b ChangeOrMove<'a>> {
    let kind = |change: &Change| (change.subject == names::ISSUER, change.group);
    let kind_of_first = kind(first.gravest()?);
    items.iter().find(|item| {
        let gravest = item.gravest();
        gravest.is_some_and(|change| {
            // What is only for people, such as languages, is no fact for a subject.
            let is_telling = change.severity == severity && change.group != Group::Other;
            let is_grave = change.severity >= Severity::Notice || is_telling;
            let describes = described_by(change.subject.as_str());
            let is_said = first
                .gravest()
                .is_some_and(|it| describes.is_some_and(|of| it.subject == of));
            kind(change) != kind_of_first && is_grave && !is_said
        })
    })
}

/// What to do about the second fact too, where it breaks clients in a way of its own.
fn and_about(advice: String, other: Option<&ChangeOrMove<'_>>) -> String {
    let second = other.and_then(ChangeOrMove::gravest);
    let own = second
        .filter(|change| change.severity >= Severity::Breaking)
        .and_then(|change| change.advice.as_ref());
    match own {
        Some(own) if !advice.eq_ignore_ascii_case(own) => format!("{advice} {own}"),
        Some(_) | None => advice,
    }
}

/// What happened first of all, in as few words as a second fact of a subject has.
fn brief(item: &ChangeOrMove<'_>) -> String {
    match item {
        ChangeOrMove::One(change) => match change.rule.known() {
            Some(Rule::MemberAdded) => format!("{} added", phrase::called(change.subject.as_str())),
            Some(Rule::MemberRemoved) => {
                format!("{} removed", phrase::called(change.subject.as_str()))
            }
            _ => phrase::counted_values(change).unwrap_or_else(|| one(change, None)),
        },
        ChangeOrMove::Move(_) => subject(item, None, None),
    }
}

/// What the first of it is called in a subject, and what moved with it.
fn subject(
    first: &ChangeOrMove<'_>,
    companion: Option<&HostMove<'_>>,
    all_keys: Option<Turnover>,
) -> String {
    match (first, companion) {
        (ChangeOrMove::One(change), Some(moved)) => {
            let (number, noun) = (count(moved.members.len()), moved.noun());
            format!("{}, {number} {noun}s moved with it", one(change, all_keys))
        }
        (ChangeOrMove::One(change), None) => one(change, all_keys),
        (ChangeOrMove::Move(moved), _) => {
            let (number, noun) = (count(moved.members.len()), moved.noun());
            let place = match NodeMove::of_move(moved) {
                Some(_) => "on another node of the same service",
                None => "moved to another host",
            };
            format!("{number} {noun}s {place}")
        }
    }
}

/// What one change is called in a subject.
fn one(change: &Change, all_keys: Option<Turnover>) -> String {
    let all_keys_words = all_keys.filter(|_| change.rule == Rule::JwksDisjoint);
    habit::subject(change, all_keys)
        .or(all_keys_words.map(|all| format!("{} replaced", all.subject())))
        .unwrap_or_else(|| phrase::of(change).subject)
}

/// What one change is called in a sentence.
fn one_predicate(change: &Change, all_keys: Option<Turnover>) -> String {
    let all_keys_words = all_keys.filter(|_| change.rule == Rule::JwksDisjoint);
    habit::predicate(change, all_keys)
        .or(all_keys_words.map(|all| format!("replaced {} between two polls", all.object())))
        .unwrap_or_else(|| phrase::of(change).predicate)
}

/// The same in a sentence, and how many changes that are.
fn predicate(
    first: &ChangeOrMove<'_>,
    companion: Option<&HostMove<'_>>,
    all_keys: Option<Turnover>,
) -> (String, usize) {
    let moved_words = |moved: &HostMove<'_>| {
        let (number, noun) = (count(moved.members.len()), moved.noun());
        match NodeMove::of_move(moved) {
            Some(nodes) => format!(
                "names another node of the same service in {number} {noun}s: {}",
                nodes.hosts()
            ),
            None => format!("moved {number} {noun}s to another host"),
        }
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
    let mut headline = headline(event.body.changes())?;
    tell_first(&mut headline, &[event], event.body.changes());
    Some(headline)
}

/// Tells of a list that is published for the first time as a whole: what it was taken for is in it too.
fn tell_first<'a>(
    headline: &mut Headline,
    events: &[&Event],
    changes: impl IntoIterator<Item = &'a Change>,
) {
    let Some(gravest) = in_order(changes).first().copied() else {
        return;
    };
    let first = events.iter().find_map(|event| {
        let is_of_it = event.body.changes().contains(gravest);
        is_of_it.then(|| FirstListed::of(event, gravest)).flatten()
    });
    let Some(first) = first else {
        return;
    };
    let member = gravest.subject.as_str();
    let (all, called) = (count(first.all), phrase::called(member));
    headline.what = SubjectWords::plain(format!(
        "{called} published for the first time, {all} values"
    ));
    headline.brief = format!("{called} published");
    headline.predicate = format!(
        "publishes {member} for the first time: {}",
        first.sentence()
    );
    if headline.severity <= Severity::Notice {
        let has_password = gravest.added.iter().any(|grant| grant == "password");
        "nothing, unless a client of yours chooses from this list: let it name what it uses."
            .clone_into(&mut headline.advice);
        if has_password && member == names::GRANT_TYPES_SUPPORTED {
            headline
                .advice
                .push_str(" None should use the password grant.");
        }
    }
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
    let mut headline = headline(changes.iter().copied())?;
    tell_first(&mut headline, events, changes);
    match mismatch::words(events) {
        // The address is the same for everybody who reads it, and not for who compares it.
        Some(_) if mismatch::is_slash(events) => {
            "let no client follow yet: log in once and read `iss` of the token. If it is as the document \
             has it now, give your clients that issuer in the same step; if not, clients that take the \
             issuer from the document refuse tokens now: tell the provider."
                .clone_into(&mut headline.advice);
        }
        Some(mismatch) => {
            headline.advice =
                format!("let no client follow until the provider has explained it: {mismatch}");
        }
        None => {}
    }
    Some(headline)
}
