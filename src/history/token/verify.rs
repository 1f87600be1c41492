//! Verifies the signature of a token with a key of a set, by what rustls verifies with.
//!
//! `jsonwebtoken` was rejected: it reads header and claims once more, by other rules than those by
//! which they were read here, and the same library does its work.

use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use serde_json::Value;

use crate::document::key_set::keys_in;
use crate::document::token::{SigningAlgorithm, Token};

/// Sizes of RSA keys that the library verifies with.
const RSA: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Why it could not be tried.
const SIZE: &str = "an RSA key of less than 2048 or more than 8192 bits";
const UNREADABLE: &str = "a key whose material cannot be read";

/// Whether a key signed a token; why that cannot be tried, if it cannot.
pub(super) fn verifies(
    token: &Token<'_>,
    signing: SigningAlgorithm,
    key: &str,
) -> Result<bool, &'static str> {
    let values = [serde_json::from_str::<Value>(key).map_err(|_odd| UNREADABLE)?];
    let keys = keys_in(&values);
    let key = keys.first().ok_or(UNREADABLE)?;
    if key.bits().is_some_and(|bits| !RSA.contains(&bits)) {
        return Err(SIZE);
    }
    let spki = key.spki().ok_or(UNREADABLE)?;
    let key = ParsedPublicKey::new(algorithm(signing), spki).map_err(|_odd| UNREADABLE)?;
    Ok(key
        .verify_sig(token.signed.as_bytes(), &token.signature)
        .is_ok())
}

fn algorithm(signing: SigningAlgorithm) -> &'static dyn VerificationAlgorithm {
    match signing {
        SigningAlgorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        SigningAlgorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        SigningAlgorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        SigningAlgorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        SigningAlgorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        SigningAlgorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        SigningAlgorithm::Es256 => &signature::ECDSA_P256_SHA256_FIXED,
        SigningAlgorithm::Es384 => &signature::ECDSA_P384_SHA384_FIXED,
        SigningAlgorithm::Es512 => &signature::ECDSA_P521_SHA512_FIXED,
        SigningAlgorithm::Es256k => &signature::ECDSA_P256K1_SHA256_FIXED,
        SigningAlgorithm::EdDsa => &signature::ED25519,
    }
}
