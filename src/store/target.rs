//! Targets, and what is known of each.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::row::{corrupt, json, millis, time, time_or_none};
use super::{Store, StoreError, doing};
use crate::model::kind::Kind;
use crate::model::observation::Validators;
use crate::model::transition::{Baseline, SeenBefore, Tracking};

/// A target as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSpec {
    /// Name of the provider.
    pub provider: String,
    /// Kind of the document.
    pub kind: Kind,
    /// Where it is, if known.
    pub url: Option<String>,
}

impl Store {
    /// Makes the stored targets those of the configuration and returns their rows in its order.
    /// What left it is retired, never deleted.
    pub async fn sync_targets(
        &self,
        targets: Vec<TargetSpec>,
        now: Timestamp,
    ) -> Result<Vec<i64>, StoreError> {
        self.writer
            .run(move |tx| {
                let failed = doing("storing the targets");
                tx.execute(
                    "UPDATE target SET retired_at = ?1 WHERE retired_at IS NULL",
                    [millis(now)],
                )
                .map_err(&failed)?;
                let mut ids = Vec::with_capacity(targets.len());
                for target in targets {
                    let id: i64 = tx
                        .query_row(
                            "INSERT INTO target (provider, document, url, watched_since)
                             VALUES (?1, ?2, ?3, ?4)
                             ON CONFLICT (provider, document)
                             DO UPDATE SET url = excluded.url, retired_at = NULL
                             RETURNING id",
                            params![
                                target.provider,
                                target.kind.as_str(),
                                target.url,
                                millis(now)
                            ],
                            |row| row.get(0),
                        )
                        .map_err(&failed)?;
                    tx.execute(
                        "INSERT OR IGNORE INTO tracking (target_id) VALUES (?1)",
                        [id],
                    )
                    .map_err(&failed)?;
                    ids.push(id);
                }
                Ok(ids)
            })
            .await
    }

    /// What is known of a target.
    pub fn tracking(&self, target_id: i64) -> Result<Tracking, StoreError> {
        self.read(|connection| tracking_of(connection, target_id))
    }

    /// The canonical document of a snapshot.
    pub fn canonical(&self, snapshot_id: i64) -> Result<String, StoreError> {
        self.read(|connection| {
            connection
                .query_row(
                    "SELECT canonical FROM snapshot WHERE id = ?1",
                    [snapshot_id],
                    |row| row.get(0),
                )
                .map_err(doing("reading a snapshot"))
        })
    }

    /// When a state was last the state of a target, if it ever was before the baseline.
    pub fn seen_before(
        &self,
        target_id: i64,
        fingerprint: &str,
    ) -> Result<Option<SeenBefore>, StoreError> {
        self.read(|connection| {
            connection
                .query_row(
                    "SELECT id, first_seen_at, last_seen_at, ended_at, ended_by FROM snapshot
                     WHERE target_id = ?1 AND fingerprint = ?2 AND ended_at IS NOT NULL
                     ORDER BY ended_at DESC, id DESC LIMIT 1",
                    params![target_id, fingerprint],
                    |row| {
                        Ok(SeenBefore {
                            snapshot_id: row.get("id")?,
                            first_seen_at: time(row, "first_seen_at")?,
                            last_seen_at: time(row, "last_seen_at")?,
                            ended_at: time(row, "ended_at")?,
                            ended_by: row.get("ended_by")?,
                        })
                    },
                )
                .optional()
                .map_err(doing("looking for an earlier state"))
        })
    }
}

/// Columns that `tracking` needs, from `tracking LEFT JOIN snapshot`.
pub(super) const TRACKING: &str = "tracking.target_id, tracking.revision, tracking.snapshot_id,
    tracking.last_body, tracking.last_seen_at AS baseline_seen_at, tracking.last_poll_at,
    tracking.last_good_at, tracking.polls, tracking.failed_polls, tracking.etag,
    tracking.last_modified, tracking.state, snapshot.fingerprint, snapshot.first_seen_at";

pub(super) fn tracking_of(connection: &Connection, target_id: i64) -> Result<Tracking, StoreError> {
    let sql = format!(
        "SELECT {TRACKING} FROM tracking
         LEFT JOIN snapshot ON snapshot.id = tracking.snapshot_id WHERE tracking.target_id = ?1"
    );
    connection
        .prepare_cached(&sql)
        .and_then(|mut statement| statement.query_row([target_id], tracking))
        .map_err(doing("reading what is known of a target"))
}

pub(super) fn tracking(row: &Row<'_>) -> Result<Tracking, rusqlite::Error> {
    let snapshot_id: Option<i64> = row.get("snapshot_id")?;
    let baseline = match snapshot_id {
        None => None,
        Some(snapshot_id) => Some(Baseline {
            snapshot_id,
            fingerprint: row.get("fingerprint")?,
            last_body: row
                .get::<_, Option<String>>("last_body")?
                .unwrap_or_default(),
            first_seen_at: time(row, "first_seen_at")?,
            last_seen_at: time(row, "baseline_seen_at")?,
        }),
    };
    let count = |column: &str| -> Result<u64, rusqlite::Error> {
        let count: i64 = row.get(column)?;
        u64::try_from(count).map_err(|error| corrupt(column, error))
    };
    Ok(Tracking {
        target_id: row.get("target_id")?,
        revision: row.get("revision")?,
        baseline,
        validators: Validators {
            etag: row.get("etag")?,
            last_modified: row.get("last_modified")?,
        },
        last_poll_at: time_or_none(row, "last_poll_at")?,
        last_good_at: time_or_none(row, "last_good_at")?,
        polls: count("polls")?,
        failed_polls: count("failed_polls")?,
        state: json(row, "state")?,
    })
}

impl Store {
    /// When a target was first configured.
    pub fn watched_since(&self, target_id: i64) -> Result<Timestamp, StoreError> {
        self.read(|connection| {
            connection
                .query_row(
                    "SELECT watched_since FROM target WHERE id = ?1",
                    [target_id],
                    |row| time(row, "watched_since"),
                )
                .map_err(doing("reading a target"))
        })
    }
}
