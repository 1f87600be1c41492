//! The key itself, read from its members.
//!
//! Material is compared as numbers, because servers write a leading zero octet on one day and leave
//! it out on the next. A symmetric key has no thumbprint here: a hash of a short secret would tell
//! the secret, so it is known by its kid.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// Padding and stray bits are tolerated when keys are compared; `finding` reports them.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);
/// Members that are the key itself, of the types that are known here; all others describe it.
const MATERIAL: [&str; 7] = ["kty", "n", "e", "crv", "x", "y", "pub"];
/// Types of keys whose members are known here.
const TYPES: [&str; 5] = ["RSA", "EC", "OKP", "AKP", "oct"];
/// Members that describe a key of whatever type (RFC 7517 section 4, OpenID Federation 1.0): of a
/// type that is not known here, all others may be the key itself.
const DESCRIPTIVE: [&str; 13] = [
    "kid", "use", "key_ops", "alg", "x5u", "x5c", "x5t", "x5t#S256", "iat", "nbf", "exp",
    "revoked", "ext",
];

/// The key itself, read: which key it is, whatever is said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Material {
    /// RFC 7638, base64url; `None` for a symmetric key and where the material cannot be read.
    pub thumbprint: Option<String>,
    pub(super) identity: String,
    /// Of an RSA key, without leading zero octets; `None` where it cannot be read.
    pub(super) modulus: Option<Vec<u8>>,
    /// As `modulus`.
    pub(super) exponent: Option<Vec<u8>>,
    /// Whether its type is known here.
    is_known: bool,
}

impl Material {
    pub(super) fn of(members: &Map<String, Value>) -> Self {
        let text = |name| members.get(name).and_then(Value::as_str);
        let is_rsa = text("kty") == Some("RSA");
        let number = |name| {
            let octets = octets(text(name).filter(|_| is_rsa)?)?;
            Some(significant(&octets).to_vec())
        };
        let (modulus, exponent) = (number("n"), number("e"));
        let thumbprint = thumbprint(members, modulus.as_deref(), exponent.as_deref());
        let is_known = text("kty").is_none_or(|kty| TYPES.contains(&kty));
        let identity = thumbprint.clone().unwrap_or_else(|| {
            let mut rest = members.clone();
            rest.retain(|name, _| is_made_of(is_known, name) || name == "kid");
            Value::Object(rest).to_string()
        });
        Self {
            thumbprint,
            identity,
            modulus,
            exponent,
            is_known,
        }
    }

    /// Whether a member is part of the key itself.
    pub(super) fn is_made_of(&self, name: &str) -> bool {
        is_made_of(self.is_known, name)
    }
}

fn is_made_of(is_known: bool, name: &str) -> bool {
    if is_known {
        MATERIAL.contains(&name)
    } else {
        !DESCRIPTIVE.contains(&name)
    }
}

/// RFC 7638, over material without leading zero octets.
fn thumbprint(
    key: &Map<String, Value>,
    modulus: Option<&[u8]>,
    exponent: Option<&[u8]>,
) -> Option<String> {
    let text = |name| key.get(name).and_then(Value::as_str);
    let kty = text("kty")?;
    // Written by hand, as a set may have many keys: base64url needs no escape, all else is quoted.
    let quoted = |name| key.get(name).filter(|value| value.is_string());
    let required = match kty {
        "RSA" => {
            let (e, n) = (encode(exponent?), encode(modulus?));
            format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)
        }
        "EC" => {
            let crv = text("crv")?;
            let coordinate = |name| octets(text(name)?).map(|octets| encode(&padded(crv, &octets)));
            let (crv, x, y) = (quoted("crv")?, coordinate("x")?, coordinate("y")?);
            format!(r#"{{"crv":{crv},"kty":"EC","x":"{x}","y":"{y}"}}"#)
        }
        "OKP" => {
            let (crv, x) = (quoted("crv")?, encode(&octets(text("x")?)?));
            format!(r#"{{"crv":{crv},"kty":"OKP","x":"{x}"}}"#)
        }
        "AKP" => {
            let (alg, public) = (quoted("alg")?, encode(&octets(text("pub")?)?));
            format!(r#"{{"alg":{alg},"kty":"AKP","pub":"{public}"}}"#)
        }
        _ => return None,
    };
    Some(encode(&Sha256::digest(required)))
}

pub(super) fn encode(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// The octets behind a base64url text, read as leniently as clients do.
pub(super) fn octets(text: &str) -> Option<Vec<u8>> {
    let decoded = if text.contains(['+', '/']) {
        LENIENT.decode(text.replace('+', "-").replace('/', "_"))
    } else {
        LENIENT.decode(text)
    };
    decoded.ok().filter(|octets| !octets.is_empty())
}

pub(super) fn significant(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets.get(zeros..).unwrap_or_default()
}

pub(super) fn field_octets(crv: &str) -> Option<usize> {
    match crv {
        "P-256" | "secp256k1" => Some(32),
        "P-384" => Some(48),
        "P-521" => Some(66),
        _ => None,
    }
}

fn padded(crv: &str, octets: &[u8]) -> Vec<u8> {
    let number = significant(octets);
    let zeros = field_octets(crv).map_or(0, |full| full.saturating_sub(number.len()));
    let mut padded = vec![0; zeros];
    padded.extend_from_slice(number);
    padded
}
