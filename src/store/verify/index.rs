//! What was written beside the events, so that they are found and shown: it must say what they say.

use std::collections::BTreeSet;

use rusqlite::{CachedStatement, Connection, Error, OptionalExtension as _, Row, params};

use super::broken::{Broken, broken};
use crate::store::row::{Read, millis, rank};

/// The first row of it that no event holds, or that is missing. The events themselves hold.
pub(super) fn broken_index(connection: &Connection) -> Result<Option<Broken>, Error> {
    let found = accepted(connection)?;
    if found.is_some() {
        return Ok(found);
    }
    changes(connection)
}

/// What was said to be expected stands in an event; the first word counts.
fn accepted(connection: &Connection) -> Result<Option<Broken>, Error> {
    let first = |sql: &str, what: &'static str| {
        let id = connection
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .optional()?;
        Ok::<_, Error>(id.map(|id| broken("accepted", id, what)))
    };
    let other = first(
        "SELECT accepted.event_id FROM accepted LEFT JOIN event ON event.id = accepted.accepted_by
         WHERE event.kind IS NOT 'accepted' OR event.at IS NOT accepted.at
             OR json_extract(event.content, '$.circumstance.answers') IS NOT accepted.event_id
             OR json_extract(event.content, '$.circumstance.reason') IS NOT accepted.reason
         ORDER BY accepted.event_id LIMIT 1",
        "it is not what the event says that accepted it",
    )?;
    if other.is_some() {
        return Ok(other);
    }
    first(
        "SELECT json_extract(event.content, '$.circumstance.answers') AS answers FROM event
         WHERE event.kind = 'accepted' AND answers NOT IN (SELECT event_id FROM accepted)
         ORDER BY event.id LIMIT 1",
        "it was removed",
    )
}

/// Each change and finding of an event stands in the index, and nothing else does.
fn changes(connection: &Connection) -> Result<Option<Broken>, Error> {
    let mut statement = connection.prepare(
        "SELECT id, target_id, content FROM event
         WHERE kind NOT IN ('first-seen', 'recovered', 'accepted') ORDER BY id",
    )?;
    let mut entry = connection.prepare_cached(
        "SELECT severity, kind, group_name FROM event_change
         WHERE target_id = ?1 AND member = ?2 AND at = ?3 AND event_id = ?4 AND rule = ?5",
    )?;
    let (mut rows, mut count) = (statement.query([])?, 0_i64);
    while let Some(row) = rows.next()? {
        match indexed(row, &mut entry)? {
            Ok(own) => count += own,
            Err(what) => return Ok(Some(broken("event", row.get("id")?, what))),
        }
    }
    let all: i64 =
        connection.query_row("SELECT count(*) FROM event_change", [], |row| row.get(0))?;
    let surplus = "the index has entries that no event has";
    Ok((all != count).then(|| broken("event_change", 0, surplus)))
}

/// How many entries an event has, all of which are there.
fn indexed(
    row: &Row<'_>,
    entry: &mut CachedStatement<'_>,
) -> Result<Result<i64, &'static str>, Error> {
    let (id, target): (i64, i64) = (row.get("id")?, row.get("target_id")?);
    let text = row.get_ref("content")?.as_str()?;
    // It was read before, by whoever verified the events.
    let Ok(read) = serde_json::from_str::<Read<'_>>(text) else {
        return Ok(Err("its content cannot be read"));
    };
    let (at, kind) = (millis(read.at), read.kind);
    let Ok(event) = read.body() else {
        return Ok(Err("its content is no event"));
    };
    let changes = event.changes().iter().map(|it| {
        let group = Some(it.group.as_str());
        (it.subject.as_str(), it.rule.as_str(), it.severity, group)
    });
    // Their group is that of the table of members, which another version may have had otherwise.
    let findings = event.findings().iter().map(|moved| {
        let it = &moved.finding;
        (it.subject.as_str(), it.rule.as_str(), it.severity, None)
    });
    let mut seen = BTreeSet::new();
    for (member, rule, severity, group) in changes.chain(findings) {
        // Of several with one name and rule, the first stands in the index.
        if !seen.insert((member, rule)) {
            continue;
        }
        let is_so = entry
            .query_row(params![target, member, at, id, rule], |row| {
                let in_group: String = row.get(2)?;
                Ok(row.get::<_, i64>(0)? == rank(severity)
                    && row.get_ref(1)?.as_str()? == kind.as_str()
                    && group.is_none_or(|group| group == in_group))
            })
            .optional()?;
        if is_so != Some(true) {
            return Ok(Err("it is not found by what it says"));
        }
    }
    Ok(Ok(i64::try_from(seen.len()).unwrap_or(i64::MAX)))
}
