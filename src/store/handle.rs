//! The store as the rest of the program holds it: one writer, one reader.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rusqlite::Connection;

use super::error::{StoreError, doing};
use super::lock::{self, Daemon, DaemonLock};
use super::writer::{Announced, Writer};
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
    /// The file that was opened, as the system knows it; `None` where there was none.
    file: Option<file::Identity>,
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
        Ok(Self {
            writer: Writer::start(connection, path)?,
            reader: shared(reader),
            path: Arc::new(path.to_owned()),
            file: file::identity(path),
        })
    }

    /// Opens a file to look at: what is written goes nowhere. A file that does not exist is an empty
    /// store.
    pub fn view(path: &Path) -> Result<Self, StoreError> {
        let blank = || {
            let mut connection =
                Connection::open_in_memory().map_err(doing("making room in memory"))?;
            migrate::migrate(&mut connection, path)?;
            Ok(connection)
        };
        // A file without a byte is what a `check` leaves that was stopped at once: no store yet.
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

    /// Makes a new store that a power cut may spoil: for a file that is thrown away, or takes its
    /// name only when it is whole.
    pub fn create_unsynced(path: &Path) -> Result<Self, StoreError> {
        let mut connection = file::open_unsynced(path)?;
        migrate::migrate(&mut connection, path)?;
        // One transaction for all of it; one connection reads and writes, so that no page has to be
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

    /// Commits what was written to a store of `create_unsynced` and moves it onto the disk, so that
    /// the file can take its name.
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

    /// Closes the file, for this store and all its clones: whoever closes it last writes the log back,
    /// so that the history is in one file. What is asked later fails.
    pub async fn close(&self) {
        // The reader first: it may not write, and so could not write the log back.
        if let Ok(nothing) = Connection::open_in_memory() {
            let reader = self.reader.lock();
            *reader.unwrap_or_else(std::sync::PoisonError::into_inner) = nothing;
        }
        self.writer.end().await;
    }

    /// Whether the file that was opened still has its name: what is written to one that was deleted or
    /// replaced nobody will find.
    pub fn is_in_place(&self) -> bool {
        self.file.is_none() || file::identity(&self.path) == self.file
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Says that a poll is under way whose outcome will be recorded; until what it returns is dropped,
    /// others that end meanwhile may wait a few milliseconds to be committed together with it.
    pub fn announce(&self) -> Announced {
        self.writer.announce()
    }

    /// Takes the lock that one daemon holds on a store; held until dropped.
    pub fn lock_daemon(path: &Path) -> Result<DaemonLock, StoreError> {
        DaemonLock::take(path)
    }

    /// Whether a daemon runs on the store, as far as who asks may see.
    pub fn daemon(path: &Path) -> Daemon {
        lock::holder(path)
    }

    /// A random text of this store, as it is: what a hash that could tell a secret is keyed with.
    pub fn key(&self) -> Result<String, StoreError> {
        self.read(|connection| {
            connection
                .query_row("SELECT key FROM store_key", [], |row| row.get(0))
                .map_err(doing("reading the key of the store"))
        })
    }

    /// Whether a daemon is known to run on the store.
    pub fn is_daemon_running(path: &Path) -> bool {
        matches!(Self::daemon(path), Daemon::Runs(_))
    }

    /// Reads with the connection kept for it.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // A reader that panicked left nothing half done: it only reads.
        let reader = self
            .reader
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        work(&reader)
    }
}
