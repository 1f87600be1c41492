//! Whether a key is strong, and whether its algorithm fits it.

use crate::document::jwk;
use crate::document::key_set::Key;

/// Shortest RSA modulus in bits (RFC 7518 section 3.3).
const SHORTEST: usize = 2048;
/// Longest RSA modulus in bits that is not reported. The bound is ours; no specification has one.
const LONGEST: usize = 8192;

/// The size of a key in bits, as it is shown: that of its modulus or of its curve.
pub fn size(key: &Key<'_>) -> Option<usize> {
    match key.text(jwk::KTY)? {
        "RSA" => key.bits(),
        "EC" | "OKP" => Some(match key.text(jwk::CRV)? {
            "P-192" | "secp192r1" | "secp192k1" => 192,
            "P-224" | "secp224r1" => 224,
            "P-256" | "secp256k1" | "Ed25519" | "X25519" => 256,
            "P-384" => 384,
            "P-521" => 521,
            "Ed448" | "X448" => 448,
            _ => return None,
        }),
        _ => None,
    }
}

pub(super) fn is_weak(key: &Key<'_>) -> bool {
    let is_small_curve = matches!(
        key.text(jwk::CRV),
        Some("P-192" | "secp192r1" | "secp192k1")
    );
    is_small_curve || key.bits().is_some_and(|bits| bits < SHORTEST)
}

pub(super) fn is_oversized(key: &Key<'_>) -> bool {
    key.bits().is_some_and(|bits| bits > LONGEST)
}

/// Whether its exponent is odd, more than 1 and less than 65537.
pub(super) fn has_small_exponent(key: &Key<'_>) -> bool {
    let Some(exponent) = key
        .material
        .exponent
        .as_deref()
        .filter(|_| !has_broken_exponent(key))
    else {
        return false;
    };
    exponent.len() < 3 || (exponent.len() == 3 && exponent < [1, 0, 1].as_slice())
}

/// Whether its exponent is 0, 1 or even.
pub(super) fn has_broken_exponent(key: &Key<'_>) -> bool {
    key.material.exponent.as_deref().is_some_and(|exponent| {
        exponent == [1] || exponent.last().is_none_or(|octet| octet % 2 == 0)
    })
}

/// Whether its algorithm is `none`, or one of a shared secret although the key is public.
pub(super) fn has_unprotected_alg(key: &Key<'_>) -> bool {
    let is_shared = |alg: &str| alg.starts_with("HS") && key.text(jwk::KTY) != Some("oct");
    key.text(jwk::ALG)
        .is_some_and(|alg| alg == "none" || is_shared(alg))
}

pub(super) fn has_unfit_alg(key: &Key<'_>) -> bool {
    let (Some(alg), Some(kty)) = (key.text(jwk::ALG), key.text(jwk::KTY)) else {
        return false;
    };
    let crv = key.text(jwk::CRV).unwrap_or_default();
    let is_rsa = ["RS", "PS"].iter().any(|start| alg.starts_with(start));
    match alg {
        "ES256" => (kty, crv) != ("EC", "P-256"),
        "ES384" => (kty, crv) != ("EC", "P-384"),
        "ES512" => (kty, crv) != ("EC", "P-521"),
        "ES256K" => (kty, crv) != ("EC", "secp256k1"),
        "EdDSA" => kty != "OKP",
        "Ed25519" | "Ed448" => (kty, crv) != ("OKP", alg),
        // RFC 9964: the algorithm names the key, and the type has no other.
        _ if alg.starts_with("ML-DSA-") => kty != "AKP",
        _ if is_rsa => kty != "RSA",
        _ if alg.starts_with("ECDH-ES") => kty != "EC" && kty != "OKP",
        _ => false,
    }
}
