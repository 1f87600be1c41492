//! What stands in a certificate before its extensions (RFC 5280 section 4.1): its issuer, its subject,
//! when it begins and ends, and its key. Whether it may be trusted is never decided here.
//!
//! It is read value by value with `der`. A reader of whole certificates (`x509-cert`, `x509-parser`) refuses
//! all of a certificate for one wrong extension, and nothing of the extensions is wanted. What is not DER
//! (a length that is not the shortest) is no certificate here, as it is none to TLS.

use der::asn1::{AnyRef, GeneralizedTime, UtcTime};
use der::{Decode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};
use jiff::Timestamp;

use super::text::{bounded, visible};

/// The version, which is left out of certificates of version 1.
const VERSION: Tag = Tag::ContextSpecific {
    constructed: true,
    number: TagNumber(0),
};
/// `commonName` and `organizationName` (RFC 5280 appendix A.1), as encoded.
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
const ORGANIZATION: [u8; 3] = [0x55, 0x04, 0x0a];

/// What is read of a certificate, names as they are encoded.
pub(crate) struct X509Fields<'a> {
    /// The name of the CA that issued it.
    pub(crate) issuer: &'a [u8],
    /// The name of its subject.
    pub(crate) subject: &'a [u8],
    /// When it begins; `None` if the field is not a valid time.
    pub(crate) starts_at: Option<Timestamp>,
    /// When it ends; `None` if the field is not a valid time.
    pub(crate) expires_at: Option<Timestamp>,
    /// Its key, a whole `SubjectPublicKeyInfo`; `None` if there is none.
    pub(crate) key: Option<&'a [u8]>,
}

/// Reads a certificate in DER; `None` if the bytes are not one.
pub(crate) fn read(der: &[u8]) -> Option<X509Fields<'_>> {
    let certificate = inside(&mut values(der)?, Tag::Sequence)?;
    let mut signed = values(inside(&mut values(certificate)?, Tag::Sequence)?)?;
    if Tag::peek(&signed).ok()? == VERSION {
        inside(&mut signed, VERSION)?;
    }
    // The number may be negative or longer than is allowed: it is not looked at.
    inside(&mut signed, Tag::Integer)?;
    inside(&mut signed, Tag::Sequence)?;
    let issuer = inside(&mut signed, Tag::Sequence)?;
    let mut validity = values(inside(&mut signed, Tag::Sequence)?)?;
    let subject = inside(&mut signed, Tag::Sequence)?;
    Some(X509Fields {
        issuer,
        subject,
        starts_at: time(&mut validity),
        expires_at: time(&mut validity),
        key: key(&mut signed),
    })
}

/// The values in these bytes, one after another; `None` if they are too many bytes.
pub(crate) fn values(bytes: &[u8]) -> Option<SliceReader<'_>> {
    SliceReader::new(bytes).ok()
}

/// What the next value holds, if it is of this kind.
pub(crate) fn inside<'a>(values: &mut SliceReader<'a>, tag: Tag) -> Option<&'a [u8]> {
    let next = AnyRef::decode(values).ok()?;
    (next.tag() == tag).then(|| next.value())
}

fn key<'a>(signed: &mut SliceReader<'a>) -> Option<&'a [u8]> {
    let is_sequence = Tag::peek(signed).ok()? == Tag::Sequence;
    signed.tlv_bytes().ok().filter(|_| is_sequence)
}

/// A time in either form (RFC 5280 section 4.1.2.5). One before 1970 is none to the library.
fn time(validity: &mut SliceReader<'_>) -> Option<Timestamp> {
    let next = AnyRef::decode(validity).ok()?;
    let since_epoch = match next.tag() {
        Tag::UtcTime => next.decode_as::<UtcTime>().ok()?.to_unix_duration(),
        Tag::GeneralizedTime => next.decode_as::<GeneralizedTime>().ok()?.to_unix_duration(),
        _ => return None,
    };
    Timestamp::from_second(i64::try_from(since_epoch.as_secs()).ok()?).ok()
}

/// A name in the words people use: common name, and the organization where it says more.
pub(crate) fn name(encoded: &[u8]) -> Option<String> {
    let (mut common, mut organization) = (None, None);
    let mut sets = values(encoded)?;
    while let Ok(set) = AnyRef::decode(&mut sets) {
        let Some((kind, text)) = attribute(set.value()) else {
            continue;
        };
        if kind == COMMON_NAME {
            common = text;
        } else if kind == ORGANIZATION {
            organization = text;
        }
    }
    let words = match (common, organization) {
        (Some(common), Some(owner)) if !common.contains(&owner) => format!("{common} ({owner})"),
        (Some(common), _) => common,
        (None, owner) => owner?,
    };
    Some(bounded(&visible(&words), 120))
}

/// The organization in such words, where they name it beside the common name.
pub(crate) fn organization(words: &str) -> Option<&str> {
    let (_, owner) = words.strip_suffix(')')?.rsplit_once(" (")?;
    Some(owner)
}

/// The first attribute of a part of a name: its kind as encoded, and its text.
fn attribute(set: &[u8]) -> Option<(&[u8], Option<String>)> {
    let mut pair = values(inside(&mut values(set)?, Tag::Sequence)?)?;
    let kind = inside(&mut pair, Tag::ObjectIdentifier)?;
    let text = AnyRef::decode(&mut pair).ok();
    Some((kind, text.map(|value| text_of(value.tag(), value.value()))))
}

fn text_of(tag: Tag, bytes: &[u8]) -> String {
    if tag != Tag::BmpString {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let pair = |pair: &[u8]| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => u16::from(b'?'),
    };
    let units: Vec<u16> = bytes.chunks(2).map(pair).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_after_2049_have_a_year_of_four_digits() {
        let read = |tag: u8, text: &str| {
            let length = u8::try_from(text.len()).unwrap();
            let encoded = [&[tag, length], text.as_bytes()].concat();
            time(&mut values(&encoded).unwrap()).map(|at| at.to_string())
        };
        assert_eq!(
            read(0x17, "491231235959Z").as_deref(),
            Some("2049-12-31T23:59:59Z")
        );
        assert_eq!(
            read(0x18, "29990102000000Z").as_deref(),
            Some("2999-01-02T00:00:00Z")
        );
        assert_eq!(read(0x17, "tomorrow"), None);
        assert_eq!(read(0x17, "690101000000Z"), None, "before 1970");
    }

    #[test]
    fn a_number_that_is_negative_or_too_long_hides_nothing() {
        let mut params = rcgen::CertificateParams::default();
        params.serial_number = Some(rcgen::SerialNumber::from_slice(&[0x7f; 30]));
        let key = rcgen::KeyPair::generate().unwrap();
        let mut der = params.self_signed(&key).unwrap().der().to_vec();
        assert!(read(&der).is_some_and(|it| it.expires_at.is_some() && it.key.is_some()));
        let number = der.windows(30).position(|it| it == [0x7f; 30]).unwrap();
        der[number] = 0xff;
        assert!(read(&der).is_some_and(|it| it.expires_at.is_some() && it.key.is_some()));
    }

    #[test]
    fn a_length_that_is_not_the_shortest_makes_it_no_certificate() {
        let params = rcgen::CertificateParams::default();
        let key = rcgen::KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().to_vec();
        let [0x30, 0x82, high, low, ..] = der[..] else {
            panic!("a certificate of 256 bytes and more");
        };
        assert!(read(&der).is_some());
        let long = [&[0x30, 0x83, 0, high, low], &der[4..]].concat();
        assert!(read(&long).is_none());
    }
}
