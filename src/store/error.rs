//! What can be wrong with the store.

use std::path::PathBuf;

use rusqlite::ErrorCode;

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
    /// What was written cannot be moved onto the disk.
    #[error("cannot write the store {path} onto the disk")]
    Unsynced {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file was written by a newer program.
    #[error("the store has version {found}, this program knows {known}: use the newer issuerwatch")]
    Newer {
        /// Version of the file.
        found: u32,
        /// Version of this program.
        known: u32,
    },
    /// The file cannot be brought to today's schema; it stays at the version before.
    #[error("cannot bring the store to version {version}")]
    Migrate {
        /// Version it could not be brought to.
        version: u32,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
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
    /// A row cannot be read as what it must be, or a value cannot be written as a row.
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
    /// A job of the writer panicked: what it wrote is rolled back, the writer goes on.
    #[error("a write to the store panicked")]
    Panicked,
    /// The writer is gone.
    #[error("the writer of the store has ended")]
    Ended,
}

impl StoreError {
    /// Whether waiting may help: a full disk, a locked database.
    pub fn is_transient(&self) -> bool {
        self.is_full() || self.is_busy()
    }

    /// Whether the disk is full, or fails to take what is written.
    pub fn is_full(&self) -> bool {
        matches!(
            self.code(),
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure)
        )
    }

    /// Whether another process holds the database.
    pub fn is_busy(&self) -> bool {
        matches!(
            self.code(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        )
    }

    fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Query { source, .. } | Self::Migrate { source, .. } => source.sqlite_error_code(),
            Self::Open { .. }
            | Self::Unsynced { .. }
            | Self::Newer { .. }
            | Self::Stale { .. }
            | Self::Corrupt { .. }
            | Self::Held { .. }
            | Self::Panicked
            | Self::Ended => None,
        }
    }
}

/// Names what was attempted when a statement fails.
pub(super) fn doing(doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
    move |source| StoreError::Query { doing, source }
}

/// Names what could not be written as JSON.
pub(super) fn unwritable(what: &'static str) -> impl Fn(serde_json::Error) -> StoreError {
    move |error| StoreError::Corrupt {
        what: format!("{what} cannot be written as JSON: {error}"),
    }
}
