//! The outbox: mails that are composed and not yet settled.
//!
//! `claim` counts the attempt and postpones the next one by a lease before anything is sent: if the
//! process dies while sending, the row becomes due again on its own, and a mail that kills it every time
//! still counts its attempts and expires in the end. That gives at-least-once delivery; a repeat carries
//! the same Message-ID. The alternative, marking it sent before sending, loses the alert.
//!
//! Never here: wording, grouping, backoff (`policy`, `wording`), SMTP (`mailer`).

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Row, params};

use super::error::{StoreError, doing, unwritable};
use super::handle::Store;
use super::query::DeliveryState;
use super::row::{self, ACCEPTED, EVENT, NEWS, json, millis, rank, severity, time, time_or_none};
use super::tx::Tx;
use crate::document::severity::Severity;
use crate::policy::event::Event;
use crate::policy::grouping::News;
use crate::policy::mail::{
    AnsweredMail, Deferral, Delivery, Form, MailContent, MailKind, Message, Topic,
};

/// The longest time by which an attempt is postponed.
const FURTHEST: SignedDuration = SignedDuration::from_hours(2);

/// When the next mail is due. News that is left to the weekly mail leaves with it. Each minimum is the first
/// entry of a range of an index, which is why at once and summaries are two.
pub(super) const NEXT_DUE: &str = "SELECT min(at) FROM (
         SELECT min(due_at) AS at FROM alert WHERE mail_id IS NULL AND left_to_weekly = 0
             AND channel = 'mail' AND collected = 0
         UNION ALL
         SELECT min(due_at) FROM alert WHERE mail_id IS NULL AND left_to_weekly = 0
             AND channel = 'mail' AND collected = 1
         UNION ALL
         SELECT min(next_attempt_at) FROM delivery
         WHERE state = 'waiting' AND channel = 'mail')";

/// Counts an attempt and postpones the next one, so that only this process makes it.
pub(super) const LEASE: &str =
    "UPDATE delivery SET attempts = ?2, next_attempt_at = ?3, leased_by = ?4 WHERE id = ?1";

/// A delivery that this process may attempt until the lease ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Row of the delivery.
    pub delivery_id: i64,
    /// Row of the mail, which other recipients may share.
    pub mail_id: i64,
    /// Message-ID, fixed when the mail was composed.
    pub message_id: String,
    /// Address of the recipient.
    pub recipient: String,
    /// The kind of the mail.
    pub kind: MailKind,
    /// The gravest severity in it.
    pub severity: Option<Severity>,
    /// The news in the mail, oldest first. Its events are read when it is worded (`Store::events`).
    pub events: Vec<News>,
    /// How many attempts were made, including this one.
    pub attempts: u32,
    /// When the mail should have left.
    pub due_at: Timestamp,
    /// When the mail was composed, before the first attempt.
    pub composed_at: Timestamp,
    /// Why the last attempt did not succeed.
    pub last_reason: Option<String>,
    /// How much of the mail is to be sent.
    pub form: Form,
    /// The message to be sent again unchanged, because it may have arrived; `None` if it may be worded
    /// anew.
    pub message: Option<Message>,
    /// The content, if it was worded when the mail was composed.
    pub content: Option<MailContent>,
    /// Message-ID of the mail it answers.
    pub in_reply_to: Option<String>,
    /// Message-IDs of the thread, the first mail first.
    pub references: Vec<String>,
    /// The answered mail, if the topic of its subject is known.
    pub answers: Option<AnsweredMail>,
    /// If it is part of a wave, how many other providers have the change already, and since when.
    pub wave: Option<(u32, Timestamp)>,
}

