//! Files that nothing else may be written over: the store with what belongs to it, the configuration
//! with what it includes, and the directory of the mails.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::document::path::folder_of;

/// What stands beside a store, by the end of its name.
const BESIDE_STORE: [&str; 4] = ["-wal", "-shm", "-journal", ".lock"];

/// Files that a page must not replace, each with what it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReservedFiles {
    files: Vec<(PathBuf, &'static str)>,
}

impl ReservedFiles {
    /// Those of a store and of the files of a configuration.
    pub fn of(store: Option<&Path>, configuration: &[PathBuf]) -> Self {
        let mut files = Vec::new();
        let configuration = configuration.iter().enumerate();
        files.extend(configuration.map(|(at, file)| {
            let what = match at {
                0 => "the configuration",
                _ => "included by the configuration",
            };
            (file.clone(), what)
        }));
        // Of a store that is a link, SQLite keeps its files beside what the link leads to.
        let real = store.and_then(|store| fs::canonicalize(store).ok());
        for store in store.map(Path::to_owned).into_iter().chain(real) {
            files.extend(BESIDE_STORE.map(|end| {
                let mut name = OsString::from(&store);
                name.push(end);
                (PathBuf::from(name), "a file of the store")
            }));
            files.push((store, "the store"));
        }
        Self { files }
    }

    /// Adds the directory of the mails.
    pub(super) fn with_mails(mut self, directory: &Path) -> Self {
        let what = "the directory of the mails";
        self.files.push((directory.to_owned(), what));
        self
    }

    /// What a file is, if it is one of these, by whatever name.
    pub fn find(&self, file: &Path) -> Option<&'static str> {
        let (place, number) = (place(file), number(file));
        let is_one = |own: &Path| {
            self::place(own) == place || (number.is_some() && self::number(own) == number)
        };
        let mut files = self.files.iter();
        files.find(|(own, _)| is_one(own)).map(|(_, what)| *what)
    }
}

/// Where a file is, with all links resolved; of one that is not there, its folder.
fn place(file: &Path) -> PathBuf {
    fs::canonicalize(file).unwrap_or_else(|_not_there| {
        let folder = folder_of(file);
        let folder = fs::canonicalize(folder).unwrap_or_else(|_not_there| folder.to_owned());
        folder.join(file.file_name().unwrap_or_default())
    })
}

/// The number of a file, which all its names share.
fn number(file: &Path) -> Option<(u64, u64)> {
    let found = fs::metadata(file).ok()?;
    Some((found.dev(), found.ino()))
}
