//! The earlier mails to a recipient that a mail speaks of. What other recipients got is none of them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::error::{StoreError, doing};
use super::handle::Store;
use super::row::time;
use crate::policy::event::{Event, EventKind};
use crate::wording::mail::{EarlierMail, FollowedMail};

/// The first mail to a recipient that told of an event at once.
const TOLD: &str = "SELECT mail.id AS mail, mail.composed_at AS at FROM alert
     CROSS JOIN mail ON mail.id = alert.mail_id
     CROSS JOIN delivery ON delivery.mail_id = mail.id AND delivery.recipient = ?2
     WHERE alert.event_id = ?1 AND alert.channel = 'mail' AND NOT alert.collected
         AND NOT alert.left_to_weekly
     ORDER BY mail.id LIMIT 1";
/// The other providers that a mail told a change of this member of, and where it has not changed again.
const STILL: &str = "SELECT DISTINCT target.provider AS provider FROM alert
     CROSS JOIN event ON event.id = alert.event_id
     CROSS JOIN target ON target.id = event.target_id
     CROSS JOIN event_change AS own ON own.target_id = event.target_id AND own.member = ?3
         AND own.at = event.at AND own.event_id = event.id AND own.kind = 'changed'
     WHERE alert.mail_id = ?1 AND target.provider <> ?2 AND target.retired_at IS NULL
     AND NOT EXISTS (SELECT 1 FROM event_change AS later WHERE later.target_id = own.target_id
         AND later.member = ?3 AND later.at > own.at AND later.kind = 'changed')
     ORDER BY target.provider LIMIT 1000";

/// What an event told of a member of a provider.
pub(super) struct ToldLoss<'a> {
    /// The event.
    pub(super) event: i64,
    /// The member.
    pub(super) member: &'a str,
    /// The provider.
    pub(super) provider: &'a str,
}

/// The mail that told a recipient of a loss, and the other providers of which what it told still holds.
pub(super) fn of_loss(
    connection: &Connection,
    of: &ToldLoss<'_>,
    recipient: &str,
) -> Result<Option<EarlierMail>, rusqlite::Error> {
    let Some((mail, at)) = told(connection, of.event, recipient)? else {
        return Ok(None);
    };
    let still_without = connection
        .prepare_cached(STILL)?
        .query_map(params![mail, of.provider, of.member], |row| {
            row.get("provider")
        })?
        .collect::<Result<_, _>>()?;
    Ok(Some(EarlierMail { at, still_without }))
}

/// The first mail that told a recipient of an event, and when it was composed.
fn told(
    connection: &Connection,
    event: i64,
    recipient: &str,
) -> Result<Option<(i64, Timestamp)>, rusqlite::Error> {
    connection
        .prepare_cached(TOLD)?
        .query_row(params![event, recipient], |row| {
            Ok((row.get("mail")?, time(row, "at")?))
        })
        .optional()
}

impl Store {
    /// The mails that told this recipient of what these events answer, each provider once. A change answers
    /// only what was told of the same members.
    pub fn followed(
        &self,
        events: &[Event],
        recipient: &str,
    ) -> Result<Vec<FollowedMail>, StoreError> {
        let mut known: BTreeSet<&str> = BTreeSet::new();
        let mut followed = Vec::new();
        for event in events {
            let Some(answered) = event.body.answers() else {
                continue;
            };
            if known.contains(event.provider.as_str())
                || (event.body.kind() == EventKind::Changed
                    && !self.tells_of_same(answered, event)?)
            {
                continue;
            }
            let found = self.read(|connection| {
                told(connection, answered, recipient).map_err(doing("looking for earlier mails"))
            })?;
            if let Some((_, at)) = found {
                known.insert(&event.provider);
                followed.push(FollowedMail {
                    provider: event.provider.clone(),
                    at,
                });
            }
        }
        Ok(followed)
    }
}
