//! Posts that wait for a webhook which left the configuration: they go on to the one that took its place,
//! or are refused.

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::error::{StoreError, doing};
use super::handle::Store;
use super::row::{json, millis};

/// A post that waits for a webhook that is not configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrphanedPost {
    /// Row of the delivery.
    pub delivery_id: i64,
    /// Name of the webhook that left.
    pub webhook: String,
    /// The provider that it is about, by its name of today.
    pub provider: String,
    /// Number of the event that is told.
    pub event_id: i64,
    /// The stored body, which stays the same; `None` before the first attempt.
    pub body: Option<String>,
    /// Names of all webhooks that were or are to be told of the event, whatever became of it.
    pub told: Vec<String>,
}

const ORPHANS: &str = "SELECT delivery.id, delivery.recipient, delivery.body, alert.event_id,
     target.provider,
     (SELECT json_group_array(DISTINCT other.recipient) FROM delivery AS other
         JOIN alert AS of_other ON of_other.mail_id = other.mail_id
         WHERE other.channel = 'webhook' AND of_other.event_id = alert.event_id) AS told
 FROM delivery JOIN alert ON alert.mail_id = delivery.mail_id
     JOIN event ON event.id = alert.event_id JOIN target ON target.id = event.target_id
 WHERE delivery.state = 'waiting' AND delivery.channel = 'webhook'
     AND delivery.recipient NOT IN (SELECT value FROM json_each(?1))
 GROUP BY delivery.id ORDER BY delivery.id LIMIT 1";

impl Store {
    /// The first post that waits for a webhook which is none of these.
    pub fn orphaned_post(&self, names: &[&str]) -> Result<Option<OrphanedPost>, StoreError> {
        let names = serde_json::Value::from(names).to_string();
        self.read(|connection| {
            connection
                .prepare_cached(ORPHANS)
                .and_then(|mut statement| {
                    let mut rows = statement.query_map([names], orphan)?;
                    rows.next().transpose()
                })
                .map_err(doing("looking for posts whose webhook left"))
        })
    }

    /// Hands a post on to another webhook, due at once. It keeps its id and its body, and its attempts
    /// are counted anew.
    pub async fn hand_on(
        &self,
        orphan: &OrphanedPost,
        webhook: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (id, from) = (orphan.delivery_id, orphan.webhook.clone());
        self.writer
            .run(move |tx| {
                tx.execute(
                    "UPDATE delivery SET recipient = ?3, attempts = 0, silent = 0,
                         next_attempt_at = ?4
                     WHERE id = ?1 AND recipient = ?2 AND state = 'waiting'",
                    params![id, from, webhook, millis(now)],
                )
                .map(drop)
                .map_err(doing("handing a post on"))
            })
            .await
    }
}

fn orphan(row: &Row<'_>) -> Result<OrphanedPost, rusqlite::Error> {
    Ok(OrphanedPost {
        delivery_id: row.get("id")?,
        webhook: row.get("recipient")?,
        provider: row.get("provider")?,
        event_id: row.get("event_id")?,
        body: row.get("body")?,
        told: json(row, "told")?,
    })
}
