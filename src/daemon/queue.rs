//! The targets that wait for their poll, the earliest first, and those that are being polled.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use tokio::time::Instant;

/// Targets that wait, each by its position in the plan; each target is in it at most once.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: BinaryHeap<Reverse<(Instant, usize)>>,
    /// Rows of the targets that wait or are being polled.
    queued: HashSet<i64>,
}

impl Queue {
    /// A queue without waiting targets, while these targets are being polled.
    pub(super) fn with_polled(polled: impl Iterator<Item = i64>) -> Self {
        Self {
            waiting: BinaryHeap::new(),
            queued: polled.collect(),
        }
    }

    /// Adds a target. One that waits or is being polled is not added again, because the result of that
    /// poll is fresh enough.
    pub(super) fn push(&mut self, position: usize, target_id: i64, at: Instant) {
        if self.queued.insert(target_id) {
            self.waiting.push(Reverse((at, position)));
        }
    }

    /// When the poll of the next target is due.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.waiting.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes the next target that is due; it counts as polled until it is done.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<usize> {
        self.next_at().filter(|at| *at <= now)?;
        self.waiting.pop().map(|Reverse((_, position))| position)
    }

    /// Notes that the poll of this target has ended.
    pub(super) fn done(&mut self, target_id: i64) {
        self.queued.remove(&target_id);
    }
}
