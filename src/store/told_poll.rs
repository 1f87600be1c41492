//! Which events of a target one poll told.
//!
//! Times are whole seconds, so several polls of a target can have the same one: checks by hand, or a
//! schedule that has seconds. The events of one poll are committed together and in a fixed order, and what
//! they say of the time before tells them from those of the next poll.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::meaning::subject::Subject;
use crate::policy::event::{Event, EventBody, EventKind, FailedPolls, Provenance, Source};

/// The events that one poll told, in order; never empty.
#[derive(Debug, Clone, Copy)]
pub(super) struct ToldPoll<'a>(&'a [Event]);

/// Puts the events of one target, in the order of their numbers, together by polls.
pub(super) fn polls_of(events: &[Event]) -> impl Iterator<Item = ToldPoll<'_>> {
    events.chunk_by(is_same_poll).map(ToldPoll)
}

/// Whether an event was told by the poll that told the one before it.
fn is_same_poll(one: &Event, next: &Event) -> bool {
    if next.id != one.id + 1 || next.body.at != one.body.at {
        return false;
    }
    let is_in_order = match (place(one.body.kind()), place(next.body.kind())) {
        (Some(first), Some(second)) => first < second,
        (None, _) | (_, None) => false,
    };
    // The poll that ended an outage says whether it brought a change.
    let is_of_later = match (&one.body.body, &next.body.body) {
        (EventBody::Recovered(recovered), EventBody::Changed(_)) => !recovered.is_changed,
        _ => false,
    };
    let states = one.to_snapshot.zip(next.to_snapshot);
    let is_of_one_state = states.is_none_or(|(first, second)| first == second);
    // What was seen before is the same for all that one poll tells; before a first document nothing was.
    let is_first = next.body.kind() == EventKind::FirstSeen;
    let is_after_same = is_first || one.body.last_good_at() == next.body.last_good_at();
    is_in_order && !is_of_later && is_of_one_state && is_after_same
}

/// The place of a kind among the events of one poll; `None` for kinds that are told alone.
fn place(kind: EventKind) -> Option<u8> {
    match kind {
        EventKind::Recovered => Some(0),
        EventKind::FirstSeen => Some(1),
        EventKind::Settled => Some(2),
        EventKind::Changed => Some(3),
        EventKind::Damped => Some(4),
        EventKind::Finding => Some(5),
        EventKind::Failing | EventKind::Inconsistent | EventKind::Accepted => None,
    }
}

impl<'a> ToldPoll<'a> {
    /// The number of its first event.
    pub(super) fn event(&self) -> Option<i64> {
        self.0.first().map(|event| event.id)
    }

    /// When it was made.
    pub(super) fn at(&self) -> Timestamp {
        let first = self.0.first();
        first.map_or(Timestamp::UNIX_EPOCH, |event| event.body.at)
    }

    /// The last good poll before it.
    pub(super) fn last_good_at(&self) -> Option<Timestamp> {
        self.0.iter().find_map(|event| event.body.last_good_at())
    }

    /// Where it was made.
    pub(super) fn source(&self) -> Option<&'a Source> {
        self.0.iter().find_map(|event| event.body.source())
    }

    /// What was there before, if a document was seen and believed.
    pub(super) fn provenance(&self) -> Option<&'a Provenance> {
        self.0.iter().find_map(|event| event.body.provenance())
    }

    /// The outage that it is part of, or that it ended, if that was told.
    pub(super) fn failed(&self) -> Option<&'a FailedPolls> {
        self.0.iter().find_map(|event| event.body.failed())
    }

    /// Whether it failed.
    pub(super) fn is_failing(&self) -> bool {
        let mut kinds = self.0.iter().map(|event| event.body.kind());
        kinds.any(|kind| kind == EventKind::Failing)
    }

    /// When the other document was last seen, if it told of two documents together.
    pub(super) fn twin_seen_at(&self) -> Option<Timestamp> {
        let mut seen = self.0.iter().filter_map(|event| event.body.provenance());
        seen.find_map(|seen| seen.twin_seen_at)
    }

    /// Whether it told of the certificate, or of how long the document is to be there.
    pub(super) fn tells_of_connection(&self) -> bool {
        let mut changes = self.0.iter().flat_map(|event| event.body.changes());
        changes.any(|change| matches!(change.subject, Subject::Certificate | Subject::Lifetime))
    }

    /// Whether a state of this number, first seen at this time, was there before it.
    pub(super) fn is_after_state(&self, id: i64, first_seen_at: Timestamp) -> bool {
        let is_known = |event: &Event| {
            event.from_snapshot.is_some_and(|from| from >= id)
                || event.to_snapshot.is_some_and(|to| to > id)
        };
        first_seen_at < self.at() || self.0.iter().any(is_known)
    }

    /// The states that it brought or saw.
    pub(super) fn states(&self) -> impl Iterator<Item = i64> + use<'a> {
        self.0.iter().filter_map(|event| event.to_snapshot)
    }
}

/// The states of which an event tells.
pub(super) fn told_states(events: &[Event]) -> BTreeSet<i64> {
    let brought = events
        .iter()
        .filter(|it| it.from_snapshot != it.to_snapshot);
    brought.filter_map(|event| event.to_snapshot).collect()
}
