//! What mails say of a provider besides its events: its key set, and the addresses that it named.

use rusqlite::{OptionalExtension as _, Row};

use super::error::{StoreError, doing};
use super::handle::Store;
use super::row::time;
use crate::wording::mail::{KeySet, NamedAddress};

impl Store {
    /// The key set of a provider, if it is a target and was seen.
    pub fn key_set(&self, provider: &str) -> Result<Option<KeySet>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT target.url, json_array_length(snapshot.canonical, '$.keys') AS keys,
                         snapshot.first_seen_at,
                         tracking.last_poll_at - tracking.seen_before AS seen_at
                     FROM target JOIN tracking ON tracking.target_id = target.id
                     JOIN tracking_detail ON tracking_detail.target_id = target.id
                     JOIN snapshot ON snapshot.id = tracking_detail.snapshot_id
                     WHERE target.provider = ?1 AND target.document = 'jwks'
                         AND target.url IS NOT NULL AND target.retired_at IS NULL",
                )
                .and_then(|mut statement| {
                    let set = |row: &Row<'_>| {
                        let keys: Option<u32> = row.get("keys")?;
                        Ok(KeySet {
                            provider: provider.to_owned(),
                            url: row.get("url")?,
                            keys: keys.unwrap_or_default() as usize,
                            since: time(row, "first_seen_at")?,
                            seen_at: time(row, "seen_at")?,
                        })
                    };
                    statement.query_row([provider], set).optional()
                })
                .map_err(doing("reading a key set"))
        })
    }

    /// The addresses that clients call, as the latest documents of a provider name them: at most 100.
    pub fn named_addresses(&self, provider: &str) -> Result<Vec<NamedAddress>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT each.key AS member, each.value AS url FROM target
                     JOIN tracking_detail ON tracking_detail.target_id = target.id
                     JOIN snapshot ON snapshot.id = tracking_detail.snapshot_id
                     JOIN json_each(snapshot.canonical) AS each
                     WHERE target.provider = ?1 AND target.retired_at IS NULL AND each.type = 'text'
                         AND (each.key GLOB '*_endpoint' OR each.key = 'jwks_uri')
                     ORDER BY each.key LIMIT 100",
                )
                .and_then(|mut statement| {
                    let address = |row: &Row<'_>| {
                        Ok(NamedAddress {
                            member: row.get("member")?,
                            url: row.get("url")?,
                        })
                    };
                    statement.query_map([provider], address)?.collect()
                })
                .map_err(doing("reading what a provider named"))
        })
    }
}
