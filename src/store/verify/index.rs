//! Verifies the search index beside the events: it must agree with them.

use std::collections::BTreeSet;

use rusqlite::{CachedStatement, Connection, Error, OptionalExtension as _, Row, params};

use super::broken::{BrokenRow, broken};
use crate::store::row::{StoredContent, millis, rank};

/// The first index row that has no event or is missing. The events were verified before.
pub(super) fn broken_index(connection: &Connection) -> Result<Option<BrokenRow>, Error> {
    let found = accepted(connection)?;
    if found.is_some() {
        return Ok(found);
    }
    changes(connection)
}

/// Checks that each acceptance has an event that says so; the first acceptance counts.
fn accepted(connection: &Connection) -> Result<Option<BrokenRow>, Error> {
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

/// Checks that exactly the changes and findings of the events are in the index.
fn changes(connection: &Connection) -> Result<Option<BrokenRow>, Error> {
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

/// How many index entries an event has, if all of them exist.
fn indexed(
    row: &Row<'_>,
    entry: &mut CachedStatement<'_>,
) -> Result<Result<i64, &'static str>, Error> {
    let (id, target): (i64, i64) = (row.get("id")?, row.get("target_id")?);
    let text = row.get_ref("content")?.as_str()?;
    // Whoever verified the events has parsed this before.
    let Ok(read) = serde_json::from_str::<StoredContent<'_>>(text) else {
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
    // Their group comes from the table of members, which may differ in another version.
    let findings = event.findings().iter().map(|moved| {
        let it = &moved.finding;
        (it.subject.as_str(), it.rule.as_str(), it.severity, None)
    });
    let mut seen = BTreeSet::new();
    for (member, rule, severity, group) in changes.chain(findings) {
        // If several have one name and rule, only the first is in the index.
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
