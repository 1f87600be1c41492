//! The targets that are watched, and the order in which they are polled.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::due::{self, TickTimes};
use super::health::WatchedSchedules;
use super::queue::Queue;
use crate::policy::next_poll::offset;
use crate::watch::watched::WatchedTarget;

/// The targets, and the queue of those that are to be polled.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    work: WatchedSchedules,
    /// Positions of the targets that wait for their poll.
    queue: Queue,
}

impl Agenda {
    /// Watches the targets of `work` from now on; `polled` are being polled. The old queue is dropped, as
    /// its positions are no longer valid: a target that waited is overdue, or waits for its next tick.
    pub(super) fn adopt(&mut self, work: WatchedSchedules, polled: impl Iterator<Item = i64>) {
        self.work = work;
        self.queue = Queue::with_polled(polled);
    }

    /// The targets that are watched, and how often.
    pub(super) fn work(&self) -> &WatchedSchedules {
        &self.work
    }

    /// All targets.
    pub(super) fn targets(&self) -> impl Iterator<Item = &Arc<WatchedTarget>> + Clone {
        self.work.targets.iter().map(|(_, one)| one)
    }

    /// How many targets are watched.
    pub(super) fn len(&self) -> usize {
        self.work.targets.len()
    }

    /// Queues targets that missed a tick while the daemon did not run; `last_poll` gives the last poll of
    /// each.
    pub(super) fn catch_up<E>(
        &mut self,
        now: Timestamp,
        mut last_poll: impl FnMut(&WatchedTarget) -> Result<Option<Timestamp>, E>,
    ) -> Result<(), E> {
        // Few targets are not spread out, because a person who starts the program wants to see it work.
        let count = u32::try_from(self.len()).unwrap_or(u32::MAX);
        let few = Duration::from_millis(20).saturating_mul(count);
        let spread = self.work.spread.min(few);
        let schedules = self.work.schedules.iter();
        let beats: HashMap<u64, TickTimes> = schedules
            .map(|(number, schedule)| (*number, TickTimes::at(schedule, now)))
            .collect();
        for (position, (schedule, watched)) in self.work.targets.iter().enumerate() {
            let Some(beat) = beats.get(schedule) else {
                continue;
            };
            if due::is_overdue(last_poll(watched)?, beat.last) {
                let at = begin(watched, spread, beat.interval);
                self.queue.push(position, watched.target_id, at);
            }
        }
        Ok(())
    }

    /// Queues the targets of a schedule that has ticked.
    pub(super) fn tick(&mut self, schedule: u64, now: Timestamp) {
        let known = self.work.schedules.get(&schedule);
        let beat = known.map_or_else(TickTimes::default, |one| TickTimes::at(one, now));
        for (position, (own, watched)) in self.work.targets.iter().enumerate() {
            if *own == schedule {
                let at = begin(watched, self.work.spread, beat.interval);
                self.queue.push(position, watched.target_id, at);
            }
        }
    }

    /// Queues the documents whose addresses this document gives, after one of these has changed, so that
    /// the new address is not first polled a whole interval later.
    pub(super) fn follow(&mut self, leading: &WatchedTarget) {
        for (position, (_, one)) in self.work.targets.iter().enumerate() {
            if one.url().is_none() && one.is_led_by(leading) {
                self.queue.push(position, one.target_id, Instant::now());
            }
        }
    }

    /// When the poll of the next target is due.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.queue.next_at()
    }

    /// Takes the next target that is due; it counts as polled until it is done.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Arc<WatchedTarget>> {
        let position = self.queue.take_due(now)?;
        let (_, watched) = self.work.targets.get(position)?;
        Some(Arc::clone(watched))
    }

    /// Notes that the poll of this target has ended.
    pub(super) fn done(&mut self, target_id: i64) {
        self.queue.done(target_id);
    }
}

/// When the poll of a target begins: its offset from now.
fn begin(watched: &WatchedTarget, spread: Duration, interval: Duration) -> Instant {
    Instant::now() + offset(&watched.target.provider, spread, interval)
}
