//! What a key set can show to be wrong with it.
//!
//! Each finding is about the set (`keys`), not about one key: a provider whose keys lack something
//! and who rotates them every day has one thing wrong, not a new one every day. Which keys are
//! concerned stands in its reason; of what is of severity `security` they are remembered and
//! described, because the same of another key is another danger.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{about, strength};
use crate::document::key_set::{Key, certified};
use crate::document::parse::REMOVED;
use crate::document::severity::Severity;
use crate::document::text::{bounded, visible};
use crate::meaning::change::Finding;
use crate::meaning::rule;
use crate::meaning::rule::SECRET;
use crate::meaning::worded::of_rule;

/// The rule of what is long enough to be a burden.
const OVERSIZED: &str = "key-oversized";
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
        (OVERSIZED, &strength::is_oversized),
        ("key-exponent", &strength::has_small_exponent),
        ("key-exponent-broken", &strength::has_broken_exponent),
        ("key-alg-unfit", &strength::has_unfit_alg),
        ("key-alg-unprotected", &strength::has_unprotected_alg),
        ("key-operations-contradict", &contradicts_itself),
        ("key-use-and-operations", &|key| {
            key.named.has_purpose && key.named.operations.is_some()
        }),
        ("key-certificate-malformed", &certified::is_malformed),
        ("key-certificate-differs", &certified::is_of_another_key),
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
            (!concerned.is_empty()).then(|| finding(id, name, &concerned))
        })
        .collect()
}

fn finding(id: &'static str, name: &str, keys: &[&Key<'_>]) -> Finding {
    let mut finding = of_rule(id, name);
    if finding.severity == Severity::Security {
        let names = keys.iter().filter_map(|key| {
            let kid = || key.text("kid").map(|kid| bounded(&visible(kid), 60));
            key.material.thumbprint.clone().or_else(kid)
        });
        finding.keys = names.take(MAX_KEYS).collect();
    }
    if finding.severity == Severity::Security || id == OVERSIZED {
        finding.about_keys = about::of(keys);
        reword(&mut finding);
        return finding;
    }
    let kids = keys.iter().filter_map(|key| key.text("kid"));
    let kids: BTreeSet<&str> = kids.collect();
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
        finding.why = rule::find(&finding.rule).map_or_else(String::new, |row| row.why.to_owned());
        add(&mut finding.why, &words);
    }
}

fn add(sentence: &mut String, words: &str) {
    *sentence = format!("{} ({words}).", sentence.trim_end_matches('.'));
}

/// Leaves of a finding only the keys that it did not tell of before, where it tells of each.
pub(crate) fn only_new(finding: &mut Finding, known: &Finding) {
    let is_new = |id: &str| !known.keys.iter().any(|key| key == id);
    finding
        .about_keys
        .retain(|about| about::id(about).is_none_or(is_new));
    reword(finding);
}

fn is_secret(key: &Key<'_>) -> bool {
    key.members.values().any(|value| value == REMOVED)
}

fn required_members(kty: &str) -> &'static [&'static str] {
    match kty {
        "RSA" => &["n", "e"],
        "EC" => &["crv", "x", "y"],
        "OKP" => &["crv", "x"],
        "AKP" => &["alg", "pub"],
        "oct" => &["k"],
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
