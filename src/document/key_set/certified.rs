//! Whether the certificates and thumbprints beside a key are of that key.
//!
//! If a key has other material, its certificate is not parsed (else `spki` does that): it suffices to
//! look for the octets of the key in it.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::certificate::chain;
use super::key::Key;
use super::octets::{octets, significant};
use crate::document::fingerprint::{hex, sha1};
use crate::document::jwk;

/// Longest material that is looked for in a certificate, in octets; `strength` reports longer keys.
const LONGEST: usize = 1024;

pub(crate) fn is_malformed(key: &Key<'_>) -> bool {
    let is_given = key.named.certificates.is_some_and(|it| !it.is_null());
    is_given && chain(key.named.certificates).is_none()
}

pub(crate) fn is_of_another_key(key: &Key<'_>) -> bool {
    let Some(certificate) =
        chain(key.named.certificates).and_then(|chain| chain.into_iter().next())
    else {
        return false;
    };
    let material = match key.text(jwk::KTY) {
        Some("RSA") => key.material.modulus.as_deref().map(Cow::Borrowed),
        Some("EC" | "OKP") => key.text(jwk::X).and_then(octets).map(Cow::Owned),
        Some(_) | None => None,
    };
    let is_another = material.is_some_and(|material| {
        let material = significant(&material);
        (1..=LONGEST).contains(&material.len())
            && !certificate
                .windows(material.len())
                .any(|part| part.first() == material.first() && part == material)
    });
    let sha256 = Sha256::digest(&certificate);
    is_another
        || differs(key.text(jwk::X5T_S256), &sha256)
        || differs(key.text(jwk::X5T), &sha1(&certificate))
}

/// Whether a thumbprint is of another certificate. Some servers write it in hexadecimal, which is
/// against the rules but names the same certificate.
fn differs(thumbprint: Option<&str>, digest: &[u8]) -> bool {
    let Some(text) = thumbprint else {
        return false;
    };
    let hex = hex(digest);
    let plain = text
        .trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_");
    let is_hex = |text: &str| text.replace(':', "").eq_ignore_ascii_case(&hex);
    let again = octets(text).and_then(|octets| String::from_utf8(octets).ok());
    plain != URL_SAFE_NO_PAD.encode(digest)
        && !is_hex(text)
        && !again.is_some_and(|text| is_hex(&text))
}
