//! What is recorded of a certificate: fingerprints, the CA that issued it, when it expires.
//!
//! What cannot be read is left out; whether a certificate may be trusted is never decided here.

use crate::document::fingerprint::{hex, sha1, sha256_hex};
use crate::document::observation::Certificate;
use crate::document::x509::{name, read};

/// What is recorded of one certificate, in DER. Total: what cannot be read is left out.
pub fn certificate(der: &[u8]) -> Certificate {
    let read = read(der);
    Certificate {
        sha256: sha256_hex(der),
        sha1: hex(&sha1(der)),
        issuer: read.as_ref().and_then(|read| name(read.issuer)),
        subject: read.as_ref().and_then(|read| name(read.subject)),
        starts_at: read.as_ref().and_then(|read| read.starts_at),
        expires_at: read.and_then(|read| read.expires_at),
    }
}

/// The name of the CA that issued a certificate, made visible, and whether that is its own name.
pub(super) fn issuer(der: &[u8]) -> Option<(Option<String>, bool)> {
    let read = read(der)?;
    Some((name(read.issuer), read.issuer == read.subject))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issued(ca: &[(rcgen::DnType, &str)]) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        for (kind, value) in ca {
            params.distinguished_name.push(kind.clone(), *value);
        }
        params.not_after = rcgen::date_time_ymd(2031, 5, 6);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn the_issuing_ca_and_the_expiry_are_read() {
        use rcgen::DnType::{CommonName, OrganizationName};
        let der = issued(&[(OrganizationName, "Let's Encrypt"), (CommonName, "R11")]);
        let found = certificate(&der);
        assert_eq!(found.issuer.as_deref(), Some("R11 (Let's Encrypt)"));
        assert_eq!(
            found.expires_at.map(|at| at.to_string()).as_deref(),
            Some("2031-05-06T00:00:00Z")
        );
        assert_eq!((found.sha256.len(), found.sha1.len()), (64, 40));
        let der = issued(&[(CommonName, "\u{1b}[2J")]);
        let own = (Some("<U+001B>[2J".to_owned()), true);
        assert_eq!(issuer(&der), Some(own), "it is signed by itself");
    }

    #[test]
    fn no_bytes_stop_the_reading() {
        let der = issued(&[(rcgen::DnType::CommonName, "R11")]);
        for end in 0..der.len() {
            certificate(&der[..end]);
            let mut bent = der.clone();
            bent[end] ^= 0xff;
            certificate(&bent);
        }
    }
}
