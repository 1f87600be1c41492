//! The outbox: mails that are composed and not yet settled.
//!
//! An alert enters in the transaction of its event, so it can be late but not lost. `claim` counts
//! the attempt and pushes the next one ahead by a lease before anything is sent: if we die while
//! sending, the row becomes due again on its own. That gives at-least-once delivery; a repeat
//! carries the same Message-ID. Never here: wording, grouping, backoff (`model`), SMTP (`mailer`).

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::row::{self, EVENT, json, millis, rank, severity, time};
use super::{Store, StoreError, doing};
use crate::model::event::Event;
use crate::model::fingerprint::sha256_hex;
use crate::model::letter::{Content, Delivery, MailKind};
use crate::model::severity::Severity;

/// An alert that no mail carries yet.
#[derive(Debug, Clone, PartialEq)]
pub struct DueAlert {
    /// Row of the alert.
    pub alert_id: i64,
    /// What is told.
    pub event: Event,
    /// To whom.
    pub recipients: Vec<String>,
    /// When it is due.
    pub due_at: Timestamp,
}

/// A mail to be composed from alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedMail {
    /// What it is about.
    pub kind: MailKind,
    /// The gravest severity in it.
    pub severity: Option<Severity>,
    /// Rows of the alerts it carries.
    pub alerts: Vec<i64>,
    /// To whom.
    pub recipients: Vec<String>,
    /// The event whose mail it answers.
    pub answers: Option<i64>,
    /// When it is due.
    pub due_at: Timestamp,
}

/// A delivery that is ours until the lease ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Row of the delivery.
    pub delivery_id: i64,
    /// Fixed when composed.
    pub message_id: String,
    /// To whom.
    pub recipient: String,
    /// What the mail is about.
    pub kind: MailKind,
    /// The gravest severity in it.
    pub severity: Option<Severity>,
    /// What it carries.
    pub events: Vec<Event>,
    /// Attempts, this one included.
    pub attempts: u32,
    /// When the mail should have left.
    pub due_at: Timestamp,
    /// What the last attempt ended with.
    pub last_reason: Option<String>,
    /// Content that must be sent again as it was.
    pub content: Option<Content>,
    /// Message-ID of the mail it answers.
    pub in_reply_to: Option<String>,
    /// Message-IDs of the thread.
    pub references: Vec<String>,
    /// Subject of the mail it answers.
    pub answers_subject: Option<String>,
}

impl Store {
    /// Turns alerts into mails in one transaction. `plan` sees all alerts that wait, also those not
    /// due yet, so that what belongs together leaves together.
    pub async fn compose(
        &self,
        now: Timestamp,
        domain: String,
        plan: impl FnOnce(Vec<DueAlert>) -> Vec<PlannedMail> + Send + 'static,
    ) -> Result<usize, StoreError> {
        self.writer
            .run(move |tx| {
                let mails = plan(waiting(tx)?);
                for mail in &mails {
                    store_mail(tx, mail, now, &domain)?;
                }
                Ok(mails.len())
            })
            .await
    }

    /// Takes the gravest, then oldest delivery that is due.
    pub async fn claim(
        &self,
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<Option<Claim>, StoreError> {
        self.writer.run(move |tx| claim(tx, now, lease)).await
    }

    /// Keeps the content of a delivery before it is sent.
    pub async fn keep_content(&self, delivery_id: i64, content: Content) -> Result<(), StoreError> {
        self.writer
            .run(move |tx| {
                let text =
                    serde_json::to_string(&content).map_err(|error| StoreError::Corrupt {
                        what: format!("a mail is no JSON: {error}"),
                    })?;
                tx.execute(
                    "UPDATE delivery SET content = ?2, subject = ?3 WHERE id = ?1",
                    params![delivery_id, text, content.subject],
                )
                .map_err(doing("keeping a mail"))?;
                Ok(())
            })
            .await
    }

    /// Ends an attempt. A deferred one becomes due at `next`, or expires where that is `None`.
    pub async fn settle(
        &self,
        delivery_id: i64,
        delivery: Delivery,
        now: Timestamp,
        next: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.writer
            .run(move |tx| {
                let (state, reason, is_kept) = match (delivery, next) {
                    (Delivery::Sent { reply }, _) => ("sent", reply, false),
                    (Delivery::Refused { reason }, _) => ("refused", reason, false),
                    (
                        Delivery::Deferred {
                            reason,
                            before_data,
                        },
                        Some(_),
                    ) => ("waiting", reason, !before_data),
                    (Delivery::Deferred { reason, .. }, None) => ("expired", reason, false),
                };
                let settled_at = (state != "waiting").then(|| millis(now));
                tx.execute(
                    "UPDATE delivery SET state = ?2, reason = ?3, settled_at = ?4,
                         next_attempt_at = coalesce(?5, next_attempt_at),
                         content = iif(?6, content, NULL)
                     WHERE id = ?1 AND state = 'waiting'",
                    params![
                        delivery_id,
                        state,
                        reason,
                        settled_at,
                        next.map(millis),
                        is_kept
                    ],
                )
                .map_err(doing("settling a delivery"))?;
                Ok(())
            })
            .await
    }

    /// When the next alert or delivery is due.
    pub fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| {
            let millis: Option<i64> = connection
                .query_row(
                    "SELECT min(at) FROM (
                         SELECT min(due_at) AS at FROM alert WHERE mail_id IS NULL
                         UNION ALL
                         SELECT min(next_attempt_at) FROM delivery WHERE state = 'waiting')",
                    [],
                    |row| row.get(0),
                )
                .map_err(doing("looking for the next mail"))?;
            Ok(millis.and_then(|millis| Timestamp::from_millisecond(millis).ok()))
        })
    }
}

