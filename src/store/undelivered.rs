//! Lists messages that did not arrive yet or never will, and has them tried again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Params, Row, params};
use serde_json::Value;

use super::error::{StoreError, doing};
use super::handle::Store;
use super::query::DeliveryState;
use super::reader::Reader;
use super::row::{self, millis, severity, time};
use super::tx::Tx;
use crate::document::severity::Severity;
use crate::document::text::visible;
use crate::policy::channel::Channel;
use crate::policy::mail::MailKind;
use crate::wording::text::utc;

/// A message to one recipient that did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndeliveredMessage {
    /// Number of the delivery; `None` for news that is in no mail yet.
    pub id: Option<i64>,
    /// The channel by which it leaves.
    pub channel: Channel,
    /// The recipient: an address, or the name of a webhook.
    pub recipient: String,
    /// The state it is in.
    pub state: UndeliveredState,
    /// The kind of the mail; `None` if it is in no mail yet.
    pub kind: Option<MailKind>,
    /// The gravest severity in it.
    pub severity: Option<Severity>,
    /// Numbers of the events in it.
    pub events: Vec<i64>,
    /// The subject of the mail; `None` if it was never worded.
    pub subject: Option<String>,
    /// How many attempts were made so far.
    pub attempts: u32,
    /// When it should have been delivered.
    pub due_at: Timestamp,
    /// When it is tried next; `None` if it was given up.
    pub next_at: Option<Timestamp>,
    /// Why the last attempt did not succeed.
    pub reason: Option<String>,
    /// Whether it was given up and not dropped since.
    pub is_news: bool,
}

/// The state of an undelivered message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndeliveredState {
    /// It is a delivery in this state.
    Mail(DeliveryState),
    /// It waits to be grouped with others.
    Grouped,
    /// It waits for a summary or the weekly mail.
    Collected,
}

impl UndeliveredState {
    /// The text form, as it is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail(state) => state.as_str(),
            Self::Grouped => DeliveryState::Waiting.as_str(),
            Self::Collected => "collected",
        }
    }
}

impl UndeliveredMessage {
    /// Subject and reason in lines, escaped; empty for news that is in no mail yet.
    pub fn words(&self) -> Vec<String> {
        if self.id.is_none() {
            return Vec::new();
        }
        let about = match &self.subject {
            Some(subject) => visible(subject),
            None => format!("due since {}", utc(self.due_at)),
        };
        let reason = self.reason.as_deref().map(visible);
        std::iter::once(about).chain(reason).collect()
    }
}

impl Reader {
    /// Everything that was not delivered: first what waits, by the time of the next attempt, then what
    /// was given up, the latest first.
    pub fn undelivered(&self) -> Result<Vec<UndeliveredMessage>, StoreError> {
        let mut all = self.all(
            "SELECT delivery.id, delivery.channel, delivery.recipient, delivery.state, mail.kind, mail.severity,
                 (SELECT json_group_array(event_id) FROM
                     (SELECT event_id FROM alert WHERE alert.mail_id = mail.id ORDER BY event_id))
                     AS events,
                 delivery.subject, delivery.attempts, mail.due_at, delivery.next_attempt_at,
                 delivery.last_reason, delivery.looked_at
             FROM delivery JOIN mail ON mail.id = delivery.mail_id
             WHERE delivery.state IN ('waiting', 'refused', 'expired')
             ORDER BY delivery.state <> 'waiting', iif(delivery.state = 'waiting',
                 delivery.next_attempt_at, -delivery.settled_at), delivery.id",
            [],
            mail,
            "reading the outbox",
        )?;
        let news = self.all(
            "SELECT alert.event_id, alert.channel, alert.recipients, alert.due_at,
                 alert.collected OR alert.left_to_weekly AS collected, event.severity
             FROM alert JOIN event ON event.id = alert.event_id
             WHERE alert.mail_id IS NULL ORDER BY alert.due_at, alert.id",
            [],
            news,
            "reading the alerts",
        )?;
        all.extend(news.into_iter().flatten());
        Ok(all)
    }
}

fn mail(row: &Row<'_>) -> Result<UndeliveredMessage, rusqlite::Error> {
    let state: String = row.get("state")?;
    let state = DeliveryState::parse(&state).ok_or_else(|| row::unknown("state", &state))?;
    let kind: String = row.get("kind")?;
    let looked_at: Option<i64> = row.get("looked_at")?;
    let is_waiting = state == DeliveryState::Waiting;
    Ok(UndeliveredMessage {
        id: row.get("id")?,
        channel: row::channel(row)?,
        recipient: row.get("recipient")?,
        state: UndeliveredState::Mail(state),
        kind: serde_json::from_value(kind.into()).map_err(|error| row::corrupt("kind", error))?,
        severity: severity(row.get("severity")?),
        events: row::json(row, "events")?,
        subject: row.get("subject")?,
        attempts: row.get("attempts")?,
        due_at: time(row, "due_at")?,
        next_at: is_waiting
            .then(|| time(row, "next_attempt_at"))
            .transpose()?,
        reason: row.get("last_reason")?,
        is_news: !is_waiting && looked_at.is_none(),
    })
}

