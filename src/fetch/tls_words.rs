//! Errors of TLS in words: never the debug form of a library.

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error, OtherError};

use super::tls::RefusedCertificate;
use crate::document::failure::TlsTrouble;

/// The kind of trouble that a TLS error is, and the words for it.
pub(super) fn tls(error: &Error, refused: &RefusedCertificate) -> (TlsTrouble, String) {
    let said = |trouble, words: &str| (trouble, words.to_owned());
    let none = |words: &str| said(TlsTrouble::NoSession, &format!("no TLS session: {words}"));
    match error {
        Error::InvalidCertificate(error) => certificate(error, refused),
        Error::InvalidMessage(_)
        | Error::InappropriateMessage { .. }
        | Error::PeerSentOversizedRecord => said(
            TlsTrouble::NotTls,
            "what answers does not speak TLS (a service without it listens on this port)",
        ),
        Error::AlertReceived(alert) => none(&alert_words(*alert)),
        Error::PeerIncompatible(_) => {
            none("it offers no protocol version (1.2 or 1.3) or cipher that is still safe")
        }
        Error::NoApplicationProtocol => none("it does not speak HTTP/1.1"),
        Error::NoCertificatesPresented => none("it showed no certificate"),
        Error::UnsupportedNameType => none("its name cannot be asked for"),
        Error::DecryptError => none("what came cannot be decrypted"),
        Error::PeerMisbehaved(_) | Error::InappropriateHandshakeMessage { .. } => {
            none("it does not keep the rules of the protocol")
        }
        _ => none("the handshake failed"),
    }
}

fn certificate(error: &CertificateError, refused: &RefusedCertificate) -> (TlsTrouble, String) {
    use CertificateError as Is;
    let bad = |words: &str| (TlsTrouble::BadCertificate, format!("certificate {words}"));
    match error {
        Is::Expired => {
            let trouble = TlsTrouble::Expired { since: None };
            (trouble, "certificate has expired".to_owned())
        }
        Is::ExpiredContext { not_after, .. } => {
            let since = time(*not_after);
            let words = format!("certificate expired on {}", day(since));
            (TlsTrouble::Expired { since }, words)
        }
        Is::NotValidYet => {
            let trouble = TlsTrouble::NotYetValid { from: None };
            (trouble, "certificate is not valid yet".to_owned())
        }
        Is::NotValidYetContext { not_before, .. } => {
            let from = time(*not_before);
            let words = format!("certificate is not valid before {}", day(from));
            (TlsTrouble::NotYetValid { from }, words)
        }
        Is::NotValidForName => another_name("", &[]),
        Is::NotValidForNameContext {
            expected,
            presented,
        } => another_name(&expected.to_str(), presented),
        Is::UnknownIssuer if refused.is_self_issued => self_signed(),
        Is::UnknownIssuer => {
            let issuer = refused.issuer.clone();
            let by = issuer
                .as_ref()
                .map_or_else(String::new, |by| format!(" (issued by \"{by}\")"));
            let words = format!("certificate is not signed by a trusted CA{by}");
            (TlsTrouble::UntrustedIssuer { issuer }, words)
        }
        Is::Revoked => (TlsTrouble::Revoked, "certificate was revoked".to_owned()),
        Is::Other(error) if is_ca(error) => ca(refused),
        Is::BadEncoding => bad("cannot be read"),
        Is::UnhandledCriticalExtension => bad("has a critical extension that nobody knows here"),
        Is::BadSignature => bad("has a signature that does not verify"),
        Is::UnsupportedSignatureAlgorithmContext { .. }
        | Is::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            bad("is signed with an algorithm that is not accepted (such as SHA-1)")
        }
        Is::InvalidPurpose | Is::InvalidPurposeContext { .. } => {
            bad("is not made for servers (its extended key usage lacks TLS server authentication)")
        }
        Is::UnknownRevocationStatus
        | Is::ExpiredRevocationList
        | Is::ExpiredRevocationListContext { .. }
        | Is::InvalidOcspResponse => bad("has a revocation status that cannot be told"),
        Is::Other(error) => bad(of_rules(error)),
        _ => bad("is not valid"),
    }
}

fn self_signed() -> (TlsTrouble, String) {
    let words = "certificate is self-signed: no CA vouches for it; if you trust it, name it in \
                 ca_file";
    (TlsTrouble::SelfSigned, words.to_owned())
}

/// A server that shows a CA's certificate: `openssl req -x509` makes such a one unless told otherwise.
fn ca(refused: &RefusedCertificate) -> (TlsTrouble, String) {
    let what = if refused.is_self_issued {
        "is self-signed and a CA's own (CA:TRUE), not a server's"
    } else {
        "is a CA's own (CA:TRUE), not a server's"
    };
    let words = format!(
        "certificate {what}: make one with basicConstraints CA:FALSE, and name it or its CA in \
         ca_file"
    );
    (TlsTrouble::CaCertificate, words)
}

