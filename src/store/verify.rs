//! Verifies that the history is as it was written: the chain, every body, every snapshot, and the search
//! index.
//!
//! Three things protect an event: its hash covers its content, the next event covers its hash, and the
//! columns by which history is searched agree with the content. The last event has no next one; its
//! number is kept in SQLite's sequence, which does not change when a row is removed.
//!
//! A state is protected by the event that tells of it, which has the hashes of its document and of its
//! bytes (`Made`). Not protected are: a state without an event, what was recorded by versions that did
//! not store these hashes, and when a state was last seen, which every poll changes.

mod broken;
mod index;

use std::collections::BTreeMap;

use rusqlite::{Connection, Error, Row};

pub use self::broken::BrokenRow;
use self::broken::{broken, sequence};
use super::document::{self, BODY, CANONICAL};
use super::error::{StoreError, doing};
use super::reader::Reader;
use super::row::{StoredContent, millis, rank};
use crate::document::fingerprint::sha256_hex;
use crate::policy::chain;

/// The result of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How many events are intact.
    pub events: u64,
    /// How many bodies are intact.
    pub bodies: u64,
    /// The first row that is not intact: of the events, else of the snapshots, else of the bodies, else
    /// of the search index.
    pub broken: Option<BrokenRow>,
}

impl Reader {
    /// Recomputes every hash, one row at a time.
    pub fn verify(&self) -> Result<Verification, StoreError> {
        let connection = &self.connection;
        let (events, event) = events(connection).map_err(doing("verifying the history"))?;
        let mut proved = Proved::default();
        let (bodies, body) =
            bodies(connection, &mut proved).map_err(doing("verifying the bodies"))?;
        let snapshot = snapshots(connection, &proved).map_err(doing("verifying the snapshots"))?;
        // A body is read with its snapshot, so that one comes first.
        let mut broken = event.or(snapshot).or(body);
        // What is derived from the events is checked only if the events are intact.
        if broken.is_none() {
            broken = index::broken_index(connection).map_err(doing("verifying the index"))?;
        }
        Ok(Verification {
            events,
            bodies,
            broken,
        })
    }
}

fn events(connection: &Connection) -> Result<(u64, Option<BrokenRow>), Error> {
    let mut statement = connection.prepare(
        "SELECT event.*, target.document, made.fingerprint AS made_fingerprint, made.body AS made_body,
             made.first_seen_at AS made_at, made.target_id AS made_of, old.target_id AS old_of,
             json_extract(event.content, '$.provider') IN (
                 SELECT target.provider UNION ALL
                 SELECT former_name.provider FROM former_name
                 WHERE former_name.target_id = event.target_id) AS had_name
         FROM event LEFT JOIN target ON target.id = event.target_id
         LEFT JOIN snapshot AS made ON made.id = event.to_snapshot
         LEFT JOIN snapshot AS old ON old.id = event.from_snapshot ORDER BY event.id",
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
        } else {
            disagrees(row, &content)?
        };
        if let Some(what) = what {
            return Ok((count, Some(broken("event", id, what))));
        }
        (last, count, head) = (id, count + 1, hash);
    }
    if sequence(connection, "event")? != last {
        let what = format!("event {} was removed", last + 1);
        return Ok((count, Some(broken("event", last + 1, what))));
    }
    Ok((count, None))
}

/// Which part of the row, or of the states before and after it, disagrees with its content.
fn disagrees(row: &Row<'_>, content: &str) -> Result<Option<&'static str>, Error> {
    let columns = Some("its columns do not say what its content says");
    let Ok(content) = serde_json::from_str::<StoredContent<'_>>(content) else {
        return Ok(columns);
    };
    let agrees = row.get::<_, i64>("id")? == content.event
        && row.get::<_, i64>("at")? == millis(content.at)
        && row.get::<_, String>("kind")? == content.kind.as_str()
        && row.get::<_, Option<i64>>("severity")? == content.severity.map(rank)
        && row.get::<_, Option<i64>>("from_snapshot")? == content.from_snapshot
        && row.get::<_, Option<i64>>("to_snapshot")? == content.to_snapshot
        && row.get::<_, bool>("had_name")?
        && row.get::<_, Option<String>>("document")?.as_deref()
            == Some(content.document.to_string().as_str());
    if !agrees {
        return Ok(columns);
    }
    // A left join that found nothing gives NULL.
    let of = Some(row.get::<_, i64>("target_id")?);
    let (made_of, old_of): (Option<i64>, Option<i64>) = (row.get("made_of")?, row.get("old_of")?);
    let is_there = (content.to_snapshot.is_none() || made_of == of)
        && (content.from_snapshot.is_none() || old_of == of);
    if !is_there {
        return Ok(Some("a state that it tells of is not there"));
    }
    if content.to_fingerprint.is_some() {
        let fingerprint: Option<String> = row.get("made_fingerprint")?;
        let body: Option<String> = row.get("made_body")?;
        // The bytes may have been dropped, but other bytes must not replace them.
        let is_body = body.is_none() || body == content.to_body;
        let at: Option<i64> = row.get("made_at")?;
        if fingerprint != content.to_fingerprint || !is_body || at != Some(millis(content.at)) {
            return Ok(Some("the state that it tells of is another one"));
        }
    }
    Ok(content
        .body()
        .is_err()
        .then_some("its columns do not say what its content says"))
}

