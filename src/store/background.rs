//! Earlier events of the targets that a mail is about, as far as they matter for the mail.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::Value;

use super::error::{StoreError, doing};
use super::handle::Store;
use super::row::{kind, millis, rank, time};
use crate::document::name::DocumentName;
use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::policy::event::{Changed, Event, EventBody, EventKind};
use crate::wording::mail::{Background, DocumentState, LastChange, ReturnedValue, SeenBetween};

/// The most events of a kind that are counted, the latest ones.
const COUNTED: i64 = 20;
/// Most documents of a provider that are told of.
const DOCUMENTS: i64 = 20;
/// The most members of an event that are looked up.
const MEMBERS: usize = 5;

const BACK: &str = "SELECT at FROM event WHERE target_id = ?1 AND kind = 'recovered' AND at < ?2
     ORDER BY at DESC LIMIT ?3";
const REPLACED: &str =
    "SELECT event_change.at AS at, event.content ->> '$.circumstance.last_good_at' AS good,
         event.content ->> '$.circumstance.is_after_gap' AS is_after_gap
     FROM event_change CROSS JOIN event ON event.id = event_change.event_id
     WHERE event_change.target_id = ?1 AND event_change.member = 'keys' AND event_change.at < ?2
     AND event_change.rule = 'jwks-disjoint' AND event_change.kind = 'changed'
     ORDER BY event_change.at DESC LIMIT ?3";
const TOUCHED: &str = "SELECT event_change.at AS at, event_change.severity >= ?4 AND event.content ->> '$.alert' AS was_breaking,
         (SELECT change.value -> '$.before' FROM json_each(event.content, '$.changes') AS change
          WHERE change.value ->> '$.member' = ?2
              AND coalesce(change.value ->> '$.after', '') = '') AS gone
     FROM event_change CROSS JOIN event ON event.id = event_change.event_id
     WHERE event_change.target_id = ?1 AND event_change.member = ?2 AND event_change.at < ?3
     AND event_change.kind = 'changed' ORDER BY event_change.at DESC LIMIT 1";
/// Values of a set that were taken away before, from the latest events that did so, the oldest first;
/// bounded.
const GONE: &str = "SELECT gone.value AS value, event.at AS at,
         change.value ->> '$.severity' IN ('breaking', 'security')
             AND coalesce(change.value ->> '$.damped', 0) = 0 AND event.content ->> '$.alert' AS was_breaking
     FROM (
         SELECT DISTINCT event_id FROM event_change WHERE target_id = ?1 AND member = ?2 AND at < ?3
             AND kind = 'changed' ORDER BY at DESC LIMIT ?4) AS earlier
     CROSS JOIN event ON event.id = earlier.event_id
     CROSS JOIN json_each(event.content, '$.changes') AS change
     CROSS JOIN json_each(change.value, '$.removed') AS gone
     WHERE change.value ->> '$.member' = ?2 AND gone.type = 'text' ORDER BY event.at LIMIT 5000";

impl Store {
    /// What happened earlier to the target of an event.
    pub fn background(&self, event: &Event) -> Result<Background, StoreError> {
        let mut found = self.read(|connection| {
            background(connection, event).map_err(doing("reading what happened before"))
        })?;
        if matches!(event.body.kind(), EventKind::Failing | EventKind::Recovered) {
            found.documents = self.states_of_documents(&event.provider)?;
        }
        Ok(found)
    }

    /// What the last poll of each document of a provider brought.
    fn states_of_documents(&self, provider: &str) -> Result<Vec<DocumentState>, StoreError> {
        let targets: Vec<(i64, DocumentName)> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT id, document FROM target
                     WHERE provider = ?1 AND retired_at IS NULL ORDER BY id LIMIT ?2",
                )
                .and_then(|mut statement| {
                    let target = |row: &Row<'_>| Ok((row.get("id")?, kind(row)?));
                    statement
                        .query_map(params![provider, DOCUMENTS], target)?
                        .collect()
                })
                .map_err(doing("reading the documents of a provider"))
        })?;
        let states = targets.into_iter().map(|(id, document)| {
            let tracking = self.tracking(id)?;
            Ok(DocumentState {
                document,
                polled_at: tracking.last_poll_at,
                read_at: tracking.last_good_at,
            })
        });
        states.collect()
    }

    /// Whether an earlier event is about any of the members that these changes are about.
    pub fn tells_of_same(&self, earlier: i64, changes: &[Change]) -> Result<bool, StoreError> {
        self.read(|connection| {
            let members: Vec<String> = connection
                .prepare_cached(
                    "SELECT change.value ->> '$.member' AS member FROM event
                     CROSS JOIN json_each(event.content, '$.changes') AS change WHERE event.id = ?1",
                )
                .and_then(|mut statement| {
                    let member = |row: &Row<'_>| row.get("member");
                    statement.query_map([earlier], member)?.collect()
                })
                .map_err(doing("reading an earlier event"))?;
            let is_told = |change: &Change| members.iter().any(|it| change.subject.as_str() == it);
            Ok(members.is_empty() || changes.iter().any(is_told))
        })
    }
}

