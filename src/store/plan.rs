//! Turns alerts into mails in one transaction: recipients, Message-ID and thread of each.
//!
//! The Message-ID is fixed here, before anything can be sent, so that every attempt carries the same one.
//! It is derived, not drawn at random: two mails of one store differ by their number, two stores by the
//! hashes of their events. A mail answers the first mail that told this recipient of the answered event:
//! a recipient who never got that mail gets no thread that he cannot see. A mail that answers no event
//! goes into the thread of the wave that it belongs to (`wave`).
//!
//! Never here: what belongs together (the caller's `plan`), `wording`.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::alert::DueAlert;
use super::error::{StoreError, doing};
use super::handle::Store;
use super::row::{json, millis, rank};
use super::split::{AlertSplit, split_alert};
use super::tx::Tx;
use super::waiting::{Times, recent_notices, release, waiting};
use super::wave;
use crate::document::fingerprint::sha256_hex;
use crate::document::severity::Severity;
use crate::policy::grouping::{RecentNotice, Wave};
use crate::policy::mail::MailKind;
use crate::policy::recipient;

/// The most Message-IDs that `References` names: the first and the latest ones (RFC 5322 section 3.6.4
/// allows long threads to be cut; the first keeps them together).
const REFERENCES: usize = 20;

/// A mail to be composed from alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedMail {
    /// The kind of the mail.
    pub kind: MailKind,
    /// The gravest severity in it.
    pub severity: Option<Severity>,
    /// Rows of the alerts in it, each with the fingerprint of its news across providers; empty for a mail
    /// without events.
    pub alerts: Vec<(i64, String)>,
    /// The recipients; empty means all recipients of its alerts.
    pub recipients: Vec<String>,
    /// The event whose mail it answers; `None` takes the first event that its events answer.
    pub answers: Option<i64>,
    /// When the mail is due.
    pub due_at: Timestamp,
}

/// An alert that is due and waits for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingReason {
    /// Row of the alert.
    pub alert: i64,
    /// The recipients for whom it waits.
    pub recipients: Vec<String>,
    /// The time until which it waits.
    pub until: Timestamp,
}

/// What is to be done with alerts. An alert that is not listed continues to wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertDecisions {
    /// Mails to be composed, in this order; an alert may be in several, for different recipients.
    pub mails: Vec<PlannedMail>,
    /// Alerts that wait for others.
    pub postponed: Vec<WaitingReason>,
    /// Alerts that are left to the weekly mail, and when that is due.
    pub collected: Vec<WaitingReason>,
    /// Rows of alerts that need not be told to anybody any more.
    pub dropped: Vec<i64>,
}

impl Store {
    /// Turns alerts into mails in one transaction, and returns how many mails. `plan` gets the alerts that
    /// wait, also those not due yet, so that related alerts can leave together, and what was told a short
    /// while ago; alerts that it leaves out continue to wait. Of summaries it gets those of documents of
    /// which one is due. `domain` is used in the Message-IDs.
    pub async fn compose(
        &self,
        times: Times,
        domain: String,
        plan: impl FnOnce(&[DueAlert], &[RecentNotice]) -> AlertDecisions + Send + 'static,
    ) -> Result<usize, StoreError> {
        self.writer
            .run(move |tx| {
                let now = times.now;
                if !times.collects {
                    release(tx, now)?;
                }
                let mut alerts = waiting(tx, times)?;
                for alert in &mut alerts {
                    let latest = if alert.collected {
                        times.latest_summary
                    } else {
                        times.latest
                    };
                    if alert.due_at > latest {
                        alert.due_at = now;
                    }
                }
                if alerts.iter().all(|alert| alert.due_at > now) {
                    return Ok(0);
                }
                let planned = plan(&alerts, &recent_notices(tx, times)?);
                for alert in &planned.dropped {
                    tx.prepare_cached("DELETE FROM alert WHERE id = ?1 AND mail_id IS NULL")
                        .and_then(|mut statement| statement.execute([alert]))
                        .map_err(doing("dropping an alert"))?;
                }
                for mail in &planned.mails {
                    store(tx, mail, &mut alerts, now, &domain)?;
                }
                for wait in &planned.postponed {
                    set_aside(tx, &mut alerts, wait, AlertSplit::Postponed(wait.until))?;
                }
                for wait in &planned.collected {
                    set_aside(tx, &mut alerts, wait, AlertSplit::Collected(wait.until))?;
                }
                Ok(planned.mails.len())
            })
            .await
    }
}

fn set_aside(
    tx: &Tx<'_>,
    alerts: &mut [DueAlert],
    wait: &WaitingReason,
    part: AlertSplit<'_>,
) -> Result<(), StoreError> {
    let mut found = alerts.iter_mut().filter(|it| it.alert_id == wait.alert);
    found.try_for_each(|alert| split_alert(tx, alert, &wait.recipients, part))
}

