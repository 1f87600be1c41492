//! Reads what grouping needs: the alerts that wait for a mail, and what was told a short while ago.
//!
//! It is asked whenever a mail is due, and thousands of summaries may wait for days: they are passed over
//! by the index `alert_waiting`, whose columns the queries name as it has them.

use jiff::Timestamp;

use super::alert::DueAlert;
use super::error::{StoreError, doing};
use super::row::{self, ACCEPTED, NEWS, json, millis, time};
use super::tx::Tx;
use crate::policy::grouping::RecentNotice;

/// The times that composing depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// The current time.
    pub now: Timestamp,
    /// News that was told since this time may make other news wait.
    pub told_since: Timestamp,
    /// An alert due later than this was made by a clock that has been put right since; it is due now.
    pub latest: Timestamp,
    /// The same limit for alerts that a summary is to tell.
    pub latest_summary: Timestamp,
    /// Whether a weekly mail takes what was left to it; if not, that is due now.
    pub collects: bool,
}

const RELEASE: &str = "UPDATE alert SET left_to_weekly = 0, due_at = ?1
     WHERE mail_id IS NULL AND left_to_weekly = 1";

/// Makes alerts due that were left to a weekly mail which is now disabled.
pub(super) fn release(tx: &Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
    tx.prepare_cached(RELEASE)
        .and_then(|mut statement| statement.execute([millis(now)]))
        .map_err(doing("releasing what was left to the weekly mail"))?;
    Ok(())
}

/// Selects what was told in mails of this time: by the time, because the index of alerts would lead to all
/// that ever was told.
const TOLD: &str =
    "SELECT DISTINCT alert.fingerprint, target.provider, delivery.recipient, mail.composed_at
     FROM mail CROSS JOIN delivery ON delivery.mail_id = mail.id
     CROSS JOIN alert ON alert.mail_id = mail.id CROSS JOIN event ON event.id = alert.event_id
     CROSS JOIN target ON target.id = event.target_id
     WHERE mail.composed_at > ?1 AND mail.composed_at <= ?2 AND alert.fingerprint IS NOT NULL";

pub(super) fn recent_notices(tx: &Tx<'_>, times: Times) -> Result<Vec<RecentNotice>, StoreError> {
    tx.prepare_cached(TOLD)
        .and_then(|mut statement| {
            let rows =
                statement.query_map([millis(times.told_since), millis(times.now)], |row| {
                    Ok(RecentNotice {
                        fingerprint: row.get("fingerprint")?,
                        provider: row.get("provider")?,
                        recipient: row.get("recipient")?,
                        at: time(row, "composed_at")?,
                    })
                })?;
            rows.collect()
        })
        .map_err(doing("reading what was told"))
}

/// Selects the alerts that wait for a mail: those of a mail at once, and those of summaries of each
/// document of which one is due.
const WAITING: &str = "WITH summary AS (
         SELECT event_id FROM alert WHERE mail_id IS NULL AND left_to_weekly = 0
             AND channel = 'mail' AND collected = 1 AND due_at <= ?1
         UNION ALL
         SELECT event_id FROM alert WHERE mail_id IS NULL AND left_to_weekly = 0
             AND channel = 'mail' AND collected = 1 AND due_at > ?2),
     due AS (SELECT DISTINCT target_id FROM summary CROSS JOIN event ON event.id = summary.event_id),
     one AS (
         SELECT id FROM alert WHERE mail_id IS NULL AND left_to_weekly = 0
             AND channel = 'mail' AND collected = 0
         UNION ALL
         SELECT alert.id FROM due CROSS JOIN event ON event.target_id = due.target_id
         CROSS JOIN alert INDEXED BY alert_of_event ON alert.event_id = event.id
         WHERE alert.mail_id IS NULL AND alert.left_to_weekly = 0 AND alert.channel = 'mail'
             AND alert.collected = 1)";

pub(super) fn waiting(tx: &Tx<'_>, times: Times) -> Result<Vec<DueAlert>, StoreError> {
    let sql = format!(
        "{WAITING}
         SELECT alert.id, alert.recipients, alert.due_at, alert.collected, {NEWS}
         FROM one CROSS JOIN alert ON alert.id = one.id
         CROSS JOIN event ON event.id = alert.event_id {ACCEPTED} ORDER BY event.id, alert.id"
    );
    let times = [millis(times.now), millis(times.latest_summary)];
    tx.prepare_cached(&sql)
        .and_then(|mut statement| {
            let rows = statement.query_map(times, |row| {
                Ok(DueAlert {
                    alert_id: row.get("id")?,
                    news: row::news(row)?,
                    hash: row.get("hash")?,
                    recipients: json(row, "recipients")?,
                    due_at: time(row, "due_at")?,
                    collected: row.get("collected")?,
                    is_answer: false,
                })
            })?;
            let mut alerts = rows.collect::<Result<Vec<_>, _>>()?;
            for alert in &mut alerts {
                if let Some(answered) = alert.news.answers {
                    alert.is_answer = was_told_at_once(tx, answered)?;
                }
            }
            Ok(alerts)
        })
        .map_err(doing("reading the alerts"))
}

/// Whether a mail told of an event and was not a weekly one.
fn was_told_at_once(tx: &Tx<'_>, event: i64) -> Result<bool, rusqlite::Error> {
    tx.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM alert WHERE mail_id IS NOT NULL AND event_id = ?1
             AND channel = 'mail' AND NOT left_to_weekly)",
    )?
    .query_row([event], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::super::outbox::NEXT_DUE;

    /// Thousands of summaries may wait for days, and all of this is asked whenever a mail is due.
    #[test]
    fn what_is_due_is_found_without_walking_over_what_waits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let mut connection = super::super::file::open_writer(&path).unwrap();
        super::super::migrate::migrate(&mut connection, &path).unwrap();
        let all = format!("{} SELECT id FROM one", super::WAITING);
        let asked = [
            (NEXT_DUE, 0),
            (&*all, 2),
            (super::RELEASE, 1),
            (super::TOLD, 2),
        ];
        for (sql, parameters) in asked {
            let mut plan = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap();
            let steps: Vec<String> = plan
                .query_map(rusqlite::params_from_iter(vec![0; parameters]), |row| {
                    row.get("detail")
                })
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            let is_table = |step: &&String| step.contains(" alert ") || step.contains(" mail ");
            for step in steps.iter().filter(is_table) {
                let is_narrow = [
                    "alert_waiting (left_to_weekly=?)",
                    "alert_waiting (left_to_weekly=? AND channel=? AND collected=?)",
                    "alert_waiting (left_to_weekly=? AND channel=? AND collected=? AND due_at<?)",
                    "alert_waiting (left_to_weekly=? AND channel=? AND collected=? AND due_at>?)",
                    "alert_of_event (event_id=?)",
                    "alert_of_mail (mail_id=?)",
                    "mail_by_time (composed_at>? AND composed_at<?)",
                ];
                assert!(
                    is_narrow.iter().any(|it| step.ends_with(it)),
                    "{step}: {steps:?}"
                );
            }
        }
    }
}
