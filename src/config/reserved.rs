//! Files that nothing else may be written over: the store with what belongs to it, the configuration
//! with what it includes, and the directory of the mails.

use std::path::{Path, PathBuf};

use crate::store::{all_beside, identity, resolved};

/// Files that a page must not replace, each with what it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReservedFiles {
    files: Vec<(PathBuf, &'static str)>,
}

impl ReservedFiles {
    /// Those of a configuration: the file itself, then what it includes.
    pub(super) fn of_configuration(files: Vec<PathBuf>) -> Self {
        let what = |at| match at {
            0 => "the configuration",
            _ => "included by the configuration",
        };
        let files = files.into_iter().enumerate();
        Self {
            files: files.map(|(at, file)| (file, what(at))).collect(),
        }
    }

    /// Adds a store and what stands beside it.
    pub(super) fn with_store(mut self, store: &Path) -> Self {
        let siblings = all_beside(store).map(|file| (file, "a file of the store"));
        self.files.extend(siblings);
        self.files.push((store.to_owned(), "the store"));
        self
    }

    /// Adds the directory of the mails, which the first of them makes.
    pub(super) fn with_mails(mut self, directory: &Path) -> Self {
        let what = "the directory of the mails";
        self.files.push((directory.to_owned(), what));
        self
    }

    /// What a file is, if it is one of these, by whatever name.
    pub fn find(&self, file: &Path) -> Option<&'static str> {
        let (place, number) = (resolved(file), identity(file));
        let is_one =
            |own: &Path| resolved(own) == place || (number.is_some() && identity(own) == number);
        let mut files = self.files.iter();
        files.find(|(own, _)| is_one(own)).map(|(_, what)| *what)
    }
}
