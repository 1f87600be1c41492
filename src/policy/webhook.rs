//! What is posted to webhooks, to which of them, and what their answers mean.
//!
//! A webhook is a channel, not a mail to a program. It is told of an event when people are, but by the
//! severity of that event, and each event alone: programs can group and wait themselves, and `group_wait`
//! would delay what they exist for. An event that is not mailed at once is not posted at once. Both
//! channels are deliveries in one outbox, so that listing, retrying and counting them works alike; each
//! has its own places, so that neither waits for the other.

use jiff::Timestamp;

use super::event::{EventBody, NewEvent};
use crate::document::severity::Severity;

/// A webhook that is told of the events of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// The name of the webhook in the outbox.
    pub name: String,
    /// The least severity that it takes. An event without a severity counts as `info`.
    pub severity: Severity,
}

impl Subscriber {
    /// Whether the webhook takes an event of this severity.
    pub fn takes(&self, severity: Option<Severity>) -> bool {
        severity.unwrap_or(Severity::Info) >= self.severity
    }
}

/// The severity of an event that is told alone; for the end of an outage, that of the outage, and for findings
/// that are cured, theirs: who was told of them is told that they are over.
pub fn severity(event: &NewEvent) -> Option<Severity> {
    match &event.body {
        EventBody::Failing(_) => event.severity,
        EventBody::Recovered(it) => it.reach.or(event.severity),
        EventBody::Finding(it) => it.findings.iter().map(|it| it.finding.severity).max(),
        _ => event.told_severity(),
    }
}

/// The result of one attempt to post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostResult {
    /// The receiver took it (2xx).
    Sent {
        /// The answer, escaped, at most 300 characters.
        reply: String,
    },
    /// The post was not taken and is tried again.
    Deferred {
        /// The reason, escaped, at most 300 characters.
        reason: String,
        /// What the reason says about the receiver.
        why: Obstacle,
        /// The time until which the receiver asks not to be posted to, at most a day ahead.
        retry_at: Option<Timestamp>,
    },
    /// The post is never tried again: the receiver says that it is gone for good (410).
    Refused {
        /// The reason, escaped, at most 300 characters.
        reason: String,
    },
}

/// Why a post was not taken, as far as it matters for other posts to the same receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The receiver is away, busy or broken, which passes on its own: other posts to it wait too.
    Receiver,
    /// Somebody must act: on a certificate, an address, a secret, or a body that is not accepted.
    Standing,
}

/// What an HTTP status other than success means: `None` for gone (410).
pub fn obstacle(status: u16) -> Option<Obstacle> {
    match status {
        410 => None,
        408 | 425 | 429 | 500.. => Some(Obstacle::Receiver),
        _ => Some(Obstacle::Standing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_gone_is_refused_and_what_is_wrong_here_is_told_from_what_passes() {
        assert_eq!(obstacle(410), None);
        for status in [408, 425, 429, 500, 502, 503, 599, 999] {
            assert_eq!(obstacle(status), Some(Obstacle::Receiver), "{status}");
        }
        for status in [101, 301, 302, 308, 400, 401, 403, 404, 413, 422, 451] {
            assert_eq!(obstacle(status), Some(Obstacle::Standing), "{status}");
        }
    }

    #[test]
    fn a_webhook_takes_what_is_grave_enough() {
        let of = |severity| Subscriber {
            name: String::new(),
            severity,
        };
        assert!(of(Severity::Info).takes(None));
        assert!(!of(Severity::Notice).takes(None));
        assert!(of(Severity::Notice).takes(Some(Severity::Breaking)));
        assert!(!of(Severity::Security).takes(Some(Severity::Breaking)));
    }
}
