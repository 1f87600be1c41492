//! What a poll saw.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::parse::less_secrets;

/// Why a poll did not succeed: the class, as named in JSON and in metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The name has no address.
    Unresolved,
    /// No connection, or it broke.
    Unreachable,
    /// No TLS session that can be trusted.
    Tls,
    /// A deadline passed.
    Timeout,
    /// A status other than 200 (or 304 to a conditional request).
    Status,
    /// Too many redirects, or one that may not be followed.
    Redirect,
    /// More bytes than `max_body`, or nested more deeply than 32.
    TooLarge,
    /// Not JSON.
    NotJson,
    /// JSON, but not an object.
    NotAnObject,
    /// An address that may not be reached.
    Blocked,
    /// 304 to a request that was not conditional.
    UnexpectedNotModified,
}

impl FailureKind {
    /// All classes.
    pub const ALL: [Self; 11] = [
        Self::Unresolved,
        Self::Unreachable,
        Self::Tls,
        Self::Timeout,
        Self::Status,
        Self::Redirect,
        Self::TooLarge,
        Self::NotJson,
        Self::NotAnObject,
        Self::Blocked,
        Self::UnexpectedNotModified,
    ];

    /// The text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unresolved => "unresolved",
            Self::Unreachable => "unreachable",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Status => "status",
            Self::Redirect => "redirect",
            Self::TooLarge => "too-large",
            Self::NotJson => "not-json",
            Self::NotAnObject => "not-an-object",
            Self::Blocked => "blocked",
            Self::UnexpectedNotModified => "unexpected-not-modified",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a poll did not succeed: data, recorded and counted, not a Rust `Error`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The class.
    pub kind: FailureKind,
    /// The HTTP status, where one was received.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// One line for people: `HTTP 503`, `certificate expired on 2026-01-02`. From remote text only
    /// after escaping; at most 300 characters.
    pub detail: String,
}

/// What makes the next request conditional (RFC 9110 section 13).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag` as received.
    pub etag: Option<String>,
    /// `Last-Modified` as received.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Whether there are none: then no request can be conditional.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// One certificate of the chain that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// SHA-256 over the DER, hexadecimal.
    pub sha256: String,
    /// SHA-1 over the DER, hexadecimal: what cloud providers pin.
    pub sha1: String,
    /// The CA that issued it, made visible.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub issuer: Option<String>,
    /// When it expires.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
}

/// What one poll saw. Remote trouble is in `outcome`, never an error.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// When it was made.
    pub at: Timestamp,
    /// The URL asked for.
    pub url: String,
    /// Where the answer came from, if redirects led elsewhere.
    pub final_url: Option<String>,
    /// What came.
    pub outcome: Outcome,
    /// For the next request; empty after a failure.
    pub validators: Validators,
    /// How long it took, in milliseconds; 0 in a recording.
    pub elapsed_ms: u64,
    /// The chain as the server sent it, leaf first; empty without TLS or in a recording.
    pub chain: Vec<Certificate>,
}

impl Observation {
    /// The same without secrets in what stands beside the body, which is kept, shown and mailed too.
    #[must_use]
    pub fn less_secrets(mut self) -> Self {
        self.final_url = self.final_url.map(less_secrets);
        match &mut self.outcome {
            Outcome::Failed(failure) => {
                failure.detail = less_secrets(std::mem::take(&mut failure.detail));
            }
            Outcome::Body { content_type, .. } => {
                *content_type = content_type.take().map(less_secrets);
            }
            Outcome::Unmodified => {}
        }
        self
    }
}

/// What came.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// 304, or recorded as unmodified: the baseline still holds.
    Unmodified,
    /// 200 with a body, decompressed and within the cap; not parsed yet.
    Body {
        /// The media type as received, where there was one.
        content_type: Option<String>,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// No usable answer.
    Failed(Failure),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_or_a_reason_with_a_secret_in_it_is_not_kept() {
        let observed = |url: &str, detail: &str| Observation {
            at: Timestamp::UNIX_EPOCH,
            url: String::new(),
            final_url: Some(url.to_owned()),
            outcome: Outcome::Failed(Failure {
                kind: FailureKind::Redirect,
                status: None,
                detail: detail.to_owned(),
            }),
            validators: Validators::default(),
            elapsed_ms: 0,
            chain: Vec::new(),
        };
        let planted = "https://u:HUSH@a.example/?client_secret=HUSH";
        let kept = observed(planted, &format!("redirect to {planted} not followed")).less_secrets();
        assert!(!format!("{kept:?}").contains("HUSH"));
        let plain = observed("https://a.example/?x=1", "no answer within 10 s");
        assert_eq!(plain.clone().less_secrets(), plain);
    }
}
