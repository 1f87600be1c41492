//! What one change is called: in the subject, in the first sentence, above its values.
//!
//! The words come from the rule where it has words of its own, else from the shape of the change
//! (values gained, values lost, a value that came, went or was replaced), so that a rule nobody
//! thought of here still reads well.

mod family;
mod form;
mod naming;
mod plain;
pub(super) mod proofs;
mod set;
mod special;

use serde_json::Value;
use url::Url;

pub(super) use self::form::GAINED;
use self::form::{Phrase, phrase};
pub(super) use self::naming::{called, few_names, first_names, short_name};
use self::set::set;
pub(super) use self::set::{added, gained, listed, removed, two_named};
pub(super) use self::special::{host, is_other_intermediate, slash_of_only};
use super::words::{cut, name};
use crate::document::address::{UrlDifference, compare};
use crate::document::member::names;
use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::meaning::key_set;
use crate::meaning::rule::{ChangeWords, Rule};
use crate::wording::noun::term;

/// Finds the words for a change.
pub(super) fn of(change: &Change) -> Phrase {
    let member = name(change.subject.as_str());
    let is_set = !change.added.is_empty() || !change.removed.is_empty();
    let called = called(change.subject.as_str());
    let filled = |template: &str, with: &str| template.replace("{}", with);
    let own = |said: &str, predicate: &str| {
        let (subject, title) = (filled(said, &called), filled(said, &member));
        phrase(subject, filled(predicate, &member), title)
    };
    match change.rule.known() {
        Some(Rule::TypeChanged) if change.severity < Severity::Breaking => {
            return own(
                "{} has the JSON type of the specification now",
                "corrected the JSON type of {}",
            );
        }
        Some(Rule::IssuerChanged) if change.subject.as_str() == names::RESOURCE => {
            let after = change.after.as_ref().and_then(Value::as_str);
            let to = after.map_or_else(String::new, |to| format!(" to {}", cut(to, 80)));
            return phrase(
                "resource identifier changed".to_owned(),
                format!("changed its resource identifier{to}"),
                format!("{member} changed"),
            );
        }
        Some(Rule::IssuerChanged) if slash(change).is_some() => {
            let slash = slash(change).unwrap_or_default();
            return phrase(
                format!("{member} {slash}"),
                format!("changed its {member}, which {slash}"),
                format!("{member} changed"),
            );
        }
        Some(Rule::IssuerChanged) if change.after.is_none() && change.before.is_some() => {
            return own("{} removed", "no longer publishes its {}");
        }
        Some(Rule::EndpointPathChanged) if origin(change).is_some() => {
            let way = origin(change).unwrap_or_default();
            return phrase(
                format!("{called} moved to {way}"),
                format!("moved its {member} to {way}"),
                format!("{member} moved to {way}"),
            );
        }
        Some(Rule::JwksDisjoint) if key_set::leaves_none(change) => {
            return own(
                "no signing key left",
                "publishes no signing key any more: no token can be verified",
            );
        }
        Some(rule) => {
            if let Some(words) = special::of(rule, change) {
                return words;
            }
        }
        None => {}
    }
    let row = change.rule.row();
    let words = row.map_or(ChangeWords::OfShape, |row| row.words);
    match words {
        ChangeWords::Own(subject, predicate) => own(subject, predicate),
        ChangeWords::OfOneValue(subject, predicate) if !is_set => own(subject, predicate),
        ChangeWords::OfSet(subject, predicate) => own_set(
            change,
            &filled(subject, &member),
            &filled(predicate, &member),
        ),
        ChangeWords::OfOneValue(..) | ChangeWords::OfShape if is_set => set(change),
        ChangeWords::OfOneValue(..) | ChangeWords::OfShape => single(change, &member),
    }
}

/// What became of the slash at the end, where nothing else differs in two addresses.
pub(super) fn slash(change: &Change) -> Option<&'static str> {
    form::slash(change.before.as_ref()?, change.after.as_ref()?)
}

/// `another port`, where scheme or port of an address differ and the path does not.
pub(super) fn origin(change: &Change) -> Option<&'static str> {
    let (before, after) = (
        change.before.as_ref()?.as_str()?,
        change.after.as_ref()?.as_str()?,
    );
    if compare(before, after) != Some(UrlDifference::Origin) {
        return None;
    }
    let (old, new) = (Url::parse(before).ok()?, Url::parse(after).ok()?);
    let port = |url: &Url| url.port_or_known_default();
    let is_path = (old.path(), old.query()) != (new.path(), new.query());
    Some(match (old.scheme() == new.scheme(), is_path) {
        (true, false) => "another port",
        (true, true) => "another port and path",
        (false, false) if old.port().is_none() && new.port().is_none() => "another scheme",
        (false, false) if port(&old) == port(&new) => "another scheme",
        (false, false) => "another scheme and port",
        (false, true) => "another scheme and path",
    })
}

/// `another path`, `another port`: what differs in addresses on the same host, all in the same way.
pub(super) fn way(changes: &[&Change]) -> &'static str {
    let first = changes.first().and_then(|change| origin(change));
    first.unwrap_or("another path")
}

/// A rule with words of its own about a set: the title counts as for every set.
fn own_set(change: &Change, subject: &str, predicate: &str) -> Phrase {
    let is_set = !change.added.is_empty() || !change.removed.is_empty();
    let title = if is_set && change.group != Group::Keys {
        set(change).title
    } else {
        subject.to_owned()
    };
    phrase(subject.to_owned(), predicate.to_owned(), title)
}

/// A value that came, went or was replaced.
fn single(change: &Change, member: &str) -> Phrase {
    let called = called(change.subject.as_str());
    match (&change.before, &change.after) {
        (None, Some(Value::Bool(true))) if term(change.subject.as_str()).is_some() => phrase(
            format!("{called} offered now"),
            format!("now takes {called}: {member} is true"),
            format!("{member} added"),
        ),
        (None, Some(_)) => phrase(
            format!("{called} added"),
            format!("now publishes {member}"),
            format!("{member} added"),
        ),
        (Some(_), None) => phrase(
            format!("{called} removed"),
            format!("no longer publishes {member}"),
            format!("{member} removed"),
        ),
        // `after` is the default, which applies now that the member is removed.
        (Some(Value::Bool(_)), Some(Value::Bool(false))) if change.rule == Rule::MemberRemoved => {
            phrase(
                format!("{called} no longer published"),
                format!("no longer publishes {member}"),
                format!("{member} no longer published"),
            )
        }
        (Some(Value::Bool(_)), Some(Value::Bool(now))) => phrase(
            match (term(change.subject.as_str()), now) {
                (Some(term), true) => format!("{term} offered now"),
                (Some(term), false) => format!("{term} no longer offered"),
                (None, _) => format!("{member} is now {now}"),
            },
            match (term(change.subject.as_str()), now) {
                (Some(term), true) => format!("now takes {term}: {member} is true"),
                (Some(term), false) => format!("no longer takes {term}: {member} is false"),
                (None, _) => format!("set {member} to {now}"),
            },
            format!("{member} is now {now}"),
        ),
        _ => plain::by_value(change).unwrap_or_else(|| {
            phrase(
                format!("{called} changed"),
                format!("changed {member}"),
                format!("{member} changed"),
            )
        }),
    }
}

#[cfg(test)]
mod tests;
