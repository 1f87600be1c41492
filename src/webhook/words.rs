//! What went wrong with a receiver, in words that say what to do. Decided on the types of errors; of an
//! address nothing but the host is said, as the rest may be a secret.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use rustls::CertificateError as Certificate;
use url::Url;

use crate::document::text::{bounded, visible};
use crate::policy::webhook::{Obstacle, PostResult};

/// Host and port.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}"));
    bounded(
        &visible(&format!("{host}{}", port.unwrap_or_default())),
        120,
    )
}

/// A receiver and the proxy on the way to it, each as host and port.
#[derive(Debug)]
pub(super) struct Peer {
    host: String,
    proxy: Option<String>,
}

impl Peer {
    pub(super) fn new(url: &Url, proxy: Option<&Url>) -> Self {
        Self {
            host: host(url),
            proxy: proxy.map(host),
        }
    }

    /// The words for a receiver that did not answer within `limit`.
    pub(super) fn silence(&self, limit: Duration) -> String {
        let seconds = limit.as_secs_f32();
        format!("{} did not answer within {seconds} s", self.on_the_way())
    }

    /// What an error of the client means.
    pub(super) fn failed(&self, error: &reqwest::Error) -> PostResult {
        let (reason, why) = self.plain(error);
        PostResult::Deferred {
            reason: bounded(&visible(&reason), 300),
            why,
            retry_at: None,
        }
    }

    /// What an error of the client means, in words.
    pub(super) fn reason(&self, error: &reqwest::Error) -> String {
        bounded(&visible(&self.plain(error).0), 300)
    }

    /// Either of the two may be what the words are about.
    fn on_the_way(&self) -> String {
        match &self.proxy {
            Some(proxy) => format!("{} (through the proxy {proxy})", self.host),
            None => self.host.clone(),
        }
    }

    fn plain(&self, error: &reqwest::Error) -> (String, Obstacle) {
        // Who is connected to is the proxy, and then it is the proxy that says why there is no way on.
        let host = match &self.proxy {
            Some(proxy) if error.is_connect() => format!("the proxy {proxy}"),
            _ => self.host.clone(),
        };
        // The outermost error is skipped, because its text contains the address.
        let mut cause = error.source();
        let mut last = None;
        while let Some(current) = cause {
            if let Some(error) = current.downcast_ref::<rustls::Error>() {
                return tls(error, &self.on_the_way());
            }
            let of_io = current
                .downcast_ref::<io::Error>()
                .and_then(|error| of_io(error, &host, &self.on_the_way()));
            let of_http = current
                .downcast_ref::<hyper::Error>()
                .and_then(|error| of_http(error, &host));
            if let Some(found) = of_io.or(of_http) {
                return found;
            }
            last = Some(current);
            cause = current.source();
        }
        let what = match last {
            Some(last) => format!("{host}: {last}"),
            None => format!("{host} cannot be asked"),
        };
        (what, Obstacle::Receiver)
    }
}

fn of_http(error: &hyper::Error, host: &str) -> Option<(String, Obstacle)> {
    let words = if error.is_parse_too_large() {
        "answers with too many or too long headers"
    } else if error.is_parse() {
        "does not speak HTTP/1.1"
    } else if error.is_incomplete_message() {
        "ended the connection before it answered"
    } else {
        return None;
    };
    Some((format!("{host} {words}"), Obstacle::Receiver))
}

/// Words for an I/O error. A TLS error is wrapped in one or two of them, and their `source` skips it.
fn of_io(error: &io::Error, host: &str, tls_peer: &str) -> Option<(String, Obstacle)> {
    if let Some(inner) = error.get_ref() {
        if let Some(error) = inner.downcast_ref::<rustls::Error>() {
            return Some(tls(error, tls_peer));
        }
        if let Some(inner) = inner.downcast_ref::<io::Error>() {
            return of_io(inner, host, tls_peer);
        }
    }
    let words = match error.kind() {
        io::ErrorKind::ConnectionRefused => "refuses the connection",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "cannot be reached from this machine"
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => "ended the connection before it answered",
        _ => return None,
    };
    Some((format!("{host} {words}"), Obstacle::Receiver))
}

fn tls(error: &rustls::Error, host: &str) -> (String, Obstacle) {
    let rustls::Error::InvalidCertificate(certificate) = error else {
        let words = match error {
            rustls::Error::InvalidMessage(_) => "does not speak TLS on this port",
            _ => "and this machine have no TLS session in common",
        };
        return (format!("{host} {words}"), Obstacle::Standing);
    };
    let words = match certificate {
        Certificate::Expired | Certificate::ExpiredContext { .. } => "has expired",
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => "is not valid yet",
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            "is for another name"
        }
        Certificate::UnknownIssuer => {
            "is not signed by a trusted CA: name the CA's with ca_file in its [[webhook]]"
        }
        Certificate::Revoked => "was revoked",
        _ => "is not valid",
    };
    (
        format!("the certificate of {host} {words}"),
        Obstacle::Standing,
    )
}
