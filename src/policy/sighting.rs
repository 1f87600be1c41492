//! Everything that one poll saw, read and compared: the input of a decision.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::baseline::Question;
use super::event::FindingChange;
use super::reading::{Confirmation, Difference, Reading};
use super::tracking::SeenBefore;
use super::twins::Twins;
use crate::document::canonical::Document;
use crate::document::observation::Observation;
use crate::meaning::change::Finding;
use crate::meaning::member_values::MemberValues;
use crate::meaning::provider::Target;

/// Everything that was seen at one poll and what it was compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// The first fetch.
    pub observation: Observation,
    /// The first fetch as it was read.
    pub reading: Reading,
    /// How the document differs from what is known.
    pub difference: Difference,
    /// Whether a second fetch saw the same.
    pub confirmation: Confirmation,
    /// What was asked; `None` in a replay, which sends no requests.
    pub question: Option<Question>,
    /// The baseline document, if there is one and a document was read.
    pub baseline: Option<Arc<Document>>,
    /// When this target last had the state that was read, if it ever had it before.
    pub seen_before: Option<SeenBefore>,
    /// Values seen before on the members that differ.
    pub known: MemberValues,
    /// For members that are about to be free, the states before they were damped, by snapshot.
    pub before_damping: BTreeMap<i64, Arc<Document>>,
    /// The other document of the same authorization server, if this target tells of both.
    pub twins: Option<Twins>,
    /// What came and went about the issuers of its servers, if this target is a resource.
    pub announced: Vec<FindingChange>,
    /// How many failed polls before this one a recording counts without holding them.
    pub unrecorded: u64,
}

impl Sighting {
    /// The document that the target has after this poll, if one was read that is kept.
    pub fn document(&self, target: &Target, known: &[Finding]) -> Option<&Arc<Document>> {
        match &self.reading {
            Reading::Document(parsed) if self.difference.is_kept(target, known) => {
                Some(&parsed.document)
            }
            Reading::Document(_) | Reading::Unmodified { .. } | Reading::Failed(_) => None,
        }
    }
}