fn returned(row: &Row<'_>) -> Result<ReturnedValue, rusqlite::Error> {
    Ok(ReturnedValue {
        value: row.get::<_, String>("value")?.into(),
        gone_at: time(row, "at")?,
        was_breaking: row.get("was_breaking")?,
    })
}

fn seen_between(row: &Row<'_>) -> Result<SeenBetween, rusqlite::Error> {
    let is_after_gap: Option<bool> = row.get("is_after_gap")?;
    let good: Option<String> = row.get("good")?;
    Ok(SeenBetween {
        at: time(row, "at")?,
        after: good
            .filter(|_| is_after_gap == Some(true))
            .and_then(|good| good.parse().ok()),
    })
}

fn background(connection: &Connection, event: &Event) -> Result<Background, rusqlite::Error> {
    let target: Option<i64> = connection
        .prepare_cached("SELECT id FROM target WHERE provider = ?1 AND document = ?2")?
        .query_row(params![event.provider, event.document.as_str()], |row| {
            row.get(0)
        })
        .optional()?;
    let Some(target) = target else {
        return Ok(Background::default());
    };
    let before = millis(event.body.at);
    let times = |sql: &str| -> Result<Vec<Timestamp>, rusqlite::Error> {
        let at = |row: &Row<'_>| time(row, "at");
        let mut statement = connection.prepare_cached(sql)?;
        statement
            .query_map(params![target, before, COUNTED], at)?
            .collect()
    };
    let mut background = Background::default();
    match event.body.kind() {
        EventKind::Failing | EventKind::Recovered => {
            background.first_document_at = connection
                .prepare_cached(
                    "SELECT first_seen_at FROM snapshot WHERE target_id = ?1
                     ORDER BY first_seen_at LIMIT 1",
                )?
                .query_row([target], |row| time(row, "first_seen_at"))
                .optional()?;
            background.ended_outages = times(BACK)?;
        }
        EventKind::Changed => {
            if let EventBody::Changed(Changed {
                held_under: Some(damped),
                ..
            }) = &event.body.body
            {
                background.damped_at = connection
                    .prepare_cached("SELECT at FROM event WHERE id = ?1")?
                    .query_row([damped], |row| time(row, "at"))
                    .optional()?;
            }
            background.replaced_keys = connection
                .prepare_cached(REPLACED)?
                .query_map(params![target, before, COUNTED], seen_between)?
                .collect::<Result<_, _>>()?;
            members_before(connection, target, event, &mut background)?;
        }
        _ => {}
    }
    Ok(background)
}

/// What is known of the members that changed.
fn members_before(
    connection: &Connection,
    target: i64,
    event: &Event,
    background: &mut Background,
) -> Result<(), rusqlite::Error> {
    let before = millis(event.body.at);
    for change in event.body.changes().iter().take(MEMBERS) {
        let member = change.subject.as_str();
        let last = |row: &Row<'_>| {
            Ok(LastChange {
                member: member.to_owned(),
                at: time(row, "at")?,
                gone: row
                    .get::<_, Option<String>>("gone")?
                    .and_then(|text| serde_json::from_str(&text).ok())
                    .filter(|gone: &Value| !gone.is_null()),
                was_breaking: row.get("was_breaking")?,
            })
        };
        let touched = connection
            .prepare_cached(TOUCHED)?
            .query_row(
                params![target, member, before, rank(Severity::Breaking)],
                last,
            )
            .optional()?;
        background.touched.extend(touched);
        // What is no set has no values that went one by one.
        let is_of_set = !change.removed.is_empty() || !change.added.is_empty();
        if change.group == Group::Keys || !is_of_set {
            continue;
        }
        let gone: Vec<ReturnedValue> = connection
            .prepare_cached(GONE)?
            .query_map(params![target, member, before, COUNTED], returned)?
            .collect::<Result<_, _>>()?;
        // The last time counts.
        let last = |value: &Value| gone.iter().rev().find(|it| it.value == *value).cloned();
        let removed: Option<Vec<ReturnedValue>> = change.removed.iter().map(last).collect();
        let last_gone = removed.into_iter().flatten().max_by_key(|it| it.gone_at);
        background
            .gone_before
            .extend(last_gone.map(|it| (member.to_owned(), it.gone_at)));
        if !change.added.is_empty() {
            let known = change.added.iter().filter_map(last).collect();
            background.known_values.push((member.to_owned(), known));
        }
    }
    Ok(())
}
