//! What providers are called now: whoever asks may know one by an earlier name, which the events before it was
//! renamed still show.

use issuerwatch::config::{Outline, renamed};
use issuerwatch::store::{Reader, StoreError};

/// These names, those of earlier days as they are now.
pub(super) fn current(
    outline: &Outline,
    reader: &Reader,
    names: Vec<String>,
) -> Result<Vec<String>, StoreError> {
    let each = names.into_iter();
    each.map(|name| current_name(outline, reader, name))
        .collect()
}

/// This name, or where it is an earlier one that the store does not have any more, the one it is now.
pub(super) fn current_name(
    outline: &Outline,
    reader: &Reader,
    name: String,
) -> Result<String, StoreError> {
    let Some(now) = renamed(&outline.providers, &name) else {
        return Ok(name);
    };
    let (provider, _) = name.split_once('/').unwrap_or((&name, ""));
    let is_there = reader
        .documents()?
        .iter()
        .any(|row| row.provider == provider);
    Ok(if is_there { name } else { now })
}
