//! What went wrong, as a failure: the chain of causes of an error, read once.

use std::error::Error;
use std::io;

use jiff::Timestamp;
use rustls::pki_types::UnixTime;

use crate::model::observation::{Failure, FailureKind};
use crate::model::text::{bounded, visible};

use super::guard::{Blocked, Unresolved};
use super::tls::Recorder;

pub(super) fn failure(kind: FailureKind, detail: &str) -> Failure {
    Failure {
        kind,
        status: None,
        detail: bounded(&visible(detail), 300),
    }
}

/// A number of bytes as the configuration writes it: `1 MiB`.
pub(super) fn size_words(bytes: u64) -> String {
    match bytes {
        0 => "0 bytes".to_owned(),
        _ if bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}

/// Classifies an error of the client; the recorder knows whose certificate was refused.
pub(super) fn classify(error: &reqwest::Error, recorder: &Recorder) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    let mut last = String::new();
    let is_body = error.is_body() || error.is_decode();
    while let Some(current) = cause {
        if let Some(blocked) = current.downcast_ref::<Blocked>() {
            return failure(FailureKind::Blocked, &blocked.to_string());
        }
        if current.downcast_ref::<Unresolved>().is_some() {
            return failure(FailureKind::Unresolved, &Unresolved.to_string());
        }
        if let Some(error) = current.downcast_ref::<rustls::Error>() {
            return tls(error, recorder);
        }
        if let Some(error) = current.downcast_ref::<io::Error>() {
            if let Some(found) = inner_io(error, recorder) {
                return found;
            }
            let words = match error.kind() {
                io::ErrorKind::ConnectionRefused => "connection refused",
                io::ErrorKind::ConnectionReset => "the connection was reset",
                io::ErrorKind::HostUnreachable => "no route to the host",
                io::ErrorKind::NetworkUnreachable => "no route to its network",
                io::ErrorKind::UnexpectedEof => "the connection was closed in the middle",
                _ => "",
            };
            if !words.is_empty() && !is_body {
                return failure(FailureKind::Unreachable, words);
            }
        }
        last = current.to_string();
        cause = current.source();
    }
    if error.is_timeout() {
        return failure(FailureKind::Timeout, "no answer in time");
    }
    if is_body {
        let detail = format!("the answer was cut off or is not as announced: {last}");
        return failure(FailureKind::Unreachable, &detail);
    }
    failure(FailureKind::Unreachable, &last)
}

/// A TLS error hides inside one or two I/O errors, whose `source` skips it.
fn inner_io(error: &io::Error, recorder: &Recorder) -> Option<Failure> {
    let inner = error.get_ref()?;
    if let Some(error) = inner.downcast_ref::<rustls::Error>() {
        return Some(tls(error, recorder));
    }
    let inner = inner.downcast_ref::<io::Error>();
    inner.and_then(|error| inner_io(error, recorder))
}

fn tls(error: &rustls::Error, recorder: &Recorder) -> Failure {
    use rustls::CertificateError as Certificate;
    let detail = match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            Certificate::Expired => "certificate has expired".to_owned(),
            Certificate::ExpiredContext { not_after, .. } => {
                format!("certificate expired on {}", day(*not_after))
            }
            Certificate::NotValidYet => "certificate is not valid yet".to_owned(),
            Certificate::NotValidYetContext { not_before, .. } => {
                format!("certificate is not valid before {}", day(*not_before))
            }
            Certificate::NotValidForName => "certificate is for another name".to_owned(),
            Certificate::NotValidForNameContext {
                expected,
                presented,
            } => another_name(&expected.to_str(), presented),
            Certificate::UnknownIssuer => {
                let said = "certificate is not signed by a trusted CA";
                match recorder.refused_issuer() {
                    Some(issuer) => format!("{said} (issued by \"{issuer}\")"),
                    None => said.to_owned(),
                }
            }
            Certificate::Revoked => "certificate was revoked".to_owned(),
            other => format!("certificate is not valid: {other}"),
        },
        other => format!("no TLS session: {other}"),
    };
    failure(FailureKind::Tls, &detail)
}

fn day(at: UnixTime) -> String {
    let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
    let at = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    at.strftime("%Y-%m-%d").to_string()
}

/// Names the first few names a certificate is for: `DnsName("a.example")` as rustls has them.
fn another_name(expected: &str, presented: &[String]) -> String {
    let plain = |name: &String| {
        let inner = name.split_once('(').map_or(name.as_str(), |(_, rest)| rest);
        inner.trim_matches(['"', ')']).to_owned()
    };
    let names: Vec<String> = presented.iter().take(4).map(plain).collect();
    let more = presented.len() - names.len();
    let names = match (names.is_empty(), more) {
        (true, _) => "no name".to_owned(),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    };
    format!("certificate is for {names}, not for {expected}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_as_they_are_configured() {
        assert_eq!(size_words(1 << 20), "1 MiB");
        assert_eq!(size_words(512 << 10), "512 KiB");
        assert_eq!(size_words(1_000), "1000 bytes");
    }

    #[test]
    fn the_names_of_a_certificate_are_bounded() {
        let names: Vec<String> = (0..9)
            .map(|n| format!("DnsName(\"{n}.example\")"))
            .collect();
        assert_eq!(
            another_name("a.example", &names),
            "certificate is for 0.example, 1.example, 2.example, 3.example and 5 more, \
             not for a.example"
        );
        assert_eq!(
            another_name("a.example", &[]),
            "certificate is for no name, not for a.example"
        );
    }
}
