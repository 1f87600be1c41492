//! Layer 1: what is remembered, in one SQLite file.
//!
//! One thread writes; it commits all that is waiting as one transaction and acknowledges after it.
//! Readers open the file read-only. Never here: what an event is or whom to tell (`model`).

mod lock;
mod migrate;
mod outbox;
mod query;
mod record;
mod row;
mod target;
mod verify;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rusqlite::Connection;

pub use lock::DaemonLock;
pub use outbox::{Claim, DueAlert, PlannedMail};
pub use query::{DeliveryRow, EventFilter, OutboxState, Reader, Snapshot, TargetRow};
pub use record::{Alerting, Recorded};
pub use target::TargetSpec;
pub use verify::{Broken, Verification};

/// Trouble with the store: local, so it ends what was attempted.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened.
    #[error("cannot open the store {path}: {reason}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// The file was written by a newer program.
    #[error("the store has version {found}, this program knows {known}: use the newer issuerwatch")]
    Newer {
        /// Version of the file.
        found: u32,
        /// Version of this program.
        known: u32,
    },
    /// A statement failed.
    #[error("the store failed while {doing}")]
    Query {
        /// What was attempted.
        doing: &'static str,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The decision was made on a state that another process has moved.
    #[error("target {target_id} was polled by another process meanwhile")]
    Stale {
        /// The target.
        target_id: i64,
    },
    /// A row cannot be read as what it must be.
    #[error("the store is damaged: {what}")]
    Corrupt {
        /// Which row, and how.
        what: String,
    },
    /// Another daemon runs on this store.
    #[error("process {pid} already runs on the store {path}")]
    Held {
        /// That process; 0 if it did not say.
        pid: u32,
        /// The file.
        path: PathBuf,
    },
    /// The writer is gone.
    #[error("the writer of the store has ended")]
    Ended,
}

impl StoreError {
    /// Whether waiting may help: a full disk, a locked database.
    pub fn is_transient(&self) -> bool {
        let Self::Query { source, .. } = self else {
            return false;
        };
        matches!(
            source.sqlite_error_code(),
            Some(
                rusqlite::ErrorCode::DiskFull
                    | rusqlite::ErrorCode::DatabaseBusy
                    | rusqlite::ErrorCode::DatabaseLocked
                    | rusqlite::ErrorCode::SystemIoFailure
            )
        )
    }
}

/// Names what was attempted when a statement fails.
fn doing(doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
    move |source| StoreError::Query { doing, source }
}

/// The store, open for reading and writing. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    writer: writer::Writer,
    reader: Arc<Mutex<Connection>>,
    path: Arc<PathBuf>,
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
        let connection = migrate::open(path)?;
        let reader = query::connect(path)?;
        Ok(Self {
            writer: writer::Writer::start(connection)?,
            reader: Arc::new(Mutex::new(reader)),
            path: Arc::new(path.to_owned()),
        })
    }

    /// Takes the lock that one daemon holds on a store; held until dropped.
    pub fn lock_daemon(path: &Path) -> Result<DaemonLock, StoreError> {
        DaemonLock::take(path)
    }

    /// Whether a daemon runs on the store.
    pub fn is_daemon_running(path: &Path) -> bool {
        matches!(DaemonLock::take(path), Err(StoreError::Held { .. }))
    }

    /// Reads with the connection kept for it.
    fn read<T>(
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
