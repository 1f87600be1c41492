//! A key as other programs take it: the `SubjectPublicKeyInfo` of RFC 5280 in DER, and as PEM; and when
//! its certificate ends.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::asn1::{AnyRef, UintRef};
use der::{Encode as _, Tag};
use jiff::Timestamp;

use super::certificate::chain;
use super::key::Key;
use super::octets::{field_octets, octets, significant};
use super::spki::{CURVES, EC, PAIRS, RSA};
use crate::document::jwk;
use crate::document::x509;

/// The parameters of an RSA key: an explicit NULL (RFC 3279 section 2.3.1).
const NULL: [u8; 2] = [5, 0];
/// Characters of a line of PEM (RFC 7468 section 2).
const LINE: usize = 64;

impl Key<'_> {
    /// Its `SubjectPublicKeyInfo` in DER; `None` for a type that is not supported here, and for
    /// material that cannot be read.
    pub fn spki(&self) -> Option<Vec<u8>> {
        let own = match self.text(jwk::KTY)? {
            "RSA" => self.rsa(),
            "EC" => self.ec(),
            "OKP" => self.okp(),
            _ => None,
        };
        own.or_else(|| self.certified())
    }

    /// The same as PEM; `None` in the same cases.
    pub fn pem(&self) -> Option<String> {
        let text = STANDARD.encode(self.spki()?);
        let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
        for (index, c) in text.chars().enumerate() {
            if index > 0 && index % LINE == 0 {
                pem.push('\n');
            }
            pem.push(c);
        }
        pem.push_str("\n-----END PUBLIC KEY-----\n");
        Some(pem)
    }

    /// When its certificate ends, if it carries one that says so.
    pub fn certificate_ends(&self) -> Option<Timestamp> {
        let chain = chain(self.named.certificates)?;
        x509::read(chain.first()?)?.expires_at
    }

    fn rsa(&self) -> Option<Vec<u8>> {
        let (n, e) = (&self.material.modulus, &self.material.exponent);
        let [n, e] = [n, e].map(|number| {
            let number = UintRef::new(number.as_ref()?).ok()?;
            number.to_der().ok()
        });
        let algorithm = [value(Tag::ObjectIdentifier, RSA)?, NULL.to_vec()].concat();
        info(&algorithm, &value(Tag::Sequence, &[n?, e?].concat())?)
    }

    fn ec(&self) -> Option<Vec<u8>> {
        let name = self.text(jwk::CRV)?;
        let (curve, _) = CURVES.iter().find(|(_, known)| *known == name)?;
        let length = field_octets(name)?;
        let mut point = vec![4];
        for name in [jwk::X, jwk::Y] {
            let octets = octets(self.text(name)?)?;
            let number = significant(&octets);
            point.resize(point.len() + length.checked_sub(number.len())?, 0);
            point.extend_from_slice(number);
        }
        let [kind, curve] = [EC, curve].map(|id| value(Tag::ObjectIdentifier, id));
        info(&[kind?, curve?].concat(), &point)
    }

    fn okp(&self) -> Option<Vec<u8>> {
        let name = self.text(jwk::CRV)?;
        let (curve, _) = PAIRS.iter().find(|(_, known)| *known == name)?;
        let octets = octets(self.text(jwk::X)?)?;
        info(&value(Tag::ObjectIdentifier, curve)?, &octets)
    }

    /// The `SubjectPublicKeyInfo` of its certificate, if the key has no other material.
    fn certified(&self) -> Option<Vec<u8>> {
        let is_alone = ![jwk::N, jwk::E, jwk::X, jwk::Y, jwk::PUB]
            .iter()
            .any(|name| self.members.contains_key(*name));
        let first = chain(self.named.certificates.filter(|_| is_alone))?;
        x509::read(first.first()?)?.key.map(<[u8]>::to_vec)
    }
}

fn info(algorithm: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    // The first octet says that all bits of the last one count.
    let bits = [&[0], key].concat();
    let parts = [
        value(Tag::Sequence, algorithm)?,
        value(Tag::BitString, &bits)?,
    ];
    value(Tag::Sequence, &parts.concat())
}

/// One value in DER; `None` if it is too long to be one.
fn value(tag: Tag, inside: &[u8]) -> Option<Vec<u8>> {
    AnyRef::new(tag, inside).ok()?.to_der().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::document::key_set::octets::encode;
    use crate::document::key_set::{keys_in, spki};

    fn pem(key: Value) -> Option<String> {
        keys_in(&[key]).first().unwrap().pem()
    }

    #[test]
    fn a_key_is_written_as_the_program_that_made_it_writes_it() {
        let made = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let point = made.public_key_raw();
        let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
        let ec = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y});
        assert_eq!(pem(ec).unwrap(), made.public_key_pem());
        let made = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        let okp = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(made.public_key_raw())});
        let said = pem(okp).unwrap();
        assert_eq!(said, made.public_key_pem());
    }

    #[test]
    fn what_is_written_reads_back_as_the_key() {
        // A modulus with its first bit set, and an exponent without.
        let n = [&[0x90], [7; 255].as_slice()].concat();
        let key = json!({"kty": "RSA", "n": encode(&n), "e": "AQAB"});
        let keys = [key];
        let keys = keys_in(&keys);
        let key = keys.first().unwrap();
        let read = spki::key(&key.spki().unwrap()).unwrap();
        assert_eq!(read.kty, "RSA");
        assert_eq!(read.numbers, Some((n, vec![1, 0, 1])));
    }

    #[test]
    fn what_is_no_public_key_is_written_as_none() {
        for key in [
            json!({"kty": "oct", "kid": "a"}),
            json!({"kty": "RSA", "n": "***", "e": "AQAB"}),
            json!({"kty": "EC", "crv": "P-256", "x": "AQ"}),
            json!({"kty": "OKP", "crv": "X", "x": "AQ"}),
            json!({}),
        ] {
            assert_eq!(pem(key), None);
        }
    }
}
