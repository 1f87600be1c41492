//! One fact of a headline: what a subject and a first sentence say of one change, or of several that are
//! one thing that happened.

use std::collections::HashSet;

use super::habit;
use super::keys::{Turnover, is_replacement};
use super::mismatch::leaves;
use super::moved::{all_moved, back_on, has_others, hosts, moved_members};
use super::nodes::NodeMove;
use super::phrase;
use super::returned;
use super::words::{count, counted, list, name};
use crate::document::member::names;
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::change::moves::{ChangeOrMove, HostMove};
use crate::meaning::diff;
use crate::meaning::key_set;
use crate::meaning::rule::Rule;

/// Most characters of names that stand beside each other in a subject.
const NAMED: usize = 80;

/// One thing that happened.
#[derive(Debug, Clone)]
pub(super) enum Fact<'b> {
    /// One change.
    One(&'b Change),
    /// Addresses that came, went or changed in the same way.
    Alike(Vec<&'b Change>),
    /// A member that went, and the one that took over its value under another name.
    Renamed(&'b Change, &'b Change),
    /// Several members that moved from one host to another.
    Move(&'b HostMove<'b>),
    /// The issuer, and members that moved with it.
    IssuerMove(&'b Change, &'b HostMove<'b>),
}

/// Most changes that are looked at: a headline tells of a few, and a document may have thousands.
const LOOKED_AT: usize = 60;

/// The facts of these changes, in their order, as far as a headline may tell of them.
pub(super) fn facts<'b>(items: &'b [ChangeOrMove<'b>]) -> Vec<Fact<'b>> {
    let single = |item: &'b ChangeOrMove<'b>| match item {
        ChangeOrMove::One(change) => Some(*change),
        ChangeOrMove::Move(_) => None,
    };
    let changes: Vec<&Change> = items.iter().filter_map(single).collect();
    let mut host_moves = items.iter().filter_map(|item| match item {
        ChangeOrMove::Move(moved) => Some(moved),
        ChangeOrMove::One(_) => None,
    });
    let leads = changes
        .first()
        .is_some_and(|it| it.subject == names::ISSUER);
    let with_issuer = host_moves.next().filter(|_| leads);
    let mut seen: HashSet<*const Change> = HashSet::new();
    let mut facts = Vec::new();
    for item in items.iter().take(LOOKED_AT) {
        let change = match item {
            ChangeOrMove::Move(moved) => {
                if !with_issuer.is_some_and(|it| std::ptr::eq(it, moved)) {
                    facts.push(Fact::Move(moved));
                }
                continue;
            }
            ChangeOrMove::One(change) => *change,
        };
        if seen.contains(&std::ptr::from_ref(change)) {
            continue;
        }
        let fact = match with_issuer {
            Some(moved) if change.subject == names::ISSUER => Fact::IssuerMove(change, moved),
            _ => renamed(change, &changes).unwrap_or_else(|| alike(change, &changes)),
        };
        seen.extend(fact.changes().into_iter().map(std::ptr::from_ref));
        facts.push(fact);
    }
    facts
}

/// A member that has another name now, from either side.
fn renamed<'b>(change: &'b Change, changes: &[&'b Change]) -> Option<Fact<'b>> {
    let mut others = changes.iter().copied();
    let heir = others.clone().find(|came| diff::is_heir(change, came));
    let mut old = || others.find(|gone| diff::is_heir(gone, change));
    match heir {
        Some(came) => Some(Fact::Renamed(change, came)),
        None => old().map(|gone| Fact::Renamed(gone, change)),
    }
}

/// A change with those that are told together with it.
fn alike<'b>(change: &'b Change, changes: &[&'b Change]) -> Fact<'b> {
    let is_bundled = matches!(
        change.rule.known(),
        Some(Rule::EndpointAdded | Rule::EndpointRemoved | Rule::EndpointPathChanged)
    );
    // Addresses are long and may be many: they are taken apart only where that tells something, and once.
    if !is_bundled {
        return Fact::One(change);
    }
    let way = |it: &Change| (phrase::slash(it), phrase::origin(it));
    let own = way(change);
    let is_alike = |other: &&&Change| {
        other.rule == change.rule && other.severity == change.severity && way(other) == own
    };
    let alike: Vec<&Change> = changes.iter().filter(is_alike).copied().collect();
    match alike.len() {
        2.. => Fact::Alike(alike),
        _ => Fact::One(change),
    }
}

impl<'b> Fact<'b> {
    /// The changes that it is made of, the gravest first.
    pub(super) fn changes(&self) -> Vec<&'b Change> {
        let of_move = |moved: &'b HostMove<'b>| moved.members.iter().map(|member| member.change);
        match self {
            Self::One(change) => vec![*change],
            Self::Alike(changes) => changes.clone(),
            Self::Renamed(gone, came) => vec![*gone, *came],
            Self::Move(moved) => moved.gravest().into_iter().chain(of_move(moved)).collect(),
            Self::IssuerMove(issuer, moved) => {
                std::iter::once(*issuer).chain(of_move(moved)).collect()
            }
        }
    }

    /// The gravest of its changes; `None` only for a move without members, which does not occur.
    pub(super) fn gravest(&self) -> Option<&'b Change> {
        self.changes().first().copied()
    }

    /// The nodes of one service between which it moved.
    pub(super) fn nodes(&self) -> Option<NodeMove> {
        // What is security is never explained away by a name.
        if self
            .changes()
            .iter()
            .any(|change| change.severity == Severity::Security)
        {
            return None;
        }
        match self {
            Self::One(change) if change.rule == Rule::EndpointHostChanged => NodeMove::of(change),
            Self::Move(moved) => NodeMove::of_move(moved),
            Self::One(_) | Self::Alike(_) | Self::Renamed(..) | Self::IssuerMove(..) => None,
        }
    }

    /// What it is called in a subject, the fullest words first.
    pub(super) fn subject(&self, all_keys: Option<Turnover>) -> Vec<String> {
        match self {
            Self::One(change) => one(change, all_keys),
            Self::Alike(changes) => {
                let verb = match changes.first().and_then(|change| change.rule.known()) {
                    Some(Rule::EndpointAdded) => "added".to_owned(),
                    Some(Rule::EndpointRemoved) => "removed".to_owned(),
                    _ => format!("moved to {}", phrase::way(changes)),
                };
                let named = named(changes).into_iter();
                named
                    .map(|(names, among)| format!("{names} {verb}{among}"))
                    .collect()
            }
            Self::Renamed(gone, came) => {
                let (old, new) = (name(gone.subject.as_str()), name(came.subject.as_str()));
                vec![
                    format!("{old} renamed to {new}"),
                    format!("{old} has another name now"),
                ]
            }
            Self::Move(moved) => match self.nodes() {
                Some(nodes) => nodes.subject(&moved_members(moved)),
                None => hosts(moved, &moved_members(moved)),
            },
            Self::IssuerMove(issuer, moved) if leaves(issuer, moved) => {
                hosts(moved, &format!("issuer and {}", moved_members(moved)))
            }
            Self::IssuerMove(issuer, moved) => one(issuer, all_keys)
                .into_iter()
                .map(|words| format!("{words}, {} moved with it", moved_members(moved)))
                .collect(),
        }
    }

    /// The same after the provider in a sentence.
    pub(super) fn predicate(&self, all_keys: Option<Turnover>) -> String {
        match self {
            Self::One(change) => one_predicate(change, all_keys),
            Self::Alike(changes) => {
                let named = named(changes).into_iter().next().unwrap_or_default();
                let (listed, among) = named;
                match changes.first().and_then(|change| change.rule.known()) {
                    Some(Rule::EndpointAdded) => format!("now publishes {listed}{among}"),
                    Some(Rule::EndpointRemoved) => format!("no longer publishes {listed}{among}"),
                    _ => format!("moved {listed} to {}{among}", phrase::way(changes)),
                }
            }
            Self::Renamed(gone, came) => {
                let (old, new) = (gone.subject.as_str(), came.subject.as_str());
                let why = if diff::is_corrected(old, new) {
                    ", as its specification calls it"
                } else {
                    ""
                };
                format!(
                    "renamed {} to {}{why}; the value is the same",
                    name(old),
                    name(new)
                )
            }
            Self::Move(moved) => match self.nodes() {
                Some(nodes) => format!(
                    "moved {} to what looks like another node of the same service: {}",
                    all_moved(moved),
                    nodes.hosts()
                ),
                None => format!(
                    "moved {} from {} to {}",
                    all_moved(moved),
                    moved.from,
                    moved.to
                ),
            },
            Self::IssuerMove(issuer, moved) if leaves(issuer, moved) => format!(
                "moved its issuer{} {} from {} to {}",
                if has_others(moved) { "," } else { " and" },
                all_moved(moved),
                moved.from,
                moved.to
            ),
            Self::IssuerMove(issuer, moved) => format!(
                "{} and moved {} from {} to {}",
                one_predicate(issuer, all_keys),
                all_moved(moved),
                moved.from,
                moved.to
            ),
        }
    }

    /// In as few words as a second fact of a subject has.
    pub(super) fn brief(&self) -> String {
        let Self::One(change) = self else {
            return self.subject(None).pop().unwrap_or_default();
        };
        let called = || phrase::called(change.subject.as_str());
        match change.rule.known() {
            Some(Rule::MemberAdded) => format!("{} added", called()),
            Some(Rule::MemberRemoved) if change.after.is_none() => format!("{} removed", called()),
            _ => {
                let forms = one(change, None);
                // A single value is named; of several the number is enough.
                let is_single = change.added.len() + change.removed.len() <= 1;
                let words = if is_single {
                    forms.first()
                } else {
                    forms.last()
                };
                words.cloned().unwrap_or_default()
            }
        }
    }

    /// The same behind a sentence, where there is room for names.
    pub(super) fn beside(&self) -> String {
        let is_set = |change: &Change| !change.added.is_empty() || !change.removed.is_empty();
        match self {
            Self::One(change) if !is_set(change) => self.brief(),
            _ => self.subject(None).into_iter().next().unwrap_or_default(),
        }
    }

    /// What came by it, where that can be said of it together with another fact: `a and 5 grants added`.
    pub(super) fn gained(&self) -> Vec<String> {
        match self {
            Self::One(change) => phrase::gained(change),
            Self::Alike(changes) if changes.iter().all(|it| it.rule == Rule::EndpointAdded) => {
                let named = named(changes).into_iter();
                named
                    .filter(|(_, among)| among.is_empty())
                    .map(|(names, _)| names)
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The same of a list that is published as a whole.
    pub(super) fn listed(&self) -> Option<String> {
        match self {
            Self::One(change) => phrase::listed(change),
            _ => None,
        }
    }

    /// What it is called where it leads back to what was there before, the fullest words first.
    pub(super) fn back(&self) -> Vec<String> {
        let words = match self {
            Self::One(change) if change.rule == Rule::EndpointHostChanged => {
                format!(
                    "{} back on the old host",
                    phrase::called(change.subject.as_str())
                )
            }
            Self::One(change) => returned::back(change),
            Self::Alike(changes) => {
                let names = named(changes).into_iter().next().unwrap_or_default().0;
                match changes.first().and_then(|change| change.rule.known()) {
                    Some(Rule::EndpointAdded) => format!("{names} back"),
                    Some(Rule::EndpointRemoved) => format!("{names} gone"),
                    _ => format!("{names} as before"),
                }
            }
            Self::Renamed(gone, came) => format!(
                "{} called {} again",
                name(gone.subject.as_str()),
                name(came.subject.as_str())
            ),
            Self::Move(moved) => return back_on(moved, self.nodes().as_ref()),
            Self::IssuerMove(issuer, moved) => {
                let (number, noun) = (count(moved.members.len()), moved.noun());
                let called = phrase::called(issuer.subject.as_str());
                format!("{called} and {number} {noun}s as before")
            }
        };
        vec![words]
    }
}

/// Members by name and by number, the fullest words first, each with which are among a number.
fn named(changes: &[&Change]) -> Vec<(String, String)> {
    let called = |change: &&Change| phrase::called(change.subject.as_str());
    let names: Vec<String> = changes.iter().map(called).collect();
    let listed = list(&names);
    let number = counted(u64::try_from(names.len()).unwrap_or(u64::MAX), "endpoint");
    let mut forms = Vec::new();
    if names.len() <= 3 && listed.len() <= NAMED {
        forms.push((listed, String::new()));
    }
    if let Some(first) = names.first().filter(|_| names.len() > 2) {
        forms.push((number.clone(), format!(", {first} among them")));
    }
    forms.push((number, String::new()));
    forms
}

/// What one change is called in a subject.
fn one(change: &Change, all_keys: Option<Turnover>) -> Vec<String> {
    let all_keys_words = all_keys.filter(|_| is_replacement(change));
    let words = habit::subject(change, all_keys)
        .filter(|_| !key_set::leaves_none(change))
        .or(all_keys_words.map(|all| format!("{} replaced", all.subject())));
    words.map_or_else(|| phrase::of(change).subject, |words| vec![words])
}

/// What one change is called in a sentence.
fn one_predicate(change: &Change, all_keys: Option<Turnover>) -> String {
    let all_keys_words = all_keys.filter(|_| is_replacement(change));
    habit::predicate(change, all_keys)
        .filter(|_| !key_set::leaves_none(change))
        .or(all_keys_words.map(|all| format!("replaced {} between two polls", all.object())))
        .unwrap_or_else(|| phrase::of(change).predicate)
}
