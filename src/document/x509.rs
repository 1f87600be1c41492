//! What stands in a certificate before its extensions (RFC 5280 section 4.1): its issuer, its subject,
//! and when it begins and ends. Whether it may be trusted is never decided here.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::der::value;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;

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
}

/// Reads a certificate in DER; `None` if the bytes are not one.
pub(crate) fn read(der: &[u8]) -> Option<X509Fields<'_>> {
    let (_, certificate, _) = value(der)?;
    let (_, signed, _) = value(certificate)?;
    // The version is left out of certificates of version 1.
    let (tag, _, rest) = value(signed)?;
    let rest = if tag == VERSION { value(rest)?.2 } else { rest };
    let (_, _, rest) = value(rest)?;
    let (_, issuer, rest) = value(rest)?;
    let (tag, validity, rest) = value(rest)?;
    let (_, subject, _) = value(rest)?;
    let (before_tag, before, rest) = value(validity).filter(|_| tag == SEQUENCE)?;
    let (after_tag, after, _) = value(rest)?;
    Some(X509Fields {
        issuer,
        subject,
        starts_at: time(before_tag, before),
        expires_at: time(after_tag, after),
    })
}

/// `YYMMDDhhmmssZ`, or with a year of four digits (RFC 5280 section 4.1.2.5).
fn time(tag: u8, bytes: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(bytes).ok()?;
    let full = if tag == UTC_TIME {
        let century = if text.as_bytes().first()? < &b'5' {
            "20"
        } else {
            "19"
        };
        format!("{century}{text}")
    } else {
        text.to_owned()
    };
    let at = DateTime::strptime("%Y%m%d%H%M%SZ", full).ok()?;
    TimeZone::UTC.to_timestamp(at).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_after_2049_have_a_year_of_four_digits() {
        let read = |tag, text: &str| time(tag, text.as_bytes()).map(|at| at.to_string());
        assert_eq!(
            read(UTC_TIME, "491231235959Z").as_deref(),
            Some("2049-12-31T23:59:59Z")
        );
        assert_eq!(
            read(0x18, "29990102000000Z").as_deref(),
            Some("2999-01-02T00:00:00Z")
        );
        assert_eq!(read(UTC_TIME, "tomorrow"), None);
    }
}
