//! Queries of a report: how long each target was watched, when events happened to it, and which were the
//! last.
//!
//! Time and severity are columns of their own before the content, so the timeline of a long history reads
//! no content. For outages the content is read, because it has their beginnings.

use std::ops::ControlFlow;

use jiff::Timestamp;
use rusqlite::params_from_iter;

use super::error::{StoreError, doing};
use super::history::{self, EventFilter};
use super::reader::Reader;
use super::row::{self, ACCEPTED, EVENT, kind, millis, severity, time, time_or_none};
use super::states::{Order, StateRow};
use crate::document::name::DocumentName;
use crate::document::severity::Severity;
use crate::policy::event::Event;

/// The time during which a target was watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanRow {
    /// Row of the target.
    pub target_id: i64,
    /// Name of the provider.
    pub provider: String,
    /// Kind of the document.
    pub kind: DocumentName,
    /// When the target was first seen, or configured if it never was seen.
    pub since: Timestamp,
    /// The last poll, if there was one.
    pub last_poll_at: Option<Timestamp>,
    /// When the target left the configuration; `None` if it is still in it.
    pub retired_at: Option<Timestamp>,
}

/// The time and the severity of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkRow {
    /// When the event was observed.
    pub at: Timestamp,
    /// The gravest severity in the event.
    pub severity: Option<Severity>,
}

/// The most outages of one target that are read, the latest ones.
const OUTAGES: usize = 1_000;

impl Reader {
    /// Runs several queries on one state of the store: writes in the meantime are not seen.
    pub fn at_one_moment<T, E: From<StoreError>>(
        &self,
        ask: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let begun = self.connection.unchecked_transaction();
        let moment = begun.map_err(doing("beginning to read"))?;
        let answer = ask(self)?;
        moment.finish().map_err(doing("ending to read"))?;
        Ok(answer)
    }

    /// How long each target was watched, ordered by provider and document.
    pub fn spans(&self) -> Result<Vec<SpanRow>, StoreError> {
        self.all(
            "SELECT target.id, provider, document, retired_at, tracking.last_poll_at,
                 coalesce((SELECT min(first_seen_at) FROM snapshot
                     WHERE snapshot.target_id = target.id), watched_since) AS since
             FROM target LEFT JOIN tracking ON tracking.target_id = target.id
             ORDER BY provider, document",
            [],
            |row| {
                Ok(SpanRow {
                    target_id: row.get("id")?,
                    provider: row.get("provider")?,
                    kind: kind(row)?,
                    since: time(row, "since")?,
                    last_poll_at: time_or_none(row, "last_poll_at")?,
                    retired_at: time_or_none(row, "retired_at")?,
                })
            },
            "reading how long targets were watched",
        )
    }

    /// The times and severities of the events of a target, oldest first.
    pub fn marks(
        &self,
        target_id: i64,
        since: Option<Timestamp>,
    ) -> Result<Vec<MarkRow>, StoreError> {
        let since = since.map_or(i64::MIN, millis);
        self.all(
            "SELECT at, severity FROM event INDEXED BY event_of_target
             WHERE target_id = ?1 AND at >= ?2 ORDER BY at, id",
            [target_id, since],
            |row| {
                Ok(MarkRow {
                    at: time(row, "at")?,
                    severity: severity(row.get("severity")?),
                })
            },
            "reading when something happened",
        )
    }

    /// The events of a target that tell of outages and of their ends, oldest first.
    pub fn outages(&self, target_id: i64) -> Result<Vec<Event>, StoreError> {
        let sql = format!(
            "SELECT {EVENT} FROM event INDEXED BY event_of_target {ACCEPTED}
             WHERE event.target_id = ?1 AND event.kind IN ('failing', 'recovered')
             ORDER BY event.at DESC, event.id DESC LIMIT {OUTAGES}"
        );
        let mut events = self.all(&sql, [target_id], row::event, "reading outages")?;
        events.reverse();
        Ok(events)
    }

    /// The latest events of some targets, newest first.
    pub fn latest_events(
        &self,
        targets: &[i64],
        since: Option<Timestamp>,
        most: usize,
    ) -> Result<Vec<Event>, StoreError> {
        let filter = EventFilter {
            since,
            limit: Some(u64::try_from(most).unwrap_or(u64::MAX)),
            ..EventFilter::default()
        };
        let search = history::events(&filter, targets);
        let values = params_from_iter(search.values);
        self.all(&search.sql, values, row::event, "reading the history")
    }

    /// Walks all states of a target, oldest first.
    pub fn every_state(
        &self,
        target_id: i64,
        mut visit: impl FnMut(&StateRow<'_>),
    ) -> Result<(), StoreError> {
        self.walk_states(target_id, Order::OldestFirst, |state| {
            visit(state);
            ControlFlow::Continue(())
        })
    }
}
