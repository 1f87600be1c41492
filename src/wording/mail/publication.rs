//! Whether a member itself came or went with a change, or was there all the time.
//!
//! Compared are effective values: what is left out stands for its default. So `false` before may
//! be a value or nothing at all; the patch of the event knows which, and where there is no patch
//! nothing is said.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::highlight::shown;
use super::words::list;
use crate::document::member;
use crate::meaning::change::Change;
use crate::meaning::diff::PatchText;
use crate::policy::event::Event;

/// What became of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// It was there and is, or nobody knows.
    Kept,
    /// It was left out before.
    Came,
    /// It is left out now.
    Went,
}

/// Which members came and went with an event, by JSON Pointer: its patch is read once.
#[derive(Debug, Default)]
pub(super) struct Presences(BTreeMap<String, Presence>);

/// An operation of a patch, without its value.
#[derive(Deserialize)]
struct Step<'a> {
    #[serde(borrow)]
    op: Cow<'a, str>,
    #[serde(borrow)]
    path: Cow<'a, str>,
}

impl Presences {
    /// What the patch of an event says.
    pub(super) fn of(event: &Event) -> Self {
        let patch = event.body.patch.as_ref().map(PatchText::as_str);
        let steps = patch.and_then(|patch| serde_json::from_str(patch).ok());
        let steps: Vec<Step<'_>> = steps.unwrap_or_default();
        let mut presences = BTreeMap::new();
        for step in steps {
            let presence = match step.op.as_ref() {
                "add" => Presence::Came,
                "remove" => Presence::Went,
                _ => Presence::Kept,
            };
            // The first of several: what stands within a member has a longer path.
            presences.entry(step.path.into_owned()).or_insert(presence);
        }
        Self(presences)
    }

    /// What became of the member of a change.
    pub(super) fn of_change(&self, change: &Change) -> Presence {
        let path = format!("/{}", change.member.replace('~', "~0").replace('/', "~1"));
        self.0.get(&path).copied().unwrap_or(Presence::Kept)
    }
}

/// A value that nobody wrote down: `(absent: false by default)`.
pub(super) fn by_default(value: &Value, max: usize) -> String {
    format!("(absent: {} by default)", shown(value, max))
}

/// What is to be known of a set whose default stood, or stands now, in its place.
pub(super) fn remark(event: &Event, presence: Presence, change: &Change) -> Option<String> {
    let is_set = !change.added.is_empty() || !change.removed.is_empty();
    let default = member::default(event.document, &change.member)?.as_array()?;
    let values: Vec<String> = default.iter().map(|value| shown(value, 60)).collect();
    let values = match values.as_slice() {
        [] => "nothing".to_owned(),
        _ => list(&values),
    };
    match presence {
        Presence::Came if is_set => Some(format!(
            "The member is newly published; left out, it stood for {values}."
        )),
        Presence::Went if is_set => Some(format!(
            "The member is no longer published; left out, it stands for {values}."
        )),
        Presence::Came | Presence::Went | Presence::Kept => None,
    }
}
