//! Read-only queries for `history` and `status`, which work while the daemon runs.

use std::fmt;

use jiff::Timestamp;
use rusqlite::{Row, params, params_from_iter};

use super::document::{self, BODY, CANONICAL, WITH_BODY};
use super::error::{StoreError, doing};
use super::history::{self, EventFilter};
use super::reader::Reader;
use super::row::{self, ACCEPTED, EVENT, millis, time, time_or_none};
use super::tracking::{DETAIL, TRACKING, tracking};
use crate::document::name::DocumentName;
use crate::meaning::provider::is_called;
use crate::policy::channel::Channel;
use crate::policy::event::Event;
use crate::policy::tracking::Tracking;

/// A target with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetRow {
    /// Row of the target.
    pub target_id: i64,
    /// Name of the provider.
    pub provider: String,
    /// Kind of the document.
    pub kind: DocumentName,
    /// Address of the document, if known.
    pub url: Option<String>,
    /// When the target was first configured.
    pub watched_since: Timestamp,
    /// When the target left the configuration; `None` if it is still in it.
    pub retired_at: Option<Timestamp>,
    /// What is known of it.
    pub tracking: Tracking,
}

impl TargetRow {
    /// A target that no store knows yet.
    pub fn unknown(provider: String, kind: DocumentName, url: Option<String>) -> Self {
        Self {
            target_id: 0,
            provider,
            kind,
            url,
            watched_since: Timestamp::UNIX_EPOCH,
            retired_at: None,
            tracking: Tracking::new(0),
        }
    }
}

/// A document as it is stored.
#[expect(
    clippy::struct_field_names,
    reason = "a bare `id` would not say which of the ids in play it is"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Number of the snapshot.
    pub snapshot_id: i64,
    /// Name of the provider.
    pub provider: String,
    /// Kind of the document.
    pub kind: DocumentName,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// When it was last seen.
    pub last_seen_at: Timestamp,
    /// The canonical document.
    pub canonical: String,
    /// SHA-256 of `canonical`, hexadecimal.
    pub fingerprint: String,
    /// The bytes received, less secrets; `None` if they were dropped.
    pub body: Option<Vec<u8>>,
    /// The media type of the bytes received.
    pub content_type: Option<String>,
}

/// The state of one mail to one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryState {
    /// It is not settled yet.
    Waiting,
    /// The transport took it.
    Sent,
    /// It was refused for good.
    Refused,
    /// It was given up because it could not be delivered in time.
    Expired,
}

impl DeliveryState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Sent, Self::Refused, Self::Expired];

    /// The text form, as it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }

    /// Reads the text form; `None` if it is not a state.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A delivery of a mail or post about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Row of the mail.
    pub mail_id: i64,
    /// The channel by which it leaves.
    pub channel: Channel,
    /// The recipient: an address, or the name of a webhook.
    pub recipient: String,
    /// Message-ID, fixed when the mail was composed.
    pub message_id: String,
    /// The state of the delivery.
    pub state: DeliveryState,
    /// How many attempts were made so far.
    pub attempts: u32,
    /// When it is due again; meaningless once it is settled.
    pub next_attempt_at: Timestamp,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
    /// The last reason or reply: what the server said, or why the last attempt did not succeed.
    pub reason: Option<String>,
}

/// Counts of the messages in the outbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutboxState {
    /// How many alerts wait to be mailed and how many deliveries wait, together.
    pub waiting: u64,
    /// How many alerts are collected for a summary.
    pub collected: u64,
    /// When the first of these summaries is due.
    pub next_summary_at: Option<Timestamp>,
    /// When the oldest of these deliveries should have left.
    pub oldest_at: Option<Timestamp>,
    /// Why the last attempt of the oldest did not succeed.
    pub oldest_reason: Option<String>,
    /// How many deliveries were given up.
    pub expired: u64,
    /// How many deliveries were refused for good.
    pub refused: u64,
}

impl Reader {
    /// The events that a filter asks for.
    pub fn events(&self, filter: &EventFilter) -> Result<Vec<Event>, StoreError> {
        let Some(targets) = self.asked_for(filter)? else {
            return Ok(Vec::new());
        };
        let search = history::events(filter, &targets);
        let values = params_from_iter(search.values);
        self.all(&search.sql, values, row::event, "reading the history")
    }

