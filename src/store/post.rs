//! The outbox of webhooks: one event is one delivery to each webhook that is told of it.
//!
//! It works like that of mails (`outbox`) but is simpler: nothing is grouped, and nothing is worded anew.
//! The attempt is counted and leased before a byte is sent; the body is stored before it is sent and
//! stays the same at every attempt, under one id.
//!
//! If a receiver is away, one delivery to it is tried and the others wait for that one. Such a delivery
//! is `silent`, like one to a recipient at whom a mail server does not answer.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Row, params};

use super::error::{StoreError, doing};
use super::handle::Store;
use super::outbox::LEASE;
use super::row::{json, millis, rank, time};
use super::tx::Tx;
use crate::document::fingerprint::sha256_hex;
use crate::document::severity::Severity;
use crate::policy::webhook::{Obstacle, PostResult};

/// The longest time by which an attempt or an alert other than for a summary is postponed: a time further
/// ahead was set by a clock that has been put right since.
const FURTHEST: SignedDuration = SignedDuration::from_hours(25);
/// The same limit for what a summary is to tell: eight weeks, to the next Monday, with some margin.
const FURTHEST_SUMMARY: SignedDuration = SignedDuration::from_hours(10 * 7 * 24);

/// A delivery to a webhook that this process may attempt until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostClaim {
    /// Row of the delivery.
    pub delivery_id: i64,
    /// Fixed when the delivery was made; by it the receiver recognises what it already has.
    pub message_id: String,
    /// Name of the webhook.
    pub webhook: String,
    /// Number of the event that is told.
    pub event_id: i64,
    /// How many attempts were made, including this one.
    pub attempts: u32,
    /// When the delivery was made, before the first attempt.
    pub composed_at: Timestamp,
    /// The body to be posted again unchanged; `None` before the first attempt.
    pub body: Option<String>,
}

/// The latest times that a correct clock can have set, in milliseconds.
#[derive(Clone, Copy)]
struct Latest {
    attempt: i64,
    summary: i64,
}

impl Latest {
    fn at(now: Timestamp) -> Self {
        let after = |span| millis(now.saturating_add(span).unwrap_or(Timestamp::MAX));
        Self {
            attempt: after(FURTHEST),
            summary: after(FURTHEST_SUMMARY),
        }
    }
}

