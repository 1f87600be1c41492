//! What one poll saw, read and compared: all that a decision is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::baseline::Question;
use super::reading::{Confirmation, Difference, Reading};
use super::tracking::SeenBefore;
use super::twins::Twins;
use crate::document::canonical::Document;
use crate::document::observation::Observation;
use crate::meaning::known::Known;

/// Everything that was seen at one poll and what it was compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// The first fetch.
    pub observation: Observation,
    /// What it means.
    pub reading: Reading,
    /// How it differs from what is known.
    pub difference: Difference,
    /// Whether a second fetch saw the same.
    pub confirmation: Confirmation,
    /// What was asked; `None` in a recording, which asks nobody again.
    pub question: Option<Question>,
    /// The baseline document, if there is one and a document was read.
    pub baseline: Option<Arc<Document>>,
    /// When the state read was the state of this target before, if it was.
    pub seen_before: Option<SeenBefore>,
    /// Values seen before on the members that differ.
    pub known: Known,
    /// The states before members were damped that are about to be free, by snapshot.
    pub before_damping: BTreeMap<i64, Arc<Document>>,
    /// The other document of the same authorization server, where this one tells of both.
    pub twins: Option<Twins>,
    /// Failed polls before this one that a recording counts and does not hold.
    pub unrecorded: u64,
}
