//! Commits what one poll decided: snapshot, events, alerts and tracking, together or not at all.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::row::{Content, millis, rank};
use super::{Store, StoreError, doing};
use crate::model::chain;
use crate::model::event::{EventKind, NewEvent};
use crate::model::fingerprint::sha256_hex;
use crate::model::kind::Kind;
use crate::model::transition::{SnapshotStep, Tracking, Transition};

/// Who is told of the events that are to be told, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alerting {
    /// When the alerts are due.
    pub due_at: Timestamp,
    /// To whom.
    pub recipients: Vec<String>,
}

/// What was committed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Numbers of the events, in order.
    pub events: Vec<i64>,
    /// How many alerts were stored.
    pub alerts: usize,
}

impl Store {
    /// Commits a transition; `Stale` if another process moved the target since it was read.
    pub async fn record(
        &self,
        transition: Transition,
        alerting: Alerting,
    ) -> Result<Recorded, StoreError> {
        self.writer
            .run(move |tx| record(tx, transition, &alerting))
            .await
    }
}

fn record(
    tx: &Transaction<'_>,
    transition: Transition,
    alerting: &Alerting,
) -> Result<Recorded, StoreError> {
    let Transition {
        mut tracking,
        snapshot,
        events,
    } = transition;
    let target_id = tracking.target_id;
    let from = tx
        .prepare_cached("SELECT snapshot_id FROM tracking WHERE target_id = ?1 AND revision = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![target_id, tracking.revision], |row| row.get(0))
                .optional()
        })
        .map_err(doing("checking the revision"))?;
    let Some(from) = from else {
        return Err(StoreError::Stale { target_id });
    };
    let from: Option<i64> = from;
    let new = new_snapshot(tx, target_id, &snapshot)?;
    let to = new.or(from);
    let mut recorded = Recorded::default();
    if !events.is_empty() {
        let (provider, kind) = target(tx, target_id)?;
        for event in events {
            let (before, after) = match event.kind {
                EventKind::FirstSeen => (None, to),
                EventKind::Changed | EventKind::Finding => (from, to),
                EventKind::Failing
                | EventKind::Recovered
                | EventKind::Damped
                | EventKind::Settled
                | EventKind::Accepted => (None, None),
            };
            let content = Content {
                event: 0,
                provider: provider.clone(),
                document: kind,
                from_snapshot: before,
                to_snapshot: after,
                body: event,
            };
            let alert = content.body.alert;
            let what = content.body.kind;
            let id = append(tx, target_id, content)?;
            match what {
                EventKind::Changed => tracking.state.last_changed_event = Some(id),
                EventKind::Failing => {
                    if let Some(outage) = &mut tracking.state.outage {
                        outage.event = Some(id);
                    }
                }
                EventKind::FirstSeen
                | EventKind::Recovered
                | EventKind::Finding
                | EventKind::Damped
                | EventKind::Settled
                | EventKind::Accepted => {}
            }
            if alert && !alerting.recipients.is_empty() {
                let recipients = serde_json::Value::from(alerting.recipients.clone()).to_string();
                tx.execute(
                    "INSERT INTO alert (event_id, recipients, due_at) VALUES (?1, ?2, ?3)",
                    params![id, recipients, millis(alerting.due_at)],
                )
                .map_err(doing("storing an alert"))?;
                recorded.alerts += 1;
            }
            recorded.events.push(id);
        }
    }
    if let (Some(_), Some(old)) = (new, from) {
        end(
            tx,
            old,
            &snapshot,
            tracking.state.last_changed_event,
            &recorded,
        )?;
    }
    keep(tx, &tracking, to, &snapshot)?;
    Ok(recorded)
}

fn target(tx: &Transaction<'_>, target_id: i64) -> Result<(String, Kind), StoreError> {
    tx.query_row(
        "SELECT provider, document FROM target WHERE id = ?1",
        [target_id],
        |row| Ok((row.get(0)?, super::row::kind(row)?)),
    )
    .map_err(doing("reading a target"))
}