impl Store {
    /// When the next alert or delivery to a webhook is due.
    pub fn next_post_due(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let latest = Latest::at(now);
        self.read(|connection| {
            let millis: Option<i64> = connection
                .prepare_cached(
                    "SELECT min(iif(at > latest, ?1, at)) FROM (
                         SELECT due_at AS at, iif(collected, ?3, ?2) AS latest FROM alert
                         WHERE mail_id IS NULL AND channel = 'webhook'
                         UNION ALL
                         SELECT next_attempt_at, ?2 FROM delivery
                         WHERE state = 'waiting' AND channel = 'webhook')",
                )
                .and_then(|mut statement| {
                    let times = params![millis(now), latest.attempt, latest.summary];
                    statement.query_row(times, |row| row.get(0))
                })
                .map_err(doing("looking for what is to be posted next"))?;
            Ok(millis.and_then(|millis| Timestamp::from_millisecond(millis).ok()))
        })
    }

    /// Makes deliveries of the alerts for webhooks that are due, in one transaction; returns how many.
    pub async fn compose_posts(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.writer.run(move |tx| compose(tx, now)).await
    }

    /// Takes the next delivery that is due and whose webhook is not `busy`: first those that were never
    /// tried, then the gravest, then the oldest. Deliveries that were tried are taken only with `again`. What waits for
    /// a receiver that is away waits with the post that knocks there, but for what is of severity `security`: that
    /// knocks itself, once.
    pub async fn claim_post(
        &self,
        now: Timestamp,
        lease: SignedDuration,
        busy: Vec<String>,
        again: bool,
    ) -> Result<Option<PostClaim>, StoreError> {
        self.writer
            .run(move |tx| claim(tx, now, lease, &busy, again))
            .await
    }

    /// Stores the body of a post before it is sent.
    pub async fn keep_body(&self, delivery_id: i64, body: String) -> Result<(), StoreError> {
        self.writer
            .run(move |tx| {
                tx.execute(
                    "UPDATE delivery SET body = ?2 WHERE id = ?1 AND state = 'waiting'",
                    params![delivery_id, body],
                )
                .map(drop)
                .map_err(doing("keeping what is posted"))
            })
            .await
    }

    /// Ends an attempt. A deferred delivery waits until `next`, or expires if that is `None`. Only a
    /// waiting delivery can be settled: an answer after the lease changes nothing that another attempt
    /// has settled. A post that is not taken keeps its body, because an operator may have it tried again.
    pub async fn settle_post(
        &self,
        delivery_id: i64,
        posted: PostResult,
        now: Timestamp,
        next: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let (state, reason, reply, is_silent) = match posted {
            PostResult::Sent { reply } => ("sent", None, Some(reply), false),
            PostResult::Refused { reason } => ("refused", Some(reason), None, false),
            PostResult::Deferred { reason, .. } if next.is_none() => {
                ("expired", Some(reason), None, false)
            }
            PostResult::Deferred { reason, why, .. } => {
                ("waiting", Some(reason), None, why == Obstacle::Receiver)
            }
        };
        let settled_at = (state != "waiting").then(|| millis(now));
        self.writer
            .run(move |tx| {
                tx.execute(
                    "UPDATE delivery SET state = ?2, last_reason = coalesce(?3, last_reason),
                         reply = ?4, settled_at = ?5,
                         next_attempt_at = coalesce(?6, next_attempt_at),
                         body = iif(?2 = 'sent', NULL, body), silent = ?7, leased_by = NULL
                     WHERE id = ?1 AND state = 'waiting'",
                    params![
                        delivery_id,
                        state,
                        reason,
                        reply,
                        settled_at,
                        next.map(millis),
                        is_silent
                    ],
                )
                .map(drop)
                .map_err(doing("settling a delivery"))
            })
            .await
    }
}

/// An alert that is due.
struct DuePost {
    alert_id: i64,
    event_id: i64,
    webhooks: Vec<String>,
    due_at: i64,
    kind: String,
    severity: Option<i64>,
    hash: String,
}

/// If a summary of a document is due, everything collected about the document leaves with it, as in a
/// mail.
fn compose(tx: &Tx<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let latest = Latest::at(now);
    // Kinds of events are kinds of mails, except for two kinds that are never told.
    let due: Vec<DuePost> = tx
        .prepare_cached(
            "WITH due AS (
                 SELECT alert.id, alert.collected, event.target_id FROM alert
                 JOIN event ON event.id = alert.event_id
                 WHERE alert.mail_id IS NULL AND alert.channel = 'webhook'
                     AND (due_at <= ?1 OR due_at > iif(collected, ?3, ?2)))
             SELECT alert.id, alert.event_id, alert.recipients, alert.due_at, event.severity,
                 event.hash, iif(event.kind IN ('first-seen', 'accepted'), 'changed', event.kind)
                     AS kind
             FROM alert JOIN event ON event.id = alert.event_id
             WHERE alert.mail_id IS NULL AND alert.channel = 'webhook'
                 AND (alert.id IN (SELECT id FROM due) OR (alert.collected
                     AND event.target_id IN (SELECT target_id FROM due WHERE collected)))
             ORDER BY event.id, alert.id",
        )
        .and_then(|mut statement| {
            let times = params![millis(now), latest.attempt, latest.summary];
            let rows = statement.query_map(times, |row| {
                Ok(DuePost {
                    alert_id: row.get("id")?,
                    event_id: row.get("event_id")?,
                    webhooks: json(row, "recipients")?,
                    due_at: row.get("due_at")?,
                    kind: row.get("kind")?,
                    severity: row.get("severity")?,
                    hash: row.get("hash")?,
                })
            })?;
            rows.collect()
        })
        .map_err(doing("reading the alerts"))?;
    let failed = doing("storing a delivery");
    for alert in &due {
        deliveries(tx, alert, now).map_err(&failed)?;
    }
    Ok(due.len())
}