fn webpki(error: &OtherError) -> Option<&webpki::Error> {
    error.0.downcast_ref()
}

fn is_ca(error: &OtherError) -> bool {
    matches!(webpki(error), Some(webpki::Error::CaUsedAsEndEntity))
}

fn of_rules(error: &OtherError) -> &'static str {
    match webpki(error) {
        Some(webpki::Error::UnsupportedCertVersion) => "is not of version 3",
        Some(webpki::Error::EndEntityUsedAsCa) => "is signed by one that is no CA's",
        Some(webpki::Error::NameConstraintViolation) => {
            "is for a name that its CA may not vouch for"
        }
        Some(webpki::Error::PathLenConstraintViolated) => "has a chain longer than its CA allows",
        _ => "does not keep the rules of RFC 5280",
    }
}

/// Words for what a server says when it ends a handshake (RFC 8446 section 6).
fn alert_words(alert: AlertDescription) -> String {
    let words = match alert {
        AlertDescription::HandshakeFailure => {
            "the server has no protocol version or cipher in common with us"
        }
        AlertDescription::ProtocolVersion => "the server speaks no TLS 1.2 or 1.3",
        AlertDescription::UnrecognisedName => "the server knows no site of this name",
        AlertDescription::CertificateRequired | AlertDescription::BadCertificate => {
            "the server asks for a certificate of the client"
        }
        AlertDescription::NoApplicationProtocol => "the server does not speak HTTP/1.1",
        AlertDescription::AccessDenied => "the server denies access",
        AlertDescription::InternalError => "the server has an internal error",
        AlertDescription::DecodeError | AlertDescription::IllegalParameter => {
            "the server does not understand the handshake"
        }
        AlertDescription::CloseNotify | AlertDescription::UserCanceled => {
            "the server ended the handshake"
        }
        other => return format!("the server ended it (alert {})", u8::from(other)),
    };
    words.to_owned()
}

fn time(at: UnixTime) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(at.as_secs()).ok()?).ok()
}

fn day(at: Option<Timestamp>) -> String {
    at.unwrap_or(Timestamp::MAX)
        .strftime("%Y-%m-%d")
        .to_string()
}

/// Names the first few names a certificate is for: `DnsName("a.example")` as rustls has them.
fn another_name(expected: &str, presented: &[String]) -> (TlsTrouble, String) {
    let plain = |name: &String| {
        let inner = name.split_once('(').map_or(name.as_str(), |(_, rest)| rest);
        inner.trim_matches(['"', ')']).to_owned()
    };
    let names: Vec<String> = presented.iter().take(4).map(plain).collect();
    let more = presented.len() - names.len();
    let listed = match (names.is_empty(), more) {
        (true, _) => "no name".to_owned(),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    };
    let words = if expected.is_empty() {
        "certificate is for another name".to_owned()
    } else {
        format!("certificate is for {listed}, not for {expected}")
    };
    let expected = expected.into();
    (TlsTrouble::OtherName { names, expected }, words)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn the_names_of_a_certificate_are_bounded() {
        let names: Vec<String> = (0..9)
            .map(|n| format!("DnsName(\"{n}.example\")"))
            .collect();
        assert_eq!(
            another_name("a.example", &names).1,
            "certificate is for 0.example, 1.example, 2.example, 3.example and 5 more, \
             not for a.example"
        );
        assert_eq!(
            another_name("a.example", &[]).1,
            "certificate is for no name, not for a.example"
        );
    }

    #[test]
    fn no_error_is_said_in_its_debug_form() {
        let other = |error| CertificateError::Other(OtherError(Arc::new(error)));
        let certificates = [
            CertificateError::BadEncoding,
            CertificateError::BadSignature,
            CertificateError::InvalidPurpose,
            CertificateError::ApplicationVerificationFailure,
            CertificateError::UnhandledCriticalExtension,
            other(webpki::Error::CaUsedAsEndEntity),
            other(webpki::Error::UnsupportedCertVersion),
            other(webpki::Error::TrailingData(webpki::DerTypeId::Certificate)),
        ];
        let mut errors: Vec<Error> = certificates.map(Error::InvalidCertificate).to_vec();
        errors.extend([
            Error::NoApplicationProtocol,
            Error::HandshakeNotComplete,
            Error::General("NoneOf(Your)".to_owned()),
            Error::AlertReceived(AlertDescription::HandshakeFailure),
            Error::AlertReceived(AlertDescription::DecryptError),
            Error::PeerIncompatible(rustls::PeerIncompatible::NoCipherSuitesInCommon),
            Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType),
        ]);
        for error in errors {
            let (_, words) = tls(&error, &RefusedCertificate::default());
            let plain = words.replace("basicConstraints", "");
            let pairs = plain.as_bytes().windows(2);
            let mut humps =
                pairs.filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
            assert!(humps.next().is_none() && !plain.contains("(\""), "{words}");
        }
    }
}
