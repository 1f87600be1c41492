//! Proves that the history is what was written: the chain, every body, every snapshot.

use rusqlite::Connection;

use super::{Reader, StoreError, doing};
use crate::model::chain;
use crate::model::fingerprint::sha256_hex;

/// What was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Events whose hash holds.
    pub events: u64,
    /// Bodies whose hash holds.
    pub bodies: u64,
    /// The first row that does not hold.
    pub broken: Option<Broken>,
}

/// A row that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its table.
    pub table: &'static str,
    /// Its key.
    pub id: String,
    /// What does not hold.
    pub what: &'static str,
}

impl Reader {
    /// Recomputes every hash, streaming.
    pub fn verify(&self) -> Result<Verification, StoreError> {
        let (events, broken) = chained(&self.connection).map_err(doing("verifying the history"))?;
        let (bodies, other) = bodies(&self.connection).map_err(doing("verifying the bodies"))?;
        let broken = match broken.or(other) {
            Some(broken) => Some(broken),
            None => snapshots(&self.connection).map_err(doing("verifying the snapshots"))?,
        };
        Ok(Verification {
            events,
            bodies,
            broken,
        })
    }
}

fn chained(connection: &Connection) -> Result<(u64, Option<Broken>), rusqlite::Error> {
    let mut statement = connection.prepare("SELECT id, content, hash FROM event ORDER BY id")?;
    let mut rows = statement.query([])?;
    let (mut count, mut previous) = (0u64, chain::GENESIS.to_owned());
    while let Some(row) = rows.next()? {
        let (id, content, hash): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let broken = |what| Broken {
            table: "event",
            id: id.to_string(),
            what,
        };
        if u64::try_from(id).ok() != Some(count + 1) {
            return Ok((count, Some(broken("an event before it is missing"))));
        }
        if chain::event_hash(&previous, &content) != hash {
            return Ok((count, Some(broken("its content is not what was hashed"))));
        }
        (count, previous) = (count + 1, hash);
    }
    Ok((count, None))
}

fn bodies(connection: &Connection) -> Result<(u64, Option<Broken>), rusqlite::Error> {
    let mut statement = connection.prepare("SELECT sha256, stored, bytes FROM body")?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let (id, stored, bytes): (String, String, Vec<u8>) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        if sha256_hex(&bytes) != stored {
            let what = "its bytes are not what was hashed";
            return Ok((
                count,
                Some(Broken {
                    table: "body",
                    id,
                    what,
                }),
            ));
        }
        count += 1;
    }
    Ok((count, None))
}

fn snapshots(connection: &Connection) -> Result<Option<Broken>, rusqlite::Error> {
    let mut statement = connection.prepare("SELECT id, fingerprint, canonical FROM snapshot")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, fingerprint, canonical): (i64, String, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        if sha256_hex(canonical.as_bytes()) != fingerprint {
            let what = "its document is not what was hashed";
            return Ok(Some(Broken {
                table: "snapshot",
                id: id.to_string(),
                what,
            }));
        }
    }
    Ok(None)
}