fn new_snapshot(
    tx: &Transaction<'_>,
    target_id: i64,
    step: &SnapshotStep,
) -> Result<Option<i64>, StoreError> {
    let SnapshotStep::New {
        at,
        canonical,
        fingerprint,
        body,
        body_sha256,
    } = step
    else {
        return Ok(None);
    };
    tx.execute(
        "INSERT OR IGNORE INTO body (sha256, stored, bytes) VALUES (?1, ?2, ?3)",
        params![body_sha256, sha256_hex(body), body],
    )
    .map_err(doing("storing a body"))?;
    tx.execute(
        "INSERT INTO snapshot (target_id, fingerprint, canonical, body, first_seen_at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![target_id, fingerprint, canonical, body_sha256, millis(*at)],
    )
    .map_err(doing("storing a snapshot"))?;
    Ok(Some(tx.last_insert_rowid()))
}

/// The baseline before is over.
fn end(
    tx: &Transaction<'_>,
    snapshot_id: i64,
    step: &SnapshotStep,
    changed: Option<i64>,
    recorded: &Recorded,
) -> Result<(), StoreError> {
    let SnapshotStep::New { at, .. } = step else {
        return Ok(());
    };
    let by = changed.filter(|id| recorded.events.contains(id));
    tx.execute(
        "UPDATE snapshot SET ended_at = ?2, ended_by = ?3, last_seen_at =
             (SELECT last_seen_at FROM tracking WHERE snapshot_id = ?1) WHERE id = ?1",
        params![snapshot_id, millis(*at), by],
    )
    .map_err(doing("ending a snapshot"))?;
    Ok(())
}

/// Appends an event to the chain and returns its number.
fn append(tx: &Transaction<'_>, target_id: i64, mut content: Content) -> Result<i64, StoreError> {
    let failed = doing("storing an event");
    let last: Option<(i64, String)> = tx
        .query_row(
            "SELECT id, hash FROM event ORDER BY id DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
        .map_err(&failed)?;
    let (last, previous) = last.unwrap_or((0, chain::GENESIS.to_owned()));
    content.event = last + 1;
    let value = serde_json::to_value(&content).map_err(|error| StoreError::Corrupt {
        what: format!("an event cannot be written as JSON: {error}"),
    })?;
    // Through `Value`, whose names are sorted: one form, so that the hash can be computed again.
    let text = value.to_string();
    let hash = chain::event_hash(&previous, &text);
    let body: &NewEvent = &content.body;
    tx.execute(
        "INSERT INTO event (id, target_id, at, kind, severity, from_snapshot, to_snapshot,
             content, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            content.event,
            target_id,
            millis(body.at),
            body.kind.as_str(),
            body.severity.map(rank),
            content.from_snapshot,
            content.to_snapshot,
            text,
            hash
        ],
    )
    .map_err(&failed)?;
    for change in &body.changes {
        tx.execute(
            "INSERT OR IGNORE INTO event_member (member, event_id, group_name)
             VALUES (?1, ?2, ?3)",
            params![change.member, content.event, change.group.as_str()],
        )
        .map_err(&failed)?;
    }
    Ok(content.event)
}

fn keep(
    tx: &Transaction<'_>,
    tracking: &Tracking,
    snapshot_id: Option<i64>,
    step: &SnapshotStep,
) -> Result<(), StoreError> {
    let (seen_at, body) = match step {
        SnapshotStep::Keep => (None, None),
        SnapshotStep::Seen { at, body } => (Some(millis(*at)), body.as_deref()),
        SnapshotStep::New {
            at, body_sha256, ..
        } => (Some(millis(*at)), Some(body_sha256.as_str())),
    };
    let state = serde_json::to_string(&tracking.state).map_err(|error| StoreError::Corrupt {
        what: format!("the state of a target cannot be written as JSON: {error}"),
    })?;
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    tx.prepare_cached(
        "UPDATE tracking SET revision = revision + 1, snapshot_id = ?2,
             last_body = coalesce(?3, last_body), last_seen_at = coalesce(?4, last_seen_at),
             last_poll_at = ?5, last_good_at = ?6, polls = ?7, failed_polls = ?8, etag = ?9,
             last_modified = ?10, state = ?11
         WHERE target_id = ?1",
    )
    .and_then(|mut statement| {
        statement.execute(params![
            tracking.target_id,
            snapshot_id,
            body,
            seen_at,
            tracking.last_poll_at.map(millis),
            tracking.last_good_at.map(millis),
            count(tracking.polls),
            count(tracking.failed_polls),
            tracking.validators.etag,
            tracking.validators.last_modified,
            state,
        ])
    })
    .map_err(doing("storing what is known of a target"))?;
    Ok(())
}
