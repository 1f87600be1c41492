//! What went wrong, as a failure: the chain of causes of an error, read once.

use std::error::Error;
use std::io;

use crate::model::observation::{Failure, FailureKind};
use crate::model::text::{bounded, visible};

use super::guard::{Blocked, Unresolved};

pub(super) fn failure(kind: FailureKind, detail: &str) -> Failure {
    Failure {
        kind,
        status: None,
        detail: bounded(&visible(detail), 300),
    }
}

/// Classifies an error of the client.
pub(super) fn classify(error: &reqwest::Error) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    let mut last = String::new();
    while let Some(current) = cause {
        if let Some(blocked) = current.downcast_ref::<Blocked>() {
            return failure(FailureKind::Blocked, &blocked.to_string());
        }
        if current.downcast_ref::<Unresolved>().is_some() {
            return failure(FailureKind::Unresolved, &Unresolved.to_string());
        }
        if let Some(error) = current.downcast_ref::<rustls::Error>() {
            return tls(error);
        }
        if let Some(error) = current.downcast_ref::<io::Error>() {
            if let Some(found) = inner_io(error) {
                return found;
            }
            if error.kind() == io::ErrorKind::ConnectionRefused {
                return failure(FailureKind::Unreachable, "connection refused");
            }
        }
        last = current.to_string();
        cause = current.source();
    }
    if error.is_timeout() {
        return failure(FailureKind::Timeout, "no answer in time");
    }
    if error.is_body() || error.is_decode() {
        let detail = format!("the answer was cut off or is not as announced: {last}");
        return failure(FailureKind::Unreachable, &detail);
    }
    failure(FailureKind::Unreachable, &last)
}

/// A TLS error hides inside one or two I/O errors, whose `source` skips it.
fn inner_io(error: &io::Error) -> Option<Failure> {
    let inner = error.get_ref()?;
    if let Some(error) = inner.downcast_ref::<rustls::Error>() {
        return Some(tls(error));
    }
    inner.downcast_ref::<io::Error>().and_then(inner_io)
}

fn tls(error: &rustls::Error) -> Failure {
    use rustls::CertificateError as Certificate;
    let detail = match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            Certificate::Expired | Certificate::ExpiredContext { .. } => {
                "certificate has expired".to_owned()
            }
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                "certificate is not valid yet".to_owned()
            }
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                "certificate is for another name".to_owned()
            }
            Certificate::UnknownIssuer => "certificate is not signed by a trusted CA".to_owned(),
            Certificate::Revoked => "certificate was revoked".to_owned(),
            other => format!("certificate is not valid: {other}"),
        },
        other => format!("no TLS session: {other}"),
    };
    failure(FailureKind::Tls, &detail)
}
