//! Earlier events of the targets that a mail is about, as far as they matter for the mail.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::Value;

use super::earlier_mail::{self, ToldLoss};
use super::error::{StoreError, doing};
use super::handle::Store;
use super::past_change::{PastChange, PastChanges};
use super::row::{kind, millis, rank, time};
use crate::document::name::DocumentName;
use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::meaning::rule::Rule;
use crate::policy::event::{Changed, Event, EventBody, EventKind, FailedPolls};
use crate::wording::mail::{
    Background, Counted, DocumentState, EarlierMail, KnownValues, LastChange, ReturnedValue,
    SeenBetween,
};

/// The most events of a kind that are read, the latest ones.
const READ: usize = 20;
/// The most values that are read of all these events together.
const VALUES: usize = 5000;
/// Most documents of a provider that are told of.
const DOCUMENTS: i64 = 20;
/// The most members of an event that are looked up.
const MEMBERS: usize = 5;

const BACK: &str = "SELECT at FROM event WHERE target_id = ?1 AND kind = 'recovered' AND at < ?2
     ORDER BY at DESC LIMIT ?3";
const BACK_IN_ALL: &str =
    "SELECT count(*) FROM event WHERE target_id = ?1 AND kind = 'recovered' AND at < ?2";
const REPLACED: &str =
    "SELECT event_change.at AS at, event.content ->> '$.circumstance.last_good_at' AS good,
         event.content ->> '$.circumstance.is_after_gap' AS is_after_gap
     FROM event_change CROSS JOIN event ON event.id = event_change.event_id
     WHERE event_change.target_id = ?1 AND event_change.member = 'keys' AND event_change.at < ?2
     AND event_change.rule = 'jwks-disjoint' AND event_change.kind = 'changed'
     ORDER BY event_change.at DESC LIMIT ?3";
const REPLACED_IN_ALL: &str =
    "SELECT count(*) FROM event_change WHERE target_id = ?1 AND member = 'keys' AND at < ?2
     AND rule = 'jwks-disjoint' AND kind = 'changed'";
/// The last change of a member.
const TOUCHED: &str = "SELECT event_change.at AS at, event.id AS event,
         event_change.severity >= ?4 AS is_breaking, event.content
     FROM event_change CROSS JOIN event ON event.id = event_change.event_id
     WHERE event_change.target_id = ?1 AND event_change.member = ?2 AND event_change.at < ?3
     AND event_change.kind = 'changed' ORDER BY event_change.at DESC LIMIT 1";
/// The latest changes of a member.
const EARLIER: &str =
    "SELECT DISTINCT event_id FROM event_change WHERE target_id = ?1 AND member = ?2
     AND at < ?3 AND kind = 'changed' ORDER BY at DESC LIMIT ?4";

impl Store {
    /// What happened earlier to the target of an event, and which mails told this recipient of it.
    pub fn background(&self, event: &Event, recipient: &str) -> Result<Background, StoreError> {
        let mut found = self.read(|connection| {
            background(connection, event, recipient).map_err(doing("reading what happened before"))
        })?;
        if matches!(event.body.kind(), EventKind::Failing | EventKind::Recovered) {
            found.documents = self.states_of_documents(&event.provider)?;
        }
        Ok(found)
    }

    /// What the last poll of each document of a provider brought.
    fn states_of_documents(&self, provider: &str) -> Result<Vec<DocumentState>, StoreError> {
        let targets: Vec<(i64, DocumentName)> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT id, document FROM target
                     WHERE provider = ?1 AND retired_at IS NULL ORDER BY id LIMIT ?2",
                )
                .and_then(|mut statement| {
                    let target = |row: &Row<'_>| Ok((row.get("id")?, kind(row)?));
                    statement
                        .query_map(params![provider, DOCUMENTS], target)?
                        .collect()
                })
                .map_err(doing("reading the documents of a provider"))
        })?;
        let states = targets.into_iter().map(|(id, document)| {
            let tracking = self.tracking(id)?;
            Ok(DocumentState {
                document,
                polled_at: tracking.last_poll_at,
                read_at: tracking.last_good_at,
                failed: tracking.state.outage.as_ref().map(|outage| FailedPolls {
                    since: outage.since,
                    count: outage.failures,
                    latest: outage.polls.clone(),
                }),
            })
        });
        states.collect()
    }

    /// Whether an earlier event is about any of the members that this one is about.
    pub fn tells_of_same(&self, earlier: i64, event: &Event) -> Result<bool, StoreError> {
        self.read(|connection| {
            let members: Vec<String> = connection
                .prepare_cached(
                    "SELECT told.value ->> '$.member' AS member FROM event
                     CROSS JOIN json_each(event.content, '$.changes') AS told WHERE event.id = ?1
                     UNION ALL SELECT told.value ->> '$.member' FROM event
                     CROSS JOIN json_each(event.content, '$.findings') AS told WHERE event.id = ?1",
                )
                .and_then(|mut statement| {
                    let member = |row: &Row<'_>| row.get("member");
                    statement.query_map([earlier], member)?.collect()
                })
                .map_err(doing("reading an earlier event"))?;
            let changes = event.body.changes().iter().map(|it| &it.subject);
            let findings = event.body.findings().iter().map(|it| &it.finding.subject);
            let mut own = changes.chain(findings);
            let is_told = own.any(|own| members.iter().any(|it| own.as_str() == it));
            Ok(members.is_empty() || is_told)
        })
    }
}

