//! Whether a member itself came or went with a change, or was there all the time.
//!
//! Compared are effective values: what is left out stands for its default. So `false` before may
//! be a value or nothing at all; the patch of the event knows which, and where there is no patch
//! nothing is said.

use serde_json::Value;

use super::mark::shown;
use super::words::list;
use crate::model::change::Change;
use crate::model::diff::PatchText;
use crate::model::event::Event;
use crate::model::member;

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

/// What became of the member of a change.
pub(super) fn presence(event: &Event, change: &Change) -> Presence {
    let path = format!("/{}", change.member.replace('~', "~0").replace('/', "~1"));
    let operations = event.body.patch.as_ref().map(PatchText::operations);
    let steps = operations.as_ref().and_then(Value::as_array);
    let mut steps = steps.into_iter().flatten();
    let of_member = steps.find(|step| step.get("path").and_then(Value::as_str) == Some(&path));
    match of_member.and_then(|step| step.get("op")?.as_str()) {
        Some("add") => Presence::Came,
        Some("remove") => Presence::Went,
        Some(_) | None => Presence::Kept,
    }
}

/// A value that nobody wrote down: `(absent: false by default)`.
pub(super) fn by_default(value: &Value, max: usize) -> String {
    format!("(absent: {} by default)", shown(value, max))
}

/// What is to be known of a set whose default stood, or stands now, in its place.
pub(super) fn remark(event: &Event, change: &Change) -> Option<String> {
    let is_set = !change.added.is_empty() || !change.removed.is_empty();
    let default = member::default(event.document, &change.member)?.as_array()?;
    let values: Vec<String> = default.iter().map(|value| shown(value, 60)).collect();
    let values = match values.as_slice() {
        [] => "nothing".to_owned(),
        _ => list(&values),
    };
    match presence(event, change) {
        Presence::Came if is_set => Some(format!(
            "The member is newly published; left out, it stood for {values}."
        )),
        Presence::Went if is_set => Some(format!(
            "The member is no longer published; left out, it stands for {values}."
        )),
        Presence::Came | Presence::Went | Presence::Kept => None,
    }
}
