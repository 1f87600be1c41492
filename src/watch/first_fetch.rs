//! What is kept of a first fetch while the poll waits for its second.
//!
//! Up to `concurrency` polls wait at once, for seconds. Read and compared, a document takes twenty times
//! its bytes, so only its name is kept, and its bytes are put aside: the second fetch nearly always
//! brings the same bytes, and their meaning is then computed from it. Only if it does not are the first
//! bytes read once more. The bytes put aside are those that would be stored, so private key material is
//! not in them.

use std::path::Path;

use crate::document::canonical::Document;
use crate::document::observation::{Observation, Outcome};
use crate::meaning::provider::Target;
use crate::policy::baseline::Question;
use crate::policy::decide::confirm::FetchFingerprint;
use crate::policy::reading::{Confirmation, ParsedDocument, Reading};
use crate::policy::sighting::Sighting;
use crate::store::{Scratch, ScratchEntry};

/// What is kept of a first fetch.
pub(super) struct FirstFetch {
    observation: Observation,
    question: Option<Question>,
    fingerprint: Option<FetchFingerprint>,
    reading: FirstReading,
}

enum FirstReading {
    /// It brought no document, so nothing in it is large.
    InMemory(Box<Reading>),
    PutAside {
        scratch: Scratch,
        body: ScratchEntry,
        body_sha256: String,
        content_type: Option<String>,
        secrets: Vec<String>,
        passwords: Vec<String>,
    },
}

impl FirstFetch {
    /// Keeps what is needed and drops what can be computed again.
    pub(super) fn of(sighting: Sighting, store: &Path) -> Self {
        let fingerprint = FetchFingerprint::of(&sighting);
        let reading = match sighting.reading {
            Reading::Document(seen) => {
                let scratch = Scratch::next_to(store);
                FirstReading::PutAside {
                    secrets: seen.document.secrets().to_vec(),
                    passwords: seen.document.passwords().to_vec(),
                    body: scratch.put(seen.body),
                    scratch,
                    body_sha256: seen.body_sha256,
                    content_type: seen.content_type,
                }
            }
            reading @ (Reading::Unmodified { .. } | Reading::Failed(_)) => {
                FirstReading::InMemory(Box::new(reading))
            }
        };
        Self {
            observation: sighting.observation,
            question: sighting.question,
            fingerprint,
            reading,
        }
    }

    /// The sighting of both fetches, if the second brought the same bytes from the same place, so that
    /// both show the same.
    pub(super) fn agreed(self, mut second: Sighting) -> Result<Sighting, Box<(Self, Sighting)>> {
        if self.fingerprint.is_none() || self.fingerprint != FetchFingerprint::of(&second) {
            return Err(Box::new((self, second)));
        }
        second.confirmation = Confirmation::Agreed {
            at: second.observation.at,
        };
        second.observation = self.observation;
        second.question = self.question;
        Ok(second)
    }

    /// What the first fetch saw, to be compared again; `None` if it cannot be read back.
    pub(super) fn again(self, target: &Target) -> Option<(Observation, Reading, Option<Question>)> {
        let reading = match self.reading {
            FirstReading::InMemory(reading) => *reading,
            FirstReading::PutAside {
                scratch,
                body,
                body_sha256,
                content_type,
                secrets,
                passwords,
            } => {
                let body = scratch.get(&body).ok()?.into_owned();
                let parse = if target.policy.ignores_places() {
                    Document::parse_in_order
                } else {
                    Document::parse
                };
                let received = match &self.observation.outcome {
                    Outcome::Body { content_type, .. } => content_type.as_deref(),
                    Outcome::Unmodified | Outcome::Failed(_) => None,
                };
                let document = parse(target.kind.kind(), &body, received)
                    .ok()?
                    .with_secrets(secrets, passwords);
                Reading::Document(Box::new(ParsedDocument {
                    document: document.into(),
                    body,
                    body_sha256,
                    content_type,
                }))
            }
        };
        Some((self.observation, reading, self.question))
    }
}
