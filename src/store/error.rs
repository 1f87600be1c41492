//! Errors of the store.

use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, ffi};

use crate::document::path;

/// An error of the store: it is local, so it ends what was attempted.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened.
    #[error("cannot open the store {}: {reason}", path::visible(.path))]
    Open {
        /// Path of the file.
        path: PathBuf,
        /// The reason, and what to do about it.
        reason: String,
    },
    /// What was written cannot be synced to the disk.
    #[error("cannot write the store {} onto the disk", path::visible(.path))]
    Unsynced {
        /// Path of the file.
        path: PathBuf,
        /// The error of the system.
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
        /// The error of SQLite.
        #[source]
        source: rusqlite::Error,
    },
    /// A statement failed.
    #[error("the store failed while {doing}")]
    Query {
        /// The action that was attempted.
        doing: &'static str,
        /// The error of SQLite.
        #[source]
        source: rusqlite::Error,
    },
    /// The decision was made on a state that another process has changed since.
    #[error("target {target_id} was polled by another process meanwhile")]
    Stale {
        /// Row of the target.
        target_id: i64,
    },
    /// A row cannot be converted to its value, or a value cannot be written as a row.
    #[error("the store is damaged: {what}")]
    Corrupt {
        /// Which row is damaged, and how.
        what: String,
    },
    /// Another daemon runs on this store.
    #[error("process {pid} already runs on the store {}", path::visible(.path))]
    Held {
        /// Id of that process; 0 if it did not say.
        pid: u32,
        /// Path of the store.
        path: PathBuf,
    },
    /// No delivery of this number was given up, so that it cannot be dropped.
    #[error("there is no mail or post {id} that was given up; see: issuerwatch outbox")]
    NotGivenUp {
        /// The number.
        id: i64,
    },
    /// No delivery of this number waits or was given up, so that it cannot be tried again.
    #[error("there is no mail or post {id} that was not sent; see: issuerwatch outbox")]
    NotUndelivered {
        /// The number.
        id: i64,
    },
    /// A job of the writer panicked: its writes are rolled back, and the writer continues.
    #[error("a write to the store panicked")]
    Panicked,
    /// The writer has ended, so no more jobs are taken.
    #[error("the writer of the store has ended")]
    Ended,
}

impl StoreError {
    /// Whether trying again later may help, as with a full disk or a locked database.
    pub fn is_transient(&self) -> bool {
        self.is_full() || self.is_busy()
    }

    /// Whether the disk is full or cannot take what is written.
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

    /// What a person must know and do about trouble that may pass; `None` of other errors.
    pub fn remedy(&self, store: &Path) -> Option<String> {
        let store = path::visible(store);
        if self.is_full() {
            return Some(format!("the disk of {store} is full or fails: make room"));
        }
        self.is_busy().then(|| {
            format!(
                "the store {store} takes no write, the database is locked: another process holds it, \
                 such as a backup, sqlite3 or another issuerwatch; end it if it does not end by itself"
            )
        })
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
            | Self::NotGivenUp { .. }
            | Self::NotUndelivered { .. }
            | Self::Panicked
            | Self::Ended => None,
        }
    }
}

/// Makes an error that names the action in which a statement failed.
pub(super) fn doing(doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
    move |source| StoreError::Query { doing, source }
}

/// An error of the commit itself.
pub(super) fn uncommitted(code: ffi::Error) -> StoreError {
    doing("committing")(rusqlite::Error::SqliteFailure(code, None))
}

/// Makes an error that names what could not be written as JSON.
pub(super) fn unwritable(what: &'static str) -> impl Fn(serde_json::Error) -> StoreError {
    move |error| StoreError::Corrupt {
        what: format!("{what} cannot be written as JSON: {error}"),
    }
}
