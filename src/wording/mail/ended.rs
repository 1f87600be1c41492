//! What to do once a state is over that was told as security. The way back takes the danger away: advice
//! that fits a new host, such as to allow both, would undo what was done against it.

use serde_json::Value;
use url::Url;

use super::input::InReplyTo;
use super::words::{at, cut, list};
use crate::document::address::{UrlDifference, compare, is_protected};
use crate::document::member::names;
use crate::meaning::change::Change;
use crate::meaning::rule::Rule;
use crate::policy::event::{Event, EventKind};

/// Most hosts that are named.
const NAMED: usize = 3;

/// What a return to an earlier state takes away that was a danger when it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EndedDanger {
    kind: Kind,
    /// When the earlier state was last known to end, and when it was seen again.
    between: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// Addresses on hosts of another registrable domain; whether keys came from there.
    Hosts { names: Vec<String>, of_keys: bool },
    /// Authorization servers of another registrable domain.
    Servers(Vec<String>),
    /// An address without TLS.
    Unprotected,
    /// Signatures that are none.
    AlgNone,
}

impl EndedDanger {
    /// The danger that these events end; `None` unless they all return to an earlier state. Where the mail
    /// they answer told of a return itself, this one leads to what that one left: the danger may be back.
    pub(super) fn of(events: &[Event], answered: Option<&InReplyTo>) -> Option<Self> {
        let left_by = answered.and_then(|it| it.mail.as_ref())?;
        if left_by.topic.is_return {
            return None;
        }
        let changed = || {
            let is_changed = |event: &&Event| event.body.kind() == EventKind::Changed;
            events.iter().filter(is_changed)
        };
        let untils: Vec<_> = changed()
            .map(|event| event.body.returned_to())
            .collect::<Option<_>>()?;
        let told: Vec<&Change> = changed()
            .flat_map(|event| event.body.changes())
            .filter(|change| !change.is_held_back())
            .collect();
        let seen = changed().map(|event| event.body.at).max()?;
        let until = *untils.iter().min()?;
        Some(Self {
            kind: of_hosts(&told)
                .or_else(|| of_servers(&told))
                .or_else(|| of_plain(&told))
                .or_else(|| of_alg_none(&told))?,
            between: format!(
                "between {}, or the poll before it, and {}",
                at(until),
                at(seen)
            ),
        })
    }

    /// What to do about it.
    pub(super) fn advice(&self) -> String {
        let between = &self.between;
        match &self.kind {
            Kind::Hosts { names, of_keys } => {
                let keys = if *of_keys {
                    " Do not trust tokens that were verified with keys from there."
                } else {
                    ""
                };
                format!(
                    "the former state is back: let clients that took the other one read the document again. \
                     Keep {} blocked until the provider has explained it. Rotate what may have been sent \
                     there {between}: client secrets, refresh tokens.{keys}",
                    list(names)
                )
            }
            Kind::Servers(names) => format!(
                "the former state is back: let clients that followed go back to the former server. Keep {} \
                 blocked until the owner of the resource has explained it. Rotate what may have been sent \
                 there {between}: client secrets, refresh tokens.",
                list(names)
            ),
            Kind::Unprotected => format!(
                "the former state is back: let clients read the document again, and keep them from the \
                 unprotected address. Rotate what may have been sent to it {between}: client secrets, \
                 refresh tokens."
            ),
            Kind::AlgNone => format!(
                "the former state is back. Let your clients go on to refuse alg none, and look for tokens \
                 without a signature that were accepted {between}."
            ),
        }
    }
}

/// Why the way back of an address from another registrable domain matters: it holds whichever of the two is
/// the stranger.
pub(super) const BACK_FROM_HOST: &str = "It moved between hosts of two registrable domains and back: what was sent to one of them may be in other hands.";

/// Whether a change of this event leads an address back from another registrable domain.
pub(super) fn is_back_from_host(event: &Event, change: &Change) -> bool {
    event.body.returned_to().is_some() && left_host(change).is_some()
}

fn of_hosts(told: &[&Change]) -> Option<Kind> {
    let left: Vec<(&Change, String)> = told
        .iter()
        .filter_map(|change| Some((*change, left_host(change)?)))
        .collect();
    let of_keys = left.iter().any(|(change, _)| holds_keys(change));
    let names = named(left.into_iter().map(|(_, host)| host));
    (!names.is_empty()).then_some(Kind::Hosts { names, of_keys })
}

/// The host of another registrable domain that an address left.
fn left_host(change: &Change) -> Option<String> {
    let (before, after) = texts(change)?;
    let is_address = change.rule == Rule::EndpointHostChanged;
    let is_other = compare(before, after) == Some(UrlDifference::Domain);
    if is_address && is_other {
        host(before)
    } else {
        None
    }
}

/// Whether an address is one of keys.
pub(super) fn holds_keys(change: &Change) -> bool {
    let member = change.subject.as_str();
    member == names::JWKS_URI || member.ends_with("_jwks_uri")
}

fn of_servers(told: &[&Change]) -> Option<Kind> {
    let is_of_servers = |change: &&&Change| {
        matches!(
            change.rule.known(),
            Some(Rule::AuthorizationServersReplaced | Rule::AuthorizationServerRemoved)
        )
    };
    let gone = |change: &Change| {
        let stays: Vec<&str> = change
            .added
            .iter()
            .chain(&change.left)
            .filter_map(Value::as_str)
            .collect();
        let is_strange = |it: &&str| {
            let other = |one: &&str| compare(it, one) == Some(UrlDifference::Domain);
            !stays.is_empty() && stays.iter().all(other)
        };
        let removed = change.removed.iter().filter_map(Value::as_str);
        removed
            .filter(is_strange)
            .filter_map(host)
            .collect::<Vec<_>>()
    };
    let names = named(told.iter().filter(is_of_servers).flat_map(|it| gone(it)));
    (!names.is_empty()).then_some(Kind::Servers(names))
}

fn of_plain(told: &[&Change]) -> Option<Kind> {
    let is_plain = |change: &&Change| {
        let Some((before, after)) = texts(change) else {
            return false;
        };
        let is_address = change.rule == Rule::EndpointPathChanged;
        is_address && !is_protected(before) && is_protected(after)
    };
    told.iter()
        .copied()
        .any(|it| is_plain(&it))
        .then_some(Kind::Unprotected)
}

fn of_alg_none(told: &[&Change]) -> Option<Kind> {
    let is_of_algs = |change: &&&Change| {
        let member = change.subject.as_str();
        member.ends_with("_alg_values_supported")
    };
    let mut sets = told.iter().filter(is_of_algs);
    let is_none = |value: &Value| value == "none";
    sets.any(|it| it.removed.iter().any(is_none))
        .then_some(Kind::AlgNone)
}

fn texts(change: &Change) -> Option<(&str, &str)> {
    Some((
        change.before.as_ref()?.as_str()?,
        change.after.as_ref()?.as_str()?,
    ))
}

fn host(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    Some(cut(url.host_str()?, 80))
}

/// Each host once.
fn named(hosts: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = hosts.collect();
    all.sort_unstable();
    all.dedup();
    all.truncate(NAMED);
    all
}
