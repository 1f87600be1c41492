//! What followed an event after it was recorded: the alerts about it, and the events that answer it.

use jiff::Timestamp;
use rusqlite::params;

use super::error::StoreError;
use super::reader::Reader;
use super::row::{self, time, time_or_none, unknown};
use crate::policy::channel::Channel;
use crate::policy::event::EventKind;

/// An alert about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRow {
    /// The channel by which it leaves.
    pub channel: Channel,
    /// The recipients of the alert.
    pub recipients: Vec<String>,
    /// When it was to leave.
    pub due_at: Timestamp,
    /// Whether a summary tells of it.
    pub is_collected: bool,
    /// Whether it is left to the weekly mail.
    pub is_left_to_weekly: bool,
    /// When the mail that carries it was composed; `None` if it is not in a mail yet.
    pub composed_at: Option<Timestamp>,
}

/// A later event that answers an event: it reverts it, ends it or damps its member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRow {
    /// Number of the later event.
    pub event: i64,
    /// Kind of the later event.
    pub kind: EventKind,
    /// When the later event was observed.
    pub at: Timestamp,
    /// Summary of the later event in one line.
    pub summary: String,
}

/// The most answers that are shown for one event.
const ANSWERS: i64 = 5;

/// Selects later events of the same target through its index.
const ANSWERING: &str = "SELECT later.id, later.kind, later.at,
        json_extract(later.content, '$.summary') AS summary
    FROM event AS asked CROSS JOIN event AS later INDEXED BY event_of_target
        ON later.target_id = asked.target_id AND later.at >= asked.at
    WHERE asked.id = ?1 AND later.id > ?1 AND later.kind <> 'accepted'
        AND instr(later.content, ?2) > 0
        AND json_extract(later.content, '$.circumstance.answers') = ?1
    ORDER BY later.at, later.id LIMIT ?3";

impl Reader {
    /// The alerts about an event.
    pub fn alerts_of(&self, event: i64) -> Result<Vec<AlertRow>, StoreError> {
        self.all(
            "SELECT alert.channel, alert.recipients, alert.due_at, alert.collected,
                 alert.left_to_weekly, mail.composed_at
             FROM alert LEFT JOIN mail ON mail.id = alert.mail_id
             WHERE alert.event_id = ?1 ORDER BY alert.id",
            [event],
            |row| {
                Ok(AlertRow {
                    channel: row::channel(row)?,
                    recipients: row::json(row, "recipients")?,
                    due_at: time(row, "due_at")?,
                    is_collected: row.get("collected")?,
                    is_left_to_weekly: row.get("left_to_weekly")?,
                    composed_at: time_or_none(row, "composed_at")?,
                })
            },
            "reading the alerts of an event",
        )
    }

    /// The first later events that answer this one, except those that accept it as expected.
    pub fn answers_to(&self, event: i64) -> Result<Vec<AnswerRow>, StoreError> {
        // The text is searched first, because parsing every later event as JSON would take longer.
        let text = format!("\"answers\":{event}");
        self.all(
            ANSWERING,
            params![event, text, ANSWERS],
            |row| {
                let kind: String = row.get("kind")?;
                Ok(AnswerRow {
                    event: row.get("id")?,
                    kind: EventKind::parse(&kind).ok_or_else(|| unknown("kind", &kind))?,
                    at: time(row, "at")?,
                    summary: row.get("summary")?,
                })
            },
            "looking for what answers an event",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_looked_for_among_the_events_of_the_same_document_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let mut connection = super::super::file::open_writer(&path).unwrap();
        super::super::migrate::migrate(&mut connection, &path).unwrap();
        let plan: Vec<String> = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {ANSWERING}"))
            .unwrap()
            .query_map(params![1, "x", 1], |row| row.get(3))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let plan = plan.join("; ");
        let step = "SEARCH later USING INDEX event_of_target (target_id=? AND at>?)";
        assert!(plan.contains(step), "{plan}");
        assert!(
            !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"),
            "{plan}"
        );
    }
}
