//! What a poll saw.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::parse::less_secrets;
use super::response_facts::HeaderFacts;

pub use super::certificate::Certificate;
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
    /// Whether neither of them is known, so that no request can be conditional.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// What one poll saw. Remote trouble is in `outcome`, never an error.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// When it was made.
    pub at: Timestamp,
    /// The URL asked for; a recording need not know it.
    pub url: Option<String>,
    /// Where the answer came from, if redirects led elsewhere.
    pub final_url: Option<String>,
    /// What came.
    pub outcome: Outcome,
    /// What makes the next request conditional; empty after a failure.
    pub validators: Validators,
    /// How long it took, in milliseconds; a recording need not know it.
    pub elapsed_ms: Option<u64>,
    /// The chain as the server sent it, leaf first; empty without TLS or in a recording.
    pub chain: Vec<Certificate>,
    /// What the headers say of the document; `None` where that is not known.
    pub facts: Option<HeaderFacts>,
}

impl Observation {
    /// The same observation without secrets beside the body, because that is kept, shown and mailed too.
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

impl Outcome {
    /// Lets go of the bytes once they are read: a poll that waits to be confirmed keeps what they say.
    pub fn forget_bytes(&mut self) {
        if let Self::Body { bytes, .. } = self {
            *bytes = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::failure::Cause;

    #[test]
    fn an_address_or_a_reason_with_a_secret_in_it_is_not_kept() {
        let observed = |url: &str, detail: &str| Observation {
            at: Timestamp::UNIX_EPOCH,
            url: None,
            final_url: Some(url.to_owned()),
            outcome: Outcome::Failed(Failure::new(Cause::Redirect, detail)),
            validators: Validators::default(),
            elapsed_ms: None,
            chain: Vec::new(),
            facts: None,
        };
        let planted = "https://u:HUSH@a.example/?client_secret=HUSH";
        let kept = observed(planted, &format!("redirect to {planted} not followed")).less_secrets();
        assert!(!format!("{kept:?}").contains("HUSH"));
        let plain = observed("https://a.example/?x=1", "no answer within 10 s");
        assert_eq!(plain.clone().less_secrets(), plain);
    }
}
