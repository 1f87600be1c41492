//! Members that move together with damped ones.
//!
//! A load balancer that alternates between hosts shows in all endpoints at once. One that joins later, or that
//! was published later, would be told alone while all the others are held back: the least of them would make
//! the mail. If the hosts are known from the others, it is held back with them and shares their damping.

use std::collections::BTreeMap;

use super::seen_values::unseen;
use super::{Before, Penalty, Suppression};
use crate::meaning::change::Change;
use crate::meaning::change::moves;
use crate::meaning::member_values::MemberValues;
use crate::meaning::rule::Rule;
use crate::meaning::subject::Subject;

/// The moves from host to host that damped members make in one poll, where the new host is known.
pub(super) struct Swings {
    moves: Vec<(String, String, Suppression)>,
}

impl Swings {
    /// Finds them among the changes of a poll.
    pub(super) fn of(
        penalties: &BTreeMap<Subject, Penalty>,
        changes: &[Change],
        known: &MemberValues,
    ) -> Self {
        let moves = changes.iter().filter_map(|change| {
            let suppression = penalties.get(&change.subject)?.suppression.as_ref()?;
            if unseen(change, known.get(&change.subject)).values > 0 {
                return None;
            }
            let (from, to) = hosts(change)?;
            Some((from, to, suppression.clone()))
        });
        Self {
            moves: moves.collect(),
        }
    }

    /// The damping that a member shares from now on, because it makes the same move and nothing else, and
    /// has changed lately: what rested is news.
    pub(super) fn joined<'a>(
        &self,
        before: Before<'_>,
        penalty: Option<&Penalty>,
        changes: impl Iterator<Item = &'a Change>,
    ) -> Option<Suppression> {
        let penalty = penalty.filter(|it| !it.is_suppressed())?;
        if penalty.changes == 0 {
            return None;
        }
        let mut found = None;
        for change in changes {
            let (from, to) = hosts(change)?;
            let swing = self.moves.iter().find(|it| it.0 == from && it.1 == to)?;
            found = Some(&swing.2);
        }
        let shared = found?;
        Some(Suppression {
            since: shared.since,
            event: shared.event,
            snapshot: before.snapshot,
            final_url: before.final_url.map(str::to_owned),
            held_back: 0,
            new_values: 0,
            ways_back: Vec::new(),
            use_told_at: None,
            accepted: shared.accepted,
        })
    }
}

/// The old and the new host of an address that moved.
fn hosts(change: &Change) -> Option<(String, String)> {
    (change.rule == Rule::EndpointHostChanged).then(|| moves::hosts(change))?
}
