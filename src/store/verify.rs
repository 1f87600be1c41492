//! Proves that the history is what was written: the chain, every body, every snapshot.
//!
//! Three things hold an event: its hash covers its content, the next event covers its hash, and the
//! columns that history is searched by say what the content says. The last event has no next one:
//! its number is held by SQLite's sequence, which a removed row leaves where it was.

use rusqlite::{Connection, Error, OptionalExtension as _, Row};

use super::error::{StoreError, doing};
use super::reader::Reader;
use super::row::{Read, millis, rank};
use crate::document::fingerprint::sha256_hex;
use crate::policy::chain;

/// What was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Events that hold.
    pub events: u64,
    /// Bodies that hold.
    pub bodies: u64,
    /// The first row that does not hold: of the events, else of the bodies, else of the snapshots.
    pub broken: Option<Broken>,
}

/// A row that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its table.
    pub table: &'static str,
    /// Its number.
    pub id: i64,
    /// What does not hold.
    pub what: String,
}

fn broken(table: &'static str, id: i64, what: impl Into<String>) -> Broken {
    let what = what.into();
    Broken { table, id, what }
}

impl Reader {
    /// Recomputes every hash, one row at a time.
    pub fn verify(&self) -> Result<Verification, StoreError> {
        let connection = &self.connection;
        let (events, event) = events(connection).map_err(doing("verifying the history"))?;
        let (bodies, body) = bodies(connection).map_err(doing("verifying the bodies"))?;
        let snapshot = snapshots(connection).map_err(doing("verifying the snapshots"))?;
        Ok(Verification {
            events,
            bodies,
            broken: event.or(body).or(snapshot),
        })
    }
}

fn events(connection: &Connection) -> Result<(u64, Option<Broken>), Error> {
    let mut statement = connection.prepare(
        "SELECT event.*, target.document,
             json_extract(event.content, '$.provider') IN (
                 SELECT target.provider UNION ALL
                 SELECT former_name.provider FROM former_name
                 WHERE former_name.target_id = event.target_id) AS had_name
         FROM event LEFT JOIN target ON target.id = event.target_id ORDER BY event.id",
    )?;
    let mut rows = statement.query([])?;
    let (mut last, mut count, mut head) = (0i64, 0u64, chain::GENESIS.to_owned());
    while let Some(row) = rows.next()? {
        let id: i64 = row.get("id")?;
        if id != last + 1 {
            let what = format!("event {} was removed", last + 1);
            return Ok((count, Some(broken("event", last + 1, what))));
        }
        let (content, hash): (String, String) = (row.get("content")?, row.get("hash")?);
        let what = if row.get::<_, String>("previous")? != head {
            Some("it does not follow the event before it")
        } else if chain::event_hash(&head, &content) != hash {
            Some("its content is not what was hashed")
        } else if !agrees(row, &content)? {
            Some("its columns do not say what its content says")
        } else {
            None
        };
        if let Some(what) = what {
            return Ok((count, Some(broken("event", id, what))));
        }
        (last, count, head) = (id, count + 1, hash);
    }
    let given: Option<i64> = connection
        .query_row(
            "SELECT seq FROM sqlite_sequence WHERE name = 'event'",
            [],
            |row| row.get(0),
        )
        .optional()?;
    if given.unwrap_or(0) != last {
        let what = format!("event {} was removed", last + 1);
        return Ok((count, Some(broken("event", last + 1, what))));
    }
    Ok((count, None))
}

fn agrees(row: &Row<'_>, content: &str) -> Result<bool, Error> {
    let Ok(content) = serde_json::from_str::<Read<'_>>(content) else {
        return Ok(false);
    };
    Ok(row.get::<_, i64>("id")? == content.event
        && row.get::<_, i64>("at")? == millis(content.at)
        && row.get::<_, String>("kind")? == content.kind.as_str()
        && row.get::<_, Option<i64>>("severity")? == content.severity.map(rank)
        && row.get::<_, Option<i64>>("from_snapshot")? == content.from_snapshot
        && row.get::<_, Option<i64>>("to_snapshot")? == content.to_snapshot
        && row.get::<_, bool>("had_name")?
        && row.get::<_, Option<String>>("document")?.as_deref()
            == Some(content.document.to_string().as_str())
        && content.body().is_ok())
}

fn bodies(connection: &Connection) -> Result<(u64, Option<Broken>), Error> {
    let mut statement =
        connection.prepare("SELECT rowid AS id, sha256, bytes FROM body ORDER BY rowid")?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let (sha256, bytes): (String, Vec<u8>) = (row.get("sha256")?, row.get("bytes")?);
        if sha256_hex(&bytes) != sha256 {
            let what = format!("its bytes are not those of {sha256}");
            return Ok((count, Some(broken("body", row.get("id")?, what))));
        }
        count += 1;
    }
    Ok((count, None))
}

fn snapshots(connection: &Connection) -> Result<Option<Broken>, Error> {
    let mut statement = connection.prepare(
        "SELECT snapshot.id, fingerprint, canonical,
             body IS NOT NULL AND body.sha256 IS NULL AS lacks_body
         FROM snapshot LEFT JOIN body ON body.sha256 = snapshot.body ORDER BY snapshot.id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (fingerprint, canonical): (String, String) =
            (row.get("fingerprint")?, row.get("canonical")?);
        let what = if sha256_hex(canonical.as_bytes()) != fingerprint {
            "its document is not what was hashed"
        } else if row.get("lacks_body")? {
            "its body was removed"
        } else {
            continue;
        };
        return Ok(Some(broken("snapshot", row.get("id")?, what)));
    }
    Ok(None)
}
