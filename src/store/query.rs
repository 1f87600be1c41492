//! Read-only questions: what `history` and `status` ask. They work while the daemon runs.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params, params_from_iter};

use super::row::{self, EVENT, millis, rank, time, time_or_none};
use super::target::{TRACKING, tracking};
use super::{StoreError, doing};
use crate::model::event::{Event, EventKind};
use crate::model::kind::Kind;
use crate::model::severity::{Group, Severity};
use crate::model::transition::Tracking;

/// The store, open for reading.
#[derive(Debug)]
pub struct Reader {
    pub(super) connection: Connection,
    bytes: u64,
}

/// Which events are asked for. Empty or `None` asks for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Names of providers.
    pub providers: Vec<String>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// About this member.
    pub member: Option<String>,
    /// About a member of this group.
    pub group: Option<Group>,
    /// At least this grave.
    pub severity: Option<Severity>,
    /// Of this kind.
    pub kind: Option<EventKind>,
    /// At most so many.
    pub limit: Option<u64>,
    /// Oldest first instead of newest first.
    pub oldest_first: bool,
}

/// A target with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetRow {
    /// Row of the target.
    pub target_id: i64,
    /// Name of the provider.
    pub provider: String,
    /// Kind of the document.
    pub kind: Kind,
    /// Where it is.
    pub url: Option<String>,
    /// When it was first configured.
    pub watched_since: Timestamp,
    /// When it left the configuration.
    pub retired_at: Option<Timestamp>,
    /// What is known of it.
    pub tracking: Tracking,
}

/// A document as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its number.
    pub snapshot_id: i64,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// The canonical document.
    pub canonical: String,
    /// The bytes received, less secrets.
    pub body: Option<Vec<u8>>,
}

/// What became of a mail about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// To whom.
    pub recipient: String,
    /// `waiting`, `sent`, `refused` or `expired`.
    pub state: String,
    /// Attempts so far.
    pub attempts: u32,
    /// When it is due again.
    pub next_attempt_at: Timestamp,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
    /// What the last attempt ended with.
    pub reason: Option<String>,
}

/// What waits to be delivered, and what could not be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutboxState {
    /// Deliveries and alerts that wait.
    pub waiting: u64,
    /// Since when the oldest waits.
    pub oldest_at: Option<Timestamp>,
    /// What its last attempt ended with.
    pub oldest_reason: Option<String>,
    /// Given up.
    pub expired: u64,
    /// Refused for good.
    pub refused: u64,
}

pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let fail = |reason: String| StoreError::Open {
        path: path.to_owned(),
        reason,
    };
    if !path.is_file() {
        return Err(fail(
            "there is no such file; it is made by `run` or `check`".to_owned(),
        ));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = |name: &Path, flags| {
        let connection = Connection::open_with_flags(name, flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;")?;
        let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        Ok::<_, rusqlite::Error>((connection, version))
    };
    let opened = open(path, flags).or_else(|error| {
        // A stopped daemon's store in a directory we cannot write: readable only as immutable.
        let mut wal = path.as_os_str().to_owned();
        wal.push("-wal");
        if Path::new(&wal).exists() {
            return Err(error);
        }
        let name = path
            .display()
            .to_string()
            .replace('%', "%25")
            .replace('?', "%3f");
        let name = format!("file:{}?immutable=1", name.replace('#', "%23"));
        open(Path::new(&name), flags | OpenFlags::SQLITE_OPEN_URI)
    });
    let (connection, version) = opened.map_err(|error| fail(error.to_string()))?;
    let known = super::migrate::known();
    if version > known {
        return Err(StoreError::Newer {
            found: version,
            known,
        });
    }
    if version < known {
        return Err(fail(format!(
            "it has version {version}; `run` or `check` brings it to {known}"
        )));
    }
    Ok(connection)
}

impl Reader {
    /// Opens the store for reading.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = connect(path)?;
        let bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        Ok(Self { connection, bytes })
    }

    /// Size of the file in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The events a filter asks for.
    pub fn events(&self, filter: &EventFilter) -> Result<Vec<Event>, StoreError> {
        let (condition, mut values) = condition(filter);
        let order = if filter.oldest_first { "ASC" } else { "DESC" };
        let limit = filter
            .limit
            .map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        values.push(Sql::from(limit));
        let sql = format!(
            "SELECT {EVENT} FROM event WHERE {condition} ORDER BY event.id {order} LIMIT ?"
        );
        self.connection
            .prepare_cached(&sql)
            .and_then(|mut statement| {
                statement
                    .query_map(params_from_iter(values), row::event)?
                    .collect()
            })
            .map_err(doing("reading the history"))
    }

    /// How many events a filter asks for, whatever its limit.
    pub fn count(&self, filter: &EventFilter) -> Result<u64, StoreError> {
        let (condition, values) = condition(filter);
        let sql = format!("SELECT count(*) FROM event WHERE {condition}");
        let count: i64 = self
            .connection
            .query_row(&sql, params_from_iter(values), |row| row.get(0))
            .map_err(doing("counting the history"))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// One event.
    pub fn event(&self, id: i64) -> Result<Option<Event>, StoreError> {
        self.connection
            .query_row(
                &format!("SELECT {EVENT} FROM event WHERE id = ?1"),
                [id],
                row::event,
            )
            .optional()
            .map_err(doing("reading an event"))
    }

    /// Number and hash of the last event.
    pub fn head(&self) -> Result<Option<(i64, String)>, StoreError> {
        self.connection
            .query_row(
                "SELECT id, hash FROM event ORDER BY id DESC LIMIT 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(doing("reading the head of the history"))
    }

    /// All targets, by provider and document.
    pub fn targets(&self) -> Result<Vec<TargetRow>, StoreError> {
        let sql = format!(
            "SELECT target.*, {TRACKING} FROM target JOIN tracking ON target.id = tracking.target_id
             LEFT JOIN snapshot ON snapshot.id = tracking.snapshot_id
             ORDER BY target.provider, target.document"
        );
        self.connection
            .prepare(&sql)
            .and_then(|mut statement| {
                let rows = statement.query_map([], |row| {
                    Ok(TargetRow {
                        target_id: row.get("target_id")?,
                        provider: row.get("provider")?,
                        kind: row::kind(row)?,
                        url: row.get("url")?,
                        watched_since: time(row, "watched_since")?,
                        retired_at: time_or_none(row, "retired_at")?,
                        tracking: tracking(row)?,
                    })
                })?;
                rows.collect()
            })
            .map_err(doing("reading the targets"))
    }

    /// The document a target had at a time.
    pub fn snapshot_at(
        &self,
        provider: &str,
        kind: Kind,
        at: Timestamp,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.connection
            .query_row(
                "SELECT snapshot.id, snapshot.first_seen_at, snapshot.canonical, body.bytes
                 FROM snapshot JOIN target ON target.id = snapshot.target_id
                 LEFT JOIN body ON body.sha256 = snapshot.body
                 WHERE target.provider = ?1 AND target.document = ?2
                   AND snapshot.first_seen_at <= ?3
                 ORDER BY snapshot.first_seen_at DESC, snapshot.id DESC LIMIT 1",
                params![provider, kind.as_str(), millis(at)],
                |row| {
                    Ok(Snapshot {
                        snapshot_id: row.get(0)?,
                        first_seen_at: time(row, "first_seen_at")?,
                        canonical: row.get(2)?,
                        body: row.get(3)?,
                    })
                },
            )
            .optional()
            .map_err(doing("reading a snapshot"))
    }

    /// What became of the mails about an event.
    pub fn deliveries_of(&self, event: i64) -> Result<Vec<DeliveryRow>, StoreError> {
        self.connection
            .prepare(
                "SELECT delivery.* FROM alert JOIN delivery ON delivery.mail_id = alert.mail_id
                 WHERE alert.event_id = ?1 ORDER BY delivery.id",
            )
            .and_then(|mut statement| {
                let rows = statement.query_map([event], |row| {
                    Ok(DeliveryRow {
                        recipient: row.get("recipient")?,
                        state: row.get("state")?,
                        attempts: row.get("attempts")?,
                        next_attempt_at: time(row, "next_attempt_at")?,
                        settled_at: time_or_none(row, "settled_at")?,
                        reason: row.get("reason")?,
                    })
                })?;
                rows.collect()
            })
            .map_err(doing("reading the mails of an event"))
    }

    /// What waits in the outbox.
    pub fn outbox(&self) -> Result<OutboxState, StoreError> {
        self.connection
            .query_row(
                "SELECT (SELECT count(*) FROM delivery WHERE state = 'waiting')
                      + (SELECT count(*) FROM alert WHERE mail_id IS NULL) AS waiting,
                    (SELECT min(mail.due_at) FROM delivery JOIN mail ON mail.id = mail_id
                     WHERE state = 'waiting') AS oldest_at,
                    (SELECT reason FROM delivery WHERE state = 'waiting'
                     ORDER BY id LIMIT 1) AS reason,
                    (SELECT count(*) FROM delivery WHERE state = 'expired') AS expired,
                    (SELECT count(*) FROM delivery WHERE state = 'refused') AS refused",
                [],
                |row| {
                    Ok(OutboxState {
                        waiting: row.get::<_, u32>("waiting")?.into(),
                        oldest_at: time_or_none(row, "oldest_at")?,
                        oldest_reason: row.get("reason")?,
                        expired: row.get::<_, u32>("expired")?.into(),
                        refused: row.get::<_, u32>("refused")?.into(),
                    })
                },
            )
            .map_err(doing("reading the outbox"))
    }
}

fn condition(filter: &EventFilter) -> (String, Vec<Sql>) {
    let mut parts = vec!["1".to_owned()];
    let mut values: Vec<Sql> = Vec::new();
    if !filter.providers.is_empty() {
        let marks = vec!["?"; filter.providers.len()].join(", ");
        parts.push(format!(
            "event.target_id IN (SELECT id FROM target WHERE provider IN ({marks}))"
        ));
        values.extend(filter.providers.iter().cloned().map(Sql::from));
    }
    let mut add = |sql: &str, value: Sql| {
        parts.push(sql.to_owned());
        values.push(value);
    };
    if let Some(since) = filter.since {
        add("event.at >= ?", millis(since).into());
    }
    if let Some(until) = filter.until {
        add("event.at < ?", millis(until).into());
    }
    if let Some(member) = &filter.member {
        add(
            "event.id IN (SELECT event_id FROM event_member WHERE member = ?)",
            member.clone().into(),
        );
    }
    if let Some(group) = filter.group {
        let name = group.as_str().to_owned();
        add(
            "event.id IN (SELECT event_id FROM event_member WHERE group_name = ?)",
            name.into(),
        );
    }
    if let Some(severity) = filter.severity {
        add("event.severity >= ?", rank(severity).into());
    }
    if let Some(kind) = filter.kind {
        add("event.kind = ?", kind.as_str().to_owned().into());
    }
    (parts.join(" AND "), values)
}
