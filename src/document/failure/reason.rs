//! Why a poll failed, as far as people tell reasons apart.

use std::fmt;

use jiff::Timestamp;

use super::cause::{Cause, ProxyTrouble, TextKind, TlsTrouble};
use super::words::brief;

const DAY: i64 = 86_400;

/// Why a poll failed, as far as people tell reasons apart. Polls are counted and grouped by it; apart
/// from that it is only shown, in a few words.
///
/// It is the cause without what those words leave out, such as the title of a page or the names of a
/// certificate: servers that fail for the same reason each have a page and a certificate of their
/// own. Two reasons are equal if their words are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    cause: Cause,
    status: Option<u16>,
}

impl Reason {
    pub(super) fn of(cause: &Cause, status: Option<u16>) -> Self {
        let cause = match cause {
            Cause::Tls(trouble) => Cause::Tls(of_tls(trouble)),
            Cause::NotJson(kind) => Cause::NotJson(of_text(kind)),
            Cause::Proxy { proxy, trouble } => Cause::Proxy {
                proxy: proxy.clone(),
                trouble: of_proxy(trouble),
            },
            other => other.clone(),
        };
        // The status of an answer counts as a part of the reason only if it is the cause.
        let status = status.filter(|_| cause == Cause::Status);
        Self { cause, status }
    }

    /// Whether a network in front of the server answered in its place: these statuses are in no standard.
    pub fn is_of_cdn(&self) -> bool {
        self.status
            .is_some_and(|status| (520..=530).contains(&status))
    }
}

/// In a few words, as a subject has them.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&brief(&self.cause, self.status))
    }
}

fn of_tls(trouble: &TlsTrouble) -> TlsTrouble {
    match trouble {
        TlsTrouble::Expired { since } => TlsTrouble::Expired { since: day(*since) },
        TlsTrouble::NotYetValid { from } => TlsTrouble::NotYetValid { from: day(*from) },
        TlsTrouble::OtherName { .. } => TlsTrouble::OtherName {
            names: Vec::new(),
            expected: "".into(),
        },
        TlsTrouble::UntrustedIssuer { .. } => TlsTrouble::UntrustedIssuer { issuer: None },
        other => other.clone(),
    }
}

/// The start of the day (UTC): certificates that end on the same day count as one reason.
fn day(at: Option<Timestamp>) -> Option<Timestamp> {
    let second = at?.as_second();
    Timestamp::from_second(second - second.rem_euclid(DAY)).ok()
}

fn of_text(kind: &TextKind) -> TextKind {
    match kind {
        TextKind::Html { .. } => TextKind::Html { title: None },
        TextKind::Text | TextKind::Typed { .. } | TextKind::Binary | TextKind::Broken => {
            TextKind::Text
        }
        other => other.clone(),
    }
}

fn of_proxy(trouble: &ProxyTrouble) -> ProxyTrouble {
    match trouble {
        // RFC 1928 section 6: the site is not reached, by network or by host.
        ProxyTrouble::Replied(3 | 4) => ProxyTrouble::Replied(3),
        ProxyTrouble::Replied(reply) if !matches!(reply, 2..=6) => ProxyTrouble::NoTunnel,
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::failure::{DocumentLimit, Excess, FailureKind};

    fn causes() -> Vec<Cause> {
        let at = |second| Timestamp::from_second(second).ok();
        let mut all: Vec<Cause> = FailureKind::ALL.into_iter().map(Cause::of_kind).collect();
        for since in [
            None,
            at(1_700_000_000),
            at(1_700_000_001),
            at(1_800_000_000),
        ] {
            all.push(Cause::Tls(TlsTrouble::Expired { since }));
            all.push(Cause::Tls(TlsTrouble::NotYetValid { from: since }));
        }
        for name in ["a", "b"] {
            let text = || Some(name.to_owned());
            all.push(Cause::Tls(TlsTrouble::UntrustedIssuer { issuer: text() }));
            all.push(Cause::Tls(TlsTrouble::OtherName {
                names: vec![name.to_owned()],
                expected: name.into(),
            }));
            all.push(Cause::NotJson(TextKind::Html { title: text() }));
            all.push(Cause::ContentCoding {
                name: name.to_owned(),
            });
            all.extend((0..9).map(|reply| Cause::Proxy {
                proxy: name.to_owned(),
                trouble: ProxyTrouble::Replied(reply),
            }));
            all.push(Cause::Proxy {
                proxy: name.to_owned(),
                trouble: ProxyTrouble::NoTunnel,
            });
        }
        for kind in [
            TextKind::Empty,
            TextKind::Binary,
            TextKind::Broken,
            TextKind::Jwt,
        ] {
            all.push(Cause::NotJson(kind));
        }
        for count in [2, 3] {
            all.push(Cause::TooMany(Excess {
                what: DocumentLimit::Keys,
                count,
                most: 1,
            }));
        }
        all
    }

    #[test]
    fn two_reasons_are_equal_where_their_words_are() {
        let statuses = [None, Some(404), Some(503)];
        let reasons: Vec<Reason> = causes()
            .iter()
            .flat_map(|cause| statuses.map(|status| Reason::of(cause, status)))
            .collect();
        for one in &reasons {
            for other in &reasons {
                let is_said_alike = one.to_string() == other.to_string();
                assert_eq!(one == other, is_said_alike, "{one} / {other}");
            }
        }
    }

    #[test]
    fn the_words_of_a_reason_are_those_of_its_cause() {
        for cause in causes() {
            assert_eq!(
                Reason::of(&cause, Some(502)).to_string(),
                brief(&cause, Some(502))
            );
        }
    }
}
