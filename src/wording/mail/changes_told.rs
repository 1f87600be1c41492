//! Which changes of an event a mail tells of, and which it holds back.

use std::collections::BTreeSet;

use super::words::name;
use crate::document::key_set::hash_of;
use crate::meaning::change::Change;
use crate::policy::event::{Event, EventKind};
use crate::policy::mail::MailKind;

/// The changes that a mail tells of. What is held back stands in a summary; an issuer that is not
/// the configured one any more is told by the change of the issuer.
pub(super) fn told_changes(kind: MailKind, event: &Event) -> Vec<&Change> {
    let changes = &event.body.changes;
    let has_changed = changes.iter().any(|change| change.rule == "issuer-changed");
    // A key of a type never seen stands among those that came, too.
    let new_types = changes
        .iter()
        .filter(|change| change.rule == "key-type-new" && !change.damped && !change.accepted);
    let new_types: BTreeSet<&str> = new_types
        .flat_map(|change| change.added.iter().filter_map(hash_of))
        .collect();
    let is_of_new_type = |change: &Change| {
        let mut keys = change.added.iter().map(hash_of);
        keys.all(|key| key.is_some_and(|key| new_types.contains(key)))
    };
    let is_told = |change: &&Change| match (kind, event.body.kind) {
        (MailKind::Summary, _) => change.damped,
        (_, EventKind::Changed | EventKind::Inconsistent) => {
            let is_told_already = (has_changed && change.rule == "issuer-mismatch")
                || (change.rule == "key-added" && is_of_new_type(change));
            !change.damped && !change.accepted && !is_told_already
        }
        (_, _) => true,
    };
    changes.iter().filter(is_told).collect()
}

/// The members whose changes are in the event and not told, because they are damped.
pub(super) fn held_back(kind: MailKind, event: &Event) -> Vec<String> {
    if kind == MailKind::Summary || event.body.kind != EventKind::Changed {
        return Vec::new();
    }
    let held = event.body.changes.iter().filter(|change| change.damped);
    let mut members: Vec<String> = held.map(|change| name(&change.member)).collect();
    members.dedup();
    members
}