    /// How many events a filter asks for, without its limit.
    pub fn count(&self, filter: &EventFilter) -> Result<u64, StoreError> {
        let Some(targets) = self.asked_for(filter)? else {
            return Ok(0);
        };
        let search = history::count(filter, &targets);
        let values = params_from_iter(search.values);
        let count: i64 = self
            .connection
            .query_row(&search.sql, values, |row| row.get(0))
            .map_err(doing("counting the history"))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// The targets of the filter's providers; empty means all, `None` if no target matches.
    fn asked_for(&self, filter: &EventFilter) -> Result<Option<Vec<i64>>, StoreError> {
        if filter.providers.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let is_asked = |provider: &str, document: &DocumentName| {
            let mut names = filter.providers.iter();
            names.any(|name| is_called(provider, document, name))
        };
        let all: Vec<(i64, bool)> = self.all(
            "SELECT id, provider, document FROM target ORDER BY id",
            [],
            |row| {
                let provider: String = row.get("provider")?;
                Ok((row.get("id")?, is_asked(&provider, &row::kind(row)?)))
            },
            "looking for a provider",
        )?;
        let asked: Vec<i64> = all
            .iter()
            .filter_map(|(id, is_asked)| is_asked.then_some(*id))
            .collect();
        if asked.len() == all.len() {
            return Ok(Some(Vec::new()));
        }
        Ok(Some(asked).filter(|asked| !asked.is_empty()))
    }

    /// One event by its number, if it exists.
    pub fn event(&self, id: i64) -> Result<Option<Event>, StoreError> {
        let sql = format!("SELECT {EVENT} FROM event {ACCEPTED} WHERE event.id = ?1");
        self.one(&sql, [id], row::event, "reading an event")
    }

    /// The event that accepted this one as expected, with the reason that was given.
    pub fn accepted(&self, id: i64) -> Result<Option<(i64, String)>, StoreError> {
        self.one(
            "SELECT accepted_by, reason FROM accepted WHERE event_id = ?1",
            [id],
            |row| Ok((row.get(0)?, row.get(1)?)),
            "reading who accepted an event",
        )
    }

    /// Number and hash of the last event, if there is one.
    pub fn head(&self) -> Result<Option<(i64, String)>, StoreError> {
        self.one(
            "SELECT id, hash FROM event ORDER BY id DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
            "reading the head of the history",
        )
    }

    /// All targets, ordered by provider and document.
    pub fn targets(&self) -> Result<Vec<TargetRow>, StoreError> {
        let sql = format!(
            "SELECT target.provider, target.document, target.url, target.watched_since,
                 target.retired_at, {TRACKING}
             FROM target JOIN tracking ON tracking.target_id = target.id {DETAIL}
             ORDER BY target.provider, target.document"
        );
        let target = |row: &Row<'_>| {
            Ok(TargetRow {
                target_id: row.get("target_id")?,
                provider: row.get("provider")?,
                kind: row::kind(row)?,
                url: row.get("url")?,
                watched_since: time(row, "watched_since")?,
                retired_at: time_or_none(row, "retired_at")?,
                tracking: tracking(row)?,
            })
        };
        self.all(&sql, [], target, "reading the targets")
    }

    /// One snapshot by its number, if it exists.
    pub fn snapshot(&self, id: i64) -> Result<Option<Snapshot>, StoreError> {
        let sql = format!("{} WHERE snapshot.id = ?1", snapshots());
        self.one(&sql, [id], snapshot, "reading a snapshot")
    }

    /// The baseline of a target: the state that stands, whatever times earlier ones have. A clock that was
    /// ahead for a moment leaves one behind that is dated later.
    pub fn baseline(&self, target_id: i64) -> Result<Option<Snapshot>, StoreError> {
        let sql = format!(
            "{} WHERE snapshot.id = (SELECT snapshot_id FROM tracking_detail WHERE target_id = ?1)",
            snapshots()
        );
        self.one(&sql, [target_id], snapshot, "reading the baseline")
    }

    /// The document that a target had at a time.
    pub fn snapshot_at(
        &self,
        provider: &str,
        document: &DocumentName,
        at: Timestamp,
    ) -> Result<Option<Snapshot>, StoreError> {
        let sql = format!(
            "{} WHERE target.provider = ?1 AND target.document = ?2
                 AND snapshot.first_seen_at <= ?3
             ORDER BY snapshot.first_seen_at DESC, snapshot.id DESC LIMIT 1",
            snapshots()
        );
        let values = params![provider, document.to_string(), millis(at)];
        self.one(&sql, values, snapshot, "reading a snapshot")
    }

