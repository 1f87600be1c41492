//! The key itself, read from its members.
//!
//! Material is compared as numbers, because servers write a leading zero octet on one day and leave
//! it out on the next. A symmetric key has no thumbprint here: a hash of a short secret would tell
//! the secret, so it is known by its kid.
//!
//! What cannot be read is not the same key as something else that cannot be read: then all that can
//! be seen of it is compared, the key that its certificate certifies and the text of the rest.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::key_members::KeyMembers;
use super::octets::{encode, field_octets, octets, significant};
use super::{certificate, spki};
use crate::document::fingerprint::sha256_hex;
use crate::document::jwk;
use crate::document::parse::removed::REMOVED;
use crate::document::x509;

/// Members that are the key itself, of the types that are known here; all others describe it.
const MATERIAL: [&str; 7] = [jwk::KTY, jwk::N, jwk::E, jwk::CRV, jwk::X, jwk::Y, jwk::PUB];
/// Members that describe a key of whatever type (RFC 7517 section 4, OpenID Federation 1.0, Entra's
/// `issuer`): of material that cannot be read, all others may be the key itself.
const DESCRIPTIVE: [&str; 10] = [
    jwk::KID,
    jwk::USE,
    jwk::KEY_OPS,
    jwk::ALG,
    jwk::IAT,
    jwk::NBF,
    jwk::EXP,
    jwk::REVOKED,
    jwk::EXT,
    jwk::ISSUER,
];
/// Members that follow from the certificate.
const CERTIFICATE: [&str; 4] = [jwk::X5U, jwk::X5C, jwk::X5T, jwk::X5T_S256];

/// Which members are the key itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IdentityMembers {
    /// The members of the types that are known here.
    OfType,
    /// All members that may be the key, including its certificates.
    All,
    /// The same, except that the certified key stands in place of the certificates.
    AllButCertificate,
}

/// The key itself, read: which key it is, whatever is said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Material {
    /// RFC 7638, base64url; of the key in its certificate if there is no other material. `None` for a
    /// symmetric key and if the material cannot be read.
    pub thumbprint: Option<String>,
    pub(crate) identity: String,
    /// The modulus of an RSA key, without leading zero octets; `None` if it cannot be read.
    pub(crate) modulus: Option<Vec<u8>>,
    /// The exponent of an RSA key, in the same form.
    pub(crate) exponent: Option<Vec<u8>>,
    /// Whether it is encoded otherwise than the specification has it (RFC 7518 sections 2 and 6).
    pub(crate) is_oddly_encoded: bool,
    identity_members: IdentityMembers,
}

impl Material {
    pub(crate) fn of(members: &Map<String, Value>, named: &KeyMembers<'_>) -> Self {
        let texts = [named.n, named.e, named.x, named.y, named.public];
        let [n, e, x, y, public] = texts.map(|text| text.map(Octets::of));
        let is_oddly_encoded = [&n, &e, &x, &y, &public]
            .into_iter()
            .flatten()
            .any(|octets| octets.is_odd(named));
        let parts = OctetMembers { n, e, x, y, public };
        let is_rsa = named.kty == Some("RSA");
        if let Some(thumbprint) = parts.thumbprint(members, named) {
            let number = |octets: Option<Octets<'_>>| octets.filter(|_| is_rsa)?.into_number();
            return Self {
                identity: thumbprint.clone(),
                thumbprint: Some(thumbprint),
                modulus: number(parts.n),
                exponent: number(parts.e),
                is_oddly_encoded,
                identity_members: IdentityMembers::OfType,
            };
        }
        let mut material = Self::of_certificate(members, named);
        material.is_oddly_encoded = is_oddly_encoded;
        if is_rsa && material.thumbprint.is_none() {
            material.modulus = parts.n.and_then(Octets::into_number);
            material.exponent = parts.e.and_then(Octets::into_number);
        }
        material
    }

    /// Material that cannot be read from the members of its type, as far as its certificate shows it.
    fn of_certificate(members: &Map<String, Value>, named: &KeyMembers<'_>) -> Self {
        let first = certificate::chain(named.certificates).and_then(|it| it.into_iter().next());
        let info = first.as_deref().and_then(|it| x509::read(it)?.key);
        // Where there is other material, that is what clients read.
        let is_alone = ![jwk::N, jwk::E, jwk::X, jwk::Y, jwk::PUB]
            .iter()
            .any(|name| members.contains_key(*name));
        let certified = info.filter(|_| is_alone).and_then(spki::key);
        if let Some(certified) = certified.filter(|it| Some(it.kty) == named.kty) {
            let thumbprint = encode(&Sha256::digest(&certified.required));
            let (modulus, exponent) = certified.numbers.unzip();
            return Self {
                identity: thumbprint.clone(),
                thumbprint: Some(thumbprint),
                modulus,
                exponent,
                is_oddly_encoded: false,
                identity_members: IdentityMembers::OfType,
            };
        }
        let identity_members = match info {
            // Nothing of a shared secret is known here, so its kid alone says which it is.
            _ if named.kty == Some("oct") => IdentityMembers::OfType,
            Some(_) => IdentityMembers::AllButCertificate,
            None => IdentityMembers::All,
        };
        let mut rest = members.clone();
        // A private member that was published by mistake does not make it another key.
        rest.retain(|name, value| {
            (name == jwk::KID || is_made_of(identity_members, name)) && value != REMOVED
        });
        let certified = info.map(sha256_hex).unwrap_or_default();
        Self {
            thumbprint: None,
            identity: format!("{certified}{}", Value::Object(rest)),
            modulus: None,
            exponent: None,
            is_oddly_encoded: false,
            identity_members,
        }
    }

