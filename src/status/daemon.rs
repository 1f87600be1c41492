//! Whether a daemon runs on the store, and whether the last one was stopped or killed.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::config::Outline;
use crate::store::{DaemonRow, Reader, Store, StoreError};
use crate::wording::text::utc;

/// How the daemon of a store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Daemon {
    /// It runs: its process, where it is known, and since when it is ready.
    Running(Option<u32>, Option<Timestamp>),
    /// It was stopped, or there was none yet.
    Stopped,
    /// It ended and nobody stopped it: it was killed, it failed, or its machine went down.
    Killed(DaemonRow),
}

impl Daemon {
    pub(super) fn of(outline: &Outline, reader: &Reader) -> Result<Self, StoreError> {
        // The lock is asked first, as a daemon that ends in between takes its row with it, and again
        // where there is a row, as one may have begun in between.
        let holder = || Store::daemon_pid(&outline.store);
        let (first, row) = (holder(), reader.daemon()?);
        let holder = first.or_else(|| row.and_then(|_| holder()));
        Ok(match (holder, row) {
            (Some(pid), row) => {
                // The row of another process is what a killed one left; this one is not ready yet.
                let own = row.filter(|row| row.process == pid);
                Self::Running(
                    Some(pid).filter(|pid| *pid > 0),
                    own.map(|row| row.started_at),
                )
            }
            (None, Some(row)) => Self::Killed(row),
            (None, None) => Self::Stopped,
        })
    }

    /// Whether somebody must look.
    pub(super) fn is_trouble(self) -> bool {
        matches!(self, Self::Killed(_))
    }

    pub(super) fn json(self) -> Value {
        let (process, since) = match self {
            Self::Running(process, since) => (process, since),
            Self::Stopped | Self::Killed(_) => (None, None),
        };
        let killed = match self {
            Self::Killed(row) => Some(json!({"process": row.process, "since": row.started_at})),
            Self::Running(..) | Self::Stopped => None,
        };
        let running = matches!(self, Self::Running(..));
        json!({"running": running, "process": process, "since": since, "killed": killed})
    }
}

impl fmt::Display for Daemon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running(process, since) => {
                f.write_str("running")?;
                if let Some(process) = process {
                    write!(f, " (process {process})")?;
                }
                match since {
                    Some(since) => write!(f, " since {}", utc(*since)),
                    None => Ok(()),
                }
            }
            Self::Stopped => f.write_str("not running"),
            Self::Killed(DaemonRow {
                process,
                started_at,
            }) => write!(
                f,
                "not running: process {process}, which ran since {}, was killed and not stopped",
                utc(*started_at)
            ),
        }
    }
}
