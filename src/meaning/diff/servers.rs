//! The authorization servers that a document names. Which server an access token comes from is a matter of
//! trust, and not of what is offered: a list that names another one is told apart from a set that grew.

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use crate::document::address::registrable_domain;
use crate::document::kind::Kind;
use crate::document::member;
use crate::document::severity::Severity;
use crate::meaning::change::Change;
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
    let known: BTreeSet<String> = old.iter().filter_map(|issuer| domain(issuer)).collect();
    let is_strange = |issuer: &&str| domain(issuer).is_none_or(|domain| !known.contains(&domain));
    // A list that is published for the first time names what was there before it.
    let is_alarming = !old.is_empty() && come.iter().any(is_strange);
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
        let mut change = meaning(rule, is_alarming).change(name, member::group(kind, name));
        (change.added, change.removed) = (added, removed);
        change.size_before = Some(old.len());
        change
    });
    Some(changes.collect())
}

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
    Meaning::of(rule).decided_by(Severity::Security, why, reference)
}

/// The servers in a list. An absent list is empty; `None` marks a value that is not a list of texts.
fn servers(value: Option<&Value>) -> Option<BTreeSet<&str>> {
    let Some(value) = value else {
        return Some(BTreeSet::new());
    };
    value.as_array()?.iter().map(Value::as_str).collect()
}

/// The registrable domain of an issuer; the host where it has none.
fn domain(issuer: &str) -> Option<String> {
    let url = Url::parse(issuer).ok()?;
    let host = url.host_str()?;
    Some(registrable_domain(host).unwrap_or_else(|| host.to_owned()))
}
