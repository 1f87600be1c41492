//! The weekly mail: its contents, and the record that it was composed.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};

use super::error::{StoreError, doing};
use super::handle::Store;
use super::plan::message_id;
use super::row::{self, millis, time};
use super::tracking::{DETAIL, TRACKING, tracking};
use super::tx::Tx;
use crate::meaning::rule::Rule;
use crate::policy::event::Event;
use crate::policy::mail::{MailContent, MailKind};
use crate::policy::mailed::is_habit_untold;
use crate::wording::mail::brief::Brief;
use crate::wording::mail::weekly::Week;

/// The most events that are read for it; it shows fewer.
const EVENTS: i64 = 100;

const ONE: &str = "SELECT event.content, event.hash, accepted.at AS acknowledged FROM event
     LEFT JOIN accepted ON accepted.event_id = event.id WHERE event.id = ?1";

impl Store {
    /// When the last weekly mail was due, else since when targets are watched; `None` in an empty store.
    /// A future one is ignored: it was made by a clock that has been put right since.
    pub fn weekly_since(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| {
            let millis: Option<i64> = connection
                .query_row(
                    "SELECT coalesce((SELECT max(at) FROM weekly WHERE at <= ?1),
                         (SELECT min(watched_since) FROM target))",
                    [millis(now)],
                    |row| row.get(0),
                )
                .map_err(doing("looking for the weekly mail"))?;
            Ok(millis.and_then(|millis| Timestamp::from_millisecond(millis).ok()))
        })
    }

    /// Composes the weekly mail that was due at `due`, unless another process has done so.
    pub async fn compose_weekly(
        &self,
        due: Timestamp,
        now: Timestamp,
        domain: String,
        recipients: Vec<String>,
        word: impl FnOnce(&Week) -> MailContent + Send + 'static,
    ) -> Result<(), StoreError> {
        self.writer
            .run(move |tx| {
                let failed = doing("composing the weekly mail");
                let Some((week, counters)) = week(tx, due, now).map_err(&failed)? else {
                    return Ok(());
                };
                let content = word(&week);
                let mail = Mail { due, now, counters };
                store(tx, &mail, &content, &domain, &recipients).map_err(failed)
            })
            .await
    }
}

/// How many polls were ever made, and how many of them failed.
type PollCounters = (u64, u64);

struct Mail {
    due: Timestamp,
    now: Timestamp,
    counters: PollCounters,
}

fn week(
    tx: &Tx<'_>,
    due: Timestamp,
    now: Timestamp,
) -> Result<Option<(Week, PollCounters)>, rusqlite::Error> {
    let last: Option<(Timestamp, u64, u64)> = tx
        .prepare(
            "SELECT at, polls, failed_polls FROM weekly WHERE at <= ?1 ORDER BY at DESC LIMIT 1",
        )?
        .query_row([millis(now)], |row| {
            Ok((
                time(row, "at")?,
                count(row, "polls")?,
                count(row, "failed_polls")?,
            ))
        })
        .optional()?;
    if last.is_some_and(|(at, ..)| at >= due) {
        return Ok(None);
    }
    let first_millis: Option<i64> =
        tx.query_row("SELECT min(watched_since) FROM target", [], |row| {
            row.get(0)
        })?;
    let first = first_millis.and_then(|millis| Timestamp::from_millisecond(millis).ok());
    let from = last.map(|(at, ..)| at).or(first).unwrap_or(due);
    let mut week = Week {
        from,
        until: now,
        documents: 0,
        providers: 0,
        polls: 0,
        failed_polls: 0,
        failing: Vec::new(),
        damped: Vec::new(),
        changed: happened(tx, from, "event.kind = 'changed'")?,
        news: happened(tx, from, NEWS)?,
        events: events(tx, from)?,
        collected: collected(tx)?,
        more_collected: 0,
        habits: habits(tx, from)?,
        sent: 0,
        waiting: 0,
        lost: 0,
        head: None,
    };
    let left: u64 = tx.query_row(&format!("SELECT count(*) AS n {LEFT}"), [], |row| {
        count(row, "n")
    })?;
    let shown = u64::try_from(week.collected.len()).unwrap_or(u64::MAX);
    week.more_collected = left.saturating_sub(shown);
    // Events that have lines of their own are not listed twice.
    let told: BTreeSet<i64> = week.habits.iter().map(Brief::id).collect();
    let before = week.events.len();
    week.events.retain(|brief| !told.contains(&brief.id()));
    week.news -= u64::try_from(before - week.events.len()).unwrap_or_default();
    let counters = targets(tx, &mut week)?;
    let (polls, failed) = last.map_or((0, 0), |(_, polls, failed)| (polls, failed));
    week.polls = counters.0.saturating_sub(polls);
    week.failed_polls = counters.1.saturating_sub(failed);
    let counted = |sql: &str| tx.query_row(sql, [], |row| count(row, "n"));
    week.sent = tx.query_row(
        "SELECT count(*) AS n FROM delivery WHERE state = 'sent' AND settled_at > ?1",
        [millis(from)],
        |row| count(row, "n"),
    )?;
    week.waiting = counted("SELECT count(*) AS n FROM delivery WHERE state = 'waiting'")?;
    week.lost =
        counted("SELECT count(*) AS n FROM delivery WHERE state IN ('refused', 'expired')")?;
    week.head = tx
        .query_row(
            "SELECT id, hash FROM event ORDER BY id DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    Ok(Some((week, counters)))
}

fn count(row: &Row<'_>, column: &str) -> Result<u64, rusqlite::Error> {
    let count: i64 = row.get(column)?;
    Ok(u64::try_from(count).unwrap_or_default())
}

fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Excludes first documents, and alerts that are listed as left to this mail.
const NEWS: &str = "event.kind <> 'first-seen' AND NOT EXISTS (SELECT 1 FROM alert
     WHERE alert.event_id = event.id AND alert.mail_id IS NULL AND alert.left_to_weekly)";

