//! A failure of a poll, and its form in JSON.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use super::cause::Cause;
use super::kind::FailureKind;
use super::reason::Reason;
use super::words::brief;
use crate::document::text::{bounded, visible};

/// Most characters of a detail.
const MAX_DETAIL: usize = 300;

/// Why a poll did not succeed: data, recorded and counted, not a Rust `Error`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "FailureJson", into = "FailureJson")]
pub struct Failure {
    /// The class.
    pub kind: FailureKind,
    /// The HTTP status, where one was received.
    pub status: Option<u16>,
    /// One line for people: `HTTP 503`, `certificate expired on 2026-01-02`. From remote text only
    /// after escaping; at most 300 characters. Never read back: `cause` says the same as a value.
    pub detail: String,
    /// The cause, which all decisions are made on.
    pub cause: Cause,
    /// Until when the server asked not to be asked again (`Retry-After`); at most a day.
    pub retry_after: Option<Timestamp>,
    /// Another well-known address of the same issuer, which answers.
    pub elsewhere: Option<Box<str>>,
    /// Where the metadata of the resource is, by the challenge that came. It is neither kept nor told;
    /// only the caller that made the request uses it.
    pub hint: Option<Box<Hint>>,
}

/// An address from outside that was not checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint(pub String);

impl Failure {
    /// A failure in words that are made harmless here.
    pub fn new(cause: Cause, detail: &str) -> Self {
        let cause = cause.harmless();
        Self {
            kind: cause.kind(),
            status: None,
            detail: bounded(&visible(detail), MAX_DETAIL),
            cause,
            retry_after: None,
            elsewhere: None,
            hint: None,
        }
    }

    /// A failure for which the words of its cause are enough.
    pub fn of(cause: Cause) -> Self {
        let mut failure = Self::new(cause, "");
        failure.detail = bounded(&brief(&failure.cause, None), MAX_DETAIL);
        failure
    }

    /// Why, as far as people tell reasons apart.
    pub fn reason(&self) -> Reason {
        Reason::of(&self.cause, self.status)
    }

    /// Whether the server says that nothing is at this address.
    pub fn is_missing(&self) -> bool {
        self.cause == Cause::Status && matches!(self.status, Some(404 | 410))
    }

    /// The failure in a few words, as the subject of a mail has it.
    pub fn brief(&self) -> String {
        brief(&self.cause, self.status)
    }

    /// The failure of an answer with this status, which is not one that a poll can use.
    pub fn of_status(status: u16) -> Self {
        Self {
            status: Some(status),
            ..Self::new(Cause::Status, &format!("HTTP {status}"))
        }
    }
}

/// A failure in JSON: in recordings, in the history, in what is known of a target. What follows
/// from the kind is left out, so that what was stored before there were causes reads and hashes as
/// it did.
#[derive(Serialize, Deserialize)]
struct FailureJson {
    kind: FailureKind,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    status: Option<u16>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        deserialize_with = "known"
    )]
    cause: Option<Cause>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    retry_after: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    elsewhere: Option<Box<str>>,
    detail: String,
}

/// Reads a cause that this version knows; of any other cause only the kind is used.
fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cause>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

impl From<FailureJson> for Failure {
    fn from(wire: FailureJson) -> Self {
        let cause = wire.cause.map(Cause::harmless);
        Self {
            kind: wire.kind,
            status: wire.status,
            detail: wire.detail,
            cause: cause.unwrap_or_else(|| Cause::of_kind(wire.kind)),
            retry_after: wire.retry_after,
            elsewhere: wire.elsewhere,
            hint: None,
        }
    }
}

impl From<Failure> for FailureJson {
    fn from(failure: Failure) -> Self {
        let is_said = failure.cause != Cause::of_kind(failure.kind);
        Self {
            kind: failure.kind,
            status: failure.status,
            cause: Some(failure.cause).filter(|_| is_said),
            retry_after: failure.retry_after,
            elsewhere: failure.elsewhere,
            detail: failure.detail,
        }
    }
}