/// One entry for each recipient of an alert.
fn news(row: &Row<'_>) -> Result<Vec<UndeliveredMessage>, rusqlite::Error> {
    let recipients: Vec<String> = row::json(row, "recipients")?;
    let due_at = time(row, "due_at")?;
    let is_collected: bool = row.get("collected")?;
    let (event, grave): (i64, Option<i64>) = (row.get("event_id")?, row.get("severity")?);
    let channel = row::channel(row)?;
    let one = |recipient| UndeliveredMessage {
        id: None,
        channel,
        recipient,
        state: if is_collected {
            UndeliveredState::Collected
        } else {
            UndeliveredState::Grouped
        },
        kind: None,
        severity: severity(grave),
        events: vec![event],
        subject: None,
        attempts: 0,
        due_at,
        next_at: Some(due_at),
        reason: None,
        is_news: false,
    };
    Ok(recipients.into_iter().map(one).collect())
}

impl Store {
    /// Drops deliveries that were given up: they are told no more, and stay in the history of their events.
    /// All of them or none: the error names the first that was not given up.
    pub async fn drop_given_up(
        &self,
        ids: &BTreeSet<i64>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let ids = ids.clone();
        self.writer
            .run(move |tx| {
                let dropped = changed(
                    tx,
                    "UPDATE delivery SET looked_at = ?2
                     WHERE id IN (SELECT value FROM json_each(?1)) AND looked_at IS NULL
                         AND state IN ('refused', 'expired')
                     RETURNING id, channel",
                    params![listed(&ids), millis(now)],
                )?;
                let missing = ids.into_iter().find(|id| !dropped.contains_key(id));
                missing.map_or(Ok(()), |id| Err(StoreError::NotGivenUp { id }))
            })
            .await
    }

    /// Makes everything that waits due at once, and returns the channel of each delivery.
    pub async fn retry_all(&self, now: Timestamp) -> Result<Vec<Channel>, StoreError> {
        self.writer
            .run(move |tx| {
                let due = changed(
                    tx,
                    "UPDATE delivery SET next_attempt_at = ?1
                     WHERE state = 'waiting' RETURNING id, channel",
                    params![millis(now)],
                )?;
                Ok(due.into_values().collect())
            })
            .await
    }

    /// Makes deliveries due at once, even if they were given up; their attempts are counted anew then.
    /// All of them or none: the error names the first that is not undelivered. Returns the channel of each.
    pub async fn retry(
        &self,
        ids: &BTreeSet<i64>,
        now: Timestamp,
    ) -> Result<Vec<Channel>, StoreError> {
        let ids = ids.clone();
        self.writer
            .run(move |tx| {
                let due = changed(
                    tx,
                    "UPDATE delivery SET state = 'waiting', settled_at = NULL, looked_at = NULL,
                         attempts = iif(state = 'waiting', attempts, 0), next_attempt_at = ?2
                     WHERE id IN (SELECT value FROM json_each(?1))
                         AND state IN ('waiting', 'refused', 'expired')
                     RETURNING id, channel",
                    params![listed(&ids), millis(now)],
                )?;
                match ids.into_iter().find(|id| !due.contains_key(id)) {
                    Some(id) => Err(StoreError::NotUndelivered { id }),
                    None => Ok(due.into_values().collect()),
                }
            })
            .await
    }

    /// Records the settings by which a channel delivers. If they differ from before, everything that
    /// waits for it is due at once. Returns how many deliveries that are.
    pub async fn adopt_settings(
        &self,
        channel: Channel,
        hash: String,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        self.writer
            .run(move |tx| {
                let failed = doing("noting how alerts are delivered");
                let known: Option<String> = tx
                    .query_row(
                        "SELECT hash FROM transport WHERE channel = ?1",
                        [channel.as_str()],
                        |row| row.get(0),
                    )
                    .optional()
                    .map_err(&failed)?;
                if known.as_ref() == Some(&hash) {
                    return Ok(0);
                }
                tx.execute(
                    "INSERT INTO transport (channel, hash) VALUES (?1, ?2)
                     ON CONFLICT (channel) DO UPDATE SET hash = excluded.hash",
                    params![channel.as_str(), hash],
                )
                .map_err(&failed)?;
                if known.is_none() {
                    return Ok(0);
                }
                tx.execute(
                    "UPDATE delivery SET next_attempt_at = ?2
                     WHERE channel = ?1 AND state = 'waiting' AND next_attempt_at > ?2",
                    params![channel.as_str(), millis(now)],
                )
                .map_err(failed)
            })
            .await
    }
}

/// Numbers as `json_each` takes them.
fn listed(ids: &BTreeSet<i64>) -> String {
    ids.iter().copied().collect::<Value>().to_string()
}

/// Changes deliveries; returns the numbers of those that were, each with its channel.
fn changed(
    tx: &Tx<'_>,
    sql: &str,
    values: impl Params,
) -> Result<BTreeMap<i64, Channel>, StoreError> {
    let one = |row: &Row<'_>| Ok((row.get("id")?, row::channel(row)?));
    tx.prepare_cached(sql)
        .and_then(|mut it| it.query_map(values, one)?.collect())
        .map_err(doing("changing the outbox"))
}
