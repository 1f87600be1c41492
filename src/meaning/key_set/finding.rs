//! What a key set can show to be wrong with it.
//!
//! Each finding is about the set (`keys`), not about one key: a provider whose keys lack something
//! and who rotates them every day has one thing wrong, not a new one every day. Which keys are
//! concerned stands in its reason. For severity `security` the keys are also remembered and
//! described, because the same fault of another key is another danger.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{about, strength};
use crate::document::jwk;
use crate::document::key_set::{Key, certified};
use crate::document::member::names;
use crate::document::parse::REMOVED;
use crate::document::severity::Severity;
use crate::document::text::{bounded, visible};
use crate::meaning::change::{Finding, KeyAbout};
use crate::meaning::rule::Rule;
use crate::meaning::rule_finding::finding_of;

/// Most keys that a finding remembers.
const MAX_KEYS: usize = 200;

/// Whether a rule is about a key.
type KeyTest<'t> = &'t dyn Fn(&Key<'_>) -> bool;

/// What the key set does not meet; unsorted.
///
/// The set is the document, or a member of another document (`name`).
pub fn findings(set: &Map<String, Value>, keys: &[Key<'_>], name: &str) -> Vec<Finding> {
    match set.get(names::KEYS).and_then(Value::as_array) {
        Some(values) if values.is_empty() => {
            return vec![finding_of(Rule::KeySetEmpty, name)];
        }
        Some(values) if values.iter().all(Value::is_object) => {}
        Some(_) | None => return vec![finding_of(Rule::KeySetMalformed, name)],
    }
    let together = Together::of(keys);
    let tests: [(Rule, KeyTest<'_>); 18] = [
        (Rule::KeySecretPublished, &is_secret),
        (Rule::KeyIncomplete, &is_incomplete),
        (Rule::KeyEncoding, &|key| key.material.is_oddly_encoded),
        (Rule::KeyWeak, &strength::is_weak),
        (Rule::KeyOversized, &strength::is_oversized),
        (Rule::KeyExponent, &strength::has_small_exponent),
        (Rule::KeyExponentBroken, &strength::has_broken_exponent),
        (Rule::KeyAlgUnfit, &strength::has_unfit_alg),
        (Rule::KeyAlgUnprotected, &strength::has_unprotected_alg),
        (Rule::KeyOperationsContradict, &contradicts_itself),
        (Rule::KeyUseAndOperations, &|key| {
            key.named.has_purpose && key.named.operations.is_some()
        }),
        (Rule::KeyCertificateMalformed, &certified::is_malformed),
        (Rule::KeyCertificateDiffers, &certified::is_of_another_key),
        (Rule::KeyIdMissing, &|key| {
            keys.len() > 1 && key.text(jwk::KID).is_none()
        }),
        (Rule::KeyIdRepeated, &|key| together.shares_kid(key)),
        (Rule::KeyUseMissing, &|key| together.needs_use(key)),
        (Rule::KeyUsedTwice, &|key| together.is_used_twice(key)),
        (Rule::WrongType, &|key| key.named.is_mistyped),
    ];
    tests
        .iter()
        .filter_map(|(rule, test)| {
            let concerned: Vec<&Key<'_>> = keys.iter().filter(|key| test(key)).collect();
            (!concerned.is_empty()).then(|| finding(*rule, name, &concerned))
        })
        .collect()
}

fn finding(rule: Rule, name: &str, keys: &[&Key<'_>]) -> Finding {
    let mut finding = finding_of(rule, name);
    if finding.severity == Severity::Security {
        let names = keys.iter().filter_map(|key| {
            let kid = || key.text(jwk::KID).map(|kid| bounded(&visible(kid), 60));
            key.material.thumbprint.clone().or_else(kid)
        });
        finding.keys = names.take(MAX_KEYS).collect();
    }
    if finding.severity == Severity::Security || rule == Rule::KeyOversized {
        finding.about_keys = about::of(keys);
        reword(&mut finding);
        return finding;
    }
    let kids: BTreeSet<&str> = keys.iter().filter_map(|key| key.text(jwk::KID)).collect();
    let named: Vec<String> = kids
        .iter()
        .take(3)
        .map(|kid| bounded(&visible(kid), 60))
        .collect();
    if !named.is_empty() {
        let more = match kids.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        add(&mut finding.why, &format!("kid {}{more}", named.join(", ")));
    }
    finding
}

/// Says in the reason which keys the finding is about.
pub(crate) fn reword(finding: &mut Finding) {
    if let Some(words) = about::words(finding) {
        finding.why = finding
            .rule
            .row()
            .and_then(|row| row.why)
            .unwrap_or_default()
            .to_owned();
        add(&mut finding.why, &words);
    }
}

fn add(sentence: &mut String, words: &str) {
    *sentence = format!("{} ({words}).", sentence.trim_end_matches('.'));
}

/// Removes from a finding the keys that it told of before, if it tells of each key.
pub(crate) fn only_new(finding: &mut Finding, known: &Finding) {
    let is_new = |id: &str| !known.keys.iter().any(|key| key == id);
    finding
        .about_keys
        .retain(|about| about::id(about).is_none_or(is_new));
    reword(finding);
}

/// The keys of a finding about published secrets that a set still has: their secret is known to others, also
/// where it is published no more. A symmetric key is nothing without its secret.
pub(crate) fn kept(finding: &Finding, keys: &[Key<'_>]) -> Vec<KeyAbout> {
    if finding.rule != Rule::KeySecretPublished {
        return Vec::new();
    }
    let is_there = |about: &&KeyAbout| {
        let thumbprint = about.thumbprint.as_ref();
        let mut all = keys.iter();
        thumbprint.is_some() && all.any(|key| key.material.thumbprint.as_ref() == thumbprint)
    };
    let kept = finding.about_keys.iter().filter(is_there);
    kept.filter(|about| about.kty.as_deref() != Some("oct"))
        .cloned()
        .collect()
}

fn is_secret(key: &Key<'_>) -> bool {
    key.members.values().any(|value| value == REMOVED)
}

fn required_members(kty: &str) -> &'static [&'static str] {
    match kty {
        "RSA" => &[jwk::N, jwk::E],
        "EC" => &[jwk::CRV, jwk::X, jwk::Y],
        "OKP" => &[jwk::CRV, jwk::X],
        "AKP" => &[jwk::ALG, jwk::PUB],
        "oct" => &[jwk::K],
        _ => &[],
    }
}

fn is_incomplete(key: &Key<'_>) -> bool {
    let Some(kty) = key.text(jwk::KTY) else {
        return true;
    };
    required_members(kty)
        .iter()
        .any(|name| key.text(name).is_none_or(str::is_empty))
}

fn contradicts_itself(key: &Key<'_>) -> bool {
    let allowed: &[&str] = match key.text(jwk::USE) {
        Some("sig") => &["sign", "verify"],
        Some("enc") => &[
            "encrypt",
            "decrypt",
            "wrapKey",
            "unwrapKey",
            "deriveKey",
            "deriveBits",
        ],
        Some(_) | None => return false,
    };
    let operations = key.named.operations.and_then(Value::as_array);
    operations.into_iter().flatten().any(|operation| {
        operation
            .as_str()
            .is_none_or(|text| !allowed.contains(&text))
    })
}

/// What only all keys together show, gathered once because a set may have many.
struct Together<'a> {
    has_signing: bool,
    has_encrypting: bool,
    by_kid: BTreeMap<&'a str, BTreeSet<&'a str>>,
    uses: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Together<'a> {
    fn of(keys: &'a [Key<'a>]) -> Self {
        let mut by_kid: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for key in keys {
            let identity = key.material.identity.as_str();
            if let Some(kid) = key.text(jwk::KID) {
                by_kid.entry(kid).or_default().insert(identity);
            }
            if let Some(word) = key.text(jwk::USE) {
                uses.entry(identity).or_default().insert(word);
            }
        }
        Self {
            has_signing: keys.iter().any(Key::is_signing),
            has_encrypting: !keys.iter().all(Key::is_signing),
            by_kid,
            uses,
        }
    }

    fn shares_kid(&self, key: &Key<'_>) -> bool {
        let same = key.text(jwk::KID).and_then(|kid| self.by_kid.get(kid));
        same.is_some_and(|identities| identities.len() > 1)
    }

    fn needs_use(&self, key: &Key<'_>) -> bool {
        key.text(jwk::USE).is_none() && self.has_signing && self.has_encrypting
    }

    fn is_used_twice(&self, key: &Key<'_>) -> bool {
        let uses = self.uses.get(key.material.identity.as_str());
        uses.is_some_and(|uses| uses.contains("sig") && uses.contains("enc"))
    }
}
