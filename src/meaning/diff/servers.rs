//! The authorization servers that a document names. Which server an access token comes from is a matter of
//! trust, and not of what is offered: a list that names another one is told apart from a set that grew.
//!
//! How grave a new server is depends on all that the list ever named, which two documents alone do not show: a
//! server that comes back is no stranger, and one that is named after the list was empty is no first one. So
//! the changes are rated again once the memory was asked (`rate_again`).

use std::collections::BTreeSet;

use serde_json::Value;

use super::operator;
use crate::document::address::domain_or_host;
use crate::document::canonical::Document;
use crate::document::kind::Kind;
use crate::document::member;
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::change::order::sort;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rating::Meaning;
use crate::meaning::rule::Rule;

/// Whether a member names authorization servers.
pub(super) fn names_servers(kind: Kind, name: &str) -> bool {
    let mut leads = kind.row().leads.iter();
    leads.any(|(member, to)| *member == name && to.is_of_server())
}

/// The changes of such a list; `None` if one of the values is not such a list.
pub(super) fn changes(
    kind: Kind,
    name: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<Vec<Change>> {
    let (old, new) = (servers(before)?, servers(after)?);
    let gone: Vec<Value> = old.difference(&new).map(|it| Value::from(*it)).collect();
    let come: BTreeSet<&str> = new.difference(&old).copied().collect();
    // A list that is published for the first time names what was there before it.
    let is_alarming = !old.is_empty() && names_stranger(&old, &come, |_| false);
    let added: Vec<Value> = come.iter().map(|it| Value::from(*it)).collect();
    let is_replaced = !gone.is_empty() && !come.is_empty() && old.is_disjoint(&new);
    let told = if is_replaced {
        vec![(Rule::AuthorizationServersReplaced, added, gone)]
    } else {
        vec![
            (Rule::AuthorizationServerAdded, added, Vec::new()),
            (Rule::AuthorizationServerRemoved, Vec::new(), gone),
        ]
    };
    let real = told
        .into_iter()
        .filter(|(_, added, gone)| !added.is_empty() || !gone.is_empty());
    let changes = real.map(|(rule, added, removed)| {
        let is_alarming = is_alarming && !added.is_empty();
        let mut meaning = meaning(rule, is_alarming);
        if is_replaced && is_respelled(&old, &new) {
            meaning = meaning.advised(RESPELLED, ASK_FOR_SPELLING);
        }
        let mut change = meaning.change(name, member::group(kind, name));
        (change.added, change.removed) = (added, removed);
        change.size_before = Some(old.len());
        change
    });
    Some(changes.collect())
}

/// Rates what came to such lists again; `was_seen` tells of a member and a domain whether the member ever
/// named a server on it, and is `None` where nothing is remembered of the member.
pub fn rate_again(
    old: &Document,
    changes: &mut Vec<Change>,
    was_seen: impl Fn(&Change, &str) -> Option<bool>,
    policy: &Policy,
) {
    let mut again = Vec::new();
    changes.retain_mut(|change| {
        let Some(rule @ (Rule::AuthorizationServerAdded | Rule::AuthorizationServersReplaced)) =
            change.rule.known()
        else {
            return true;
        };
        // Before the list was first changed, all it ever named stands in it.
        if was_seen(change, "").is_none() {
            return true;
        }
        let name = change.subject.as_str();
        let named = operator::visible_part(old, old.members().get(name), name, policy);
        let named = servers(named.as_deref()).unwrap_or_default();
        let come = change.added.iter().filter_map(Value::as_str).collect();
        let was_alarming = !named.is_empty() && names_stranger(&named, &come, |_| false);
        let is_seen = |domain: &str| was_seen(change, domain) == Some(true);
        let is_alarming = names_stranger(&named, &come, is_seen);
        if was_alarming == is_alarming {
            return true;
        }
        let mut told = meaning(rule, is_alarming).change(name, change.group);
        told.added = std::mem::take(&mut change.added);
        told.removed = std::mem::take(&mut change.removed);
        told.size_before = change.size_before;
        again.push(told);
        false
    });
    if !again.is_empty() {
        changes.append(&mut operator::apply(again, policy));
        sort(changes);
    }
}

/// Whether a server that came is on a domain that no known one is on and that was not seen.
fn names_stranger(
    known: &BTreeSet<&str>,
    come: &BTreeSet<&str>,
    is_seen: impl Fn(&str) -> bool,
) -> bool {
    let known: BTreeSet<String> = known.iter().filter_map(|it| domain_or_host(it)).collect();
    let is_known = |domain: String| known.contains(&domain) || is_seen(&domain);
    !come
        .iter()
        .all(|it| domain_or_host(it).is_some_and(is_known))
}

/// Whether the only server is the one before, with a slash at its end or without one.
fn is_respelled(old: &BTreeSet<&str>, new: &BTreeSet<&str>) -> bool {
    let plain = |it: &&str| it.strip_suffix('/').unwrap_or(it).to_owned();
    let (old, new): (Vec<String>, Vec<String>) = (
        old.iter().map(plain).collect(),
        new.iter().map(plain).collect(),
    );
    old.len() == 1 && old == new
}

/// Why one slash matters.
const RESPELLED: &str = "Clients compare the issuer that the resource names with the one that the server writes, character by character, and refuse the server where one slash differs.";
const ASK_FOR_SPELLING: &str = "Look how the server itself writes its issuer. If the resource now writes it alike, it was corrected: clients that refused it may go on. If not, tell the owner of the resource.";

fn meaning(rule: Rule, is_alarming: bool) -> Meaning {
    let reference = Some("RFC 9728 section 2, RFC 9728 section 7.6");
    let usual = match rule {
        Rule::AuthorizationServerAdded => Severity::Notice,
        _ => Severity::Breaking,
    };
    if !is_alarming {
        return Meaning::with(rule, usual, "", reference);
    }
    let why = "It names a server of a domain that it never named: clients that follow send users, codes and credentials to whoever runs it.";
    let ask = "Ask the owner of the resource whether that server is theirs. Clients that read the document at run time may follow already: until the answer, keep those that can at the server they had.";
    let meaning = Meaning::of(rule).decided_by(Severity::Security, why, reference);
    meaning.advised(why, ask)
}

/// The servers in a list. An absent list is empty; `None` marks a value that is not a list of texts.
fn servers(value: Option<&Value>) -> Option<BTreeSet<&str>> {
    let Some(value) = value else {
        return Some(BTreeSet::new());
    };
    value.as_array()?.iter().map(Value::as_str).collect()
}