impl Store {
    /// Takes the next delivery that is due, if none is under way.
    pub async fn claim(
        &self,
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<Option<Claim>, StoreError> {
        self.claim_except(now, lease, Vec::new(), true).await
    }

    /// Takes the next delivery that is due and whose recipient is not `busy`: first those that were never
    /// tried, then the gravest, then the oldest. If a server did not answer about a recipient, his other
    /// mails wait until that one is tried again. Deliveries that were tried are taken only with `again`.
    pub async fn claim_except(
        &self,
        now: Timestamp,
        lease: SignedDuration,
        busy: Vec<String>,
        again: bool,
    ) -> Result<Option<Claim>, StoreError> {
        self.writer
            .run(move |tx| claim(tx, now, lease, &busy, again))
            .await
    }

    /// Events by their numbers, in this order; numbers that do not exist are left out.
    pub fn events(&self, ids: &[i64]) -> Result<Vec<Event>, StoreError> {
        let sql = format!("SELECT {EVENT} FROM event {ACCEPTED} WHERE event.id = ?1");
        let mut events = Vec::with_capacity(ids.len());
        for id in ids {
            events.extend(self.read(|connection| {
                connection
                    .prepare_cached(&sql)
                    .and_then(|mut it| it.query_row([id], row::event).optional())
                    .map_err(doing("reading the events of a mail"))
            })?);
        }
        Ok(events)
    }

    /// Stores a message before it is sent.
    pub async fn keep_message(&self, delivery_id: i64, message: Message) -> Result<(), StoreError> {
        self.writer
            .run(move |tx| {
                let text = serde_json::to_string(&message).map_err(unwritable("a mail"))?;
                let topic = message.content.topic.as_ref();
                tx.prepare_cached(
                    "UPDATE delivery SET letter = ?2, subject = ?3, topic = ?4,
                         topic_severity = ?5, is_return = ?6
                     WHERE id = ?1 AND state = 'waiting'",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        delivery_id,
                        text,
                        message.content.subject,
                        topic.map(|topic| &topic.subject),
                        topic.and_then(|topic| topic.severity).map(rank),
                        topic.map(|topic| topic.is_return)
                    ])
                })
                .map_err(doing("keeping a mail"))?;
                Ok(())
            })
            .await
    }

    /// Ends an attempt. A deferred delivery waits until `next`, or expires if that is `None`; its message
    /// is kept unless no copy can have arrived in any attempt. If it was too big, the next attempt is
    /// smaller, even if a copy may have arrived, because the server would take nothing else.
    pub async fn settle(
        &self,
        claim: &Claim,
        delivery: Delivery,
        now: Timestamp,
        next: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        // A message that this attempt did not word was left by an attempt whose end is not known.
        let may_have_arrived = claim.message.is_some();
        let end = match delivery {
            Delivery::Sent { reply } => AttemptEnd {
                reply: Some(reply),
                ..AttemptEnd::new(DeliveryState::Sent)
            },
            Delivery::Refused { reason } => AttemptEnd {
                reason: Some(reason),
                keeps_message: may_have_arrived,
                ..AttemptEnd::new(DeliveryState::Refused)
            },
            Delivery::Deferred {
                reason,
                before_data,
                ..
            } if next.is_none() => AttemptEnd {
                reason: Some(reason),
                // It is kept because an operator may have it tried again.
                keeps_message: may_have_arrived || !before_data,
                ..AttemptEnd::new(DeliveryState::Expired)
            },
            Delivery::Deferred {
                reason,
                before_data,
                why,
            } => AttemptEnd {
                reason: Some(reason),
                keeps_message: (may_have_arrived || !before_data) && why != Deferral::TooBig,
                is_too_big: why == Deferral::TooBig,
                is_silent: why == Deferral::Silent,
                ..AttemptEnd::new(DeliveryState::Waiting)
            },
        };
        let delivery_id = claim.delivery_id;
        self.writer
            .run(move |tx| settle(tx, delivery_id, &end, now, next))
            .await
    }

    /// When the next alert or delivery of mail is due.
    pub fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| {
            let millis: Option<i64> = connection
                .prepare_cached(NEXT_DUE)
                .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
                .map_err(doing("looking for the next mail"))?;
            Ok(millis.and_then(|millis| Timestamp::from_millisecond(millis).ok()))
        })
    }
}

/// What is stored when an attempt ends.
struct AttemptEnd {
    state: DeliveryState,
    reason: Option<String>,
    reply: Option<String>,
    keeps_message: bool,
    is_too_big: bool,
    is_silent: bool,
}

impl AttemptEnd {
    fn new(state: DeliveryState) -> Self {
        Self {
            state,
            reason: None,
            reply: None,
            keeps_message: false,
            is_too_big: false,
            is_silent: false,
        }
    }
}

/// Only a waiting delivery can be settled: if another attempt took it after the lease ended and
/// succeeded, a late answer changes nothing.
fn settle(
    tx: &Tx<'_>,
    delivery_id: i64,
    end: &AttemptEnd,
    now: Timestamp,
    next_attempt_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let settled_at = (end.state != DeliveryState::Waiting).then(|| millis(now));
    tx.prepare_cached(
        "UPDATE delivery SET state = ?2, last_reason = coalesce(?3, last_reason), reply = ?4,
             settled_at = ?5, next_attempt_at = coalesce(?6, next_attempt_at),
             letter = iif(?7, letter, NULL), content = iif(?2 = 'sent', NULL, content),
             form = min(form + ?8, 2), silent = ?9, leased_by = NULL
         WHERE id = ?1 AND state = 'waiting'",
    )
    .and_then(|mut statement| {
        statement.execute(params![
            delivery_id,
            end.state.as_str(),
            end.reason,
            end.reply,
            settled_at,
            next_attempt_at.map(millis),
            end.keeps_message,
            end.is_too_big,
            end.is_silent
        ])
    })
    .map_err(doing("settling a delivery"))?;
    Ok(())
}

