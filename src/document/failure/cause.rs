//! Why a poll failed: the value that words, advice and grouping decide on.
//!
//! The kind of a failure, which JSON and metrics name, is coarser: a refused connection and a
//! resolver of this machine that is down are both `unreachable`. What was said of a failure in words
//! is for people, and is never read back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::kind::FailureKind;
use crate::document::text::{bounded, visible};

/// Most characters of a text from outside in a cause.
const MAX_TEXT: usize = 120;
/// Most names of a certificate that are kept.
const MAX_NAMES: usize = 4;

/// Why a poll failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A resolver said that the name has no address.
    NameUnknown,
    /// No resolver of this machine answered.
    ResolverDown,
    /// This machine has no way to the address: no route, no source address, a firewall of its own.
    NoRoute,
    /// This machine has no socket left.
    NoSocket,
    /// The proxy this machine is told to use.
    Proxy {
        /// The proxy, by host and port.
        proxy: String,
        /// What is wrong with it.
        trouble: ProxyTrouble,
    },
    /// Nothing listens there.
    ConnectionRefused,
    /// The connection was reset.
    Reset,
    /// The connection or the body ended too early.
    CutOff,
    /// What came is not HTTP/1.1.
    NotHttp,
    /// There was no connection, for a reason that is not known.
    NoConnection,
    /// No TLS session that can be trusted.
    Tls(TlsTrouble),
    /// A deadline passed.
    Timeout,
    /// A status other than 200 (or 304 to a conditional request): the failure has its number.
    Status,
    /// Too many redirects, or one that may not be followed.
    Redirect,
    /// An address that may not be reached.
    Blocked,
    /// 304 to a request that was not conditional.
    UnexpectedNotModified,
    /// The metadata names no such document.
    NotNamed,
    /// More bytes or headers than are read.
    TooLarge,
    /// A JSON object with more of something than is read, so that its contents stay unseen.
    TooMany(Excess),
    /// A content coding that was not asked for, is not declared, or is not what came.
    ContentCoding {
        /// Its name, such as `br`.
        name: String,
    },
    /// Text of another kind than JSON.
    NotJson(TextKind),
    /// JSON, but not an object.
    NotAnObject,
    /// An object that is not a document of the kind that was asked for.
    NotMetadata,
}

/// More of something than is read of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excess {
    /// What there is too much of, such as "members".
    pub what: DocumentLimit,
    /// How many there are; of levels the first that is not read.
    pub count: u64,
    /// How many are read at most.
    pub most: u64,
}

/// What is bounded in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentLimit {
    /// Its own members.
    Members,
    /// Keys, in all its key sets.
    Keys,
    /// Values, however deep.
    Values,
    /// Levels of nesting.
    Levels,
}

/// What is wrong with a proxy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyTrouble {
    /// Its name has no address.
    NameUnknown,
    /// Nothing listens there.
    Refused,
    /// No connection to it.
    Unreachable,
    /// No TLS session with it that can be trusted.
    Tls,
    /// It wants a password, or another one.
    WantsPassword,
    /// The status it answered to CONNECT.
    Answered(u16),
    /// The reply of a SOCKS proxy (RFC 1928 section 6).
    Replied(u8),
    /// It opened no tunnel to the site and gave no reason.
    NoTunnel,
}

/// Why there is no TLS session that can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsTrouble {
    /// The certificate has expired.
    Expired {
        /// When it expired, if that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
    },
    /// The certificate is not valid yet.
    NotYetValid {
        /// From when on it is valid, if that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
    },
    /// The certificate is for another name.
    OtherName {
        /// The first names it is for.
        names: Vec<String>,
        /// The name that was asked for.
        expected: Box<str>,
    },
    /// No CA that is trusted here signed it.
    UntrustedIssuer {
        /// The CA that signed it, if that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issuer: Option<String>,
    },
    /// It is signed by itself, and by no CA.
    SelfSigned,
    /// It is the certificate of a CA, which no server may show as its own.
    CaCertificate,
    /// It was revoked.
    Revoked,
    /// It is wrong in another way.
    BadCertificate,
    /// What answers does not speak TLS.
    NotTls,
    /// The handshake took too long.
    Timeout,
    /// The two have no protocol in common, or the server refused.
    NoSession,
}

/// What came instead of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextKind {
    /// An empty body.
    Empty,
    /// A page for people.
    Html {
        /// Its title.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    /// A signed token.
    Jwt,
    /// A key or a certificate in PEM.
    Pem,
    /// Text in UTF-16 or UTF-32.
    Utf16,
    /// Other text.
    Text,
    /// Other text, of a media type that is known.
    Typed {
        /// What the server called it.
        media_type: String,
    },
    /// Bytes that are not text.
    Binary,
    /// Text that begins like JSON, and is broken.
    Broken,
}

/// On whose side the fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The provider did not answer as it should.
    Provider,
    /// It answered, and what came cannot be used.
    Document,
    /// It was never asked: this machine, its network, its resolver or its proxy is in the way.
    Here,
}

