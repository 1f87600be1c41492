//! The daemon that runs on the store, as it is remembered: whether it was stopped or killed.
//!
//! Whether one lives is known by its lock alone (`lock`); the row tells how the last one ended.
//!
//! A daemon that ends for a reason of its own leaves the row, as nobody stopped it. The price is
//! that a copy of the store made while a daemon runs says that it was killed.

use jiff::Timestamp;
use rusqlite::params;

use super::error::{StoreError, doing};
use super::handle::Store;
use super::reader::Reader;
use super::row::{millis, time};

/// A daemon that was ready and was not stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaemonRow {
    /// Its process.
    pub process: u32,
    /// When it was ready.
    pub started_at: Timestamp,
}

impl Store {
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

    /// Remembers that the daemon is well, which proves that the store takes writes. One that could not
    /// say that it began, for want of room, says it now.
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

    /// Remembers that the daemon was stopped.
    pub async fn daemon_ended(&self) -> Result<(), StoreError> {
        self.writer
            .run(|tx| {
                tx.execute("DELETE FROM daemon", [])
                    .map(drop)
                    .map_err(doing("remembering that the daemon was stopped"))
            })
            .await
    }
}

impl Reader {
    /// The daemon that was ready last and was not stopped since: the one that runs, if one does.
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
