//! The certificates a key carries (`x5c`) and their thumbprints.
//!
//! No chain is verified, and beside other material no certificate parsed (`spki`): a certificate of
//! this key has the key's octets in it. Whether it has expired is not asked either: a document does not change when time passes.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Key;
use super::material::{octets, significant};
use crate::document::fingerprint::{hex, sha1};

/// Longest material that is looked for in a certificate, in octets: `strength` tells of longer.
const LONGEST: usize = 1024;

/// The chain in DER; `None` where it is none. White space is let pass: clients do.
pub(crate) fn chain(certificates: Option<&Value>) -> Option<Vec<Vec<u8>>> {
    let texts = certificates?.as_array()?;
    let certificates: Option<Vec<Vec<u8>>> = texts
        .iter()
        .map(|text| {
            let text: String = text.as_str()?.split_ascii_whitespace().collect();
            // A certificate is a SEQUENCE.
            let der = STANDARD.decode(text).ok()?;
            der.starts_with(&[0x30]).then_some(der)
        })
        .collect();
    certificates.filter(|chain| !chain.is_empty())
}

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
    let material = match key.text("kty") {
        Some("RSA") => key.material.modulus.as_deref().map(Cow::Borrowed),
        Some("EC" | "OKP") => key.text("x").and_then(octets).map(Cow::Owned),
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
        || differs(key.text("x5t#S256"), &sha256)
        || differs(key.text("x5t"), &sha1(&certificate))
}

/// Some servers write the thumbprint in hexadecimal: against the rules, but of the same certificate.
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
