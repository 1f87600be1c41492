//! Why a file could not be written, in words: the path that was asked for, the cause once, and what to do.
//!
//! The error of a temporary file is not passed on, because it names a path that nobody knows.

use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::anyhow;

use crate::document::path::{self, folder_of};

/// The error for a file. `asked` is its path as it was asked for, `place` the one that is written to.
pub fn unwritable(asked: &Path, place: &Path, error: &io::Error) -> anyhow::Error {
    let (asked, folder) = (path::visible(asked), path::visible(folder_of(place)));
    let cause = match error.kind() {
        ErrorKind::NotFound => format!("there is no folder {folder}: make it, then try again"),
        ErrorKind::NotADirectory => format!("{folder} is no folder: name another file"),
        ErrorKind::PermissionDenied => {
            format!("no permission to write in {folder}: allow it, or name another file")
        }
        ErrorKind::ReadOnlyFilesystem => {
            format!("{folder} is read-only: name a file elsewhere")
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "there is no space left: make room, then try again".to_owned()
        }
        kind => kind.to_string(),
    };
    anyhow!("cannot write {asked}: {cause}")
}
