//! What a key set can show to be wrong with it.
//!
//! Each finding is about the set (`keys`), not about one key: a provider whose keys lack something
//! and who rotates them every day has one thing wrong, not a new one every day. Which keys are
//! concerned stands in its reason.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Key, field_octets, keys, octets, significant};
use crate::model::change::Finding;
use crate::model::document::Document;
use crate::model::finding::of_rule;
use crate::model::parse::REMOVED;
use crate::model::text::{bounded, visible};

/// Whether a rule is about a key.
type Test<'t> = &'t dyn Fn(&Key<'_>) -> bool;

/// What the key set does not meet; unsorted.
pub fn findings(document: &Document) -> Vec<Finding> {
    let keys_value = document.members().get("keys");
    match keys_value.and_then(Value::as_array) {
        Some(values) if values.is_empty() => return vec![of_rule("key-set-empty", "keys")],
        Some(values) if values.iter().all(Value::is_object) => {}
        Some(_) | None => return vec![of_rule("key-set-malformed", "keys")],
    }
    let keys = keys(document.members());
    let tests: [(&'static str, Test<'_>); 13] = [
        ("key-secret-published", &is_secret),
        ("key-incomplete", &is_incomplete),
        ("key-encoding", &is_oddly_encoded),
        ("key-weak", &is_weak),
        ("key-exponent", &has_odd_exponent),
        ("key-alg-unfit", &has_unfit_alg),
        ("key-operations-contradict", &contradicts_itself),
        ("key-certificate-differs", &has_other_certificate),
        ("key-id-missing", &|key| {
            keys.len() > 1 && key.text("kid").is_none()
        }),
        ("key-id-repeated", &|key| shares_kid(key, &keys)),
        ("key-use-missing", &|key| needs_use(key, &keys)),
        ("key-used-twice", &|key| is_used_twice(key, &keys)),
        ("wrong-type", &|key| {
            ["kty", "kid", "use", "alg"].iter().any(|name| {
                key.members
                    .get(*name)
                    .is_some_and(|value| !value.is_string())
            })
        }),
    ];
    tests
        .iter()
        .filter_map(|(id, test)| {
            let concerned: Vec<&Key<'_>> = keys.iter().filter(|key| test(key)).collect();
            (!concerned.is_empty()).then(|| about(id, &concerned))
        })
        .collect()
}

fn about(id: &'static str, keys: &[&Key<'_>]) -> Finding {
    let mut finding = of_rule(id, "keys");
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

fn is_oddly_encoded(key: &Key<'_>) -> bool {
    ["n", "e", "x", "y", "pub"].iter().any(|name| {
        let Some(text) = key.text(name) else {
            return false;
        };
        let Ok(octets) = URL_SAFE_NO_PAD.decode(text) else {
            return true;
        };
        match (key.text("kty"), *name) {
            (Some("RSA"), _) => octets.first() == Some(&0),
            (Some("EC"), _) => {
                let full = key.text("crv").and_then(field_octets);
                full.is_some_and(|full| octets.len() != full)
            }
            _ => false,
        }
    })
}

fn is_weak(key: &Key<'_>) -> bool {
    if key.text("crv") == Some("P-192") {
        return true;
    }
    let Some(modulus) = key
        .text("n")
        .filter(|_| key.text("kty") == Some("RSA"))
        .and_then(octets)
    else {
        return false;
    };
    let number = significant(&modulus);
    let unused = number
        .first()
        .map_or(0, |octet| octet.leading_zeros() as usize);
    number.len() * 8 - unused < 2048
}

fn has_odd_exponent(key: &Key<'_>) -> bool {
    let Some(exponent) = key
        .text("e")
        .filter(|_| key.text("kty") == Some("RSA"))
        .and_then(octets)
    else {
        return false;
    };
    let number = significant(&exponent);
    let is_even = number.last().is_none_or(|octet| octet % 2 == 0);
    let is_small = number.len() < 3 || (number.len() == 3 && number < [1, 0, 1].as_slice());
    is_even || is_small
}

fn has_unfit_alg(key: &Key<'_>) -> bool {
    let (Some(alg), Some(kty)) = (key.text("alg"), key.text("kty")) else {
        return false;
    };
    let crv = key.text("crv").unwrap_or_default();
    match alg {
        "none" => true,
        "ES256" => (kty, crv) != ("EC", "P-256"),
        "ES384" => (kty, crv) != ("EC", "P-384"),
        "ES512" => (kty, crv) != ("EC", "P-521"),
        "ES256K" => (kty, crv) != ("EC", "secp256k1"),
        "EdDSA" | "Ed25519" | "Ed448" => kty != "OKP",
        _ if alg.starts_with("HS") => kty != "oct",
        _ if ["RS", "PS", "RSA"]
            .iter()
            .any(|start| alg.starts_with(start)) =>
        {
            kty != "RSA"
        }
        _ if alg.starts_with("ECDH-ES") => kty != "EC" && kty != "OKP",
        _ => false,
    }
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
    let operations = key.members.get("key_ops").and_then(Value::as_array);
    operations.into_iter().flatten().any(|operation| {
        operation
            .as_str()
            .is_none_or(|text| !allowed.contains(&text))
    })
}

/// The certificate is not parsed: a certificate of this key has the key's octets in it.
fn has_other_certificate(key: &Key<'_>) -> bool {
    let chain = key.members.get("x5c").and_then(Value::as_array);
    let first = chain
        .and_then(|chain| chain.first())
        .and_then(Value::as_str);
    let Some(certificate) = first.and_then(|text| STANDARD.decode(text).ok()) else {
        return chain.is_some();
    };
    let material = match key.text("kty") {
        Some("RSA") => key.text("n").and_then(octets),
        Some("EC" | "OKP") => key.text("x").and_then(octets),
        Some(_) | None => None,
    };
    let is_another = material.is_some_and(|material| {
        let material = significant(&material);
        !material.is_empty()
            && !certificate
                .windows(material.len())
                .any(|part| part == material)
    });
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(&certificate));
    is_another
        || key
            .text("x5t#S256")
            .is_some_and(|text| text.trim_end_matches('=') != digest)
}

fn shares_kid(key: &Key<'_>, keys: &[Key<'_>]) -> bool {
    let same = |other: &&Key<'_>| other.text("kid") == key.text("kid");
    key.text("kid").is_some()
        && keys
            .iter()
            .filter(same)
            .any(|other| other.identity != key.identity)
}

fn needs_use(key: &Key<'_>, keys: &[Key<'_>]) -> bool {
    let has = |signing: bool| keys.iter().any(|key| key.is_signing() == signing);
    key.text("use").is_none() && has(true) && has(false)
}

fn is_used_twice(key: &Key<'_>, keys: &[Key<'_>]) -> bool {
    let is_used = |wanted: &str| {
        keys.iter()
            .any(|other| other.identity == key.identity && other.text("use") == Some(wanted))
    };
    is_used("sig") && is_used("enc")
}
