//! Alerts: the recipients who are still to be told of an event, and when.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::error::{StoreError, doing, unwritable};
use super::row::{self, ACCEPTED, EVENT, millis};
use super::tx::Tx;
use crate::document::severity::Severity;
use crate::meaning::subject::Subject;
use crate::policy::channel::Channel;
use crate::policy::damping::Penalty;
use crate::policy::event::NewEvent;
use crate::policy::grouping::News;
use crate::policy::recipient;
use crate::policy::tracking::Tracking;
use crate::policy::webhook::{self, Subscriber};

/// Who is told of the events that are to be told, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertPlan {
    /// When the alerts for mail are due.
    pub due_at: Timestamp,
    /// The recipients of mail, by the gravest severity of the mail.
    pub recipients: BTreeMap<Option<Severity>, Vec<String>>,
    /// The webhooks that are told too; each event is posted alone.
    pub subscribers: Vec<Subscriber>,
    /// When the alerts for webhooks are due: they do not wait for others.
    pub posted_at: Timestamp,
}

/// An alert that is not in a mail yet.
#[derive(Debug, Clone, PartialEq)]
pub struct DueAlert {
    /// Row of the alert.
    pub alert_id: i64,
    /// The news that the alert tells.
    pub news: News,
    /// The hash of its event.
    pub hash: String,
    /// The recipients of the alert.
    pub recipients: Vec<String>,
    /// When it is due.
    pub due_at: Timestamp,
    /// Whether a summary is to tell of it.
    pub collected: bool,
    /// Whether it answers an event that was told in a mail at once.
    pub is_answer: bool,
}

/// Stores the alerts of an event, for a mail at once and for a summary; returns how many they are.
/// `severity` is that of the mail at once.
pub(super) fn alert(
    tx: &Tx<'_>,
    news: &News,
    event: &NewEvent,
    severity: Option<Severity>,
    alert_plan: &AlertPlan,
) -> Result<usize, StoreError> {
    let of_severity = |severity| alert_plan.recipients.get(&severity).cloned();
    let mut alerts = 0;
    if event.alert {
        let mut recipients = of_severity(severity).unwrap_or_default();
        if let Some(answered) = event.answers() {
            // Recipients who were told of a beginning are told of its end, even if that is harmless.
            let alarmed =
                alarmed(tx, answered, Channel::Mail).map_err(doing("looking for who was told"))?;
            recipient::extend(&mut recipients, alarmed);
        }
        alerts += insert(tx, news, recipients, alert_plan.due_at, false)?;
    }
    if let Some(due_at) = event.summary_at {
        // Each recipient gets one summary of everything that was held back for them.
        for recipient in of_severity(event.held_back_severity()).unwrap_or_default() {
            alerts += insert(tx, news, vec![recipient], due_at, true)?;
        }
    }
    Ok(alerts + alert_webhooks(tx, news.id, event, alert_plan)?)
}

/// The same for webhooks. An event that was posted at once is not posted again for its changes that are
/// held back, because it was posted whole.
fn alert_webhooks(
    tx: &Tx<'_>,
    event_id: i64,
    event: &NewEvent,
    alert_plan: &AlertPlan,
) -> Result<usize, StoreError> {
    let subscribers = &alert_plan.subscribers;
    let mut at_once: Vec<&Subscriber> = Vec::new();
    if event.alert {
        let answered = event.answers().filter(|_| !subscribers.is_empty());
        let alarmed = answered
            .map(|answered| alarmed(tx, answered, Channel::Webhook))
            .transpose()
            .map_err(doing("looking for which webhooks were told"))?
            .unwrap_or_default();
        let severity = webhook::severity(event);
        let is_told = |one: &&Subscriber| one.takes(severity) || alarmed.contains(&one.name);
        at_once = subscribers.iter().filter(is_told).collect();
    }
    let mut alerts = insert_webhooks(tx, event_id, &at_once, alert_plan.posted_at, false)?;
    if let Some(due_at) = event.summary_at {
        let severity = event.held_back_severity();
        let is_told = |one: &&Subscriber| one.takes(severity) && !at_once.contains(one);
        let later: Vec<&Subscriber> = subscribers.iter().filter(is_told).collect();
        alerts += insert_webhooks(tx, event_id, &later, due_at, true)?;
    }
    Ok(alerts)
}