fn store(
    tx: &Tx<'_>,
    mail: &PlannedMail,
    alerts: &mut [DueAlert],
    now: Timestamp,
    domain: &str,
) -> Result<(), StoreError> {
    let failed = doing("storing a mail");
    let carried = |alert: &&DueAlert| mail.alerts.iter().any(|(id, _)| *id == alert.alert_id);
    let mut recipients = mail.recipients.clone();
    if recipients.is_empty() {
        let named = alerts.iter().filter(carried);
        recipient::extend(
            &mut recipients,
            named.flat_map(|alert| alert.recipients.clone()),
        );
    }
    recipients.sort();
    let mail_id = tx
        .prepare_cached(
            "INSERT INTO mail (kind, severity, composed_at, due_at) VALUES (?1, ?2, ?3, ?4)",
        )
        .and_then(|mut statement| {
            statement.insert(params![
                mail.kind.as_str(),
                mail.severity.map(rank),
                millis(now),
                millis(mail.due_at)
            ])
        })
        .map_err(&failed)?;
    // This is read before its own alerts are marked, because they do not count as told before.
    let named: Vec<&DueAlert> = alerts.iter().filter(carried).collect();
    let mut waves: Vec<Option<Wave>> = Vec::new();
    for recipient in &recipients {
        let wave =
            wave::of_mail(tx, mail.kind, &mail.alerts, &named, recipient, now).map_err(&failed)?;
        waves.push(wave);
    }
    for (id, fingerprint) in &mail.alerts {
        for alert in alerts.iter_mut().filter(|it| it.alert_id == *id) {
            split_alert(
                tx,
                alert,
                &recipients,
                AlertSplit::Carried(mail_id, fingerprint),
            )?;
        }
    }
    let carried: Vec<&DueAlert> = alerts.iter().filter(carried).collect();
    for (recipient, wave) in recipients.iter().zip(waves) {
        let thread = thread(tx, mail, wave, &carried, recipient).map_err(&failed)?;
        let message_id = message_id(mail_id, recipient, &carried, now, domain);
        tx.prepare_cached(
            "INSERT INTO delivery (mail_id, recipient, message_id, in_reply_to, thread,
                 next_attempt_at, wave_providers, wave_since)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                mail_id,
                recipient,
                message_id,
                thread.last(),
                serde_json::Value::from(thread.clone()).to_string(),
                millis(now),
                wave.map(|wave| wave.providers),
                wave.map(|wave| millis(wave.since))
            ])
        })
        .map_err(&failed)?;
    }
    Ok(())
}

pub(super) fn message_id(
    mail_id: i64,
    recipient: &str,
    carried: &[&DueAlert],
    now: Timestamp,
    domain: &str,
) -> String {
    let mut seed = format!("{mail_id}\n{recipient}\n{}", millis(now));
    for alert in carried {
        seed.push('\n');
        seed.push_str(&alert.hash);
    }
    let hash: String = sha256_hex(seed.as_bytes()).chars().take(24).collect();
    // A character that is not allowed in a host name is dropped, so a header cannot be ended by one.
    let is_allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let domain: String = domain.chars().filter(is_allowed).collect();
    let domain = if domain.is_empty() {
        "localhost"
    } else {
        &domain
    };
    format!("<{mail_id}.{hash}@{domain}>")
}

/// Message-IDs of the thread, up to the mail that is answered.
fn thread(
    tx: &Tx<'_>,
    mail: &PlannedMail,
    wave: Option<Wave>,
    carried: &[&DueAlert],
    recipient: &str,
) -> Result<Vec<String>, rusqlite::Error> {
    let of_events = carried.iter().filter_map(|alert| alert.news.answers);
    let mut answered: Vec<i64> = mail.answers.into_iter().chain(of_events).collect();
    if answered.is_empty() {
        answered.extend(wave.map(|wave| wave.first_event));
    }
    // A digest answers no mail, because it is about too many things.
    let answers = answered
        .into_iter()
        .filter(|_| mail.kind != MailKind::Digest);
    let mut statement = tx.prepare_cached(
        "SELECT delivery.message_id, delivery.thread FROM alert
         JOIN delivery ON delivery.mail_id = alert.mail_id
         WHERE alert.event_id = ?1 AND delivery.recipient = ?2 ORDER BY delivery.id LIMIT 1",
    )?;
    for event in answers {
        let found: Option<(String, Vec<String>)> = statement
            .query_row(params![event, recipient], |row| {
                Ok((row.get(0)?, json(row, "thread")?))
            })
            .optional()?;
        if let Some((message_id, mut thread)) = found {
            thread.push(message_id);
            if thread.len() > REFERENCES {
                let surplus = thread.len() - REFERENCES;
                thread.drain(1..=surplus);
            }
            return Ok(thread);
        }
    }
    Ok(Vec::new())
}
