//! The kinds of events.

use serde::{Deserialize, Serialize};

/// The kind of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// The first document of a target became its baseline.
    FirstSeen,
    /// The document changed.
    Changed,
    /// The document could not be had or used for `failures_before_alert` polls in a row.
    Failing,
    /// Fetches seconds apart see different documents.
    Inconsistent,
    /// The document is back after an outage that was told.
    Recovered,
    /// Requirements are newly not met, or met again.
    Finding,
    /// A member changes so often that its changes are collected from now on.
    Damped,
    /// A damped member has come to rest.
    Settled,
    /// Somebody said that an event was expected.
    Accepted,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::FirstSeen,
        Self::Changed,
        Self::Inconsistent,
        Self::Failing,
        Self::Recovered,
        Self::Finding,
        Self::Damped,
        Self::Settled,
        Self::Accepted,
    ];

    /// The text form, as it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstSeen => "first-seen",
            Self::Changed => "changed",
            Self::Inconsistent => "inconsistent",
            Self::Failing => "failing",
            Self::Recovered => "recovered",
            Self::Finding => "finding",
            Self::Damped => "damped",
            Self::Settled => "settled",
            Self::Accepted => "accepted",
        }
    }

    /// Reads the text form; `None` if it is not a kind.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}
