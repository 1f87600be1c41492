//! `[store]`: where the history is kept, and for how long.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;

use super::keys;
use super::location::Location;
use super::problem::shown;
use super::reader::Section;
use super::reserved::ReservedFiles;
use crate::document::path::{self, folder_of};

/// How far a configuration is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CheckDepth {
    /// Only the text of the file is checked.
    Text,
    /// The files it names are checked too; not for a start, which reports itself what it cannot open.
    Files,
}

/// `[store]`.
pub(super) struct StoreSettings {
    pub(super) path: PathBuf,
    pub(super) keep_bodies: Option<SignedDuration>,
}

/// Reads `[store]`; `None` where no store can be at its path.
pub(super) fn read(
    section: &Section<'_>,
    location: &Location,
    reserved: &ReservedFiles,
    depth: CheckDepth,
) -> Option<StoreSettings> {
    section.check_keys("store", &keys::STORE);
    let keep_bodies = section.positive("keep_bodies");
    let text = section.path("path", "issuerwatch.db")?;
    let path = location.state(text);
    if let Some(what) = reserved.find(&path) {
        let what = format!("path \"{}\" is {what}: name another", shown(text));
        section.problem(section.span_of("path"), what);
        return None;
    }
    if depth == CheckDepth::Files {
        look_at(section, text, &path);
    }
    Some(StoreSettings { path, keep_bodies })
}

/// Whether the directory is there in which the store is, or will be made.
fn look_at(section: &Section<'_>, text: &str, path: &Path) {
    let directory = folder_of(path);
    let shown = path::visible(directory);
    let wrong = match std::fs::metadata(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let hint = if text.contains('$') {
                "; variables are not expanded"
            } else if directory.starts_with("/var/lib") {
                " (the unit makes its own when it starts)"
            } else {
                ""
            };
            format!("the directory of the store is not there: make {shown}{hint}")
        }
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            format!("{shown} is no directory")
        }
        Ok(found) if !found.is_dir() => format!("{shown} is no directory"),
        // A directory that only the service may look into cannot be checked here.
        Err(_) | Ok(_) if path.is_dir() => {
            format!("{} is a directory, not a file", path::visible(path))
        }
        Err(_) | Ok(_) => return,
    };
    section.problem(section.span_of("path"), format!("path: {wrong}"));
}
