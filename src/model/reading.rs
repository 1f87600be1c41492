//! What an observation means against what is known: read here, decided in `advance`.
//!
//! Bytes identical to those seen last are not parsed again, and a body that differs only in form
//! (order, white space) reads as unmodified.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;

use super::change::{Change, Finding};
use super::damping::Known;
use super::diff;
use super::document::Document;
use super::failure::{Cause, Failure};
use super::finding;
use super::fingerprint::sha256_hex;
use super::keys;
use super::observation::{Observation, Outcome};
use super::provider::Target;
use super::transition::Tracking;

/// An observation, read.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// The baseline still holds. `body` is the SHA-256 of the bytes, if any came.
    Unmodified {
        /// SHA-256 of the bytes received, hexadecimal.
        body: Option<String>,
    },
    /// A document that is not the baseline, or the first.
    Document(Box<Seen>),
    /// Nothing usable.
    Failed(Failure),
}

/// A document with the bytes it came as.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The document.
    pub document: Arc<Document>,
    /// The bytes received, less secrets.
    pub body: Vec<u8>,
    /// SHA-256 of `body`, hexadecimal.
    pub stored_sha256: String,
    /// SHA-256 of the bytes received, hexadecimal.
    pub body_sha256: String,
    /// The media type as received, cut: longer ones are none.
    pub content_type: Option<String>,
}

/// Reads an observation of a target. Total: bytes that are no document are a failure.
pub fn read(target: &Target, tracking: &Tracking, outcome: &Outcome) -> Reading {
    match outcome {
        Outcome::Failed(failure) => Reading::Failed(failure.clone()),
        // A 304 proves nothing without a baseline: the validators came from a row that is gone.
        Outcome::Unmodified if tracking.baseline.is_none() => {
            let detail = "304 although no document is known yet";
            let failure = Failure::new(Cause::UnexpectedNotModified, detail);
            Reading::Failed(Failure {
                status: Some(304),
                ..failure
            })
        }
        Outcome::Unmodified => Reading::Unmodified { body: None },
        Outcome::Body {
            content_type,
            bytes,
        } => {
            let body_sha256 = sha256_hex(bytes);
            let baseline = tracking.baseline.as_ref();
            if baseline.is_some_and(|baseline| *baseline.last_body == *body_sha256) {
                return Reading::Unmodified {
                    body: Some(body_sha256),
                };
            }
            match Document::parse(target.kind, bytes, content_type.as_deref()) {
                Err(failure) => Reading::Failed(failure),
                Ok(document)
                    if baseline.is_some_and(|b| *b.fingerprint == *document.fingerprint())
                        && !is_odd_otherwise(target, tracking, &document) =>
                {
                    Reading::Unmodified {
                        body: Some(body_sha256),
                    }
                }
                Ok(document) => {
                    let body = document.stored_body(bytes);
                    let stored_sha256 = match &body {
                        Cow::Borrowed(_) => body_sha256.clone(),
                        Cow::Owned(body) => sha256_hex(body),
                    };
                    let body = body.into_owned();
                    Reading::Document(Box::new(Seen {
                        document: Arc::new(document),
                        body,
                        stored_sha256,
                        body_sha256,
                        content_type: content_type.as_deref().map(bounded),
                    }))
                }
            }
        }
    }
}

/// Nothing longer is a media type.
fn bounded(content_type: &str) -> String {
    content_type.chars().take(200).collect()
}

/// Whether bytes that mean the same are odd in another way: a name that now stands twice shows
/// clients that take the first value another document.
fn is_odd_otherwise(target: &Target, tracking: &Tracking, document: &Document) -> bool {
    let known = tracking.state.findings.iter();
    let known: Vec<&Finding> = known
        .filter(|finding| finding::is_of_bytes(&finding.rule))
        .collect();
    let now = finding::of_bytes(document, &target.policy);
    now.iter().collect::<Vec<_>>() != known || is_secret_otherwise(target, tracking, document)
}

/// Whether a secret stood in the bytes, or no longer does, that nothing in the document shows.
fn is_secret_otherwise(target: &Target, tracking: &Tracking, document: &Document) -> bool {
    let secrets = |findings: &[Finding]| -> Vec<Finding> {
        let findings = findings.iter();
        let secrets = findings.filter(|finding| finding.rule == keys::finding::SECRET);
        secrets.cloned().collect()
    };
    let known = secrets(&tracking.state.findings);
    if known.is_empty() && document.secrets().is_empty() {
        return false;
    }
    let now = finding::findings(document, target.identity.as_ref(), &target.policy);
    secrets(&now) != known
}

/// How what was seen differs from what is known. Empty for the first document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Difference {
    /// Changes of members and of the place of retrieval, in order of presentation.
    pub changes: Vec<Change>,
    /// Requirements the document seen does not meet; `None` if no document was seen.
    pub findings: Option<Vec<Finding>>,
}

impl Difference {
    /// Whether there is anything that must be confirmed before it is believed.
    pub fn is_news(&self, known: &[Finding]) -> bool {
        !self.changes.is_empty()
            || self
                .findings
                .as_ref()
                .is_some_and(|findings| findings.as_slice() != known)
    }
}

/// Compares what was read with the baseline document, which is needed only for a document.
pub fn differ(
    target: &Target,
    tracking: &Tracking,
    baseline: Option<&Document>,
    observation: &Observation,
    reading: &Reading,
) -> Difference {
    let identity = target.identity.as_ref();
    let mut difference = Difference::default();
    if let Reading::Document(seen) = reading {
        difference.findings = Some(finding::findings(&seen.document, identity, &target.policy));
        if let Some(baseline) = baseline {
            difference.changes = diff::changes(baseline, &seen.document, identity, &target.policy);
        }
    }
    // A line of a recording may not say where it was seen.
    let is_placed = !observation.url.is_empty();
    if is_placed && tracking.baseline.is_some() && !matches!(reading, Reading::Failed(_)) {
        let before = tracking.state.final_url.as_deref();
        let after = observation.final_url.as_deref();
        difference.changes.extend(diff::redirect_change(
            &observation.url,
            before,
            after,
            &target.policy,
        ));
    }
    difference
}

/// Tells keys that are back from keys that are new.
pub fn tell_returned(target: &Target, difference: &mut Difference, known: &Known) {
    let Some(seen) = known.get("keys") else {
        return;
    };
    let was_seen = |thumbprint: &str| seen.contains(thumbprint);
    keys::tell_returned(&mut difference.changes, was_seen, &target.policy);
}

/// Whether the fetch that was to confirm a difference saw the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Confirmation {
    /// There was nothing to confirm, or a recording is replayed, which has no second fetch.
    NotNeeded,
    /// Both fetches agree.
    Agreed {
        /// When the second was made.
        at: Timestamp,
    },
    /// They do not.
    Disagreed,
    /// The second failed: nothing is believed, and the poll counts as failed.
    Failed(Failure),
}

/// Compares two fetches of one poll.
pub fn confirm(first: (&Observation, &Reading), second: (&Observation, &Reading)) -> Confirmation {
    let same = match (first.1, second.1) {
        (_, Reading::Failed(failure)) => return Confirmation::Failed(failure.clone()),
        (Reading::Document(one), Reading::Document(two)) => {
            one.document.fingerprint() == two.document.fingerprint()
        }
        (Reading::Unmodified { .. }, Reading::Unmodified { .. }) => true,
        (Reading::Document(_) | Reading::Unmodified { .. } | Reading::Failed(_), _) => false,
    };
    if same && first.0.final_url == second.0.final_url {
        Confirmation::Agreed { at: second.0.at }
    } else {
        Confirmation::Disagreed
    }
}
