//! Targets, and what is known of each.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::document::{self, BODY, CANONICAL, WITH_BODY};
use super::error::{StoreError, doing};
use super::handle::Store;
use super::row::{kind, millis, time};
use super::tracking::tracking_of;
use super::tx::Tx;
use crate::document::name::DocumentName;
use crate::meaning::member_values::MemberValues;
use crate::policy::tracking::{SeenBefore, Tracking};

/// A target as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSpec {
    /// Name of the provider.
    pub provider: String,
    /// Kind of the document.
    pub kind: DocumentName,
    /// Address of the document, if known.
    pub url: Option<String>,
    /// Earlier names of the provider: what is known under one of them is carried over.
    pub formerly: Vec<String>,
}

/// A body that is stored, with its media type.
type Kept = (Vec<u8>, Option<String>);

impl Store {
    /// Makes the stored targets those of the configuration and returns their rows in its order. Targets
    /// that left it are retired, never deleted, and revived when they come back. `url: None` leaves the
    /// stored URL unchanged.
    pub async fn sync_targets(
        &self,
        targets: Vec<TargetSpec>,
        now: Timestamp,
    ) -> Result<Vec<i64>, StoreError> {
        self.writer
            .run(move |tx| sync(tx, &targets, now).map_err(doing("storing the targets")))
            .await
    }

    /// Finds the rows of targets or makes them; other targets stay as they are.
    pub async fn add_targets(
        &self,
        targets: Vec<TargetSpec>,
        now: Timestamp,
    ) -> Result<Vec<i64>, StoreError> {
        self.writer
            .run(move |tx| {
                let ids = targets.iter().map(|target| keep(tx, target, now));
                ids.collect::<Result<_, _>>()
                    .map_err(doing("storing the targets"))
            })
            .await
    }

    /// Finds the rows of targets without making any; 0 marks a target that has no row.
    pub fn find_targets(&self, targets: &[TargetSpec]) -> Result<Vec<i64>, StoreError> {
        self.read(|connection| find(connection, targets).map_err(doing("looking for targets")))
    }

    /// Finds the row of one target or makes it; other targets stay as they are.
    pub async fn add_target(&self, target: TargetSpec, now: Timestamp) -> Result<i64, StoreError> {
        self.writer
            .run(move |tx| keep(tx, &target, now).map_err(doing("storing a target")))
            .await
    }

    /// What is known of a target; an empty tracking if it is not stored.
    pub fn tracking(&self, target_id: i64) -> Result<Tracking, StoreError> {
        // Asked for first: see there.
        let deferred = self.writer.deferred().and_then(|it| it.of(target_id));
        let stored = self.read(|connection| tracking_of(connection, target_id))?;
        Ok(match deferred {
            Some(deferred) => deferred.on(stored),
            None => stored,
        })
    }

    /// The canonical document of a snapshot.
    pub fn canonical(&self, snapshot_id: i64) -> Result<String, StoreError> {
        let sql = format!("SELECT {CANONICAL} FROM snapshot WHERE id = ?1");
        let text = |row: &Row<'_>| document::canonical(row).map(Cow::into_owned);
        self.read(|connection| {
            connection
                .prepare_cached(&sql)
                .and_then(|mut statement| statement.query_row([snapshot_id], text))
                .map_err(doing("reading a snapshot"))
        })
    }