fn limit(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A value that an earlier event took away.
struct GoneValue {
    value: Value,
    at: Timestamp,
    /// The event.
    event: i64,
    was_breaking: bool,
}

/// The values of a set that an event took away.
fn gone_values(row: &Row<'_>, event: i64, member: &str) -> Result<Vec<GoneValue>, rusqlite::Error> {
    let (past, at) = (PastChanges::of(row)?, time(row, "at")?);
    let values = past.of_member(member).flat_map(|change| {
        let was_breaking = change.is_breaking() && !change.damped && past.alert;
        let removed = change.removed_texts().into_iter();
        removed.map(move |value| GoneValue {
            value,
            at,
            event,
            was_breaking,
        })
    });
    Ok(values.collect())
}

/// Looks up what happened before to one target.
struct Past<'a> {
    connection: &'a Connection,
    target: i64,
    event: &'a Event,
    recipient: &'a str,
}

fn seen_between(row: &Row<'_>) -> Result<SeenBetween, rusqlite::Error> {
    let is_after_gap: Option<bool> = row.get("is_after_gap")?;
    let good: Option<String> = row.get("good")?;
    Ok(SeenBetween {
        at: time(row, "at")?,
        after: good
            .filter(|_| is_after_gap == Some(true))
            .and_then(|good| good.parse().ok()),
    })
}

fn background(
    connection: &Connection,
    event: &Event,
    recipient: &str,
) -> Result<Background, rusqlite::Error> {
    let target: Option<i64> = connection
        .prepare_cached("SELECT id FROM target WHERE provider = ?1 AND document = ?2")?
        .query_row(params![event.provider, event.document.as_str()], |row| {
            row.get(0)
        })
        .optional()?;
    let Some(target) = target else {
        return Ok(Background::default());
    };
    let past = Past {
        connection,
        target,
        event,
        recipient,
    };
    match event.body.kind() {
        EventKind::Failing | EventKind::Recovered => past.of_outage(),
        EventKind::Changed => past.of_change(),
        _ => Ok(Background::default()),
    }
}