    /// The deliveries of mails and posts about an event.
    pub fn deliveries_of(&self, event: i64) -> Result<Vec<DeliveryRow>, StoreError> {
        self.all(
            "SELECT DISTINCT delivery.* FROM alert
             JOIN delivery ON delivery.mail_id = alert.mail_id
             WHERE alert.event_id = ?1 ORDER BY delivery.id",
            [event],
            delivery,
            "reading the mails of an event",
        )
    }

    /// Counts what waits in the outbox and what could not be delivered.
    pub fn outbox(&self) -> Result<OutboxState, StoreError> {
        let oldest = self.one(
            "SELECT mail.due_at, delivery.last_reason FROM delivery
             JOIN mail ON mail.id = delivery.mail_id WHERE delivery.state = 'waiting'
             ORDER BY mail.due_at, delivery.id LIMIT 1",
            [],
            |row| Ok((time(row, "due_at")?, row.get("last_reason")?)),
            "reading the outbox",
        )?;
        let (oldest_at, oldest_reason) = oldest.map_or((None, None), |(at, why)| (Some(at), why));
        let counts = self.one(
            "SELECT (SELECT count(*) FROM delivery WHERE state = 'waiting')
                  + (SELECT count(*) FROM alert WHERE mail_id IS NULL AND NOT collected AND NOT left_to_weekly),
                (SELECT count(*) FROM delivery WHERE state = 'expired' AND looked_at IS NULL),
                (SELECT count(*) FROM delivery WHERE state = 'refused' AND looked_at IS NULL)",
            [],
            |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]),
            "reading the outbox",
        )?;
        let [waiting, expired, refused] = counts.unwrap_or([0u32; 3]).map(u64::from);
        let collected = self.one(
            "SELECT count(*) AS count, min(due_at) AS due_at FROM alert
             WHERE mail_id IS NULL AND (collected OR left_to_weekly) HAVING count(*) > 0",
            [],
            |row| Ok((row.get::<_, u32>("count")?, time(row, "due_at")?)),
            "reading the outbox",
        )?;
        Ok(OutboxState {
            waiting,
            collected: collected.map_or(0, |(count, _)| u64::from(count)),
            next_summary_at: collected.map(|(_, at)| at),
            oldest_at,
            oldest_reason,
            expired,
            refused,
        })
    }
}

fn snapshots() -> String {
    format!(
        "SELECT snapshot.id, target.provider, target.document, snapshot.first_seen_at,
             coalesce(snapshot.last_seen_at,
                 tracking.last_poll_at - tracking.seen_before) AS seen_at,
             snapshot.fingerprint, snapshot.content_type, {CANONICAL}, {BODY}
         FROM snapshot JOIN target ON target.id = snapshot.target_id
         JOIN tracking ON tracking.target_id = target.id {WITH_BODY}"
    )
}

fn snapshot(row: &Row<'_>) -> Result<Snapshot, rusqlite::Error> {
    let (canonical, body) = document::both(row)?;
    Ok(Snapshot {
        snapshot_id: row.get("id")?,
        provider: row.get("provider")?,
        kind: row::kind(row)?,
        first_seen_at: time(row, "first_seen_at")?,
        last_seen_at: time(row, "seen_at")?,
        canonical,
        fingerprint: row.get("fingerprint")?,
        body,
        content_type: row.get("content_type")?,
    })
}

fn delivery(row: &Row<'_>) -> Result<DeliveryRow, rusqlite::Error> {
    let state: String = row.get("state")?;
    let (reply, reason): (Option<String>, Option<String>) =
        (row.get("reply")?, row.get("last_reason")?);
    Ok(DeliveryRow {
        mail_id: row.get("mail_id")?,
        channel: row::channel(row)?,
        recipient: row.get("recipient")?,
        message_id: row.get("message_id")?,
        state: DeliveryState::parse(&state).ok_or_else(|| row::unknown("state", &state))?,
        attempts: row.get("attempts")?,
        next_attempt_at: time(row, "next_attempt_at")?,
        settled_at: time_or_none(row, "settled_at")?,
        reason: reply.or(reason),
    })
}
