//! How grave it is that something else is said about a key that stayed: the table of the members of
//! a key that are not the key itself (RFC 7517 section 4).

use std::collections::BTreeSet;

use serde_json::Value;

use super::identity::{ByIdentity, descriptions};
use crate::document::jwk;
use crate::document::key_set::Key;
use crate::document::severity::Severity::{self, Breaking, Info, Notice, Security};
use crate::document::text::{bounded, visible};
use crate::meaning::rating::Meaning;
use crate::meaning::rule::Rule;

/// The rule of nearly all members.
const RULE: Rule = Rule::KeyDescribedDifferently;
/// Most members that are named.
const MAX_NAMES: usize = 5;

/// Name of a member, and how grave it is that it comes, goes, or has another value.
const TABLE: [(&str, Severity, Severity, Severity); 12] = [
    // Tokens name the key by it; clients that read the set again find another name of the same key.
    (jwk::KID, Info, Breaking, Notice),
    (jwk::USE, Info, Notice, Breaking),
    (jwk::KEY_OPS, Info, Info, Notice),
    (jwk::ALG, Notice, Notice, Breaking),
    (jwk::X5U, Notice, Info, Notice),
    (jwk::X5C, Info, Info, Info),
    (jwk::X5T, Info, Info, Info),
    (jwk::X5T_S256, Info, Info, Info),
    (jwk::IAT, Info, Info, Notice),
    (jwk::NBF, Info, Info, Notice),
    (jwk::EXP, Info, Info, Notice),
    // OpenID Federation 1.0: the key must no longer be trusted.
    (jwk::REVOKED, Security, Notice, Security),
];

/// Keys that stayed, of which something else is said now.
pub(super) struct MetadataChange {
    pub(super) meaning: Meaning,
    pub(super) lost: Vec<Value>,
    pub(super) gained: Vec<Value>,
}

/// The keys that stayed and are described differently, if there are any: those with another issuer, and
/// those with another kid, use, algorithm or certificate.
pub(super) fn between(
    before: &ByIdentity<'_, '_>,
    after: &ByIdentity<'_, '_>,
) -> Vec<MetadataChange> {
    let others = by_others(before, after);
    by_issuer(before, after).into_iter().chain(others).collect()
}

fn by_issuer(before: &ByIdentity<'_, '_>, after: &ByIdentity<'_, '_>) -> Option<MetadataChange> {
    let issuers = |keys: &[&Key<'_>]| -> BTreeSet<Option<String>> {
        let issuers = keys.iter().map(|key| key.members.get(jwk::ISSUER));
        issuers.map(|issuer| Some(issuer?.to_string())).collect()
    };
    // Nearly every key stands once: then nothing is collected.
    let differ = |old: &[&Key<'_>], new: &[&Key<'_>]| match (old, new) {
        ([old], [new]) => old.members.get(jwk::ISSUER) != new.members.get(jwk::ISSUER),
        _ => issuers(old) != issuers(new),
    };
    let shown = |keys: &[&Key<'_>]| -> Vec<Value> {
        let described = keys.iter().map(|key| {
            let issuer = key.text(jwk::ISSUER).map(|issuer| (jwk::ISSUER, issuer));
            key.description_with(issuer)
        });
        described.collect()
    };
    let (mut lost, mut gained) = (Vec::new(), Vec::new());
    for (identity, old) in before {
        let new = after.get(identity);
        if let Some(new) = new.filter(|new| differ(old, new)) {
            lost.extend(shown(old));
            gained.extend(shown(new));
        }
    }
    (!lost.is_empty()).then(|| MetadataChange {
        meaning: Meaning::of(Rule::KeyIssuerChanged),
        lost,
        gained,
    })
}

/// Differences of all members but the issuer; the gravest one decides for all.
fn by_others(before: &ByIdentity<'_, '_>, after: &ByIdentity<'_, '_>) -> Option<MetadataChange> {
    let (mut lost, mut gained) = (Vec::new(), Vec::new());
    let mut names = BTreeSet::new();
    let mut severity = Info;
    for (identity, old) in before {
        let Some(new) = after.get(identity) else {
            continue;
        };
        let differing = differing(old, new);
        if differing.is_empty() {
            continue;
        }
        let grave = match (old.as_slice(), new.as_slice()) {
            ([old], [new]) => of_key(old, new),
            // One key under several names: which of them went is told, but not what it means.
            _ if old.len() != new.len() => Notice,
            (old, new) => {
                let pairs = old.iter().zip(new);
                let gravest = pairs.map(|(old, new)| of_key(old, new)).max();
                gravest.unwrap_or(Info)
            }
        };
        severity = severity.max(grave);
        names.extend(differing);
        lost.extend(old.iter().copied());
        gained.extend(new.iter().copied());
    }
    let is_revoked = |key: &&Key<'_>| key.members.contains_key(jwk::REVOKED);
    let is_any_revoked = names.contains(jwk::REVOKED) && gained.iter().any(is_revoked);
    let meaning = if is_any_revoked && severity == Security {
        let why = "The provider says that a key is revoked: what was signed with it must no longer be trusted.";
        Meaning::with(
            RULE,
            severity,
            why,
            Some("OpenID Federation 1.0 section 8.7.2"),
        )
    } else {
        Meaning::with(RULE, severity, &reason(&names), Some("RFC 7517 section 4"))
    };
    (!lost.is_empty()).then(|| MetadataChange {
        meaning,
        lost: descriptions(&lost),
        gained: descriptions(&gained),
    })
}

/// Members that do not say the same of one key.
fn differing<'k>(old: &[&'k Key<'_>], new: &[&'k Key<'_>]) -> BTreeSet<&'k str> {
    if let ([old], [new]) = (old, new)
        && old.said_about_it().eq(new.said_about_it())
    {
        return BTreeSet::new();
    }
    let keys = old.iter().chain(new);
    let said = keys.flat_map(|key| key.said_about_it());
    let names: BTreeSet<&str> = said
        .map(|(name, _)| name.as_str())
        .filter(|name| *name != jwk::ISSUER)
        .collect();
    let values = |keys: &[&Key<'_>], name: &str| -> BTreeSet<String> {
        let values = keys.iter().map(|key| key.members.get(name));
        values.map(|value| format!("{value:?}")).collect()
    };
    let differs = |name: &&str| values(old, name) != values(new, name);
    names.into_iter().filter(differs).collect()
}

fn reason(names: &BTreeSet<&str>) -> String {
    let some = names.iter().take(MAX_NAMES);
    let mut words: Vec<String> = some.map(|name| bounded(&visible(name), 40)).collect();
    if names.len() > MAX_NAMES {
        words.push(format!("{} more", names.len() - MAX_NAMES));
    }
    let last = words.pop().unwrap_or_default();
    let members = if words.is_empty() {
        last
    } else {
        format!("{} and {last}", words.join(", "))
    };
    format!("The key itself is the same; what is said of it differs in {members}.")
}

fn of_key(old: &Key<'_>, new: &Key<'_>) -> Severity {
    // A key that is no longer secret is told as a finding, which is graver than anything here.
    let differing = TABLE.iter().filter_map(|(name, added, removed, changed)| {
        match (old.members.get(*name), new.members.get(*name)) {
            (None, Some(_)) => Some(*added),
            (Some(_), None) => Some(*removed),
            (Some(old), Some(new)) if old != new => Some(*changed),
            (Some(_) | None, _) => None,
        }
    });
    differing.max().unwrap_or(Info)
}
