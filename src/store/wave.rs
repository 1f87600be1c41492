//! Finds what a recipient was told before about the same change at other providers.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::params;

use super::alert::DueAlert;
use super::row::{millis, time};
use super::tx::Tx;
use crate::policy::event::EventKind;
use crate::policy::grouping::{LOOK_BACK, ToldBefore, Wave, wave};
use crate::policy::mail::MailKind;

/// The most alerts that are examined, the newest; a larger wave is still recognised.
const LOOKED_AT: i64 = 1000;

/// Selects by fingerprint and recipient the latest alert of each target. Only for these, at most one a
/// target, it is looked up whether a member of the change has changed again.
const SAME: &str = "SELECT target.provider, event.id, event.at, EXISTS (
         SELECT 1 FROM event_change AS own
         CROSS JOIN event_change AS later ON later.target_id = own.target_id AND later.member = own.member
             AND later.at > own.at AND later.kind = 'changed'
         WHERE own.target_id = event.target_id AND own.at = event.at AND own.event_id = event.id
     ) AS is_over
     FROM (SELECT max(id) AS id FROM (
         SELECT event.id, event.target_id FROM alert INDEXED BY alert_alike
         CROSS JOIN mail ON mail.id = alert.mail_id
         CROSS JOIN delivery ON delivery.mail_id = mail.id AND delivery.recipient = ?2
         CROSS JOIN event ON event.id = alert.event_id
         WHERE alert.fingerprint = ?1 AND mail.composed_at > ?3 AND event.kind = 'changed'
         ORDER BY alert.id DESC LIMIT ?4) GROUP BY target_id) AS told
     CROSS JOIN event ON event.id = told.id CROSS JOIN target ON target.id = event.target_id
     WHERE target.retired_at IS NULL";

/// The wave that a mail to this recipient belongs to, if any. A mail that is about to be stored does not
/// count as told before.
pub(super) fn of_mail(
    tx: &Tx<'_>,
    kind: MailKind,
    alerts: &[(i64, String)],
    carried: &[&DueAlert],
    recipient: &str,
    now: Timestamp,
) -> Result<Option<Wave>, rusqlite::Error> {
    let mut fingerprints = alerts.iter().map(|(_, fingerprint)| fingerprint);
    let Some(first) = fingerprints.next() else {
        return Ok(None);
    };
    // News that is grouped but not identical, such as new keys, is not a wave.
    if kind != MailKind::Changed || fingerprints.any(|other| other != first) {
        return Ok(None);
    }
    let changed = carried
        .iter()
        .filter(|alert| alert.news.kind == EventKind::Changed);
    let own: BTreeSet<&str> = changed.map(|alert| alert.news.provider.as_str()).collect();
    let since = now.saturating_sub(LOOK_BACK).unwrap_or(Timestamp::MIN);
    let told: Vec<ToldBefore> = tx
        .prepare_cached(SAME)?
        .query_map(params![first, recipient, millis(since), LOOKED_AT], |row| {
            Ok(ToldBefore {
                provider: row.get("provider")?,
                event: row.get("id")?,
                seen_at: time(row, "at")?,
                is_over: row.get("is_over")?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(wave(&told, &own))
}

#[cfg(test)]
mod tests {
    /// A search that scans a table would take longer with every stored mail.
    #[test]
    fn the_same_is_found_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let mut connection = super::super::file::open_writer(&path).unwrap();
        super::super::migrate::migrate(&mut connection, &path).unwrap();
        let mut plan = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {}", super::SAME))
            .unwrap();
        let steps: Vec<String> = plan
            .query_map(["", "", "0", "1"], |row| row.get("detail"))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let steps = steps.join("\n");
        assert!(steps.contains("alert_alike (fingerprint=?)"), "{steps}");
        // A scan is allowed only over the rows that were found so, not over a table.
        let walked = steps.lines().filter(|step| step.starts_with("SCAN"));
        let tables = [
            "alert",
            "mail",
            "delivery",
            "event",
            "event_change",
            "target",
        ];
        let mut names = walked.filter_map(|step| step.split_whitespace().nth(1));
        assert!(!names.any(|name| tables.contains(&name)), "{steps}");
    }
}
