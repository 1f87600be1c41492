//! Types that the events of several kinds share.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::document::observation::{Failure, Observation};
use crate::meaning::change::{Finding, FindingState};
use crate::meaning::subject::Subject;
use crate::policy::damping::Movement;

/// Where an answer came from or, if there was none, should have come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The URL asked for, if it is known.
    pub url: Option<String>,
    /// Where the answer came from, if redirects led elsewhere.
    pub final_url: Option<String>,
}

impl Source {
    /// The source of an observation: what was asked for, and what answered.
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
    /// Where the document came from.
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
    /// For findings about two documents together, when the other document was last seen.
    pub twin_seen_at: Option<Timestamp>,
}

/// Polls that failed one after another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailedPolls {
    /// When the first of them was made.
    pub since: Timestamp,
    /// How many polls failed.
    pub count: u64,
    /// The latest of these polls, oldest first; bounded in number.
    pub latest: Vec<FailedPoll>,
}

/// A finding that came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingChange {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// Whether the finding is new or cured.
    pub state: FindingState,
}

impl FindingChange {
    /// Whether it is told as news: also where what was found is gone, and the keys that it was about are not.
    pub fn is_news(&self) -> bool {
        self.state == FindingState::New || !self.finding.kept_keys.is_empty()
    }
}

/// A poll that is part of an outage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedPoll {
    /// When the poll was made.
    pub at: Timestamp,
    /// Why it failed.
    pub failure: Failure,
    /// How long the poll took, in milliseconds; `None` if that is not known.
    #[serde(with = "elapsed")]
    pub elapsed_ms: Option<u64>,
}

/// Stores how long a poll took: 0 is written for `None`.
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

/// A member that is damped from now on, or no longer damped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnstableMember {
    /// The member that is meant.
    pub member: Subject,
    /// For a damped member, when the first of the counted changes was seen. For one that has come to
    /// rest, when it was damped.
    pub since: Timestamp,
    /// How many changes were counted or, for one that has come to rest, held back.
    pub changes: u64,
    /// How many values in the changes held back were never seen before.
    pub new_values: u64,
    /// When the last change of the member was seen.
    pub last_change_at: Timestamp,
    /// For a damped member, the values that came and went in the counted changes; for one that has come to
    /// rest, those that came while it was damped and were never seen before.
    #[serde(default, skip_serializing_if = "Movement::is_empty")]
    pub movement: Movement,
    /// For a damped member, when a summary may tell of it first; `None` if none ever does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary_at: Option<Timestamp>,
    /// For a damped member, when it has come to rest if it does not change any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests_at: Option<Timestamp>,
}

/// The size of a document: how many members or keys it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentSize {
    /// Number of members of metadata.
    Members(u64),
    /// Number of keys of a key set.
    Keys(u64),
}
