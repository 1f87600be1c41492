//! The public key that a certificate certifies (RFC 5280 section 4.1), for keys that publish no
//! other material.
//!
//! Nothing else of a certificate is read and no signature is verified. A certificate that is not as
//! expected yields no key.

use der::Tag;

use super::octets::{encode, significant};
use crate::document::x509::{inside, values};

/// A key read from a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CertifiedKey {
    /// Its type, as `kty` names it.
    pub(crate) kty: &'static str,
    /// What RFC 7638 hashes.
    pub(crate) required: String,
    /// Of an RSA key: modulus and exponent.
    pub(crate) numbers: Option<(Vec<u8>, Vec<u8>)>,
}

pub(super) const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
pub(super) const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
pub(super) const CURVES: [(&[u8], &str); 4] = [
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], "P-256"),
    (&[0x2B, 0x81, 0x04, 0x00, 0x22], "P-384"),
    (&[0x2B, 0x81, 0x04, 0x00, 0x23], "P-521"),
    (&[0x2B, 0x81, 0x04, 0x00, 0x0A], "secp256k1"),
];
pub(super) const PAIRS: [(&[u8], &str); 4] = [
    (&[0x2B, 0x65, 0x6E], "X25519"),
    (&[0x2B, 0x65, 0x6F], "X448"),
    (&[0x2B, 0x65, 0x70], "Ed25519"),
    (&[0x2B, 0x65, 0x71], "Ed448"),
];

/// The key itself; `None` if it is of a type that is not known here.
pub(crate) fn key(info: &[u8]) -> Option<CertifiedKey> {
    let mut info = values(inside(&mut values(info)?, Tag::Sequence)?)?;
    let mut algorithm = values(inside(&mut info, Tag::Sequence)?)?;
    let id = inside(&mut algorithm, Tag::ObjectIdentifier)?;
    let bits = inside(&mut info, Tag::BitString)?;
    let (0, bits) = bits.split_first()? else {
        return None;
    };
    if id == RSA {
        let mut numbers = values(inside(&mut values(bits)?, Tag::Sequence)?)?;
        let n = inside(&mut numbers, Tag::Integer)?;
        let e = inside(&mut numbers, Tag::Integer)?;
        let (n, e) = (significant(n), significant(e));
        return Some(CertifiedKey {
            kty: "RSA",
            required: format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(e), encode(n)),
            numbers: Some((n.to_vec(), e.to_vec())),
        });
    }
    if id == EC {
        let curve = inside(&mut algorithm, Tag::ObjectIdentifier)?;
        let (_, crv) = CURVES.iter().find(|(known, _)| *known == curve)?;
        let (4, point) = bits.split_first()? else {
            return None;
        };
        let (x, y) = point.split_at_checked(point.len() / 2)?;
        let (x, y) = (encode(x), encode(y));
        return Some(CertifiedKey {
            kty: "EC",
            required: format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#),
            numbers: None,
        });
    }
    let (_, crv) = PAIRS.iter().find(|(known, _)| *known == id)?;
    Some(CertifiedKey {
        kty: "OKP",
        required: format!(r#"{{"crv":"{crv}","kty":"OKP","x":"{}"}}"#, encode(bits)),
        numbers: None,
    })
}
