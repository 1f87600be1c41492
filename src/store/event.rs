//! Appends events to the chain.
//!
//! The number comes from SQLite's own sequence, not from the last row. The sequence is part of the
//! transaction, so a rollback uses up no number; and it does not go back when a row is removed by hand,
//! so the gap stays visible.

use rusqlite::{OptionalExtension as _, params};

use super::error::{StoreError, doing, unwritable};
use super::row::{EventContent, millis, rank};
use super::tx::Tx;
use crate::document::member;
use crate::policy::chain;
use crate::policy::event::{Accepted, EventBody, NewEvent};

/// Numbers, chains and stores an event; returns its number and how many bytes it takes.
pub(super) fn append(
    tx: &Tx<'_>,
    target_id: i64,
    content: &mut EventContent<&NewEvent>,
) -> Result<(i64, usize), StoreError> {
    let failed = doing("storing an event");
    content.event = next(tx).map_err(&failed)?;
    let previous = tx
        .prepare_cached("SELECT hash FROM event ORDER BY id DESC LIMIT 1")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)).optional())
        .map_err(&failed)?
        .unwrap_or_else(|| chain::GENESIS.to_owned());
    let text = content.canonical().map_err(unwritable("an event"))?;
    let body = content.body;
    tx.prepare_cached(
        "INSERT INTO event (id, target_id, at, kind, severity, from_snapshot, to_snapshot, content,
             previous, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .and_then(|mut statement| {
        statement.execute(params![
            content.event,
            target_id,
            millis(body.at),
            body.kind().as_str(),
            body.severity.map(rank),
            content.from_snapshot,
            content.to_snapshot,
            text,
            previous,
            chain::event_hash(&previous, &text),
        ])
    })
    .map_err(&failed)?;
    index(tx, target_id, content).map_err(&failed)?;
    if let EventBody::Accepted(accepted) = &body.body {
        accept(tx, content, accepted).map_err(&failed)?;
    }
    Ok((content.event, text.len()))
}

fn next(tx: &Tx<'_>) -> Result<i64, rusqlite::Error> {
    let last: Option<i64> = tx
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'event'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(last.unwrap_or(0) + 1)
}

/// Stores the columns by which history is filtered.
fn index(
    tx: &Tx<'_>,
    target_id: i64,
    content: &EventContent<&NewEvent>,
) -> Result<(), rusqlite::Error> {
    let body = content.body;
    let changes = body.changes().iter().map(|change| {
        (
            change.subject.as_str(),
            &change.rule,
            change.group,
            change.severity,
        )
    });
    let findings = body.findings().iter().map(|change| {
        let finding = &change.finding;
        let group = member::group(content.document.kind(), finding.subject.as_str());
        (
            finding.subject.as_str(),
            &finding.rule,
            group,
            finding.severity,
        )
    });
    let mut statement = tx.prepare_cached(
        "INSERT OR IGNORE INTO event_change (target_id, member, at, event_id, rule, group_name,
             severity, kind) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (member, rule, group, severity) in changes.chain(findings) {
        statement.execute(params![
            target_id,
            member,
            millis(body.at),
            content.event,
            rule.as_str(),
            group.as_str(),
            rank(severity),
            body.kind().as_str(),
        ])?;
    }
    Ok(())
}

/// Marks an event as accepted; if it was accepted before, the first acceptance stays.
fn accept(
    tx: &Tx<'_>,
    content: &EventContent<&NewEvent>,
    accepted: &Accepted,
) -> Result<(), rusqlite::Error> {
    tx.execute(
        "INSERT OR IGNORE INTO accepted (event_id, accepted_by, at, reason)
         VALUES (?1, ?2, ?3, ?4)",
        params![
            accepted.event,
            content.event,
            millis(content.body.at),
            accepted.reason
        ],
    )?;
    // An event that is expected needs no mail, but a mail that is composed already is still sent.
    tx.execute(
        "DELETE FROM alert WHERE event_id = ?1 AND mail_id IS NULL",
        [accepted.event],
    )?;
    Ok(())
}