fn deliveries(tx: &Tx<'_>, alert: &DuePost, now: Timestamp) -> Result<(), rusqlite::Error> {
    let now = millis(now);
    let mail_id = tx
        .prepare_cached(
            "INSERT INTO mail (kind, severity, composed_at, due_at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .insert(params![
            alert.kind,
            alert.severity,
            now,
            alert.due_at.min(now)
        ])?;
    for webhook in &alert.webhooks {
        // The id has no dot, because a dot separates the parts that are signed.
        let seed = format!("{mail_id}\n{webhook}\n{}", alert.hash);
        let hash: String = sha256_hex(seed.as_bytes()).chars().take(24).collect();
        let message_id = format!("msg_{}_{hash}", alert.event_id);
        tx.prepare_cached(
            "INSERT INTO delivery (mail_id, channel, recipient, message_id, next_attempt_at)
             VALUES (?1, 'webhook', ?2, ?3, ?4)",
        )?
        .execute(params![mail_id, webhook, message_id, now])?;
    }
    tx.prepare_cached("UPDATE alert SET mail_id = ?2 WHERE id = ?1")?
        .execute([alert.alert_id, mail_id])?;
    Ok(())
}

fn claim(
    tx: &Tx<'_>,
    now: Timestamp,
    lease: SignedDuration,
    busy: &[String],
    again: bool,
) -> Result<Option<PostClaim>, StoreError> {
    let until = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
    let found = tx
        .prepare_cached(
            "SELECT delivery.id, delivery.message_id, delivery.recipient, delivery.attempts,
                 delivery.body, mail.composed_at,
                 (SELECT min(event_id) FROM alert WHERE alert.mail_id = mail.id) AS event_id
             FROM delivery JOIN mail ON mail.id = delivery.mail_id
             WHERE delivery.state = 'waiting' AND delivery.channel = 'webhook'
                 AND (delivery.next_attempt_at <= ?1 OR delivery.next_attempt_at > ?2)
                 AND delivery.recipient NOT IN (SELECT value FROM json_each(?3))
                 AND (?4 OR delivery.attempts = 0)
                 AND (delivery.attempts = 0 AND mail.severity = ?5
                     OR delivery.recipient NOT IN (SELECT recipient FROM delivery
                         WHERE state = 'waiting' AND channel = 'webhook' AND silent
                             AND next_attempt_at > ?1 AND next_attempt_at <= ?2))
             ORDER BY delivery.attempts > 0, coalesce(mail.severity, 1) DESC,
                 iif(delivery.attempts > 0, delivery.next_attempt_at, mail.due_at), delivery.id
             LIMIT 1",
        )
        .and_then(|mut statement| {
            let busy = serde_json::Value::from(busy).to_string();
            let grave = rank(Severity::Security);
            let values = params![millis(now), Latest::at(now).attempt, busy, again, grave];
            statement.query_row(values, claimed).optional()
        })
        .map_err(doing("claiming a delivery"))?;
    let Some(claim) = found else {
        return Ok(None);
    };
    tx.prepare_cached(LEASE)
        .and_then(|mut statement| {
            let process = std::process::id();
            let values = params![claim.delivery_id, claim.attempts, millis(until), process];
            statement.execute(values)
        })
        .map_err(doing("leasing a delivery"))?;
    Ok(Some(claim))
}

fn claimed(row: &Row<'_>) -> Result<PostClaim, rusqlite::Error> {
    Ok(PostClaim {
        delivery_id: row.get("id")?,
        message_id: row.get("message_id")?,
        webhook: row.get("recipient")?,
        event_id: row.get("event_id")?,
        attempts: row.get::<_, u32>("attempts")?.saturating_add(1),
        composed_at: time(row, "composed_at")?,
        body: row.get("body")?,
    })
}