fn waiting(tx: &Transaction<'_>) -> Result<Vec<DueAlert>, StoreError> {
    let sql = format!(
        "SELECT alert.id, alert.recipients, alert.due_at, {EVENT} FROM alert
         JOIN event ON event.id = alert.event_id WHERE alert.mail_id IS NULL ORDER BY alert.id"
    );
    tx.prepare_cached(&sql)
        .and_then(|mut statement| {
            let rows = statement.query_map([], |row| {
                Ok(DueAlert {
                    alert_id: row.get("id")?,
                    event: row::event(row)?,
                    recipients: json(row, "recipients")?,
                    due_at: time(row, "due_at")?,
                })
            })?;
            rows.collect()
        })
        .map_err(doing("reading the alerts"))
}

fn store_mail(
    tx: &Transaction<'_>,
    mail: &PlannedMail,
    now: Timestamp,
    domain: &str,
) -> Result<(), StoreError> {
    let failed = doing("storing a mail");
    tx.execute(
        "INSERT INTO mail (kind, severity, composed_at, due_at) VALUES (?1, ?2, ?3, ?4)",
        params![
            mail.kind.as_str(),
            mail.severity.map(rank),
            millis(now),
            millis(mail.due_at)
        ],
    )
    .map_err(&failed)?;
    let mail_id = tx.last_insert_rowid();
    for alert in &mail.alerts {
        tx.execute(
            "UPDATE alert SET mail_id = ?2 WHERE id = ?1",
            params![alert, mail_id],
        )
        .map_err(&failed)?;
    }
    for recipient in &mail.recipients {
        let seed = format!("{mail_id} {recipient} {} {:?}", millis(now), mail.alerts);
        let hash: String = sha256_hex(seed.as_bytes()).chars().take(24).collect();
        let message_id = format!("<{mail_id}.{hash}@{domain}>");
        let answered = answered(tx, mail.answers, recipient)?;
        let (in_reply_to, thread, subject) = match answered {
            Some((message_id, mut thread, subject)) => {
                thread.push(message_id.clone());
                (Some(message_id), thread, subject)
            }
            None => (None, Vec::new(), None),
        };
        tx.execute(
            "INSERT INTO delivery (mail_id, recipient, message_id, in_reply_to, thread,
                 answers_subject, next_attempt_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                mail_id,
                recipient,
                message_id,
                in_reply_to,
                serde_json::Value::from(thread).to_string(),
                subject,
                millis(now)
            ],
        )
        .map_err(&failed)?;
    }
    Ok(())
}

type Answered = (String, Vec<String>, Option<String>);

/// The mail that told this recipient of an event.
fn answered(
    tx: &Transaction<'_>,
    event: Option<i64>,
    recipient: &str,
) -> Result<Option<Answered>, StoreError> {
    let Some(event) = event else { return Ok(None) };
    tx.query_row(
        "SELECT delivery.message_id, delivery.thread, delivery.subject FROM alert
         JOIN delivery ON delivery.mail_id = alert.mail_id
         WHERE alert.event_id = ?1 AND delivery.recipient = ?2 LIMIT 1",
        params![event, recipient],
        |row| Ok((row.get(0)?, json(row, "thread")?, row.get(2)?)),
    )
    .optional()
    .map_err(doing("looking for the mail that is answered"))
}

fn claim(
    tx: &Transaction<'_>,
    now: Timestamp,
    lease: SignedDuration,
) -> Result<Option<Claim>, StoreError> {
    let until = now.saturating_add(lease).unwrap_or(now);
    let row = tx
        .query_row(
            "SELECT delivery.*, mail.kind, mail.severity, mail.due_at FROM delivery
             JOIN mail ON mail.id = delivery.mail_id
             WHERE delivery.state = 'waiting' AND delivery.next_attempt_at <= ?1
             ORDER BY coalesce(mail.severity, 1) DESC, mail.due_at, delivery.id LIMIT 1",
            [millis(now)],
            |row| Ok((claimed(row)?, row.get::<_, i64>("mail_id")?)),
        )
        .optional()
        .map_err(doing("claiming a delivery"))?;
    let Some((mut claim, mail_id)) = row else {
        return Ok(None);
    };
    tx.execute(
        "UPDATE delivery SET attempts = attempts + 1, next_attempt_at = ?2 WHERE id = ?1",
        params![claim.delivery_id, millis(until)],
    )
    .map_err(doing("leasing a delivery"))?;
    let sql = format!(
        "SELECT {EVENT} FROM alert JOIN event ON event.id = alert.event_id
         WHERE alert.mail_id = ?1 ORDER BY event.id"
    );
    claim.events = tx
        .prepare_cached(&sql)
        .and_then(|mut statement| statement.query_map([mail_id], row::event)?.collect())
        .map_err(doing("reading the events of a mail"))?;
    Ok(Some(claim))
}

fn claimed(row: &Row<'_>) -> Result<Claim, rusqlite::Error> {
    let kind: String = row.get("kind")?;
    let content: Option<String> = row.get("content")?;
    Ok(Claim {
        delivery_id: row.get("id")?,
        message_id: row.get("message_id")?,
        recipient: row.get("recipient")?,
        kind: serde_json::from_value(kind.into()).map_err(|error| row::corrupt("kind", error))?,
        severity: severity(row.get("severity")?),
        events: Vec::new(),
        attempts: row.get::<_, u32>("attempts")?.saturating_add(1),
        due_at: time(row, "due_at")?,
        last_reason: row.get("reason")?,
        content: content
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| row::corrupt("content", error))?,
        in_reply_to: row.get("in_reply_to")?,
        references: json(row, "thread")?,
        answers_subject: row.get("answers_subject")?,
    })
}