    /// The body in which a snapshot was first seen, less secrets, with its media type; `None` if it was
    /// dropped.
    pub fn body(&self, snapshot_id: i64) -> Result<Option<Kept>, StoreError> {
        let sql = format!(
            "SELECT snapshot.content_type, {BODY} FROM snapshot {WITH_BODY} WHERE snapshot.id = ?1"
        );
        let read = |row: &Row<'_>| {
            let content_type = row.get("content_type")?;
            Ok(document::body(row)?.map(|bytes| (bytes, content_type)))
        };
        self.read(|connection| {
            connection
                .prepare_cached(&sql)
                .and_then(|mut statement| statement.query_row([snapshot_id], read).optional())
                .map(Option::flatten)
                .map_err(doing("reading a body"))
        })
    }

    /// The documents of a provider that lead to one of a kind, in canonical form; without those of an
    /// identity that was configured before.
    pub fn metadata_of(
        &self,
        provider: &str,
        identity: Option<&str>,
        led: &DocumentName,
    ) -> Result<Vec<(DocumentName, String)>, StoreError> {
        let sql = format!(
            "SELECT target.document, {CANONICAL} FROM target
             JOIN tracking_detail ON tracking_detail.target_id = target.id
             JOIN snapshot ON snapshot.id = tracking_detail.snapshot_id
             WHERE target.provider = ?1 AND target.retired_at IS NULL
                 AND (?2 IS NULL OR coalesce(tracking_detail.identity, ?2) = ?2)
             ORDER BY target.id"
        );
        let leading = |row: &Row<'_>| {
            let name = kind(row)?;
            if !name.leads_to_named(led) {
                return Ok(None);
            }
            Ok(Some((name, document::canonical(row)?.into_owned())))
        };
        self.read(|connection| {
            connection
                .prepare_cached(&sql)
                .and_then(|mut statement| {
                    let read = statement.query_map(params![provider, identity], leading)?;
                    read.filter_map(Result::transpose).collect()
                })
                .map_err(doing("reading the metadata of a provider"))
        })
    }

    /// Stores the current address of a target.
    pub async fn set_url(&self, target_id: i64, url: String) -> Result<(), StoreError> {
        let known: Option<String> = self.read(|connection| {
            connection
                .query_row("SELECT url FROM target WHERE id = ?1", [target_id], |row| {
                    row.get(0)
                })
                .map_err(doing("reading a target"))
        })?;
        if known.as_deref() == Some(url.as_str()) {
            return Ok(());
        }
        self.writer
            .run(move |tx| moved(tx, target_id, &url).map_err(doing("storing where a target is")))
            .await
    }

    /// Which of these values were seen before on members of a target. A member without any stored value
    /// is left out.
    pub fn values_seen(&self, target: i64, of: &MemberValues) -> Result<MemberValues, StoreError> {
        if of.is_empty() {
            return Ok(MemberValues::new());
        }
        self.read(|connection| {
            values_among(connection, target, of).map_err(doing("reading the values seen"))
        })
    }

    /// When a state was last the state of a target, if it was so before the baseline.
    pub fn seen_before(
        &self,
        target_id: i64,
        fingerprint: &str,
    ) -> Result<Option<SeenBefore>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT ended_at, ended_by FROM snapshot
                     WHERE target_id = ?1 AND fingerprint = ?2 AND ended_at IS NOT NULL
                     ORDER BY ended_at DESC, id DESC LIMIT 1",
                )
                .and_then(|mut statement| {
                    let ended = |row: &Row<'_>| {
                        Ok(SeenBefore {
                            ended_at: time(row, "ended_at")?,
                            ended_by: row.get("ended_by")?,
                        })
                    };
                    let known = params![target_id, fingerprint];
                    statement.query_row(known, ended).optional()
                })
                .map_err(doing("looking for an earlier state"))
        })
    }
}

fn values_among(
    connection: &Connection,
    target_id: i64,
    asked: &MemberValues,
) -> Result<MemberValues, rusqlite::Error> {
    let mut these = connection.prepare_cached(
        "SELECT value FROM member_value WHERE target_id = ?1 AND member = ?2
             AND value IN (SELECT value FROM json_each(?3))",
    )?;
    let mut any = connection.prepare_cached(
        "SELECT 1 FROM member_value WHERE target_id = ?1 AND member = ?2 LIMIT 1",
    )?;
    let mut known = MemberValues::new();
    for (subject, values) in asked {
        let member = subject.as_str();
        let mut seen = BTreeSet::new();
        let values: Vec<&String> = values.iter().collect();
        // Written in parts, because SQLite holds a list several times in memory.
        for part in values.chunks(1_000) {
            let list = serde_json::json!(part).to_string();
            let rows = these.query_map(params![target_id, member, list], |row| row.get(0))?;
            for value in rows {
                seen.insert(value?);
            }
        }
        if !seen.is_empty() || any.exists(params![target_id, member])? {
            known.insert(subject.clone(), seen);
        }
    }
    Ok(known)
}

