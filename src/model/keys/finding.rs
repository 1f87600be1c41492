//! What a key set can show to be wrong with it.
//!
//! Each finding is about the set (`keys`), not about one key: a provider whose keys lack something
//! and who rotates them every day has one thing wrong, not a new one every day. Which keys are
//! concerned stands in its reason; of what is of severity `security` they are remembered, because
//! the same of another key is another danger.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Key, certificate, strength};
use crate::model::change::Finding;
use crate::model::finding::of_rule;
use crate::model::parse::REMOVED;
use crate::model::severity::Severity;
use crate::model::text::{bounded, visible};

/// The rule of what everybody can read and nobody should.
pub const SECRET: &str = "key-secret-published";
/// Most keys that a finding remembers.
const MAX_KEYS: usize = 200;

/// Whether a rule is about a key.
type Test<'t> = &'t dyn Fn(&Key<'_>) -> bool;

/// What the key set does not meet; unsorted.
///
/// The set is the document, or a member of another document (`name`).
pub fn findings(set: &Map<String, Value>, keys: &[Key<'_>], name: &str) -> Vec<Finding> {
    match set.get("keys").and_then(Value::as_array) {
        Some(values) if values.is_empty() => return vec![of_rule("key-set-empty", name)],
        Some(values) if values.iter().all(Value::is_object) => {}
        Some(_) | None => return vec![of_rule("key-set-malformed", name)],
    }
    let together = Together::of(keys);
    let tests: [(&'static str, Test<'_>); 18] = [
        (SECRET, &is_secret),
        ("key-incomplete", &is_incomplete),
        ("key-encoding", &|key| key.material.is_oddly_encoded),
        ("key-weak", &strength::is_weak),
        ("key-oversized", &strength::is_oversized),
        ("key-exponent", &strength::has_small_exponent),
        ("key-exponent-broken", &strength::has_broken_exponent),
        ("key-alg-unfit", &strength::has_unfit_alg),
        ("key-alg-unprotected", &strength::has_unprotected_alg),
        ("key-operations-contradict", &contradicts_itself),
        ("key-use-and-operations", &|key| {
            key.named.has_purpose && key.named.operations.is_some()
        }),
        ("key-certificate-malformed", &certificate::is_malformed),
        ("key-certificate-differs", &certificate::is_of_another_key),
        ("key-id-missing", &|key| {
            keys.len() > 1 && key.text("kid").is_none()
        }),
        ("key-id-repeated", &|key| together.shares_kid(key)),
        ("key-use-missing", &|key| together.needs_use(key)),
        ("key-used-twice", &|key| together.is_used_twice(key)),
        ("wrong-type", &|key| key.named.is_mistyped),
    ];
    tests
        .iter()
        .filter_map(|(id, test)| {
            let concerned: Vec<&Key<'_>> = keys.iter().filter(|key| test(key)).collect();
            (!concerned.is_empty()).then(|| about(id, name, &concerned))
        })
        .collect()
}

fn about(id: &'static str, name: &str, keys: &[&Key<'_>]) -> Finding {
    let mut finding = of_rule(id, name);
    if finding.severity == Severity::Security {
        let names = keys.iter().filter_map(|key| {
            let kid = || key.text("kid").map(|kid| bounded(&visible(kid), 60));
            key.material.thumbprint.clone().or_else(kid)
        });
        finding.keys = names.take(MAX_KEYS).collect();
    }
    let kids: Vec<String> = keys
        .iter()
        .filter_map(|key| key.text("kid"))
        .take(3)
        .map(|kid| bounded(&visible(kid), 60))
        .collect();
    if !kids.is_empty() {
        let more = keys.len() - kids.len();
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let sentence = finding.why.trim_end_matches('.');
        finding.why = format!("{sentence} (kid {}{more}).", kids.join(", "));
    }
    finding
}

fn is_secret(key: &Key<'_>) -> bool {
    key.text("kty") == Some("oct") || key.members.values().any(|value| value == REMOVED)
}

fn required_members(kty: &str) -> &'static [&'static str] {
    match kty {
        "RSA" => &["n", "e"],
        "EC" => &["crv", "x", "y"],
        "OKP" => &["crv", "x"],
        "AKP" => &["alg", "pub"],
        _ => &[],
    }
}

fn is_incomplete(key: &Key<'_>) -> bool {
    let Some(kty) = key.text("kty") else {
        return true;
    };
    required_members(kty)
        .iter()
        .any(|name| key.text(name).is_none_or(str::is_empty))
}

fn contradicts_itself(key: &Key<'_>) -> bool {
    let allowed: &[&str] = match key.text("use") {
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

/// What takes all keys to know, gathered once: a set may have many.
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
            if let Some(kid) = key.text("kid") {
                by_kid.entry(kid).or_default().insert(identity);
            }
            if let Some(word) = key.text("use") {
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
        let same = key.text("kid").and_then(|kid| self.by_kid.get(kid));
        same.is_some_and(|identities| identities.len() > 1)
    }

    fn needs_use(&self, key: &Key<'_>) -> bool {
        key.text("use").is_none() && self.has_signing && self.has_encrypting
    }

    fn is_used_twice(&self, key: &Key<'_>) -> bool {
        let uses = self.uses.get(key.material.identity.as_str());
        uses.is_some_and(|uses| uses.contains("sig") && uses.contains("enc"))
    }
}
