//! What mails say besides their events: the key set of a provider, the addresses that it named, and how much else
//! there is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, ToSql, params};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use super::document::{self, CANONICAL};
use super::error::{StoreError, doing};
use super::handle::Store;
use super::row::{kind, millis, rank, time};
use crate::document::kind::Kind;
use crate::document::name::DocumentName;
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::policy::event::Event;
use crate::wording::mail::{Background, KeySet, NamedAddress};

/// What is read of a key set.
#[derive(Deserialize)]
struct Keys {
    #[serde(default)]
    keys: Vec<IgnoredAny>,
}

/// The most addresses of a provider.
const ADDRESSES: usize = 100;

const WATCHED: &str = "SELECT count(DISTINCT provider) FROM target WHERE retired_at IS NULL";
/// The mails of breaking news to a recipient since a time.
const GRAVER: &str = "SELECT count(*) FROM mail CROSS JOIN delivery ON delivery.mail_id = mail.id
     WHERE mail.composed_at >= ?2 AND mail.severity >= ?3 AND delivery.recipient = ?1";

impl Store {
    /// What a mail of many pieces of news, the first of which was seen at this time, says beside them.
    pub fn beside_many(&self, since: Timestamp, recipient: &str) -> Result<Background, StoreError> {
        let number = |sql: &str, params: &[&dyn ToSql]| -> Result<u64, StoreError> {
            let number: i64 = self.read(|connection| {
                connection
                    .prepare_cached(sql)
                    .and_then(|mut statement| statement.query_row(params, |row| row.get(0)))
                    .map_err(doing("counting providers and mails"))
            })?;
            Ok(u64::try_from(number).unwrap_or(0))
        };
        Ok(Background {
            watched: number(WATCHED, &[])?,
            graver_mails: number(
                GRAVER,
                &[&recipient, &millis(since), &rank(Severity::Breaking)],
            )?,
            ..Background::default()
        })
    }