/// Inserts alerts for webhooks without news, because they are never grouped.
fn insert_webhooks(
    tx: &Tx<'_>,
    event_id: i64,
    subscribers: &[&Subscriber],
    due_at: Timestamp,
    is_collected: bool,
) -> Result<usize, StoreError> {
    if subscribers.is_empty() {
        return Ok(0);
    }
    let names: Vec<&str> = subscribers.iter().map(|one| one.name.as_str()).collect();
    tx.prepare_cached(
        "INSERT INTO alert (event_id, recipients, due_at, collected, channel)
         VALUES (?1, ?2, ?3, ?4, 'webhook')",
    )
    .and_then(|mut statement| {
        let names = serde_json::Value::from(names).to_string();
        statement.execute(params![event_id, names, millis(due_at), is_collected])
    })
    .map_err(doing("storing an alert"))
}

fn insert(
    tx: &Tx<'_>,
    news: &News,
    recipients: Vec<String>,
    due_at: Timestamp,
    is_collected: bool,
) -> Result<usize, StoreError> {
    if recipients.is_empty() {
        return Ok(0);
    }
    let recipients = serde_json::Value::from(recipients).to_string();
    let text = serde_json::to_string(news).map_err(unwritable("the news of an event"))?;
    tx.prepare_cached(
        "INSERT INTO alert (event_id, recipients, due_at, collected, news)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )
    .and_then(|mut statement| {
        let row = params![news.id, recipients, millis(due_at), is_collected, text];
        statement.execute(row)
    })
    .map_err(doing("storing an alert"))
}

/// The recipients who were to be told of an event at once.
fn alarmed(tx: &Tx<'_>, event_id: i64, channel: Channel) -> Result<Vec<String>, rusqlite::Error> {
    tx.prepare_cached(
        "SELECT DISTINCT each.value FROM alert, json_each(alert.recipients) AS each
         WHERE alert.event_id = ?1 AND NOT alert.collected
             AND NOT alert.left_to_weekly AND alert.channel = ?2",
    )?
    .query_map(params![event_id, channel.as_str()], |row| row.get(0))?
    .collect()
}

/// Drops what was collected of members whose damping was accepted as expected: it needs no summary.
pub(super) fn drop_accepted_alerts(tx: &Tx<'_>, tracking: &Tracking) -> Result<(), StoreError> {
    let failed = doing("dropping what was expected");
    let penalties = &tracking.state.penalties;
    let is_quiet = |member: &Subject| {
        let suppression = penalties.get(member).and_then(|it| it.suppression.as_ref());
        suppression.is_some_and(|suppression| suppression.accepted)
    };
    if !penalties.keys().any(is_quiet) {
        return Ok(());
    }
    let sql = format!(
        "SELECT alert.id, {EVENT} FROM alert JOIN event ON event.id = alert.event_id {ACCEPTED}
         WHERE alert.collected AND NOT alert.left_to_weekly AND alert.mail_id IS NULL
             AND event.target_id = ?1"
    );
    let waiting: Vec<(i64, bool)> = tx
        .prepare_cached(&sql)
        .and_then(|mut statement| {
            // One event is read at a time, because each may take some megabytes.
            let read = |row: &Row<'_>| {
                let event = row::event(row)?;
                let held = event.body.changes().iter().filter(|change| change.damped);
                let is_all_quiet = held.map(|change| &change.subject).all(is_quiet);
                Ok((row.get("id")?, is_all_quiet))
            };
            statement.query_map([tracking.target_id], read)?.collect()
        })
        .map_err(&failed)?;
    for (alert, _) in waiting.into_iter().filter(|(_, is_quiet)| *is_quiet) {
        tx.execute("DELETE FROM alert WHERE id = ?1", [alert])
            .map_err(&failed)?;
    }
    Ok(())
}

/// Drops the summaries of a target whose members have all come to rest, because the mail that says so
/// tells more.
pub(super) fn drop_summary_alerts(tx: &Tx<'_>, tracking: &Tracking) -> Result<(), StoreError> {
    if tracking
        .state
        .penalties
        .values()
        .any(Penalty::is_suppressed)
    {
        return Ok(());
    }
    tx.execute(
        "DELETE FROM alert WHERE collected AND NOT left_to_weekly AND mail_id IS NULL
             AND event_id IN (SELECT id FROM event WHERE target_id = ?1)",
        [tracking.target_id],
    )
    .map_err(doing("dropping what was collected"))?;
    Ok(())
}
