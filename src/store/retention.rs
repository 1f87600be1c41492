//! Drops old bodies, the bytes as they were received, after the configured time.
//!
//! A body is dropped when all states that have it ended before a given time; the body of a baseline
//! stays. States, their canonical documents and all events stay, so the history still answers and its
//! chain holds: nothing that is hashed in it names a row of `body`.
//!
//! It is done in steps, each a job of the writer among those of the polls. A step also gives back a
//! limited number of pages: `VACUUM` would write the whole file anew and block every poll meanwhile. A
//! store that an earlier version made cannot give pages back; it reuses them.

use jiff::Timestamp;
use rusqlite::{Error, params};

use super::error::{StoreError, doing};
use super::handle::Store;
use super::reader::Reader;
use super::row::millis;
use super::tx::Tx;

/// How many states lose their body in one step; a body has up to `max_body` bytes.
const STEP: u32 = 16;
/// How many pages are given back in one step: 1 MiB.
const PAGES: u32 = 256;

/// The work of one step; all zero when everything is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DropStep {
    /// How many states lost their body.
    pub states: usize,
    /// How many pages the file became shorter.
    pub pages: u32,
}

impl DropStep {
    /// Whether the step found no work.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// How many of all states still have their body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyCounts {
    /// How many states still have the bytes as they were received.
    pub with_body: u64,
    /// How many states have only their canonical document.
    pub without_body: u64,
}

impl Store {
    /// Drops some bodies of states that ended before a time, and gives back some pages.
    pub async fn drop_bodies(&self, before: Timestamp) -> Result<DropStep, StoreError> {
        self.writer
            .run(move |tx| step(tx, millis(before)).map_err(doing("dropping bodies")))
            .await
    }
}

/// Selects the states with a body that ended first.
const OLDEST: &str = "SELECT id, body FROM snapshot INDEXED BY snapshot_with_body
    WHERE body IS NOT NULL AND ended_at IS NOT NULL AND ended_at < ?1 ORDER BY ended_at LIMIT ?2";
/// A body that another state still has, for example a baseline, is not deleted.
const DELETE: &str = "DELETE FROM body WHERE sha256 = ?1
    AND NOT EXISTS (SELECT 1 FROM snapshot WHERE snapshot.body = ?1)";

fn step(tx: &Tx<'_>, before: i64) -> Result<DropStep, Error> {
    let states: Vec<(i64, String)> = tx
        .prepare_cached(OLDEST)?
        .query_map(params![before, STEP], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut forget = tx.prepare_cached("UPDATE snapshot SET body = NULL WHERE id = ?1")?;
    let mut delete = tx.prepare_cached(DELETE)?;
    for (id, body) in &states {
        forget.execute([id])?;
        delete.execute([body])?;
    }
    Ok(DropStep {
        states: states.len(),
        pages: give_back(tx)?,
    })
}

/// Gives back free pages; returns how many.
fn give_back(tx: &Tx<'_>) -> Result<u32, Error> {
    let mut statement = tx.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    let free = || tx.pragma_query_value(None, "freelist_count", |row| row.get::<_, u32>(0));
    let before = free()?;
    // Each row that is read gives back one page, so all rows must be read.
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(before.saturating_sub(free()?))
}

impl Reader {
    /// Counts the states with and without a body.
    pub fn body_counts(&self) -> Result<BodyCounts, StoreError> {
        let body_counts = self.one(
            "SELECT count(body) AS with_body, count(*) AS states FROM snapshot",
            [],
            |row| {
                let (with, all): (i64, i64) = (row.get("with_body")?, row.get("states")?);
                Ok(BodyCounts {
                    with_body: with.unsigned_abs(),
                    without_body: (all - with).unsigned_abs(),
                })
            },
            "counting what is kept",
        )?;
        Ok(body_counts.unwrap_or(BodyCounts {
            with_body: 0,
            without_body: 0,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_reads_no_more_than_it_drops() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let mut connection = super::super::file::open_writer(&path).unwrap();
        super::super::migrate::migrate(&mut connection, &path).unwrap();
        let plan = |sql: &str| {
            let mut statement = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap();
            let all = vec!["1"; statement.parameter_count()];
            let plan = statement.query_map(rusqlite::params_from_iter(all), |row| row.get(3));
            let plan: Vec<String> = plan.unwrap().collect::<Result<_, _>>().unwrap();
            plan.join("; ")
        };
        let oldest = plan(OLDEST);
        assert!(
            oldest.contains("snapshot_with_body (ended_at>? AND ended_at<?)"),
            "{oldest}"
        );
        assert!(!oldest.contains("TEMP B-TREE"), "{oldest}");
        let delete = plan(DELETE);
        assert!(delete.contains("(sha256=?)"), "{delete}");
        assert!(delete.contains("snapshot_of_body (body=?)"), "{delete}");
        assert!(!delete.contains("SCAN"), "{delete}");
    }
}