    /// Whether a member is part of the key itself.
    pub(crate) fn is_made_of(&self, name: &str) -> bool {
        is_made_of(self.identity_members, name)
    }
}

fn is_made_of(identity_members: IdentityMembers, name: &str) -> bool {
    match identity_members {
        IdentityMembers::OfType => MATERIAL.contains(&name),
        IdentityMembers::All => !DESCRIPTIVE.contains(&name),
        IdentityMembers::AllButCertificate => {
            !DESCRIPTIVE.contains(&name) && !CERTIFICATE.contains(&name)
        }
    }
}

/// A member that is octets in base64url, read as leniently as clients do.
struct Octets<'a> {
    text: &'a str,
    /// The octets behind the text; empty if it cannot be read.
    octets: Vec<u8>,
    /// Whether `text` is the one correct encoding of them.
    is_exact: bool,
}

impl<'a> Octets<'a> {
    fn of(text: &'a str) -> Self {
        let exact = URL_SAFE_NO_PAD.decode(text).ok();
        Self {
            text,
            is_exact: exact.is_some(),
            octets: exact.or_else(|| octets(text)).unwrap_or_default(),
        }
    }

    fn is_odd(&self, named: &KeyMembers<'_>) -> bool {
        !self.is_exact
            || match named.kty {
                Some("RSA") => self.octets.first() == Some(&0),
                Some("EC") => {
                    let full = named.crv.and_then(field_octets);
                    full.is_some_and(|full| self.octets.len() != full)
                }
                _ => false,
            }
    }

    /// The octets without leading zeros; `None` if the text cannot be read.
    fn into_number(mut self) -> Option<Vec<u8>> {
        let zeros = self.octets.len() - significant(&self.octets).len();
        (!self.octets.is_empty()).then(|| {
            self.octets.drain(..zeros);
            self.octets
        })
    }

    /// The base64url of `octets`, which are its own octets in another form; `None` if it has none.
    fn encoded(&self, octets: &[u8]) -> Option<Cow<'a, str>> {
        if self.octets.is_empty() {
            None
        } else if self.is_exact && *octets == *self.octets {
            Some(Cow::Borrowed(self.text))
        } else {
            Some(Cow::Owned(encode(octets)))
        }
    }

    fn number(&self) -> Option<Cow<'a, str>> {
        self.encoded(significant(&self.octets))
    }

    fn coordinate(&self, crv: &str) -> Option<Cow<'a, str>> {
        self.encoded(&padded(crv, &self.octets))
    }

    fn as_is(&self) -> Option<Cow<'a, str>> {
        self.encoded(&self.octets)
    }
}

/// The members that hold octets.
struct OctetMembers<'a> {
    n: Option<Octets<'a>>,
    e: Option<Octets<'a>>,
    x: Option<Octets<'a>>,
    y: Option<Octets<'a>>,
    public: Option<Octets<'a>>,
}

impl OctetMembers<'_> {
    /// RFC 7638, over material without leading zero octets.
    fn thumbprint(&self, key: &Map<String, Value>, named: &KeyMembers<'_>) -> Option<String> {
        // Written by hand, as a set may have many keys: base64url needs no escape, the rest is quoted.
        let quoted = |name| key.get(name).filter(|value| value.is_string());
        let required = match named.kty? {
            "RSA" => {
                let (e, n) = (self.e.as_ref()?.number()?, self.n.as_ref()?.number()?);
                format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)
            }
            "EC" => {
                let curve = named.crv?;
                let (x, y) = (self.x.as_ref()?, self.y.as_ref()?);
                let (x, y) = (x.coordinate(curve)?, y.coordinate(curve)?);
                let crv = quoted(jwk::CRV)?;
                format!(r#"{{"crv":{crv},"kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            "OKP" => {
                let (crv, x) = (quoted(jwk::CRV)?, self.x.as_ref()?.as_is()?);
                format!(r#"{{"crv":{crv},"kty":"OKP","x":"{x}"}}"#)
            }
            "AKP" => {
                let (alg, public) = (quoted(jwk::ALG)?, self.public.as_ref()?.as_is()?);
                format!(r#"{{"alg":{alg},"kty":"AKP","pub":"{public}"}}"#)
            }
            _ => return None,
        };
        Some(encode(&Sha256::digest(required)))
    }
}

/// A coordinate with as many zeros at the front as its curve demands, if that is known.
fn padded<'o>(crv: &str, octets: &'o [u8]) -> Cow<'o, [u8]> {
    let number = significant(octets);
    let zeros = field_octets(crv).map_or(0, |full| full.saturating_sub(number.len()));
    if zeros + number.len() == octets.len() {
        return Cow::Borrowed(octets);
    }
    let mut padded = vec![0; zeros];
    padded.extend_from_slice(number);
    Cow::Owned(padded)
}
