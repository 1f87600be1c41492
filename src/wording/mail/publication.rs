//! What is said where a member came or went while its effective value, or a part of it, was there all
//! the time.

use serde_json::Value;

use super::highlight::shown;
use super::words::list;
use crate::document::member;
use crate::meaning::change::Change;
use crate::meaning::diff::Publication;
use crate::policy::event::Event;

/// A value that nobody wrote down: `(absent: false by default)`.
pub(super) fn by_default(value: &Value, max: usize) -> String {
    format!("(absent: {} by default)", shown(value, max))
}

/// What is to be known of a set whose default stood, or stands now, in its place.
pub(super) fn remark(event: &Event, publication: Publication, change: &Change) -> Option<String> {
    let is_set = !change.added.is_empty() || !change.removed.is_empty();
    let default = member::default(event.document.kind(), change.subject.as_str())?.as_array()?;
    let values: Vec<String> = default.iter().map(|value| shown(value, 60)).collect();
    let values = match values.as_slice() {
        [] => "nothing".to_owned(),
        _ => list(&values),
    };
    match publication {
        Publication::Came if is_set => Some(format!(
            "The member is newly published; left out, it stood for {values}."
        )),
        Publication::Went if is_set => Some(format!(
            "The member is no longer published; left out, it stands for {values}."
        )),
        Publication::Came | Publication::Went | Publication::Kept => None,
    }
}
