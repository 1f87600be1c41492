//! Remembers the daemon that runs on the store, and whether the last one was stopped or killed.
//!
//! Only the lock says whether a daemon is alive (`lock`); the row says how the last one ended.
//!
//! A daemon that ends because of an error leaves the row, because it was not stopped. As a result, a copy
//! of the store that was made while a daemon ran says that it was killed.

use jiff::Timestamp;
use rusqlite::params;

use super::error::{StoreError, doing};
use super::handle::Store;
use super::reader::Reader;
use super::row::{millis, time};

/// A daemon that was ready and was not stopped since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaemonRow {
    /// Process id of the daemon.
    pub process: u32,
    /// When the daemon was ready.
    pub started_at: Timestamp,
}

impl Store {
    /// Makes the deliveries due that the last daemon had under way when it was killed: whoever holds the
    /// lock of the daemon knows that it is gone. What `check` has under way in another process is not
    /// touched. Called before this daemon delivers anything, as both may have the same process id.
    pub async fn release_leases(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.writer
            .run(move |tx| {
                tx.execute(
                    "UPDATE delivery SET next_attempt_at = ?1, leased_by = NULL
                     WHERE state = 'waiting' AND leased_by = (SELECT process FROM daemon)",
                    [millis(now)],
                )
                .map_err(doing("releasing what the last daemon had under way"))
            })
            .await
    }

    /// Remembers that this process is the daemon from now on.
    pub async fn daemon_began(&self, at: Timestamp) -> Result<(), StoreError> {
        self.writer
            .run(move |tx| {
                tx.execute(
                    "INSERT OR REPLACE INTO daemon (id, process, started_at) VALUES (1, ?1, ?2)",
                    params![std::process::id(), millis(at)],
                )
                .map(drop)
                .map_err(doing("remembering the daemon"))
            })
            .await
    }

    /// Remembers that the daemon is well, which proves that the store takes writes. If the disk was full
    /// when the daemon began, its beginning is recorded now.
    pub async fn daemon_beat(&self, at: Timestamp) -> Result<(), StoreError> {
        self.writer
            .run(move |tx| {
                tx.execute(
                    "INSERT INTO daemon (id, process, started_at, beat_at) VALUES (1, ?1, ?2, ?2)
                     ON CONFLICT (id) DO UPDATE SET beat_at = excluded.beat_at",
                    params![std::process::id(), millis(at)],
                )
                .map(drop)
                .map_err(doing("remembering that the daemon is well"))
            })
            .await
    }

    /// Remembers that the daemon was stopped; what it could not end in time is due at the next start.
    pub async fn daemon_ended(&self, now: Timestamp) -> Result<(), StoreError> {
        self.writer
            .run(move |tx| {
                let failed = doing("remembering that the daemon was stopped");
                tx.execute(
                    "UPDATE delivery SET next_attempt_at = ?1, leased_by = NULL
                     WHERE state = 'waiting' AND leased_by = ?2",
                    params![millis(now), std::process::id()],
                )
                .map_err(&failed)?;
                tx.execute("DELETE FROM daemon", [])
                    .map(drop)
                    .map_err(failed)
            })
            .await
    }
}

impl Reader {
    /// The daemon that was ready last and was not stopped since; it may still be running.
    pub fn daemon(&self) -> Result<Option<DaemonRow>, StoreError> {
        self.one(
            "SELECT process, started_at FROM daemon",
            [],
            |row| {
                Ok(DaemonRow {
                    process: row.get("process")?,
                    started_at: time(row, "started_at")?,
                })
            },
            "reading which daemon ran",
        )
    }
}
