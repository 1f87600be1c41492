//! Which changes of an event a mail tells of, and which it holds back.

use super::words::name;
use crate::meaning::change::Change;
use crate::meaning::change::order::{in_order, reported};
use crate::policy::event::{Event, EventKind};
use crate::policy::mail::MailKind;

/// The changes that a mail tells of, in order. What is held back stands in a summary.
pub(super) fn reported_changes(kind: MailKind, event: &Event) -> Vec<&Change> {
    let changes = event.body.changes();
    match (kind, event.body.kind()) {
        (MailKind::Summary, _) => in_order(changes.iter().filter(|change| change.damped)),
        (_, EventKind::Changed | EventKind::Inconsistent) => reported(changes),
        (_, _) => in_order(changes),
    }
}

/// The members whose changes in this event are not told, because they are damped.
pub(super) fn held_back(kind: MailKind, event: &Event) -> Vec<String> {
    if kind == MailKind::Summary || event.body.kind() != EventKind::Changed {
        return Vec::new();
    }
    let held = event.body.changes().iter().filter(|change| change.damped);
    let mut members: Vec<String> = held.map(|change| name(change.subject.as_str())).collect();
    members.dedup();
    members
}
