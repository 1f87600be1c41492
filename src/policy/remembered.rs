//! What is remembered of a target from poll to poll besides what it is: states that are over or wait to be
//! confirmed, disagreement, what was told of its certificate.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::document::severity::Severity;

/// That a certificate ends, as it was told last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiryTold {
    /// Which, by its SHA-256.
    pub leaf: String,
    /// How grave it was then.
    pub severity: Severity,
}

/// A state that is over, as it looks without what is ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastState {
    /// SHA-256 of its visible part, hexadecimal.
    pub visible: String,
    /// When the state that followed it was first seen.
    pub ended_at: Timestamp,
    /// The event that ended it, once the store has numbered it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_by: Option<i64>,
}

/// A state that one fetch saw and no second one confirmed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Names it, as `decide::confirm::state_of`.
    pub state: String,
    /// When it was first seen, with the baseline not seen since.
    pub first_seen_at: Timestamp,
}

/// Fetches that saw different states within a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disagreement {
    /// When, the latest last; at most as many as it takes to be told.
    pub polls: Vec<Timestamp>,
    /// Names of the states that people were told of, if they were; bounded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<String>,
    /// Whether people were told that the answers keep disagreeing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub announced: bool,
}
