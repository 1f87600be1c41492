//! Factors a move: when one host takes the place of another in several members, that is one thing
//! that happened, not a dozen.
//!
//! The issuer is never folded in: clients compare it, they do not call it.

use std::collections::HashMap;

use serde_json::Value;
use url::Url;

use super::Change;
use super::order::Rank;
use crate::document::member::names;
use crate::document::severity::Group;

/// What is told as one numbered item.
#[derive(Debug)]
pub enum ChangeOrMove<'a> {
    /// One change.
    One(&'a Change),
    /// Several members that moved from one host to another.
    Move(HostMove<'a>),
}

/// Several members that moved together, in their order.
#[derive(Debug)]
pub struct HostMove<'a> {
    /// The old host, with its port where it is not the usual one.
    pub from: String,
    /// The new host.
    pub to: String,
    /// The members.
    pub members: Vec<MovedMember<'a>>,
}

/// One member of a move.
#[derive(Debug)]
pub struct MovedMember<'a> {
    /// The change.
    pub change: &'a Change,
    /// Path and query before.
    pub old_path: String,
    /// Path and query after.
    pub new_path: String,
}

impl<'a> ChangeOrMove<'a> {
    /// The gravest change in it.
    pub fn gravest(&self) -> Option<&'a Change> {
        match self {
            Self::One(change) => Some(change),
            Self::Move(moved) => moved.gravest(),
        }
    }

    /// How many changes it stands for.
    pub fn count(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Move(moved) => moved.members.len(),
        }
    }
}

impl<'a> HostMove<'a> {
    /// The gravest of its changes, the first of several.
    pub fn gravest(&self) -> Option<&'a Change> {
        let changes = self.members.iter().map(|member| member.change);
        changes.min_by_key(|change| Rank::of(change))
    }

    /// Whether the host is all that changed, in every member.
    pub fn keeps_paths(&self) -> bool {
        self.members
            .iter()
            .all(|member| member.old_path == member.new_path)
    }

    /// `endpoint` if all members are endpoints, else `member`.
    pub fn noun(&self) -> &'static str {
        let are_endpoints = self
            .members
            .iter()
            .all(|member| member.change.group == Group::Endpoints);
        if are_endpoints { "endpoint" } else { "member" }
    }
}

/// Arranges changes: two or more members that moved together become one move. The order is kept.
pub fn arrange<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<ChangeOrMove<'a>> {
    let mut told: Vec<ChangeOrMove<'a>> = Vec::new();
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    for change in changes {
        let Some((from, to, moved)) = host_move(change) else {
            told.push(ChangeOrMove::One(change));
            continue;
        };
        let place = places.entry((from.clone(), to.clone()));
        let place = *place.or_insert(told.len());
        match told.get_mut(place) {
            Some(ChangeOrMove::Move(known)) => known.members.push(moved),
            Some(ChangeOrMove::One(_)) | None => told.push(ChangeOrMove::Move(HostMove {
                from,
                to,
                members: vec![moved],
            })),
        }
    }
    for entry in &mut told {
        if let ChangeOrMove::Move(HostMove { members, .. }) = entry
            && let [only] = members.as_slice()
        {
            *entry = ChangeOrMove::One(only.change);
        }
    }
    told
}

/// The same, what gives a mail its name first ([`Rank::lead`]).
pub fn by_lead<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<ChangeOrMove<'a>> {
    let mut told = arrange(changes);
    told.sort_by_cached_key(|it| it.gravest().map(|change| Rank::of(change).lead()));
    told
}

/// The old and the new host of an address that moved to another one.
pub fn hosts(change: &Change) -> Option<(String, String)> {
    host_move(change).map(|(from, to, _)| (from, to))
}

fn host_move(change: &Change) -> Option<(String, String, MovedMember<'_>)> {
    // A redirect may well move with the issuer, but it is not a member.
    let member = change.subject.member()?;
    if matches!(member, names::ISSUER | names::RESOURCE) {
        return None;
    }
    let (old, new) = (
        url_of(change.before.as_ref())?,
        url_of(change.after.as_ref())?,
    );
    let (from, to) = (host(&old)?, host(&new)?);
    if from == to || old.scheme() != new.scheme() {
        return None;
    }
    let moved = MovedMember {
        change,
        old_path: path(&old),
        new_path: path(&new),
    };
    Some((from, to, moved))
}

fn url_of(value: Option<&Value>) -> Option<Url> {
    let text = value?.as_str()?;
    let url = Url::parse(text).ok()?;
    // User information and fragments would be lost by showing host and path.
    let is_plain =
        url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (is_plain && text.len() <= 300).then_some(url)
}

fn host(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

fn path(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}