    /// The key set that belongs to a document of a provider, if it is a target and was seen.
    pub fn key_set(
        &self,
        provider: &str,
        document: &DocumentName,
    ) -> Result<Option<KeySet>, StoreError> {
        let keys = document.of_same_issuer(Kind::JWKS);
        let sql = format!(
            "SELECT target.id, target.url, {CANONICAL}, snapshot.first_seen_at FROM target
             JOIN tracking_detail ON tracking_detail.target_id = target.id
             JOIN snapshot ON snapshot.id = tracking_detail.snapshot_id
             WHERE target.provider = ?1 AND target.document = ?2
                 AND target.url IS NOT NULL AND target.retired_at IS NULL"
        );
        let set = |row: &Row<'_>| {
            let read: Option<Keys> = serde_json::from_str(&document::canonical(row)?).ok();
            let since = time(row, "first_seen_at")?;
            let set = KeySet {
                provider: provider.to_owned(),
                document: keys.clone(),
                url: row.get("url")?,
                keys: read.map_or(0, |set| set.keys.len()),
                since,
                seen_at: since,
            };
            Ok((row.get("id")?, set))
        };
        let found = self.read(|connection| {
            connection
                .prepare_cached(&sql)
                .and_then(|mut statement| {
                    statement
                        .query_row([provider, keys.as_str()], set)
                        .optional()
                })
                .map_err(doing("reading a key set"))
        })?;
        let Some((target_id, mut set)) = found else {
            return Ok(None);
        };
        // It may have been seen again just now, which is not stored yet.
        if let Some(baseline) = self.tracking(target_id)?.baseline {
            set.seen_at = baseline.last_seen_at;
        }
        Ok(Some(set))
    }

    /// The values never seen before that these events brought and that are there now, by event.
    pub fn present(&self, events: &[Event]) -> Result<Vec<(i64, Vec<Value>)>, StoreError> {
        let sql = format!(
            "SELECT {CANONICAL} FROM target
             JOIN tracking_detail ON tracking_detail.target_id = target.id
             JOIN snapshot ON snapshot.id = tracking_detail.snapshot_id
             WHERE target.provider = ?1 AND target.document = ?2 AND target.retired_at IS NULL"
        );
        // A summary may tell of thousands of events: each document is unpacked once for all of its own.
        let mut of_documents: BTreeMap<(&str, &DocumentName), Vec<&Event>> = BTreeMap::new();
        for event in events {
            let own = of_documents.entry((&event.provider, &event.document));
            own.or_default().push(event);
        }
        let mut present = BTreeMap::new();
        for ((provider, document), own) in of_documents {
            let values = |row: &Row<'_>| {
                let canonical = document::canonical(row)?;
                let members = members(&canonical);
                let of_each = own
                    .iter()
                    .map(|event| (event.id, present_in(&members, event.body.changes())));
                Ok(of_each.collect::<Vec<_>>())
            };
            let found = self.read(|connection| {
                connection
                    .prepare_cached(&sql)
                    .and_then(|mut statement| {
                        let whose = params![provider, document.as_str()];
                        statement.query_row(whose, values).optional()
                    })
                    .map_err(doing("reading what is there now"))
            })?;
            present.extend(found.into_iter().flatten());
        }
        let of_event = |event: &Event| (event.id, present.remove(&event.id).unwrap_or_default());
        Ok(events.iter().map(of_event).collect())
    }

    /// The addresses that clients call, as the latest documents of a provider name them: at most 100. Of a
    /// resource those of one server (`issuer`), or of what is its own.
    pub fn named_addresses(
        &self,
        provider: &str,
        issuer: Option<&str>,
    ) -> Result<Vec<NamedAddress>, StoreError> {
        let sql = format!(
            "SELECT target.document, {CANONICAL} FROM target
             JOIN tracking_detail ON tracking_detail.target_id = target.id
             JOIN snapshot ON snapshot.id = tracking_detail.snapshot_id
             WHERE target.provider = ?1 AND target.retired_at IS NULL ORDER BY target.id"
        );
        let named: Vec<Vec<NamedAddress>> = self.read(|connection| {
            connection
                .prepare_cached(&sql)
                .and_then(|mut statement| {
                    let addresses = |row: &Row<'_>| {
                        if kind(row)?.issuer() != issuer {
                            return Ok(Vec::new());
                        }
                        Ok(addresses(&document::canonical(row)?))
                    };
                    statement.query_map([provider], addresses)?.collect()
                })
                .map_err(doing("reading what a provider named"))
        })?;
        let mut all = named.concat();
        all.sort_by(|one, other| one.member.cmp(&other.member));
        all.truncate(ADDRESSES);
        Ok(all)
    }
}

/// The members of a document, each as its text.
type Members<'a> = BTreeMap<String, &'a RawValue>;

fn members(canonical: &str) -> Members<'_> {
    serde_json::from_str(canonical).unwrap_or_default()
}

/// The values of these changes that a document has.
fn present_in(members: &Members<'_>, changes: &[Change]) -> Vec<Value> {
    let mut present = Vec::new();
    for change in changes.iter().filter(|change| !change.unseen.is_empty()) {
        let raw = members.get(change.subject.as_str());
        let now: Option<Value> = raw.and_then(|raw| serde_json::from_str(raw.get()).ok());
        let has = |value: &&Value| match &now {
            Some(Value::Array(all)) => all.contains(value),
            Some(one) => one == *value,
            None => false,
        };
        present.extend(change.unseen.iter().filter(has).cloned());
    }
    present
}

/// The addresses that a document names.
fn addresses(canonical: &str) -> Vec<NamedAddress> {
    let is_address = |name: &str| name.ends_with("_endpoint") || name == "jwks_uri";
    members(canonical)
        .into_iter()
        .filter(|(member, _)| is_address(member))
        .filter_map(|(member, value)| {
            let url = serde_json::from_str(value.get()).ok()?;
            Some(NamedAddress { member, url })
        })
        .collect()
}
