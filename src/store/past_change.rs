//! What is read again of the changes of an earlier event.
//!
//! An event may be of some megabytes, and few of its words are asked for. They are picked here and not in SQL,
//! where each question reads the whole text again, and each change is written as a text of its own before it
//! is looked into.

use std::borrow::Cow;

use rusqlite::{Error, Row};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::row::corrupt;
use crate::document::severity::Severity;

/// The changes of an event, and whether it was told at once.
#[derive(Deserialize)]
pub(super) struct PastChanges<'a> {
    #[serde(borrow)]
    changes: Vec<PastChange<'a>>,
    pub(super) alert: bool,
}

/// One of them.
#[derive(Deserialize)]
pub(super) struct PastChange<'a> {
    #[serde(borrow)]
    member: Cow<'a, str>,
    severity: Severity,
    #[serde(default)]
    pub(super) damped: bool,
    #[serde(borrow)]
    before: Option<&'a RawValue>,
    #[serde(borrow)]
    after: Option<&'a RawValue>,
    #[serde(borrow)]
    removed: &'a RawValue,
}

impl<'a> PastChanges<'a> {
    /// Reads them from the column `content`.
    pub(super) fn of(row: &'a Row<'_>) -> Result<Self, Error> {
        let text = row.get_ref("content")?.as_str()?;
        serde_json::from_str(text).map_err(|error| corrupt("content", error))
    }

    /// Those of a member.
    pub(super) fn of_member(&self, member: &str) -> impl Iterator<Item = &PastChange<'a>> {
        self.changes.iter().filter(move |it| it.member == member)
    }
}

impl PastChange<'_> {
    /// Whether it breaks clients.
    pub(super) fn is_breaking(&self) -> bool {
        self.severity >= Severity::Breaking
    }

    /// Whether nothing took the place of a value.
    pub(super) fn is_loss(&self) -> bool {
        self.after.is_none_or(|after| after.get() == "\"\"")
    }

    /// The value before, if it is known.
    pub(super) fn before(&self) -> Option<Value> {
        let before = serde_json::from_str(self.before?.get()).ok();
        before.filter(|before: &Value| !before.is_null())
    }

    /// The texts among the values that a set lost.
    pub(super) fn removed_texts(&self) -> Vec<Value> {
        let removed = serde_json::from_str(self.removed.get());
        let mut texts: Vec<Value> = removed.unwrap_or_default();
        texts.retain(Value::is_string);
        texts
    }
}
