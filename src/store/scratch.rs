//! Puts bytes aside that are not recorded, in an unnamed temporary file beside the store.
//!
//! The system's folder for temporary files is the second choice, because it may be memory. If neither can
//! be written, the bytes stay in memory, as small ones always do.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::document::path::folder_of;

/// Up to this many bytes stay in memory, because they are not worth a file.
const FEW: usize = 16 << 10;

/// A place for bytes, which are written one after the other.
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
    /// Made when first needed; `None` inside if it cannot be made.
    file: OnceLock<Option<File>>,
    end: Mutex<u64>,
}

/// Bytes that were put aside.
#[derive(Debug, Clone)]
pub enum ScratchEntry {
    /// The bytes are in memory.
    Here(Vec<u8>),
    /// The bytes are in the file, in this range.
    InFile(Range<u64>),
}

impl Scratch {
    /// A place beside the store at this path.
    pub fn next_to(store: &Path) -> Self {
        Self {
            folder: folder_of(store).to_owned(),
            file: OnceLock::new(),
            end: Mutex::new(0),
        }
    }

    /// Puts bytes aside; they are read again with `get`.
    pub fn put(&self, bytes: Vec<u8>) -> ScratchEntry {
        if bytes.len() <= FEW {
            return ScratchEntry::Here(bytes);
        }
        match self.write(&bytes) {
            Ok(place) => ScratchEntry::InFile(place),
            Err(error) => {
                tracing::debug!(%error, "nothing can be put aside, it stays in memory");
                ScratchEntry::Here(bytes)
            }
        }
    }

    /// Reads bytes that were put aside here.
    pub fn get<'a>(&self, put: &'a ScratchEntry) -> io::Result<Cow<'a, [u8]>> {
        let place = match put {
            ScratchEntry::Here(bytes) => return Ok(Cow::Borrowed(bytes)),
            ScratchEntry::InFile(place) => place,
        };
        let size = usize::try_from(place.end - place.start).unwrap_or_default();
        let mut bytes = vec![0; size];
        self.file()?.read_exact_at(&mut bytes, place.start)?;
        Ok(Cow::Owned(bytes))
    }

    fn write(&self, bytes: &[u8]) -> io::Result<Range<u64>> {
        let file = self.file()?;
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all_at(bytes, *end)?;
        let start = *end;
        *end += bytes.len() as u64;
        Ok(start..*end)
    }

    fn file(&self) -> io::Result<&File> {
        let make = || {
            // A process that only views a store may have no permission to write beside it.
            let file = tempfile::tempfile_in(&self.folder);
            file.or_else(|_error| tempfile::tempfile()).ok()
        };
        let file = self.file.get_or_init(make).as_ref();
        file.ok_or_else(|| io::Error::other("there is no folder to write in"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_aside_comes_back_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let scratch = Scratch::next_to(&folder.path().join("history.db"));
        let texts = [vec![1; FEW], vec![2; FEW + 1], vec![], vec![3; FEW * 2]];
        let put: Vec<ScratchEntry> = texts
            .iter()
            .cloned()
            .map(|text| scratch.put(text))
            .collect();
        assert!(matches!(put[1], ScratchEntry::InFile(_)));
        for (text, put) in texts.iter().zip(&put) {
            assert_eq!(*scratch.get(put).unwrap(), **text);
        }
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }
}
