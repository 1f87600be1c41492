//! The store as the rest of the program uses it: one writer and one reader.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rusqlite::Connection;

use super::deferred::{Deferred, Unwritten};
use super::error::{StoreError, doing};
use super::lock::{self, DaemonLock, DaemonPresence};
use super::writer::{WriteAnnouncement, Writer};
use super::{file, migrate};

fn shared(connection: Connection) -> Arc<Mutex<Connection>> {
    Arc::new(Mutex::new(connection))
}

/// The store, open for reading and writing. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(super) writer: Writer,
    reader: Arc<Mutex<Connection>>,
    path: Arc<PathBuf>,
    /// The identity of the file that was opened; `None` if there was no file.
    file: Option<file::FileIdentity>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the file, makes it if it does not exist, and brings it to today's schema.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut connection = file::open_writer(path)?;
        migrate::migrate(&mut connection, path)?;
        let reader = file::open_reader(path)?;
        // What each poll asks for is 100 bytes a target: the usual 2 MB for each connection would mostly hold
        // pages that nobody asks for again.
        reader
            .execute_batch("PRAGMA cache_size = -768")
            .map_err(doing("opening the store"))?;
        Ok(Self {
            writer: Writer::start(connection, path)?,
            reader: shared(reader),
            path: Arc::new(path.to_owned()),
            file: file::identity(path),
        })
    }

    /// Opens a file for viewing: writes go to memory and are lost. If the file does not exist, the store
    /// is empty.
    pub fn view(path: &Path) -> Result<Self, StoreError> {
        let blank = || {
            let mut connection =
                Connection::open_in_memory().map_err(doing("making room in memory"))?;
            migrate::migrate(&mut connection, path)?;
            Ok(connection)
        };
        // An empty file is left by a `check` that was stopped at once: it does not count as a store.
        let is_there = std::fs::metadata(path).map_or(path.exists(), |it| it.len() > 0);
        let reader = if is_there {
            file::open_reader(path)?
        } else {
            blank()?
        };
        Ok(Self {
            writer: Writer::start(blank()?, path)?,
            reader: shared(reader),
            path: Arc::new(path.to_owned()),
            file: None,
        })
    }

    /// Makes a new store that a power cut may damage: for a file that is thrown away, or that gets its
    /// final name only once it is complete.
    pub fn create_unsynced(path: &Path) -> Result<Self, StoreError> {
        let mut connection = file::open_unsynced(path)?;
        migrate::migrate(&mut connection, path)?;
        // Everything is one transaction, and one connection reads and writes, so that no page has to be
        // read back.
        connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(doing("making a store"))?;
        let connection = shared(connection);
        Ok(Self {
            writer: Writer::Here(Arc::clone(&connection)),
            reader: connection,
            path: Arc::new(path.to_owned()),
            file: None,
        })
    }

    /// Commits a store of `create_unsynced` and syncs it to the disk, so that the file can get its final
    /// name.
    pub fn finish(&self) -> Result<(), StoreError> {
        self.read(|connection| {
            connection
                .execute_batch("COMMIT")
                .map_err(doing("committing"))
        })?;
        std::fs::File::open(self.path.as_path())
            .and_then(|file| file.sync_all())
            .map_err(|source| StoreError::Unsynced {
                path: self.path.to_path_buf(),
                source,
            })
    }

    /// Closes the file for this store and all its clones. The last connection to close writes the log
    /// back, so that the history is in one file. Later calls fail.
    pub async fn close(&self) {
        // The reader closes first: it may not write, and as the last one it could not write the log back.
        if let Ok(nothing) = Connection::open_in_memory() {
            let reader = self.reader.lock();
            *reader.unwrap_or_else(std::sync::PoisonError::into_inner) = nothing;
        }
        self.writer.end().await;
    }

    /// Whether the file that was opened still has its name: writes to a file that was deleted or replaced
    /// are lost.
    pub fn is_in_place(&self) -> bool {
        self.file.is_none() || file::identity(&self.path) == self.file
    }

    /// Path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Says that a poll is under way and will be recorded. Until the return value is dropped, other
    /// writes may wait a few milliseconds to be committed together with it.
    pub fn announce(&self) -> WriteAnnouncement {
        self.writer.announce()
    }

    /// Commits the polls that saw nothing new, if some are not committed yet.
    pub async fn write_deferred(&self) -> Result<(), StoreError> {
        let deferred = self.writer.deferred();
        if deferred.is_none_or(|it| it.due().is_none()) {
            return Ok(());
        }
        self.writer.run(|_| Ok(())).await
    }

    /// Tells when polls that saw nothing new cannot be committed.
    pub fn unwritten(&self) -> Unwritten {
        self.writer
            .deferred()
            .map(Deferred::failures)
            .unwrap_or_default()
    }

    /// Takes the lock that the daemon holds on a store; it is held until dropped.
    pub fn lock_daemon(path: &Path) -> Result<DaemonLock, StoreError> {
        DaemonLock::take(path)
    }

    /// Whether a daemon runs on the store, as far as the calling user may see.
    pub fn daemon(path: &Path) -> DaemonPresence {
        lock::holder(path)
    }

    /// A random text of this store, unchanged for its lifetime: the key of hashes over secrets.
    pub fn key(&self) -> Result<String, StoreError> {
        self.read(|connection| {
            connection
                .query_row("SELECT key FROM store_key", [], |row| row.get(0))
                .map_err(doing("reading the key of the store"))
        })
    }

    /// Whether a daemon is known to run on the store.
    pub fn is_daemon_running(path: &Path) -> bool {
        matches!(Self::daemon(path), DaemonPresence::Runs(_))
    }

    /// Reads with the connection kept for it.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // A reader that panicked left no half-done change, because it only reads.
        let reader = self
            .reader
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        work(&reader)
    }
}
