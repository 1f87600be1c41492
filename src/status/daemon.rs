//! Whether a daemon runs on the store, and whether the last one was stopped or killed.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::config::Outline;
use crate::store::{self, DaemonRow, Reader, Store, StoreError};
use crate::wording::text::utc;

/// How the daemon of a store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DaemonStatus {
    /// It runs: its process, where it is known, and since when it is ready.
    Running(Option<u32>, Option<Timestamp>),
    /// It was stopped, or there was none yet.
    Stopped,
    /// It ended and nobody stopped it: it was killed, it failed, or its machine went down.
    Killed(DaemonRow),
    /// Who asks may not see whether one runs.
    Unseen,
}

impl DaemonStatus {
    pub(super) fn of(outline: &Outline, reader: &Reader) -> Result<Self, StoreError> {
        // The lock is asked first, as a daemon that ends in between takes its row with it, and again
        // where there is a row, as one may have begun in between.
        let holder = || Store::daemon(&outline.store);
        let (first, row) = (holder(), reader.daemon()?);
        let seen = match (first, row) {
            (store::DaemonPresence::Absent, Some(_)) => holder(),
            (seen, _) => seen,
        };
        Ok(match (seen, row) {
            (store::DaemonPresence::Runs(pid), row) => {
                // The row of another process is what a killed one left; this one is not ready yet.
                let own = row.filter(|row| pid.is_none_or(|pid| row.process == pid));
                Self::Running(pid, own.map(|row| row.started_at))
            }
            (store::DaemonPresence::Absent, Some(row)) => Self::Killed(row),
            (store::DaemonPresence::Absent, None) => Self::Stopped,
            (store::DaemonPresence::Unseen, _) => Self::Unseen,
        })
    }

    /// Whether somebody must look.
    pub(super) fn is_trouble(self) -> bool {
        matches!(self, Self::Killed(_))
    }

    pub(super) fn json(self) -> DaemonJson {
        let (running, process, since, killed) = match self {
            Self::Running(process, since) => (Some(true), process, since, None),
            Self::Stopped => (Some(false), None, None, None),
            Self::Killed(row) => (Some(false), None, None, Some(row)),
            Self::Unseen => (None, None, None, None),
        };
        DaemonJson {
            running,
            process,
            since,
            killed: killed.map(|row| KilledJson {
                process: row.process,
                since: row.started_at,
            }),
        }
    }
}

/// As JSON: `running` is null where it cannot be seen.
#[derive(Serialize)]
pub(super) struct DaemonJson {
    running: Option<bool>,
    process: Option<u32>,
    since: Option<Timestamp>,
    killed: Option<KilledJson>,
}

#[derive(Serialize)]
struct KilledJson {
    process: u32,
    since: Timestamp,
}

impl fmt::Display for DaemonStatus {
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
            Self::Unseen => f.write_str("cannot be seen by this user"),
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