fn sync(tx: &Tx<'_>, targets: &[TargetSpec], now: Timestamp) -> Result<Vec<i64>, rusqlite::Error> {
    let mut gone: BTreeSet<i64> = tx
        .prepare("SELECT id FROM target WHERE retired_at IS NULL")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut ids = Vec::with_capacity(targets.len());
    for target in targets {
        let id = keep(tx, target, now)?;
        gone.remove(&id);
        ids.push(id);
    }
    for id in gone {
        tx.execute(
            "UPDATE target SET retired_at = ?2 WHERE id = ?1",
            params![id, millis(now)],
        )?;
    }
    Ok(ids)
}

fn find(connection: &Connection, targets: &[TargetSpec]) -> Result<Vec<i64>, rusqlite::Error> {
    let mut row =
        connection.prepare_cached("SELECT id FROM target WHERE provider = ?1 AND document = ?2")?;
    let ids = targets.iter().map(|target| {
        let key = params![target.provider, target.kind.to_string()];
        let id = row.query_row(key, |row| row.get(0)).optional()?;
        Ok(id.unwrap_or_default())
    });
    ids.collect()
}

/// Gives a target the row, and so the history, of an earlier name. Nothing is carried over if the new
/// name has a history of its own.
fn carry_over(tx: &Tx<'_>, target: &TargetSpec) -> Result<(), rusqlite::Error> {
    let document = target.kind.to_string();
    for name in &target.formerly {
        let moved = tx.execute(
            "UPDATE target SET provider = ?1 WHERE provider = ?2 AND document = ?3
                 AND NOT EXISTS (SELECT 1 FROM target WHERE provider = ?1 AND document = ?3)",
            params![target.provider, name, document],
        )?;
        if moved > 0 {
            tx.execute(
                "INSERT OR IGNORE INTO former_name (target_id, provider)
                 SELECT id, ?2 FROM target WHERE provider = ?1 AND document = ?3",
                params![target.provider, name, document],
            )?;
            return Ok(());
        }
    }
    Ok(())
}

/// Finds the row of a target or makes it; writes only if something differs.
fn keep(tx: &Tx<'_>, target: &TargetSpec, now: Timestamp) -> Result<i64, rusqlite::Error> {
    carry_over(tx, target)?;
    let known: Option<(i64, Option<String>, bool)> = tx
        .prepare_cached(
            "SELECT id, url, retired_at IS NOT NULL FROM target
             WHERE provider = ?1 AND document = ?2",
        )?
        .query_row(params![target.provider, target.kind.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((id, url, is_retired)) = known else {
        let id = tx
            .prepare_cached(
                "INSERT INTO target (provider, document, url, watched_since)
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .insert(params![
                target.provider,
                target.kind.to_string(),
                target.url,
                millis(now)
            ])?;
        for sql in [
            "INSERT INTO tracking (target_id) VALUES (?1)",
            "INSERT INTO tracking_detail (target_id) VALUES (?1)",
        ] {
            tx.prepare_cached(sql)?.execute([id])?;
        }
        return Ok(id);
    };
    let is_moved = target.url.is_some() && target.url != url;
    if is_retired || is_moved {
        tx.execute(
            "UPDATE target SET url = coalesce(?2, url), retired_at = NULL WHERE id = ?1",
            params![id, target.url],
        )?;
    }
    if let Some(url) = target.url.as_deref().filter(|_| is_moved) {
        moved(tx, id, url)?;
    }
    Ok(id)
}

fn moved(tx: &Tx<'_>, target_id: i64, url: &str) -> Result<(), rusqlite::Error> {
    tx.execute(
        "UPDATE target SET url = ?2 WHERE id = ?1",
        params![target_id, url],
    )?;
    Ok(())
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