impl Cause {
    /// The class that is named in JSON and in metrics.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::NameUnknown | Self::NotNamed => FailureKind::Unresolved,
            Self::ResolverDown
            | Self::NoRoute
            | Self::NoSocket
            | Self::Proxy { .. }
            | Self::ConnectionRefused
            | Self::Reset
            | Self::CutOff
            | Self::NotHttp
            | Self::NoConnection => FailureKind::Unreachable,
            Self::Tls(_) => FailureKind::Tls,
            Self::Timeout => FailureKind::Timeout,
            Self::Status => FailureKind::Status,
            Self::Redirect => FailureKind::Redirect,
            Self::Blocked => FailureKind::Blocked,
            Self::UnexpectedNotModified => FailureKind::UnexpectedNotModified,
            Self::TooLarge | Self::TooMany(_) => FailureKind::TooLarge,
            Self::ContentCoding { .. } | Self::NotJson(_) => FailureKind::NotJson,
            Self::NotAnObject | Self::NotMetadata => FailureKind::NotAnObject,
        }
    }

    /// The cause of a failure of which only the class is known, as in old stores and in recordings.
    pub fn of_kind(kind: FailureKind) -> Self {
        match kind {
            FailureKind::Unresolved => Self::NameUnknown,
            FailureKind::Unreachable => Self::NoConnection,
            FailureKind::Tls => Self::Tls(TlsTrouble::NoSession),
            FailureKind::Timeout => Self::Timeout,
            FailureKind::Status => Self::Status,
            FailureKind::Redirect => Self::Redirect,
            FailureKind::TooLarge => Self::TooLarge,
            FailureKind::NotJson => Self::NotJson(TextKind::Text),
            FailureKind::NotAnObject => Self::NotAnObject,
            FailureKind::Blocked => Self::Blocked,
            FailureKind::UnexpectedNotModified => Self::UnexpectedNotModified,
        }
    }

    /// On whose side the fault is.
    pub fn side(&self) -> Side {
        match self {
            Self::ResolverDown | Self::NoRoute | Self::NoSocket => Side::Here,
            // With these a proxy says that it did ask, and that the site did not answer.
            Self::Proxy {
                trouble: ProxyTrouble::Answered(502..=504) | ProxyTrouble::Replied(3..=6),
                ..
            } => Side::Provider,
            Self::Proxy { .. } => Side::Here,
            Self::NameUnknown
            | Self::ConnectionRefused
            | Self::Reset
            | Self::CutOff
            | Self::NotHttp
            | Self::NoConnection
            | Self::Tls(_)
            | Self::Timeout
            | Self::Status
            | Self::Redirect
            | Self::Blocked
            | Self::UnexpectedNotModified
            | Self::NotNamed => Side::Provider,
            Self::TooLarge
            | Self::TooMany(_)
            | Self::ContentCoding { .. }
            | Self::NotJson(_)
            | Self::NotAnObject
            | Self::NotMetadata => Side::Document,
        }
    }

    /// Whether a document came that clients can read but this program does not read whole: what
    /// changed in it stays unseen, so an attacker could hide a change by filling a document up.
    pub fn hides_document(&self) -> bool {
        matches!(self, Self::TooMany(_))
    }

    /// The same cause, with texts from outside made visible and cut.
    #[must_use]
    pub fn harmless(self) -> Self {
        let text = |text: String| bounded(&visible(&text), MAX_TEXT);
        match self {
            Self::Proxy { proxy, trouble } => Self::Proxy {
                proxy: text(proxy),
                trouble,
            },
            Self::Tls(TlsTrouble::OtherName { names, expected }) => {
                Self::Tls(TlsTrouble::OtherName {
                    names: names.into_iter().take(MAX_NAMES).map(text).collect(),
                    expected: text(expected.into()).into(),
                })
            }
            Self::Tls(TlsTrouble::UntrustedIssuer { issuer }) => {
                Self::Tls(TlsTrouble::UntrustedIssuer {
                    issuer: issuer.map(text),
                })
            }
            Self::ContentCoding { name } => Self::ContentCoding { name: text(name) },
            Self::NotJson(TextKind::Html { title }) => Self::NotJson(TextKind::Html {
                title: title.map(text),
            }),
            Self::NotJson(TextKind::Typed { media_type }) => Self::NotJson(TextKind::Typed {
                media_type: text(media_type),
            }),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_kind_is_known_of_keeps_its_kind() {
        for kind in FailureKind::ALL {
            assert_eq!(Cause::of_kind(kind).kind(), kind);
        }
    }

    #[test]
    fn what_the_provider_was_never_asked_for_is_not_its_fault() {
        let proxy = |trouble| Cause::Proxy {
            proxy: "proxy:3128".to_owned(),
            trouble,
        };
        for cause in [
            Cause::ResolverDown,
            Cause::NoRoute,
            proxy(ProxyTrouble::Refused),
            proxy(ProxyTrouble::WantsPassword),
            proxy(ProxyTrouble::Answered(403)),
            proxy(ProxyTrouble::Replied(2)),
        ] {
            assert_eq!(cause.side(), Side::Here, "{cause:?}");
        }
        for cause in [
            Cause::NameUnknown,
            Cause::Status,
            Cause::Timeout,
            proxy(ProxyTrouble::Answered(502)),
            proxy(ProxyTrouble::Replied(5)),
        ] {
            assert_eq!(cause.side(), Side::Provider, "{cause:?}");
        }
        let page = Cause::NotJson(TextKind::Html { title: None });
        assert_eq!(page.side(), Side::Document);
    }

    #[test]
    fn a_cause_is_bounded_and_shows_nothing_that_commands_a_terminal() {
        let cause = Cause::Tls(TlsTrouble::OtherName {
            names: vec!["\u{1b}[2J".repeat(100); 9],
            expected: "a".into(),
        });
        let Cause::Tls(TlsTrouble::OtherName { names, .. }) = cause.harmless() else {
            panic!("another cause");
        };
        assert_eq!(names.len(), MAX_NAMES);
        assert!(names.iter().all(|name| name.len() <= MAX_TEXT));
        assert!(names.iter().all(|name| !name.contains('\u{1b}')));
    }
}
