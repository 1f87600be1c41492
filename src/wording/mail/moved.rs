//! Several members that moved from one host to another, in the words of a subject and of a sentence.

use super::nodes::NodeMove;
use super::words::{count, counted, is_harmless};
use crate::document::severity::Group;
use crate::meaning::change::moves::HostMove;

/// `5 endpoints back on identity-1`, the fullest words first.
pub(super) fn back_on(moved: &HostMove<'_>, nodes: Option<&NodeMove>) -> Vec<String> {
    let what = format!("{} {}s back on", count(moved.members.len()), moved.noun());
    let host = match nodes {
        Some(nodes) => Some(nodes.now()),
        None => Some(moved.to.clone()).filter(|host| is_harmless(host)),
    };
    let named = host.map(|host| format!("{what} {host}"));
    named
        .into_iter()
        .chain([format!("{what} the old host")])
        .collect()
}

fn endpoints(moved: &HostMove<'_>) -> usize {
    let members = moved.members.iter();
    members
        .filter(|member| member.change.group == Group::Endpoints)
        .count()
}

/// Whether something else than endpoints moved with them.
pub(super) fn has_others(moved: &HostMove<'_>) -> bool {
    (1..moved.members.len()).contains(&endpoints(moved))
}

/// `9 endpoints`, in a subject, which leaves out what else moved with them.
pub(super) fn moved_members(moved: &HostMove<'_>) -> String {
    match endpoints(moved) {
        0 => format!("{} {}s", count(moved.members.len()), moved.noun()),
        some => counted(u64::try_from(some).unwrap_or(u64::MAX), "endpoint"),
    }
}

/// `9 endpoints and 2 other members`.
pub(super) fn all_moved(moved: &HostMove<'_>) -> String {
    if !has_others(moved) {
        return moved_members(moved);
    }
    let others = u64::try_from(moved.members.len() - endpoints(moved)).unwrap_or(u64::MAX);
    format!(
        "{} and {}",
        moved_members(moved),
        counted(others, "other member")
    )
}

/// What moved, from where to where as far as there is room for the hosts.
pub(super) fn hosts(moved: &HostMove<'_>, what: &str) -> Vec<String> {
    let mut forms = Vec::new();
    if is_harmless(&moved.from) && is_harmless(&moved.to) {
        forms.push(format!("{what} moved from {} to {}", moved.from, moved.to));
        forms.push(format!("{what} moved to {}", moved.to));
    }
    forms.push(format!("{what} moved to another host"));
    forms
}
