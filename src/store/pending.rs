//! What did not arrive, counted: what is measured again and again, so without a word of it read.

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
pub struct Pending {
    /// How they leave.
    pub channel: Channel,
    /// What became of them.
    pub state: UndeliveredState,
    /// How many.
    pub count: u64,
    /// When the oldest should have left.
    pub oldest_at: Timestamp,
}

impl Reader {
    /// What did not arrive, by channel and state; of what was given up, what nobody has looked at yet.
    pub fn pending(&self) -> Result<Vec<Pending>, StoreError> {
        self.all(
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
             ) GROUP BY channel, state",
            [],
            pending,
            "counting the outbox",
        )
    }
}

fn pending(row: &Row<'_>) -> Result<Pending, rusqlite::Error> {
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
    Ok(Pending {
        channel: row::channel(row)?,
        state,
        count: u64::try_from(count).unwrap_or_default(),
        oldest_at: row::time(row, "due_at")?,
    })
}
