//! What events of several kinds have in common.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::document::observation::{Failure, Observation};
use crate::meaning::change::{Finding, FindingState};
use crate::meaning::subject::Subject;
use crate::policy::damping::Movement;

/// Where an answer came from, or should have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The URL asked for, if it is known.
    pub url: Option<String>,
    /// Where the answer came from, if redirects led elsewhere.
    pub final_url: Option<String>,
}

impl Source {
    /// Of what was asked for and answered.
    pub fn of(observation: &Observation) -> Self {
        Self {
            url: observation.url.clone(),
            final_url: observation.final_url.clone(),
        }
    }
}

/// Where and when a document was seen that was believed, and what was there before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Where it came from.
    pub source: Source,
    /// When the fetch that confirmed it was made.
    pub confirmed_at: Option<Timestamp>,
    /// When one fetch of an earlier poll saw it first, if no second one of that poll confirmed it.
    pub candidate_since: Option<Timestamp>,
    /// The last good poll before this one.
    pub last_good_at: Option<Timestamp>,
    /// How many polls failed since then, if any did.
    pub failures: Option<u64>,
    /// When the state before began (its snapshot's first sighting).
    pub old_since: Option<Timestamp>,
    /// Of findings that two documents show together: when the other was last seen.
    pub twin_seen_at: Option<Timestamp>,
}

/// Polls that failed one after another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailedPolls {
    /// When the first of them was made.
    pub since: Timestamp,
    /// How many there were.
    pub count: u64,
    /// The latest, oldest first; bounded.
    pub latest: Vec<FailedPoll>,
}

/// A finding that came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingChange {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// Whether it is new or cured.
    pub state: FindingState,
}

/// A poll that is part of an outage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedPoll {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub failure: Failure,
    /// How long it took, in milliseconds, if that is known.
    #[serde(with = "elapsed")]
    pub elapsed_ms: Option<u64>,
}

/// How long a poll took, as it is stored: 0 stands for what is not known.
mod elapsed {
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde asks for a reference")]
    pub(super) fn serialize<S: Serializer>(
        elapsed_ms: &Option<u64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(elapsed_ms.unwrap_or_default())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<u64>, D::Error> {
        let elapsed_ms = u64::deserialize(deserializer)?;
        Ok(Some(elapsed_ms).filter(|elapsed| *elapsed > 0))
    }
}

/// A member that is damped from now on, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnstableMember {
    /// What it is.
    pub member: Subject,
    /// Of a damped member: the first of the changes that were counted. Of one that has come to rest:
    /// when it was damped.
    pub since: Timestamp,
    /// How many changes were counted, or held back.
    pub changes: u64,
    /// Values among those held back that were never seen before.
    pub new_values: u64,
    /// Its last change.
    pub last_change_at: Timestamp,
    /// Of a damped member: what came and went in the changes that were counted.
    #[serde(default, skip_serializing_if = "Movement::is_empty")]
    pub movement: Movement,
}

/// How large a document is, counted in what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentSize {
    /// Members of metadata.
    Members(u64),
    /// Keys of a key set.
    Keys(u64),
}
