//! What a poll saw.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use super::failure::{Failure, FailureKind};

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

impl Outcome {
    /// Lets go of the bytes once they are read: a poll that waits to be confirmed keeps what they say.
    pub fn forget_bytes(&mut self) {
        if let Self::Body { bytes, .. } = self {
            *bytes = Vec::new();
        }
    }
}
