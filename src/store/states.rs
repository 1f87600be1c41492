//! Queries about one target and its states: `history diff`, `blame` and `keys`.
//!
//! A target may have had thousands of states, in a store of a million. So each query follows one index,
//! and states are passed on one at a time.

use std::ops::ControlFlow;

use jiff::Timestamp;
use rusqlite::params;

use super::document::{self, CANONICAL};
use super::error::{StoreError, doing};
use super::reader::Reader;
use super::row::{kind, time};
use crate::document::name::DocumentName;
use crate::policy::key_life::KeySetState;

/// A target with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// Row of the target.
    pub target_id: i64,
    /// Name of the provider.
    pub provider: String,
    /// Kind of the document.
    pub kind: DocumentName,
}

impl DocumentRow {
    /// The name as it is shown: `provider/document`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.provider, self.kind)
    }
}

/// A state of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateRow<'a> {
    /// The poll that saw it first.
    pub first_seen_at: Timestamp,
    /// The poll that saw it last.
    pub last_seen_at: Timestamp,
    /// The event that tells of the state, if there is one.
    pub event: Option<i64>,
    /// Whether it is the first document of the target under its identity.
    pub is_first: bool,
    /// The canonical document.
    pub canonical: &'a str,
}

impl StateRow<'_> {
    /// The state as one of a key set.
    pub fn key_set(&self) -> KeySetState<'_> {
        KeySetState {
            first_seen_at: self.first_seen_at,
            last_seen_at: self.last_seen_at,
            event: self.event,
            canonical: self.canonical,
        }
    }
}

/// The order in which states are visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// From the oldest to the newest.
    OldestFirst,
    /// From the newest to the oldest.
    NewestFirst,
}

/// The place of an event in its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventLocation {
    /// Row of the target.
    pub target_id: i64,
    /// When the event was observed.
    pub at: Timestamp,
    /// The snapshot after the event, if it tells of one.
    pub to_snapshot: Option<i64>,
}

impl Reader {
    /// All targets with their names, ordered by provider and document.
    pub fn documents(&self) -> Result<Vec<DocumentRow>, StoreError> {
        self.all(
            "SELECT id, provider, document FROM target ORDER BY provider, document",
            [],
            |row| {
                Ok(DocumentRow {
                    target_id: row.get("id")?,
                    provider: row.get("provider")?,
                    kind: kind(row)?,
                })
            },
            "reading the names of the targets",
        )
    }

    /// The identity by which the baseline of a target was judged, if it is known.
    pub fn identity_of(&self, target_id: i64) -> Result<Option<String>, StoreError> {
        let identity: Option<Option<String>> = self.one(
            "SELECT identity FROM tracking_detail WHERE target_id = ?1",
            [target_id],
            |row| row.get(0),
            "reading whose document it is",
        )?;
        Ok(identity.flatten())
    }

    /// The address of a document, if it is known.
    pub fn address_of(&self, target_id: i64) -> Result<Option<String>, StoreError> {
        let url: Option<Option<String>> = self.one(
            "SELECT url FROM target WHERE id = ?1",
            [target_id],
            |row| row.get(0),
            "reading where a document is",
        )?;
        Ok(url.flatten())
    }

    /// The place of an event in its history, if the event exists.
    pub fn event_location(&self, id: i64) -> Result<Option<EventLocation>, StoreError> {
        self.one(
            "SELECT target_id, at, to_snapshot FROM event WHERE id = ?1",
            [id],
            |row| {
                Ok(EventLocation {
                    target_id: row.get("target_id")?,
                    at: time(row, "at")?,
                    to_snapshot: row.get("to_snapshot")?,
                })
            },
            "looking for an event",
        )
    }

    /// The hash of an event, if it exists.
    pub fn hash_of(&self, id: i64) -> Result<Option<String>, StoreError> {
        self.one(
            "SELECT hash FROM event WHERE id = ?1",
            [id],
            |row| row.get(0),
            "reading the hash of an event",
        )
    }

    /// Visits the states of a target until `visit` ends it.
    pub fn walk_states(
        &self,
        target_id: i64,
        order: Order,
        mut visit: impl FnMut(&StateRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let failed = doing("reading the states of a target");
        let mut statement = self
            .connection
            .prepare_cached(&states(order))
            .map_err(&failed)?;
        let mut rows = statement.query(params![target_id]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let text = document::canonical(row).map_err(&failed)?;
            let state = || {
                Ok(StateRow {
                    first_seen_at: time(row, "first_seen_at")?,
                    last_seen_at: time(row, "seen_at")?,
                    event: row.get("event")?,
                    is_first: row.get("is_first")?,
                    canonical: text.as_ref(),
                })
            };
            let state = state().map_err(&failed)?;
            if visit(&state).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// The query for states. The event of a state is looked up by its time through columns before the
/// content, so that no content is read.
fn states(order: Order) -> String {
    let order = match order {
        Order::OldestFirst => "ASC",
        Order::NewestFirst => "DESC",
    };
    format!(
        "SELECT snapshot.first_seen_at, coalesce(snapshot.last_seen_at,
             tracking.last_poll_at - tracking.seen_before) AS seen_at, {CANONICAL},
             made.id AS event, coalesce(made.kind = 'first-seen', FALSE) AS is_first
         FROM tracking CROSS JOIN snapshot INDEXED BY snapshot_of_target
             ON snapshot.target_id = tracking.target_id
         LEFT JOIN event AS made ON made.id = (
             SELECT event.id FROM event INDEXED BY event_of_target
             WHERE event.target_id = ?1 AND event.at = snapshot.first_seen_at
                 AND event.to_snapshot = snapshot.id AND event.kind IN ('first-seen', 'changed')
             ORDER BY event.id LIMIT 1)
         WHERE tracking.target_id = ?1
         ORDER BY snapshot.first_seen_at {order}, snapshot.id {order}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_walked_through_an_index_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let mut connection = super::super::file::open_writer(&path).unwrap();
        super::super::migrate::migrate(&mut connection, &path).unwrap();
        for order in [Order::OldestFirst, Order::NewestFirst] {
            let sql = format!("EXPLAIN QUERY PLAN {}", states(order));
            let plan: Vec<String> = connection
                .prepare(&sql)
                .unwrap()
                .query_map([1], |row| row.get(3))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            let plan = plan.join("; ");
            for step in [
                "SEARCH snapshot USING INDEX snapshot_of_target (target_id=?)",
                "SEARCH event USING INDEX event_of_target (target_id=? AND at=?)",
                "SEARCH made USING INTEGER PRIMARY KEY",
            ] {
                assert!(plan.contains(step), "{plan}");
            }
            assert!(!plan.contains("SCAN"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
