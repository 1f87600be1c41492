//! Splits alerts. An alert is one row for all its recipients until a plan treats them differently. Then
//! each part becomes a row of its own, and the first row keeps the remaining recipients.

use jiff::Timestamp;
use rusqlite::params;

use super::alert::DueAlert;
use super::error::{StoreError, doing};
use super::row::millis;
use super::tx::Tx;
use crate::policy::recipient;

/// What an alert becomes for some of its recipients.
#[derive(Debug, Clone, Copy)]
pub(super) enum AlertSplit<'a> {
    /// It is in a mail, under this fingerprint.
    Carried(i64, &'a str),
    /// It waits until this time.
    Postponed(Timestamp),
    /// It is left to the weekly mail, which is due at this time.
    Collected(Timestamp),
}

/// Splits `recipients` from an alert; the others continue to wait.
pub(super) fn split_alert(
    tx: &Tx<'_>,
    alert: &mut DueAlert,
    recipients: &[String],
    part: AlertSplit<'_>,
) -> Result<(), StoreError> {
    let failed = doing("marking an alert");
    let is_left = |one: &String| !recipients.iter().any(|it| recipient::is_same(it, one));
    let was_empty = alert.recipients.is_empty();
    alert.recipients.retain(is_left);
    let (mail_id, fingerprint, due_at, is_left_to_weekly) = match part {
        AlertSplit::Carried(mail_id, fingerprint) => {
            (Some(mail_id), Some(fingerprint), None, false)
        }
        AlertSplit::Postponed(until) => (None, None, Some(millis(until)), false),
        AlertSplit::Collected(until) => (None, None, Some(millis(until)), true),
    };
    let list = |of: &[String]| serde_json::Value::from(of).to_string();
    let values = params![
        alert.alert_id,
        list(recipients),
        mail_id,
        fingerprint,
        due_at,
        is_left_to_weekly
    ];
    let is_whole = alert.recipients.is_empty() && !was_empty;
    let sql = if is_whole {
        "UPDATE alert SET recipients = ?2, mail_id = ?3, fingerprint = ?4,
             due_at = coalesce(?5, due_at), left_to_weekly = ?6
         WHERE id = ?1 AND mail_id IS NULL"
    } else {
        "INSERT INTO alert (event_id, recipients, mail_id, fingerprint, due_at, collected,
             left_to_weekly, news)
         SELECT event_id, ?2, ?3, ?4, coalesce(?5, due_at), collected, ?6, news FROM alert
         WHERE id = ?1"
    };
    let changed = tx
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute(values))
        .map_err(&failed)?;
    if changed == 0 {
        return Err(StoreError::Corrupt {
            what: format!(
                "alert {} was planned, but waits for no mail",
                alert.alert_id
            ),
        });
    }
    if !alert.recipients.is_empty() {
        tx.prepare_cached("UPDATE alert SET recipients = ?2 WHERE id = ?1")
            .and_then(|mut it| it.execute(params![alert.alert_id, list(&alert.recipients)]))
            .map_err(failed)?;
    }
    Ok(())
}
