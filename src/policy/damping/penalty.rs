//! What is remembered of a member that changes: its penalty, and while it is damped, since when and
//! what was held back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The penalty of a member, which says how often it changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Penalty {
    /// The penalty as it was at `at`.
    #[serde(rename = "penalty")]
    pub value: f64,
    /// When the penalty was computed: at the last change.
    pub at: Timestamp,
    /// When the first of the counted changes was seen.
    pub since: Timestamp,
    /// How many changes are counted.
    pub changes: u64,
    /// Values that the counted changes brought and took away, as they are shown.
    #[serde(default, skip_serializing_if = "Movement::is_empty")]
    pub movement: Movement,
    /// What is held back; set only while the member is damped.
    #[serde(rename = "hold", default, skip_serializing_if = "Option::is_none")]
    pub suppression: Option<Suppression>,
}

/// Values that came and went while a member was counted, as they are shown: bounded in number and
/// length, the latest last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Movement {
    /// Values that came.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub came: Vec<String>,
    /// Values that went.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub went: Vec<String>,
}

impl Movement {
    /// Whether nothing came and nothing went.
    pub fn is_empty(&self) -> bool {
        self.came.is_empty() && self.went.is_empty()
    }
}

impl Penalty {
    /// Whether the member is damped.
    pub fn is_suppressed(&self) -> bool {
        self.suppression.is_some()
    }

    /// Whether the member was damped by an event that the store has not numbered yet.
    pub(crate) fn is_new(&self) -> bool {
        let suppression = self.suppression.as_ref();
        suppression.is_some_and(|it| it.event.is_none())
    }
}

/// What is remembered of a member while it is damped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// When the member was damped.
    pub since: Timestamp,
    /// The event that says that it was damped, once the store has numbered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<i64>,
    /// The snapshot before the change that damped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<i64>,
    /// Where the answer came from before that change, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_url: Option<String>,
    /// How many changes were held back since, without the one that damped the member.
    #[serde(default)]
    pub held_back: u64,
    /// How many values among them were never seen before.
    #[serde(default)]
    pub new_values: u64,
    /// The latest of them, as they are shown; none of a key set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub came: Vec<String>,
    /// Changes that would undo its last change, as `seen_values::change_of` names them, where that change
    /// was told although the member is damped: undoing it is told as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ways_back: Vec<String>,
    /// When a change was last told although the member is damped, because it is declared to be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_told_at: Option<Timestamp>,
    /// Whether somebody said that the damping was expected: no mail is sent about it then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
}