fn claim(
    tx: &Tx<'_>,
    now: Timestamp,
    lease: SignedDuration,
    busy: &[String],
    again: bool,
) -> Result<Option<Claim>, StoreError> {
    let until = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
    // A time further ahead than this was set by a clock that has been put right since.
    let latest = now.saturating_add(FURTHEST).unwrap_or(Timestamp::MAX);
    let found = tx
        .prepare_cached(
            "SELECT delivery.*, mail.kind, mail.severity, mail.due_at, mail.composed_at
             FROM delivery JOIN mail ON mail.id = delivery.mail_id
             WHERE delivery.state = 'waiting' AND delivery.channel = 'mail'
                 AND (delivery.next_attempt_at <= ?1 OR delivery.next_attempt_at > ?2)
                 AND delivery.recipient NOT IN (SELECT value FROM json_each(?3))
                 AND (?4 OR delivery.attempts = 0)
                 AND delivery.recipient NOT IN (SELECT recipient FROM delivery
                     WHERE state = 'waiting' AND silent AND next_attempt_at > ?1
                         AND next_attempt_at <= ?2)
             ORDER BY delivery.attempts > 0, coalesce(mail.severity, 1) DESC,
                 iif(delivery.attempts > 0, delivery.next_attempt_at, mail.due_at), delivery.id
             LIMIT 1",
        )
        .and_then(|mut statement| {
            let busy = serde_json::Value::from(busy).to_string();
            statement
                .query_row(params![millis(now), millis(latest), busy, again], claimed)
                .optional()
        })
        .map_err(doing("claiming a delivery"))?;
    let Some(mut claim) = found else {
        return Ok(None);
    };
    tx.prepare_cached(LEASE)
        .and_then(|mut statement| {
            let process = std::process::id();
            let values = params![claim.delivery_id, claim.attempts, millis(until), process];
            statement.execute(values)
        })
        .map_err(doing("leasing a delivery"))?;
    // An event may be in a mail through several of its alerts. The rows to be sorted hold no content,
    // because SQLite would keep all of it in memory at once.
    let sql = format!(
        "SELECT {NEWS} FROM (SELECT event_id, min(id) AS id FROM alert WHERE mail_id = ?1
             GROUP BY event_id ORDER BY event_id) AS one
         CROSS JOIN alert ON alert.id = one.id CROSS JOIN event ON event.id = one.event_id {ACCEPTED}
         ORDER BY one.event_id"
    );
    claim.events = tx
        .prepare_cached(&sql)
        .and_then(|mut statement| statement.query_map([claim.mail_id], row::news)?.collect())
        .map_err(doing("reading the events of a mail"))?;
    if let Some(message_id) = &claim.in_reply_to {
        claim.answers = answered(tx, message_id).map_err(doing("reading the mail answered"))?;
    }
    Ok(Some(claim))
}

fn claimed(row: &Row<'_>) -> Result<Claim, rusqlite::Error> {
    let kind: String = row.get("kind")?;
    let content: Option<String> = row.get("content")?;
    let message: Option<String> = row.get("letter")?;
    Ok(Claim {
        delivery_id: row.get("id")?,
        mail_id: row.get("mail_id")?,
        message_id: row.get("message_id")?,
        recipient: row.get("recipient")?,
        kind: serde_json::from_value(kind.into()).map_err(|error| row::corrupt("kind", error))?,
        severity: severity(row.get("severity")?),
        events: Vec::new(),
        attempts: row.get::<_, u32>("attempts")?.saturating_add(1),
        due_at: time(row, "due_at")?,
        composed_at: time(row, "composed_at")?,
        last_reason: row.get("last_reason")?,
        form: match row.get("form")? {
            0 => Form::Whole,
            1 => Form::NoPatch,
            _ => Form::Short,
        },
        message: message
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| row::corrupt("letter", error))?,
        content: content
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| row::corrupt("content", error))?,
        in_reply_to: row.get("in_reply_to")?,
        references: json(row, "thread")?,
        answers: None,
        wave: row
            .get::<_, Option<u32>>("wave_providers")?
            .zip(time_or_none(row, "wave_since")?),
    })
}

/// The mail with a Message-ID, if the topic of its subject is known.
fn answered(tx: &Tx<'_>, message_id: &str) -> Result<Option<AnsweredMail>, rusqlite::Error> {
    tx.prepare_cached(
        "SELECT topic, topic_severity, is_return,
             (SELECT composed_at FROM mail WHERE mail.id = delivery.mail_id) AS composed_at,
             (SELECT json_group_array(provider) FROM
                 (SELECT DISTINCT target.provider FROM alert
                  JOIN event ON event.id = alert.event_id
                  JOIN target ON target.id = event.target_id
                  WHERE alert.mail_id = delivery.mail_id ORDER BY target.provider)) AS providers
         FROM delivery WHERE message_id = ?1 AND topic IS NOT NULL AND is_return IS NOT NULL",
    )?
    .query_row([message_id], |row| {
        Ok(AnsweredMail {
            topic: Topic {
                subject: row.get("topic")?,
                severity: severity(row.get("topic_severity")?),
                is_return: row.get("is_return")?,
            },
            providers: json(row, "providers")?,
            at: time(row, "composed_at")?,
        })
    })
    .optional()
}
