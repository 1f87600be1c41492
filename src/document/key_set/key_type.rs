//! The kind of a key, which the library of a client must know to read the set that the key stands in.

use std::collections::BTreeSet;
use std::fmt;

use super::key::Key;
use crate::document::jwk;

/// The name of the kind's member in the description of a key.
pub(crate) const WORD: &str = "type";

/// The kinds that specifications name: RFC 7518, RFC 8037, RFC 8812, RFC 9964.
const REGISTERED: [&str; 13] = [
    "AKP ML-DSA-44",
    "AKP ML-DSA-65",
    "AKP ML-DSA-87",
    "EC P-256",
    "EC P-384",
    "EC P-521",
    "EC secp256k1",
    "OKP Ed25519",
    "OKP Ed448",
    "OKP X25519",
    "OKP X448",
    "RSA",
    "oct",
];

/// Whether a kind is one that specifications name, and so a word of ours as well.
pub fn is_registered(kind: &str) -> bool {
    REGISTERED.contains(&kind)
}

/// A kind: type and, where a type has several, the curve or algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyType<'a> {
    kty: &'a str,
    part: Option<&'a str>,
}

impl fmt::Display for KeyType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Some(part) => write!(f, "{} {part}", self.kty),
            None => f.write_str(self.kty),
        }
    }
}

/// The kind, such as `EC P-256` or `AKP ML-DSA-44`; `None` for a key without a type: clients skip it.
pub(crate) fn of<'a>(key: &Key<'a>) -> Option<KeyType<'a>> {
    let kty = key.text(jwk::KTY)?;
    let part = match kty {
        "EC" | "OKP" => key.text(jwk::CRV),
        "AKP" => key.text(jwk::ALG),
        _ => None,
    };
    Some(KeyType { kty, part })
}

pub(crate) fn all<'a>(keys: &[Key<'a>]) -> BTreeSet<KeyType<'a>> {
    keys.iter().filter_map(of).collect()
}
