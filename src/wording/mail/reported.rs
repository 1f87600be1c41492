//! Which changes of an event a mail tells of, and which it holds back.

use super::words::{list, name};
use crate::document::text::visible;
use crate::meaning::change::order::{in_order, reported};
use crate::meaning::change::{Change, moves};
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

/// The members whose changes in an event are not told, because they are damped.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct HeldBack {
    /// Those that moved from one host to another together with what is told: nobody is to take what is told
    /// for the only one. Told with the others, they would be mailed although they are damped.
    pub(super) moved_along: Vec<String>,
    /// All others.
    pub(super) others: Vec<String>,
}

/// What a mail of this kind holds back of an event.
pub(super) fn held_back(kind: MailKind, event: &Event) -> HeldBack {
    if kind == MailKind::Summary || event.body.kind() != EventKind::Changed {
        return HeldBack::default();
    }
    let told = reported(event.body.changes());
    let moves: Vec<_> = told
        .iter()
        .filter_map(|change| moves::hosts(change))
        .collect();
    let held = event.body.changes().iter().filter(|change| change.damped);
    let (along, others): (Vec<&Change>, Vec<&Change>) =
        held.partition(|change| moves::hosts(change).is_some_and(|it| moves.contains(&it)));
    let names = |changes: Vec<&Change>| {
        let each = changes.into_iter();
        let mut names: Vec<String> = each.map(|it| name(it.subject.as_str())).collect();
        names.dedup();
        names
    };
    // One harmless line must not hide that addresses went to another host: from where to where is said.
    let mut others_words = Vec::new();
    let mut others = others.into_iter().peekable();
    while let Some(first) = others.next() {
        let pair = moves::hosts(first);
        let mut alike = vec![first];
        while let Some(next) = others.next_if(|it| pair.is_some() && moves::hosts(it) == pair) {
            alike.push(next);
        }
        match pair {
            None => others_words.extend(names(alike)),
            Some((from, to)) => {
                let alike = list(&names(alike));
                others_words.push(format!(
                    "{alike} (from {} to {})",
                    visible(&from),
                    visible(&to)
                ));
            }
        }
    }
    others_words.dedup();
    HeldBack {
        moved_along: names(along),
        others: others_words,
    }
}
