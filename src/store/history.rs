//! Turns a filter of events into SQL that walks one index in order.
//!
//! A store may hold a million events, and a full scan would take too long. So each search is a union of
//! branches, each of which follows one index from its newest end and stops at the limit. The index is
//! named (`INDEXED BY`), because SQLite without statistics guesses, and a wrong guess shows only in a big
//! store. Newest means by time of observation, then by number: a replayed recording is older than what
//! was recorded before it.

use jiff::Timestamp;
use rusqlite::types::Value as Sql;

use super::error::StoreError;
use super::reader::Reader;
use super::row::{ACCEPTED, EVENT, millis, rank};
use crate::document::severity::{Group, Severity};
use crate::policy::event::EventKind;

/// A filter of events; fields that are empty or `None` do not filter. `member`, `group` and `severity`
/// are compared with each change: the event must have one change that meets all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Names of providers, or `provider/document`; `*` stands for any characters.
    pub providers: Vec<String>,
    /// Only events observed at or after this time.
    pub since: Option<Timestamp>,
    /// Only events observed before this time.
    pub until: Option<Timestamp>,
    /// Only events with a change of this member or a finding about it.
    pub member: Option<String>,
    /// Only events with a change or a finding about a member of this group.
    pub group: Option<Group>,
    /// Only events of at least this severity.
    pub severity: Option<Severity>,
    /// Only events of this kind.
    pub kind: Option<EventKind>,
    /// The most events to return; `None` returns all.
    pub limit: Option<u64>,
    /// Return the oldest events first instead of the newest.
    pub oldest_first: bool,
}

impl Reader {
    /// The names of the members that events are about.
    pub fn members(&self) -> Result<Vec<String>, StoreError> {
        // Reads one index entry for each member instead of one for each change.
        self.all(
            "WITH RECURSIVE found (member) AS (
                 SELECT min(member) FROM event_change
                 UNION ALL
                 SELECT (SELECT min(member) FROM event_change WHERE member > found.member)
                 FROM found WHERE member IS NOT NULL LIMIT 5000)
             SELECT member FROM found WHERE member IS NOT NULL",
            [],
            |row| row.get(0),
            "reading the members of the history",
        )
    }
}

/// The most targets that get a branch of their own; with more, the whole history is searched.
const BRANCHES: usize = 64;

/// One branch of a search: rows `(at, id)` in order.
struct Branch {
    head: &'static str,
    id: &'static str,
    conditions: Vec<String>,
    values: Vec<Sql>,
}

impl Branch {
    fn new(head: &'static str, id: &'static str) -> Self {
        let (conditions, values) = (Vec::new(), Vec::new());
        Self {
            head,
            id,
            conditions,
            values,
        }
    }

    fn sql(&self) -> String {
        let (head, condition) = (self.head, self.conditions.join(" AND "));
        let clause = if condition.is_empty() { "" } else { " WHERE " };
        format!("{head}{clause}{condition}")
    }

    fn and(&mut self, condition: &str, value: impl Into<Sql>) {
        self.conditions.push(condition.to_owned());
        self.values.push(value.into());
    }

    fn and_targets(&mut self, targets: &[i64]) {
        // The ids are written out, because a pattern may match more targets than SQLite takes parameters.
        let ids = targets
            .iter()
            .map(i64::to_string)
            .collect::<Vec<String>>()
            .join(", ");
        self.conditions.push(format!("target_id IN ({ids})"));
    }
}

/// A search, ready to be run.
pub(super) struct Search {
    pub(super) sql: String,
    pub(super) values: Vec<Sql>,
}

/// The search for the events themselves. `targets` are those of the filter's providers.
pub(super) fn events(filter: &EventFilter, targets: &[i64]) -> Search {
    let order = if filter.oldest_first { "ASC" } else { "DESC" };
    let limit = filter
        .limit
        .map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
    let mut search = union(filter, targets, |branch| {
        format!(" ORDER BY at {order}, {} {order} LIMIT {limit}", branch.id)
    });
    // CROSS JOIN makes SQLite read this table first.
    search.sql = format!(
        "SELECT {EVENT} FROM (SELECT at, id FROM ({}) ORDER BY at {order}, id {order}
         LIMIT {limit}) AS found CROSS JOIN event ON event.id = found.id {ACCEPTED}
         ORDER BY found.at {order}, found.id {order}",
        search.sql
    );
    search
}