impl Past<'_> {
    /// The latest rows before the event, and how many there are.
    fn counted<T>(
        &self,
        latest: &str,
        in_all: &str,
        row: impl FnMut(&Row<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<Counted<T>, rusqlite::Error> {
        let before = millis(self.event.body.at);
        let read: Vec<T> = self
            .connection
            .prepare_cached(latest)?
            .query_map(params![self.target, before, limit(READ)], row)?
            .collect::<Result<_, _>>()?;
        // What was not cut is all there is.
        if read.len() < READ {
            return Ok(Counted::new(read, 0));
        }
        let total: i64 = self
            .connection
            .prepare_cached(in_all)?
            .query_row(params![self.target, before], |row| row.get(0))?;
        Ok(Counted::new(read, u64::try_from(total).unwrap_or(0)))
    }

    fn of_outage(&self) -> Result<Background, rusqlite::Error> {
        Ok(Background {
            first_document_at: self.first_document_at()?,
            ended_outages: self.counted(BACK, BACK_IN_ALL, |row| time(row, "at"))?,
            ..Background::default()
        })
    }

    fn first_document_at(&self) -> Result<Option<Timestamp>, rusqlite::Error> {
        self.connection
            .prepare_cached(
                "SELECT first_seen_at FROM snapshot WHERE target_id = ?1
                 ORDER BY first_seen_at LIMIT 1",
            )?
            .query_row([self.target], |row| time(row, "first_seen_at"))
            .optional()
    }

    fn of_change(&self) -> Result<Background, rusqlite::Error> {
        let mut background = Background::default();
        if let EventBody::Changed(Changed {
            held_under: Some(damped),
            ..
        }) = &self.event.body.body
        {
            background.damped_at = self
                .connection
                .prepare_cached("SELECT at FROM event WHERE id = ?1")?
                .query_row([damped], |row| time(row, "at"))
                .optional()?;
        }
        let mut changes = self.event.body.changes().iter();
        if changes.any(|change| change.rule == Rule::JwksDisjoint) {
            background.first_document_at = self.first_document_at()?;
            background.replaced_keys = self.counted(REPLACED, REPLACED_IN_ALL, seen_between)?;
        }
        for change in self.event.body.changes().iter().take(MEMBERS) {
            background.touched.extend(self.touched(change)?);
            if change.damped && !change.unseen.is_empty() {
                let later = self.gone(change.subject.as_str(), i64::MAX)?.0.into_iter();
                let since = later.filter(|gone| gone.at > self.event.body.at);
                background
                    .went
                    .extend(since.map(|gone| (gone.value, gone.at)));
            }
            // What is no set has no values that went one by one.
            let is_of_set = !change.removed.is_empty() || !change.added.is_empty();
            if change.group != Group::Keys && is_of_set {
                self.values(change, &mut background)?;
            }
        }
        Ok(background)
    }

    /// The previous change of a member.
    fn touched(&self, change: &Change) -> Result<Option<LastChange>, rusqlite::Error> {
        let member = change.subject.as_str();
        let before = millis(self.event.body.at);
        let row = |row: &Row<'_>| {
            let past = PastChanges::of(row)?;
            let loss = past.of_member(member).find(|it| it.is_loss());
            let last = LastChange {
                member: member.to_owned(),
                at: time(row, "at")?,
                gone: loss.and_then(PastChange::before),
                told_in: None,
            };
            // Whether it was told at once as breaking.
            let was_breaking = row.get("is_breaking")?
                && past.alert
                && !past.of_member(member).any(|it| it.damped);
            Ok((last, row.get("event")?, was_breaking))
        };
        let found: Option<(LastChange, i64, bool)> = self
            .connection
            .prepare_cached(TOUCHED)?
            .query_row(
                params![self.target, member, before, rank(Severity::Breaking)],
                row,
            )
            .optional()?;
        let Some((mut last, event, was_breaking)) = found else {
            return Ok(None);
        };
        if was_breaking {
            last.told_in = self.told_in(event, member)?;
        }
        Ok(Some(last))
    }

    /// What was taken away before of what a set gained, or lost again.
    fn values(&self, change: &Change, found: &mut Background) -> Result<(), rusqlite::Error> {
        let member = change.subject.as_str();
        let (gone, is_whole) = self.gone(member, millis(self.event.body.at))?;
        // The last time counts.
        let last = |value: &Value| gone.iter().find(|it| it.value == *value);
        let removed: Option<Vec<&GoneValue>> = change.removed.iter().map(last).collect();
        let last_gone = removed.into_iter().flatten().map(|it| it.at).max();
        let before = last_gone.map(|at| (member.to_owned(), at));
        found.gone_before.extend(before);
        if change.added.is_empty() {
            return Ok(());
        }
        let mut mails: BTreeMap<i64, Option<EarlierMail>> = BTreeMap::new();
        let mut known = Vec::new();
        for gone in change.added.iter().filter_map(last) {
            if gone.was_breaking && !mails.contains_key(&gone.event) {
                mails.insert(gone.event, self.told_in(gone.event, member)?);
            }
            let mail = mails.get(&gone.event).filter(|_| gone.was_breaking);
            known.push(ReturnedValue {
                value: gone.value.clone(),
                gone_at: gone.at,
                told_in: mail.cloned().flatten(),
            });
        }
        let known = KnownValues::new(member.to_owned(), known, is_whole);
        found.known_values.push(known);
        Ok(())
    }

    /// The values of a set that its latest changes before a time took away, the latest first, and whether these
    /// are all its changes.
    fn gone(&self, member: &str, before: i64) -> Result<(Vec<GoneValue>, bool), rusqlite::Error> {
        let events: Vec<i64> = self
            .connection
            .prepare_cached(EARLIER)?
            .query_map(
                params![self.target, member, before, limit(READ + 1)],
                |row| row.get(0),
            )?
            .collect::<Result<_, _>>()?;
        let mut is_whole = events.len() <= READ;
        let mut gone: Vec<GoneValue> = Vec::new();
        let mut statement = self
            .connection
            .prepare_cached("SELECT at, content FROM event WHERE id = ?1")?;
        for event in events.into_iter().take(READ) {
            let room = VALUES.saturating_sub(gone.len());
            let row = |row: &Row<'_>| gone_values(row, event, member);
            let values = statement.query_row([event], row)?;
            is_whole &= values.len() <= room;
            gone.extend(values.into_iter().take(room));
        }
        Ok((gone, is_whole))
    }

    /// The mail that told the recipient of an event, and where what it told of a member still holds.
    fn told_in(&self, event: i64, member: &str) -> Result<Option<EarlierMail>, rusqlite::Error> {
        let of = ToldLoss {
            event,
            member,
            provider: &self.event.provider,
        };
        earlier_mail::of_loss(self.connection, &of, self.recipient)
    }
}
