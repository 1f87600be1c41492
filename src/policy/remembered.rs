//! What is remembered of a target from poll to poll besides its state: past states and candidates,
//! disagreements, and warnings about its certificate.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::document::severity::Severity;

/// A warning that a certificate ends, as it was told last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiryTold {
    /// SHA-256 of the certificate.
    pub leaf: String,
    /// How grave the warning was.
    pub severity: Severity,
    /// The event that told it, once the store has numbered it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub event: Option<i64>,
}

/// A past state of the target, without the members that are ignored.
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
    /// The name of the state, as made by `decide::confirm::state_of`.
    pub state: String,
    /// When the state was first seen; the baseline was not seen since.
    pub first_seen_at: Timestamp,
    /// Its changes, by which `decide::agreement` knows it again where a member is new at every request; empty if
    /// there are too many of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<WeighedChange>,
}

/// A change that one fetch saw, by hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeighedChange {
    /// What it is about.
    pub subject: String,
    /// What it changed to.
    pub value: String,
    /// What comes of it.
    pub weight: Weight,
}

/// What comes of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// It is recorded.
    Quiet,
    /// It is mailed.
    Mailed,
    /// It is of severity `security`.
    Grave,
}

/// That a value came which was never there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// When it was first seen.
    pub at: Timestamp,
    /// Whether that was told, and not held back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
}

/// Fetches that saw different states within a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disagreement {
    /// When these polls were made, the latest last; at most as many as are needed to tell of them.
    pub polls: Vec<Timestamp>,
    /// Names of the states that people were told of; empty if none, bounded in number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<String>,
    /// Whether people were told that the answers keep disagreeing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub announced: bool,
}