/// The search for the number of events, without the limit.
pub(super) fn count(filter: &EventFilter, targets: &[i64]) -> Search {
    let mut search = union(filter, targets, |_| String::new());
    search.sql = format!("SELECT count(*) FROM ({})", search.sql);
    search
}

fn union(filter: &EventFilter, targets: &[i64], tail: impl Fn(&Branch) -> String) -> Search {
    let mut values = Vec::new();
    let parts: Vec<String> = branches(filter, targets)
        .into_iter()
        .map(|branch| {
            let part = format!("SELECT at, id FROM ({}{})", branch.sql(), tail(&branch));
            values.extend(branch.values);
            part
        })
        .collect();
    Search {
        sql: parts.join(" UNION ALL "),
        values,
    }
}

const BY_TIME: &str = "SELECT at, id FROM event INDEXED BY event_by_time";
const BY_TARGET: &str = "SELECT at, id FROM event INDEXED BY event_of_target";
const BY_SEVERITY: &str = "SELECT at, id FROM event INDEXED BY event_by_severity";
const BY_KIND: &str = "SELECT at, id FROM event INDEXED BY event_by_kind";
// DISTINCT, because an event may have several such changes, which are adjacent in the index.
const BY_TARGET_AND_MEMBER: &str = "SELECT DISTINCT at, event_id AS id FROM event_change";
const BY_MEMBER: &str =
    "SELECT DISTINCT at, event_id AS id FROM event_change INDEXED BY event_change_by_member";
const BY_GROUP: &str =
    "SELECT DISTINCT at, event_id AS id FROM event_change INDEXED BY event_change_by_group";

fn branches(filter: &EventFilter, targets: &[i64]) -> Vec<Branch> {
    let is_about_changes = filter.member.is_some() || filter.group.is_some();
    let mut branches: Vec<Branch> = if (1..=BRANCHES).contains(&targets.len()) {
        let head = if filter.member.is_some() {
            (BY_TARGET_AND_MEMBER, "event_id")
        } else {
            (BY_TARGET, "id")
        };
        let of_target = |target: &i64| {
            let mut branch = Branch::new(head.0, head.1);
            branch.and("target_id = ?", *target);
            branch
        };
        targets.iter().map(of_target).collect()
    } else {
        let mut branches = of_all(filter, is_about_changes);
        for branch in branches.iter_mut().filter(|_| !targets.is_empty()) {
            branch.and_targets(targets);
        }
        branches
    };
    for branch in &mut branches {
        narrow(branch, filter);
    }
    branches
}

/// The branches of a search without a filter of providers.
fn of_all(filter: &EventFilter, is_about_changes: bool) -> Vec<Branch> {
    match (filter.severity, filter.kind) {
        _ if filter.member.is_some() => vec![Branch::new(BY_MEMBER, "event_id")],
        _ if is_about_changes => vec![Branch::new(BY_GROUP, "event_id")],
        (Some(least), _) => Severity::ALL
            .into_iter()
            .filter(|severity| *severity >= least)
            .map(|severity| {
                let mut branch = Branch::new(BY_SEVERITY, "id");
                branch.and("severity = ?", rank(severity));
                branch
            })
            .collect(),
        (None, Some(_)) => vec![Branch::new(BY_KIND, "id")],
        (None, None) => vec![Branch::new(BY_TIME, "id")],
    }
}

