//! Members whose values have a structure of their own.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{by_key, servers};
use crate::document::key_set::keys_in;
use crate::document::kind::Kind;
use crate::document::member::names;
use crate::document::member::{self, Shape};
use crate::document::severity::{Group, Severity};
use crate::document::signed_metadata;
use crate::meaning::change::Change;
use crate::meaning::key_set::{self, RememberedKeys};
use crate::meaning::rating::{self, Meaning, WrittenDown};
use crate::meaning::rule::Rule;

/// The changes of a member that is compared by its structure; `None` for all others, and where a
/// value does not have that structure.
pub(super) fn changes(
    kind: Kind,
    name: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<Vec<Change>> {
    match (kind, name) {
        (_, names::KEYS) if kind.is_key_set() => {
            let (old, new) = (elements(before)?, elements(after)?);
            Some(key_set::changes(
                &keys_in(old),
                &keys_in(new),
                name,
                RememberedKeys::NOTHING,
            ))
        }
        (_, names::JWKS) => {
            let (before, after) = (before?.as_object()?, after?.as_object()?);
            // If only form differs, or something beside the keys, it is compared as a plain object.
            let (old, new) = (
                elements(before.get(names::KEYS))?,
                elements(after.get(names::KEYS))?,
            );
            let (old, new) = (keys_in(old), keys_in(new));
            let changes = key_set::changes(&old, &new, name, RememberedKeys::NOTHING);
            Some(changes).filter(|changes| !changes.is_empty())
        }
        (_, names::MTLS_ENDPOINT_ALIASES) => {
            let change = aliases(kind, before?.as_object()?, after?.as_object()?);
            Some(change.into_iter().collect())
        }
        _ if servers::names_servers(kind, name) => servers::changes(kind, name, before, after),
        _ if is_map(kind, name) => {
            let row = member::member(kind, name)?;
            let (before, after) = (before?.as_object()?, after?.as_object()?);
            Some(by_key::changes(row, before, after))
        }
        (_, names::SIGNED_METADATA) => Some(claims(before?.as_str()?, after?.as_str()?)),
        _ => None,
    }
}

fn is_map(kind: Kind, name: &str) -> bool {
    member::member(kind, name).is_some_and(|row| row.shape == Shape::Map)
}

/// The keys of a set. An absent set has no keys; `None` marks a value that is not a set.
fn elements(keys: Option<&Value>) -> Option<&[Value]> {
    match keys {
        None => Some(&[]),
        Some(keys) => keys.as_array().map(Vec::as_slice),
    }
}

/// Each alias is an endpoint (RFC 8705 section 5); the gravest change of one is told for the member.
fn aliases(kind: Kind, old: &Map<String, Value>, new: &Map<String, Value>) -> Option<Change> {
    let name = names::MTLS_ENDPOINT_ALIASES;
    let present = |set: &Map<String, Value>| -> Map<String, Value> {
        let members = set.iter().filter(|(_, value)| !value.is_null());
        members
            .map(|(alias, value)| (alias.clone(), value.clone()))
            .collect()
    };
    let (old, new) = (present(old), present(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differing: Vec<&String> = names
        .into_iter()
        .filter(|alias| old.get(*alias) != new.get(*alias))
        .collect();
    let only = |set: &Map<String, Value>| {
        let part: Map<String, Value> = differing
            .iter()
            .filter_map(|alias| Some(((*alias).clone(), set.get(*alias)?.clone())))
            .collect();
        Some(Value::Object(part))
    };
    let mut change = differing
        .iter()
        .map(|alias| {
            let meaning = match (old.get(*alias), new.get(*alias)) {
                (Some(_), None) => {
                    let why = "Clients that authenticate by mutual TLS fall back to the endpoint itself, which may not ask for a certificate.";
                    let severity = Severity::Breaking;
                    Meaning::with(Rule::EndpointRemoved, severity, why, Some("RFC 8705 section 5"))
                }
                (before, after) => {
                    let written = WrittenDown {
                        before: before.is_some(),
                        after: after.is_some(),
                    };
                    rating::of_value(kind, alias, before, after, written)
                }
            };
            meaning.change(name, member::group(kind, name))
        })
        .max_by_key(|change| change.severity)?;
    change.before = only(&old);
    change.after = only(&new);
    Some(change)
}

/// The claims are compared, never the token, because it changes whenever it is signed again.
fn claims(before: &str, after: &str) -> Vec<Change> {
    let name = names::SIGNED_METADATA;
    let fallback = |why: &str, severity| {
        let meaning = Meaning::with(Rule::SignedMetadataChanged, severity, why, None);
        let mut change = meaning.change(name, Group::Other);
        change.before = Some(Value::from(before));
        change.after = Some(Value::from(after));
        vec![change]
    };
    let (old, new) = match (
        signed_metadata::claims(before),
        signed_metadata::claims(after),
    ) {
        _ if signed_metadata::is_signed(before) && signed_metadata::is_unsigned(after) => {
            let why = "The signed copy is signed with alg none now: anyone can write such a copy.";
            return fallback(why, Severity::Security);
        }
        (Some(_), None) => {
            let why = "The signed copy is no signed token any more: clients that demand one fail, and all others lose the protection.";
            return fallback(why, Severity::Breaking);
        }
        (None, Some(_)) => {
            let why = "The signed copy can be read now, which it could not be before.";
            return fallback(why, Severity::Notice);
        }
        (None, None) => return fallback("The signed copy cannot be read.", Severity::Notice),
        (Some(old), Some(new)) => (old, new),
    };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differing: Vec<&String> = names
        .into_iter()
        .filter(|claim| !signed_metadata::is_routine(claim) && old.get(*claim) != new.get(*claim))
        .collect();
    if differing.is_empty() {
        return fallback("Only the signature or its times are new.", Severity::Info);
    }
    let part = |claims: &Map<String, Value>| {
        let part = differing
            .iter()
            .filter_map(|claim| Some(((*claim).clone(), claims.get(*claim)?.clone())));
        Some(Value::Object(part.collect()))
    };
    let is_issuer = differing.iter().any(|claim| *claim == "iss");
    let meaning = if is_issuer {
        let why = "The signed copy is by another issuer.";
        Meaning::with(Rule::SignedMetadataChanged, Severity::Security, why, None)
    } else {
        Meaning::with(Rule::SignedMetadataChanged, Severity::Breaking, "", None)
    };
    let mut change = meaning.change(name, Group::Other);
    change.before = part(&old);
    change.after = part(&new);
    vec![change]
}
