//! What is asked of a history: in which form, and of which targets.

use crate::config::asked::{self, UsageError};
use crate::document::name::DocumentName;
use crate::meaning::provider::is_called;
use crate::store::TargetRow;

/// How events are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Table,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// A Markdown table.
    Markdown,
    /// RFC 6902 patches.
    Patch,
}

/// Why a name means no target, and what may have been meant.
pub(super) fn unknown<'a>(
    name: &str,
    all: impl Iterator<Item = (&'a str, DocumentName)>,
) -> UsageError {
    asked::unknown(name, "in the history", all)
}

/// Refuses a name that no target has.
pub(super) fn all_known(targets: &[TargetRow], names: &[String]) -> Result<(), UsageError> {
    for name in names {
        if !targets
            .iter()
            .any(|row| is_called(&row.provider, &row.kind, name))
        {
            let all = targets
                .iter()
                .map(|row| (row.provider.as_str(), row.kind.clone()));
            return Err(unknown(name, all));
        }
    }
    Ok(())
}