/// Snapshots whose document was found to be what was hashed: one bit each, as there may be millions.
#[derive(Default)]
struct Proved(Vec<u64>);

impl Proved {
    fn place(id: i64) -> Option<(usize, u64)> {
        let id = usize::try_from(id).ok()?;
        Some((id / 64, 1 << (id % 64)))
    }

    /// Takes the snapshot in, unless its number is beyond those that there can be.
    fn add(&mut self, id: i64, last: i64) {
        if let Some((word, bit)) = Self::place(id).filter(|_| id <= last) {
            if self.0.len() <= word {
                self.0.resize(word + 1, 0);
            }
            if let Some(bits) = self.0.get_mut(word) {
                *bits |= bit;
            }
        }
    }

    fn has(&self, id: i64) -> bool {
        let place = Self::place(id);
        place.is_some_and(|(word, bit)| self.0.get(word).is_some_and(|bits| bits & bit != 0))
    }
}

/// Checks that the bytes match their hashes. What has to be unpacked for that is checked too, because
/// unpacking it once more is most of what checking it takes.
fn bodies(connection: &Connection, proved: &mut Proved) -> Result<(u64, Option<BrokenRow>), Error> {
    // They are numbered without gaps; a number that somebody wrote is no reason to make room for it.
    let last = connection.query_row("SELECT count(*) FROM snapshot", [], |row| row.get(0))?;
    let mut statement = connection.prepare(&format!(
        "SELECT body.rowid AS id, sha256, packed_with.fingerprint AS first_fingerprint,
             packed_with.canonical AS first_plain, {BODY} FROM body
         LEFT JOIN snapshot AS packed_with ON packed_with.id = body.packed_with
         ORDER BY body.rowid"
    ))?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let sha256: String = row.get("sha256")?;
        let (bytes, text) = document::body_with_first_part(row).unwrap_or_default();
        if let Some(text) = text
            && row
                .get_ref("first_plain")?
                .as_str()
                .is_ok_and(str::is_empty)
            && row.get::<_, String>("first_fingerprint")? == sha256_hex(text.as_bytes())
        {
            proved.add(row.get("packed_with")?, last);
        }
        if bytes.is_none_or(|bytes| sha256_hex(&bytes) != sha256) {
            let what = format!("its bytes are not those of {sha256}");
            return Ok((count, Some(broken("body", row.get("id")?, what))));
        }
        count += 1;
    }
    Ok((count, None))
}

/// Checks that snapshots are numbered without gaps, that documents match their hashes, and that each
/// state is followed by the next of its target when it ended.
fn snapshots(connection: &Connection, proved: &Proved) -> Result<Option<BrokenRow>, Error> {
    let mut statement = connection.prepare(&format!(
        "SELECT snapshot.id, snapshot.target_id, fingerprint, {CANONICAL}, first_seen_at, last_seen_at, ended_at,
             body IS NOT NULL AND body.sha256 IS NULL AS lacks_body,
             ended_by IS NOT NULL AND event.from_snapshot IS NOT snapshot.id AS is_ended_by_another
         FROM snapshot LEFT JOIN body ON body.sha256 = snapshot.body
         LEFT JOIN event ON event.id = ended_by ORDER BY snapshot.id"
    ))?;
    let mut rows = statement.query([])?;
    let (mut last, mut ends) = (0i64, BTreeMap::new());
    while let Some(row) = rows.next()? {
        let id: i64 = row.get("id")?;
        if id != last + 1 {
            return Ok(Some(broken("snapshot", last + 1, "it was removed")));
        }
        last = id;
        let fingerprint: String = row.get("fingerprint")?;
        let is_its_own = proved.has(id)
            || document::canonical(row)
                .is_ok_and(|text| sha256_hex(text.as_bytes()) == fingerprint);
        let begins: i64 = row.get("first_seen_at")?;
        let (seen, ended): (Option<i64>, Option<i64>) =
            (row.get("last_seen_at")?, row.get("ended_at")?);
        let before = ends.insert(row.get::<_, i64>("target_id")?, (id, ended));
        let what = if !is_its_own {
            "its document is not what was hashed"
        } else if row.get("lacks_body")? {
            "its body was removed"
        } else if row.get("is_ended_by_another")? {
            "the event that it names did not end it"
        } else if before.is_some_and(|(_, ended)| ended != Some(begins)) {
            "it does not begin when the state before it ended"
        } else if seen.is_some() != ended.is_some() {
            // Their order is not checked, because a clock may have been put back in between.
            "it ended and was not last seen, or the other way round"
        } else {
            continue;
        };
        return Ok(Some(broken("snapshot", id, what)));
    }
    if sequence(connection, "snapshot")? != last {
        return Ok(Some(broken("snapshot", last + 1, "it was removed")));
    }
    let open = ends.into_values().find(|(_, ended)| ended.is_some());
    Ok(open.map(|(id, _)| broken("snapshot", id, "no state follows it, though it ended")))
}
