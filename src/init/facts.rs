//! The ten facts about a provider that matter before it is watched.

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use super::discovered::DiscoveredProvider;
use super::probe::why;
use crate::document::canonical::Document;
use crate::document::key_set::strength_of;
use crate::document::member::names;
use crate::document::text::{bounded, visible};

/// Each list with its name in the output, and the default that applies if a document leaves it out.
const LISTS: [(&str, &str); 6] = [
    ("grants", names::GRANT_TYPES_SUPPORTED),
    ("response types", names::RESPONSE_TYPES_SUPPORTED),
    ("PKCE", names::CODE_CHALLENGE_METHODS_SUPPORTED),
    (
        "client authentication",
        names::TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED,
    ),
    ("scopes", names::SCOPES_SUPPORTED),
    (
        "algorithms of ID tokens",
        names::ID_TOKEN_SIGNING_ALG_VALUES_SUPPORTED,
    ),
];

/// Most values of one fact that are shown.
const MOST: usize = 8;

/// Each fact as a name and words, harmless.
pub(super) fn facts(provider: &DiscoveredProvider) -> Vec<Vec<String>> {
    let mut rows = vec![
        ("issuer", issuer(provider)),
        ("documents", documents(provider)),
        ("endpoints", hosts(provider)),
    ];
    if provider.is_resource {
        rows = vec![
            ("resource", issuer(provider)),
            ("documents", documents(provider)),
        ];
    }
    if let Some(first) = provider
        .documents
        .first()
        .map(|discovered| &discovered.document)
        && !first.kind().is_key_set()
    {
        rows.extend(LISTS.map(|(called, name)| (called, list(first, name))));
    }
    rows.push(("keys", keys(provider)));
    rows.into_iter()
        .map(|(name, words)| vec![format!("  {name}"), words])
        .collect()
}

fn issuer(provider: &DiscoveredProvider) -> String {
    let written = bounded(&visible(&provider.identity), 200);
    if provider.is_at_home() {
        format!("{written}, exact: its documents stand where it says")
    } else if provider.is_resource {
        format!("{written}, exact: it says itself where its document is")
    } else {
        format!("{written}, not exact: no document of it stands where it says")
    }
}

fn documents(provider: &DiscoveredProvider) -> String {
    let documents = provider.documents.iter();
    let words =
        documents.map(|discovered| format!("{} {}", discovered.kind(), visible(&discovered.url)));
    bounded(&words.collect::<Vec<_>>().join(", "), 400)
}

/// The hosts of its endpoints.
fn hosts(provider: &DiscoveredProvider) -> String {
    let first = provider
        .documents
        .first()
        .map(|discovered| discovered.document.members());
    let urls = first
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.ends_with("_endpoint") || name.as_str() == names::JWKS_URI);
    let hosts: BTreeSet<String> = urls
        .filter_map(|(_, value)| value.as_str())
        .filter_map(|text| Some(Url::parse(text).ok()?.host_str()?.to_owned()))
        .collect();
    if hosts.is_empty() {
        return "none".to_owned();
    }
    let words: Vec<&str> = hosts.iter().map(String::as_str).collect();
    format!("at {}", some(&words))
}

fn list(document: &Document, name: &str) -> String {
    let is_said = document
        .members()
        .get(name)
        .is_some_and(|value| *value != Value::Null);
    let values = document.values(name);
    match (is_said, values.is_empty()) {
        (true, false) => some(&values),
        (true, true) => "an empty list".to_owned(),
        (false, true) => "not said".to_owned(),
        (false, false) => format!("not said, which stands for {}", some(&values)),
    }
}

/// The first values, and how many there are where that is not all.
fn some(values: &[&str]) -> String {
    let first = values.iter().take(MOST);
    let shown: Vec<String> = first.map(|it| bounded(&visible(it), 80)).collect();
    let text = shown.join(", ");
    match values.len() {
        all if all > MOST => format!("{text} and {} more", all - MOST),
        _ => text,
    }
}

fn keys(provider: &DiscoveredProvider) -> String {
    let set = match &provider.keys {
        Some(answer) => match &answer.seen {
            Ok(set) => set,
            Err(failure) => {
                let url = bounded(&visible(&answer.url), 200);
                return format!("none at {url}: {}", why(failure));
            }
        },
        None => match provider
            .documents
            .first()
            .map(|discovered| &discovered.document)
        {
            Some(set) if set.kind().is_key_set() => set,
            _ => return "no key set is named".to_owned(),
        },
    };
    let keys = set.keys();
    let kinds = keys.iter().map(|key| {
        let strength = strength_of(&key.description());
        strength.unwrap_or_else(|| "unknown".to_owned())
    });
    let different: BTreeSet<String> = kinds.collect();
    let words: Vec<&str> = different.iter().map(String::as_str).collect();
    match keys.len() {
        0 => "an empty set".to_owned(),
        count => format!("{count}: {}", some(&words)),
    }
}
