//! Counts of undelivered messages; they are measured often, so no content is read.

use jiff::Timestamp;
use rusqlite::Row;

use super::error::StoreError;
use super::query::DeliveryState;
use super::reader::Reader;
use super::row;
use super::undelivered::UndeliveredState;
use crate::policy::channel::Channel;

/// How many messages, one for each recipient, did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingMessages {
    /// The channel by which they leave.
    pub channel: Channel,
    /// The state they are in.
    pub state: UndeliveredState,
    /// How many messages these are.
    pub count: u64,
    /// When the oldest of them should have left.
    pub oldest_at: Timestamp,
}

const PENDING: &str =
    "SELECT channel, state, sum(messages) AS messages, min(due_at) AS due_at FROM (
        SELECT delivery.channel, delivery.state, 1 AS messages, mail.due_at
        FROM delivery JOIN mail ON mail.id = delivery.mail_id
        WHERE delivery.state = 'waiting'
        UNION ALL
        SELECT delivery.channel, delivery.state, 1, mail.due_at
        FROM delivery JOIN mail ON mail.id = delivery.mail_id
        WHERE delivery.state IN ('refused', 'expired') AND delivery.looked_at IS NULL
        UNION ALL
        SELECT channel, iif(collected OR left_to_weekly, 'collected', 'grouped'),
            json_array_length(recipients), due_at
        FROM alert WHERE mail_id IS NULL
    ) GROUP BY channel, state";

impl Reader {
    /// The undelivered messages by channel and state; those given up count until they are tried again
    /// or dropped.
    pub fn pending(&self) -> Result<Vec<PendingMessages>, StoreError> {
        self.all(PENDING, [], pending, "counting the outbox")
    }
}

fn pending(row: &Row<'_>) -> Result<PendingMessages, rusqlite::Error> {
    let state: String = row.get("state")?;
    let state = match state.as_str() {
        "collected" => UndeliveredState::Collected,
        "grouped" => UndeliveredState::Grouped,
        other => {
            let state = DeliveryState::parse(other);
            UndeliveredState::Mail(state.ok_or_else(|| row::unknown("state", other))?)
        }
    };
    let count: i64 = row.get("messages")?;
    Ok(PendingMessages {
        channel: row::channel(row)?,
        state,
        count: u64::try_from(count).unwrap_or_default(),
        oldest_at: row::time(row, "due_at")?,
    })
}

#[cfg(test)]
mod tests {
    /// A store may hold 100 000 sent mails after some years, and this is asked four times a minute.
    #[test]
    fn what_was_sent_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let mut connection = super::super::file::open_writer(&path).unwrap();
        super::super::migrate::migrate(&mut connection, &path).unwrap();
        let sql = format!("EXPLAIN QUERY PLAN {}", super::PENDING);
        let mut plan = connection.prepare(&sql).unwrap();
        let steps = plan.query_map([], |row| row.get("detail")).unwrap();
        let steps: Vec<String> = steps.collect::<Result<_, _>>().unwrap();
        for table in ["delivery", "alert", "mail"] {
            let named = steps.iter().filter(|step| {
                let mut words = step.split_whitespace().skip(1);
                words.next() == Some(table)
            });
            for step in named {
                let is_narrow = [
                    "delivery_waiting",
                    "delivery_given_up",
                    "alert_waiting",
                    "alert_of_mail",
                    "PRIMARY KEY",
                ]
                .iter()
                .any(|index| step.contains(index));
                assert!(is_narrow, "{step}: {steps:?}");
            }
        }
        assert!(
            steps.iter().any(|step| step.contains("delivery_given_up")),
            "{steps:?}"
        );
    }
}
