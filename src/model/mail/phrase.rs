//! What one change is called: in the subject, in the first sentence, above its values.
//!
//! The words come from the rule where it has words of its own, else from the shape of the change
//! (values gained, values lost, a value that came, went or was replaced), so that a rule nobody
//! thought of here still reads well.

use serde_json::Value;

use super::words::{counted, is_harmless, name, registered};
use crate::model::change::Change;

/// What one change is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phrase {
    /// In a subject: `token_endpoint moved to another host`.
    pub(super) subject: String,
    /// After the provider in a sentence: `moved its token_endpoint to another host`.
    pub(super) predicate: String,
    /// Above the values: `token_endpoint moved to another host`.
    pub(super) title: String,
}

fn phrase(subject: String, predicate: String, title: String) -> Phrase {
    Phrase {
        subject,
        predicate,
        title,
    }
}

/// Finds the words for a change.
pub(super) fn of(change: &Change) -> Phrase {
    let member = name(&change.member);
    let is_set = !change.added.is_empty() || !change.removed.is_empty();
    let same = |subject: &str, predicate: &str| {
        phrase(subject.to_owned(), predicate.to_owned(), subject.to_owned())
    };
    let about = |words: &str, predicate: &str| {
        phrase(
            format!("{member} {words}"),
            predicate.replace("{}", &member),
            format!("{member} {words}"),
        )
    };
    match change.rule.as_str() {
        "issuer-changed" => about("changed", "changed its {}"),
        "issuer-mismatch" => about(
            "is not the configured one",
            "publishes an {} that is not the configured one",
        ),
        "endpoint-host-changed" if !is_set => {
            about("moved to another host", "moved its {} to another host")
        }
        "endpoint-path-changed" if !is_set => {
            about("moved to another path", "moved its {} to another path")
        }
        "endpoint-not-https" => about(
            "is not an https URL",
            "publishes a {} that is not an https URL",
        ),
        "pkce-s256-removed" => own_set(
            change,
            "PKCE method S256 removed",
            "no longer offers PKCE with S256",
        ),
        "pkce-plain-added" => own_set(
            change,
            "PKCE method plain added",
            "now offers PKCE with plain",
        ),
        "requirement-raised" => about("raised: now demanded", "raised a requirement: {}"),
        "requirement-dropped" => about("dropped: no longer demanded", "dropped a requirement: {}"),
        "jwks-disjoint" => own_set(
            change,
            "all keys replaced at once",
            "replaced all its keys at once",
        ),
        "key-replaced" => own_set(
            change,
            "key replaced under the same kid",
            "replaced a key under the same kid",
        ),
        "alg-none-added" => own_set(
            change,
            &format!("alg none added to {member}"),
            &format!("now offers alg none in {member}"),
        ),
        "key-described-differently" => own_set(
            change,
            "keys described differently",
            "describes keys differently that stayed the same",
        ),
        "key-secret-published" => same("private key published", "publishes a private key"),
        "key-returned" => own_set(
            change,
            "key returned",
            "publishes a key again that was gone",
        ),
        "redirect-changed" => redirect(change),
        "issuing-ca-changed" => same(
            "certificate from another CA",
            "has a certificate from another CA",
        ),
        "certificate-expiring" => same("certificate ends soon", "has a certificate that ends soon"),
        _ if is_set => set(change),
        _ => single(change, &member),
    }
}

fn redirect(change: &Change) -> Phrase {
    let (subject, predicate) = match (&change.before, &change.after) {
        (None, _) => (
            "document now behind a redirect",
            "answers after a redirect to another address now",
        ),
        (_, None) => (
            "document no longer behind a redirect",
            "answers without a redirect now",
        ),
        _ => (
            "document redirects elsewhere",
            "redirects to another address than before",
        ),
    };
    phrase(subject.to_owned(), predicate.to_owned(), subject.to_owned())
}

/// A rule with words of its own about a set: the title counts as for every set.
fn own_set(change: &Change, subject: &str, predicate: &str) -> Phrase {
    let is_set = !change.added.is_empty() || !change.removed.is_empty();
    let title = if is_set && change.group != crate::model::severity::Group::Keys {
        set(change).title
    } else {
        subject.to_owned()
    };
    phrase(subject.to_owned(), predicate.to_owned(), title)
}

/// Values gained or lost.
fn set(change: &Change) -> Phrase {
    let member = name(&change.member);
    let noun = noun(&change.member);
    let (values, verb, offers, gained) = if change.removed.is_empty() {
        (&change.added, "added", "now offers", "gained")
    } else {
        (&change.removed, "removed", "no longer offers", "lost")
    };
    let what = match (values.as_slice(), noun) {
        ([Value::String(value)], _) if is_harmless(registered(value)) => {
            Some(registered(value).to_owned())
        }
        _ => None,
    };
    let number = u64::try_from(values.len()).unwrap_or(u64::MAX);
    let (subject, object) = match (&what, noun) {
        (Some(value), Some(noun)) => (
            format!("{noun} {value} {verb}"),
            format!("the {noun} {value}"),
        ),
        (Some(value), None) if verb == "added" => (
            format!("{value} added to {member}"),
            format!("{value} in {member}"),
        ),
        (Some(value), None) => (
            format!("{value} removed from {member}"),
            format!("{value} in {member}"),
        ),
        (None, Some(noun)) => {
            let counted = counted(number, noun);
            (format!("{counted} {verb}"), counted)
        }
        (None, None) => (
            format!("{member} {gained} {}", counted(number, "value")),
            format!("{} of {member}", counted(number, "value")),
        ),
    };
    let of = match change.size_before {
        Some(size) if gained == "lost" && size >= values.len() => {
            format!(" of {}", counted_size(size))
        }
        _ if number == 1 => " value".to_owned(),
        _ => " values".to_owned(),
    };
    let title = match change.rule.as_str() {
        "member-added" => format!("{member} added"),
        _ => format!("{member} {gained} {}{of}", super::words::count(number)),
    };
    phrase(subject, format!("{offers} {object}"), title)
}

fn counted_size(size: usize) -> String {
    counted(u64::try_from(size).unwrap_or(u64::MAX), "value")
}

/// A value that came, went or was replaced.
fn single(change: &Change, member: &str) -> Phrase {
    match (&change.before, &change.after) {
        (None, Some(_)) => phrase(
            format!("{member} added"),
            format!("now publishes {member}"),
            format!("{member} added"),
        ),
        (Some(_), None) => phrase(
            format!("{member} removed"),
            format!("no longer publishes {member}"),
            format!("{member} removed"),
        ),
        (Some(Value::Bool(_)), Some(Value::Bool(now))) => phrase(
            format!("{member} is now {now}"),
            format!("set {member} to {now}"),
            format!("{member} is now {now}"),
        ),
        _ => phrase(
            format!("{member} changed"),
            format!("changed {member}"),
            format!("{member} changed"),
        ),
    }
}

/// What one value of a set is, where it has a name of its own.
fn noun(member: &str) -> Option<&'static str> {
    Some(match member {
        "scopes_supported" => "scope",
        "grant_types_supported" => "grant",
        "response_types_supported" => "response type",
        "response_modes_supported" => "response mode",
        "code_challenge_methods_supported" => "PKCE method",
        "token_endpoint_auth_methods_supported" => "client authentication method",
        "authorization_servers" => "authorization server",
        "bearer_methods_supported" => "bearer method",
        "claims_supported" => "claim",
        "keys" | "jwks" | "(keys)" => "key",
        _ => return None,
    })
}