fn narrow(branch: &mut Branch, filter: &EventFilter) {
    if let Some(since) = filter.since {
        branch.and("at >= ?", millis(since));
    }
    if let Some(until) = filter.until {
        branch.and("at < ?", millis(until));
    }
    let is_change = branch.id == "event_id";
    if is_change {
        if let Some(member) = &filter.member {
            branch.and("member = ?", member.clone());
        }
        if let Some(group) = filter.group {
            branch.and("group_name = ?", group.as_str().to_owned());
        }
        if let Some(severity) = filter.severity {
            branch.and("severity >= ?", rank(severity));
        }
        if let Some(kind) = filter.kind {
            branch.and("kind = ?", kind.as_str().to_owned());
        }
        return;
    }
    if let Some(kind) = filter.kind {
        branch.and("kind = ?", kind.as_str().to_owned());
    }
    match (filter.group, filter.severity) {
        (Some(group), severity) => {
            let exists = "EXISTS (SELECT 1 FROM event_change INDEXED BY event_change_by_group
                 WHERE group_name = ? AND event_change.at = event.at
                     AND event_change.event_id = event.id AND event_change.severity >= ?)";
            branch.and(exists, group.as_str().to_owned());
            branch
                .values
                .push(rank(severity.unwrap_or(Severity::Info)).into());
        }
        (None, Some(severity)) if branch.head != BY_SEVERITY => {
            branch.and("severity >= ?", rank(severity));
        }
        (None, _) => {}
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::params_from_iter;

    use super::*;

    fn filter(set: impl FnOnce(&mut EventFilter)) -> EventFilter {
        let mut filter = EventFilter::default();
        set(&mut filter);
        filter
    }

    /// Checks that every branch walks an index in order: it neither sorts nor reads rows that it skips.
    fn check(filter: &EventFilter, targets: &[i64], index: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let mut connection = super::super::file::open_writer(&path).unwrap();
        super::super::migrate::migrate(&mut connection, &path).unwrap();
        for branch in branches(filter, targets) {
            let sql = format!(
                "EXPLAIN QUERY PLAN {} ORDER BY at DESC, {} DESC LIMIT 50",
                branch.sql(),
                branch.id
            );
            let plan: Vec<String> = connection
                .prepare(&sql)
                .unwrap()
                .query_map(params_from_iter(branch.values), |row| row.get(3))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            let plan = plan.join("; ");
            assert!(plan.contains(index), "{plan}\n{sql}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}\n{sql}");
        }
    }

    #[test]
    fn every_search_walks_an_index_in_order() {
        let time = filter(|it| it.since = Some(Timestamp::UNIX_EPOCH));
        let member = filter(|it| it.member = Some("scopes_supported".to_owned()));
        let group = filter(|it| it.group = Some(Group::Scopes));
        let severity = filter(|it| it.severity = Some(Severity::Breaking));
        let kind = filter(|it| it.kind = Some(EventKind::Failing));
        check(&EventFilter::default(), &[], "event_by_time");
        check(&time, &[], "event_by_time (at>?)");
        check(&member, &[], "event_change_by_member (member=?)");
        check(&group, &[], "event_change_by_group (group_name=?)");
        check(&severity, &[], "event_by_severity (severity=?)");
        check(&kind, &[], "event_by_kind (kind=?)");
        for filter in [&EventFilter::default(), &severity, &kind, &group] {
            check(filter, &[1, 2], "event_of_target (target_id=?)");
        }
        check(&time, &[1, 2], "event_of_target (target_id=? AND at>?)");
        check(&member, &[1, 2], "PRIMARY KEY (target_id=? AND member=?)");
        let both = filter(|it| {
            it.member = Some("scopes_supported".to_owned());
            it.since = Some(Timestamp::UNIX_EPOCH);
            it.until = Some(Timestamp::MAX);
            it.kind = Some(EventKind::Changed);
        });
        check(&both, &[], "event_change_by_member (member=? AND at>?");
        check(
            &both,
            &[1],
            "PRIMARY KEY (target_id=? AND member=? AND at>?",
        );
    }

    #[test]
    fn many_providers_are_one_branch() {
        let targets: Vec<i64> = (1..=1000).collect();
        check(&EventFilter::default(), &targets, "event_by_time");
        assert_eq!(branches(&EventFilter::default(), &targets).len(), 1);
    }
}
