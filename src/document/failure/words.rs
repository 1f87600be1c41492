//! A cause in words: what it means, and what to do about it.

use std::fmt;

use super::cause::{Cause, DocumentLimit, Excess, ProxyTrouble, TextKind, TlsTrouble};
use crate::document::text::{grouped, visible};

/// A failure in a few words, as a subject has them.
pub(super) fn brief(cause: &Cause, status: Option<u16>) -> String {
    let words = match cause {
        Cause::NameUnknown => "its name has no address",
        Cause::ResolverDown => "the resolver of this machine did not answer",
        Cause::NoRoute => "this machine has no route to it",
        Cause::NoSocket => "this machine has no socket left",
        Cause::Proxy { proxy, trouble } => return of_proxy(&visible(proxy), trouble),
        Cause::ConnectionRefused => "connection refused",
        Cause::Reset => "the connection was reset",
        Cause::CutOff => "the answer was cut off",
        Cause::NotHttp => "what answers does not speak HTTP/1.1",
        Cause::NoConnection => "no connection",
        Cause::Tls(trouble) => return of_tls(trouble),
        Cause::Timeout => "no answer in time",
        Cause::Status => {
            return match status {
                Some(status) => format!("HTTP {status}"),
                None => "a bad status".to_owned(),
            };
        }
        Cause::Redirect => "a redirect that leads nowhere",
        Cause::Blocked => "an address that may not be reached",
        Cause::UnexpectedNotModified => "304 without a condition",
        Cause::NotNamed => "the metadata does not say where it is",
        Cause::TooLarge => "too large",
        Cause::TooMany(excess) => return excess.to_string(),
        Cause::ContentCoding { name } => {
            return format!("{} instead of plain text or gzip", visible(name));
        }
        Cause::NotJson(kind) => of_text(kind),
        Cause::NotAnObject => "no JSON object",
        Cause::NotMetadata => "a JSON object that is no such document",
    };
    words.to_owned()
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, most) = (grouped(self.count), grouped(self.most));
        let what = match self.what {
            DocumentLimit::Members => "members",
            DocumentLimit::Keys => "keys",
            DocumentLimit::Values => "values",
            DocumentLimit::Levels => "levels or more",
        };
        write!(f, "{count} {what} where at most {most} are read")
    }
}

fn of_proxy(proxy: &str, trouble: &ProxyTrouble) -> String {
    let words = match trouble {
        ProxyTrouble::NameUnknown => "its name has no address",
        ProxyTrouble::Refused => "connection refused",
        ProxyTrouble::Unreachable => "no connection",
        ProxyTrouble::Tls => "no TLS that can be trusted",
        ProxyTrouble::WantsPassword => "it wants a user and a password",
        ProxyTrouble::NoTunnel => "it gave no way to the site",
        ProxyTrouble::Answered(status) => return format!("the proxy {proxy} answered {status}"),
        ProxyTrouble::Replied(reply) => {
            let words = match reply {
                2 => "its rules do not allow this site",
                3 | 4 => "it cannot reach the site",
                5 => "the site refused the connection",
                6 => "the site did not answer it in time",
                _ => "it gave no way to the site",
            };
            return format!("the proxy {proxy}: {words}");
        }
    };
    format!("the proxy {proxy}: {words}")
}

fn of_tls(trouble: &TlsTrouble) -> String {
    let words = match trouble {
        TlsTrouble::Expired { since: Some(since) } => {
            return format!("certificate expired on {}", since.strftime("%Y-%m-%d"));
        }
        TlsTrouble::Expired { since: None } => "certificate expired",
        TlsTrouble::NotYetValid { from: Some(from) } => {
            return format!(
                "certificate is not valid before {}",
                from.strftime("%Y-%m-%d")
            );
        }
        TlsTrouble::NotYetValid { from: None } => "certificate is not valid yet",
        TlsTrouble::OtherName { .. } => "certificate is for another name",
        TlsTrouble::UntrustedIssuer { .. } => "certificate is not signed by a trusted CA",
        TlsTrouble::SelfSigned => "certificate is self-signed",
        TlsTrouble::CaCertificate => "certificate is a CA's own, not a server's",
        TlsTrouble::Revoked => "certificate was revoked",
        TlsTrouble::BadCertificate => "certificate is not valid",
        TlsTrouble::NotTls => "what answers does not speak TLS",
        TlsTrouble::Timeout => "no TLS session in time",
        TlsTrouble::NoSession => "no TLS that can be trusted",
    };
    words.to_owned()
}

fn of_text(kind: &TextKind) -> &'static str {
    match kind {
        TextKind::Empty => "an empty body",
        TextKind::Html { .. } => "HTML instead of JSON",
        TextKind::Jwt => "a JWT instead of JSON",
        TextKind::Pem => "PEM instead of JSON",
        TextKind::Utf16 => "not UTF-8",
        TextKind::Text | TextKind::Typed { .. } | TextKind::Binary | TextKind::Broken => "not JSON",
    }
}