/// Selects the events that were left to this mail.
const LEFT: &str = "FROM event WHERE id IN (SELECT event_id FROM alert
     WHERE mail_id IS NULL AND left_to_weekly)";

fn happened(tx: &Tx<'_>, from: Timestamp, what: &str) -> Result<u64, rusqlite::Error> {
    let sql = format!("SELECT count(*) AS n FROM event WHERE event.at > ?1 AND {what}");
    tx.query_row(&sql, [millis(from)], |row| count(row, "n"))
}

/// The gravest, then the newest events as short texts: neither sorting nor the result holds changes.
fn events(tx: &Tx<'_>, from: Timestamp) -> Result<Vec<Brief>, rusqlite::Error> {
    let gravest = format!(
        "SELECT id FROM event WHERE event.at > ?1 AND {NEWS}
         ORDER BY event.severity DESC, event.id DESC LIMIT ?2"
    );
    let ids: Vec<i64> = tx
        .prepare(&gravest)?
        .query_map(params![millis(from), EVENTS], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    briefs(tx, &ids)
}

fn briefs(tx: &Tx<'_>, ids: &[i64]) -> Result<Vec<Brief>, rusqlite::Error> {
    let mut one = tx.prepare(ONE)?;
    let mut brief = |id: &i64| one.query_row([id], |row| Ok(Brief::of(&row::event(row)?)));
    ids.iter().map(&mut brief).collect()
}

/// The gravest, then the newest events that were left to this mail.
fn collected(tx: &Tx<'_>) -> Result<Vec<Brief>, rusqlite::Error> {
    let sql = format!("SELECT id {LEFT} ORDER BY severity DESC, id DESC LIMIT ?1");
    let ids: Vec<i64> = tx
        .prepare(&sql)?
        .query_map([EVENTS], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    briefs(tx, &ids)
}

/// The latest changes that were not mailed because they are habits.
fn habits(tx: &Tx<'_>, from: Timestamp) -> Result<Vec<Brief>, rusqlite::Error> {
    let ids: Vec<i64> = tx
        .prepare(
            "SELECT event_id FROM event_change
             WHERE member = 'keys' AND at > ?1 AND kind = 'changed' AND rule = ?2
             ORDER BY at DESC, event_id DESC LIMIT ?3",
        )?
        .query_map(
            params![millis(from), Rule::JwksDisjoint.id(), EVENTS],
            |row| row.get(0),
        )?
        .collect::<Result<_, _>>()?;
    let mut one = tx.prepare(ONE)?;
    let mut found = Vec::new();
    for id in ids {
        let event: Event = one.query_row([id], row::event)?;
        // Other changes in the same event were mailed, or are listed like any other event.
        if !event.body.alert && event.body.changes().iter().any(is_habit_untold) {
            found.extend(Brief::of_habit(&event));
        }
    }
    Ok(found)
}

fn targets(tx: &Tx<'_>, week: &mut Week) -> Result<PollCounters, rusqlite::Error> {
    let sql = format!(
        "SELECT target.provider, target.document, target.retired_at IS NOT NULL AS is_retired,
             {TRACKING}
         FROM target JOIN tracking ON tracking.target_id = target.id {DETAIL}
         ORDER BY target.provider, target.document"
    );
    let mut providers: BTreeSet<String> = BTreeSet::new();
    let (mut polls, mut failed) = (0, 0);
    let mut statement = tx.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let tracking = tracking(row)?;
        // Targets that are no longer watched are counted too, because they were polled.
        polls += tracking.polls;
        failed += tracking.failed_polls;
        if row.get("is_retired")? {
            continue;
        }
        let provider: String = row.get("provider")?;
        let name = format!("{provider}/{}", row::kind(row)?);
        providers.insert(provider);
        week.documents += 1;
        let state = &tracking.state;
        if let Some(outage) = &state.outage {
            let why = outage.polls.last().map(|poll| poll.failure.detail.clone());
            let failing = (name.clone(), outage.since, why.unwrap_or_default());
            week.failing.push(failing);
        }
        let held = state.penalties.iter().filter(|(_, it)| it.is_suppressed());
        let members: Vec<String> = held.map(|(member, _)| member.to_string()).collect();
        if !members.is_empty() {
            week.damped.push((name, members));
        }
    }
    week.providers = u64::try_from(providers.len()).unwrap_or(u64::MAX);
    Ok((polls, failed))
}

fn store(
    tx: &Tx<'_>,
    mail: &Mail,
    content: &MailContent,
    domain: &str,
    recipients: &[String],
) -> Result<(), rusqlite::Error> {
    let mail_id = tx
        .prepare("INSERT INTO mail (kind, composed_at, due_at) VALUES (?1, ?2, ?3)")?
        .insert(params![
            MailKind::Digest.as_str(),
            millis(mail.now),
            millis(mail.due)
        ])?;
    let text = serde_json::to_string(content)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    for recipient in recipients {
        tx.prepare(
            "INSERT INTO delivery (mail_id, recipient, message_id, next_attempt_at, subject, content)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            mail_id,
            recipient,
            message_id(mail_id, recipient, &[], mail.now, domain),
            millis(mail.now),
            content.subject,
            text
        ])?;
    }
    tx.prepare("UPDATE alert SET mail_id = ?1 WHERE mail_id IS NULL AND left_to_weekly")?
        .execute([mail_id])?;
    tx.prepare("INSERT INTO weekly (mail_id, at, polls, failed_polls) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            mail_id,
            millis(mail.due),
            stored(mail.counters.0),
            stored(mail.counters.1)
        ])?;
    Ok(())
}
