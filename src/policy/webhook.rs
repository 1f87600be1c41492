//! What is posted to webhooks, to which, and what an answer means.
//!
//! A webhook is a channel, not a mail to a program. An event is told to it when it is told to people, but by
//! its own severity and alone: programs group and wait for themselves, and a `group_wait` would take from
//! them what they are there for. What is not mailed at once is not posted at once. Both channels are
//! deliveries in one outbox, so that listing, retrying and counting them is one thing; each has places of its
//! own, so that neither waits for the other.

use jiff::Timestamp;

use super::event::{EventBody, NewEvent};
use crate::document::severity::Severity;

/// A webhook that is told of the events of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// Its name in the outbox.
    pub name: String,
    /// The least severity it takes. What has none counts as `info`.
    pub severity: Severity,
}

impl Subscriber {
    /// Whether it takes what is this grave.
    pub fn takes(&self, severity: Option<Severity>) -> bool {
        severity.unwrap_or(Severity::Info) >= self.severity
    }
}

/// How grave an event is to whoever is told of it alone: of the end of an outage, what the outage was.
pub fn severity(event: &NewEvent) -> Option<Severity> {
    match &event.body {
        EventBody::Failing(_) => event.severity,
        EventBody::Recovered(it) => it.reach.or(event.severity),
        _ => event.told_severity(),
    }
}

/// What became of one attempt to post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// It was taken (2xx).
    Sent {
        /// What was answered, escaped, at most 300 characters.
        reply: String,
    },
    /// Not now: try again.
    Deferred {
        /// Why, escaped, at most 300 characters.
        reason: String,
        /// What it says of the receiver.
        why: Obstacle,
        /// Until when the receiver asks to be left alone: at most a day.
        retry_at: Option<Timestamp>,
    },
    /// Never: the receiver says that it is gone for good (410).
    Refused {
        /// Why, escaped, at most 300 characters.
        reason: String,
    },
}

/// Why a post was not taken, as far as it matters for what else waits for the same receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The receiver is away, busy or broken, which passes by itself: what else waits for it waits with it.
    Receiver,
    /// Somebody must act: a certificate, an address, a secret, or what is posted is not taken.
    Standing,
}

/// What an HTTP status means that is no success: `None` for gone.
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
