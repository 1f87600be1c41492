//! Which changes of an event a mail tells of, and which it holds back.

use super::words::name;
use crate::meaning::change::order::{in_order, reported};
use crate::meaning::change::{Change, moves};
use crate::policy::event::{Event, EventKind};
use crate::policy::mail::MailKind;

/// The changes that a mail tells of, in order. What is held back stands in a summary.
pub(super) fn reported_changes(kind: MailKind, event: &Event) -> Vec<&Change> {
    let changes = event.body.changes();
    match (kind, event.body.kind()) {
        (MailKind::Summary, _) => in_order(changes.iter().filter(|change| change.damped)),
        (_, EventKind::Changed | EventKind::Inconsistent) => {
            let told = reported(changes);
            let with = moved_along(&told, changes);
            if with.is_empty() {
                return told;
            }
            in_order(told.into_iter().chain(with))
        }
        (_, _) => in_order(changes),
    }
}

/// What is held back, but moved from one host to another together with what is told: the least of many
/// endpoints must not be told alone.
fn moved_along<'a>(told: &[&Change], changes: &'a [Change]) -> Vec<&'a Change> {
    let moves: Vec<_> = told
        .iter()
        .filter_map(|change| moves::hosts(change))
        .collect();
    let held = changes
        .iter()
        .filter(|change| change.damped && !change.accepted);
    held.filter(|change| moves::hosts(change).is_some_and(|it| moves.contains(&it)))
        .collect()
}

/// The members of this event that are damped and told all the same, because others moved with them.
pub(super) fn told_along(kind: MailKind, event: &Event) -> Vec<String> {
    if kind == MailKind::Summary || event.body.kind() != EventKind::Changed {
        return Vec::new();
    }
    let told = reported(event.body.changes());
    let with = moved_along(&told, event.body.changes());
    with.into_iter()
        .map(|change| name(change.subject.as_str()))
        .collect()
}

/// The members whose changes in this event are not told, because they are damped.
pub(super) fn held_back(kind: MailKind, event: &Event) -> Vec<String> {
    if kind == MailKind::Summary || event.body.kind() != EventKind::Changed {
        return Vec::new();
    }
    let held = event.body.changes().iter().filter(|change| change.damped);
    let mut members: Vec<String> = held.map(|change| name(change.subject.as_str())).collect();
    members.dedup();
    let told = told_along(kind, event);
    members.retain(|member| !told.contains(member));
    members
}
