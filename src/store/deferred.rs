//! Polls that saw nothing new, from when they are acknowledged until they are committed.
//!
//! They are committed together: a commit logs whole pages and syncs the disk, which is most of what such
//! a poll would cost. What is guaranteed:
//!
//! - They are committed when the first of them is `WITHIN` old, with every other commit (so nothing is
//!   committed that was decided after them without them), and at a clean stop.
//! - This process reads what is known of a target including them (`Deferred::on`). Other processes see it
//!   at most that much later.
//! - A crash loses only that these baselines were seen once more, at most `WITHIN` ago. No decision
//!   depends on that (`policy/seen_again.rs`).
//! - If they cannot be committed, no other poll is deferred until they are: each one is committed before
//!   it is acknowledged, and so gets the error. The daemon also hears of it at once (`Store::unwritten`),
//!   and it is tried again every second.
//! - If another process moved the target meanwhile, they are only counted. That moves the revision past
//!   every number that was given out here, so that a decision on one of them is refused as stale.
//!
//! Acknowledging them after a commit that waits was rejected, because then a poll takes a second and
//! holds its place among the others; so was a transaction that stays open for a second, because it locks
//! out every other process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{ffi, params};
use tokio::sync::watch;

use super::error::{StoreError, doing, uncommitted};
use super::tracking::{keep_detail, keep_pulse};
use super::tx::Tx;
use crate::policy::seen_again::SeenAgain;
use crate::policy::tracking::Tracking;

/// How old a deferred poll becomes before it is committed.
pub(super) const WITHIN: Duration = Duration::from_secs(1);

/// The deferred polls, shared by those who make them and the thread that writes them.
#[derive(Debug, Clone)]
pub(super) struct Deferred(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// Why they could not be committed the last time.
    failure: watch::Sender<Option<ffi::Error>>,
}

#[derive(Debug, Default)]
struct Waiting {
    /// By target, in the order of their rows, so that a commit walks the pages once.
    polls: BTreeMap<i64, Poll>,
    /// When the first of them came, or was last tried.
    since: Option<Instant>,
    /// Whether nothing is written any more.
    is_closed: bool,
}

/// The latest of the deferred polls of one target.
#[derive(Debug, Clone)]
pub(super) struct Poll {
    /// The revision that is stored.
    stored: i64,
    /// What is known after it.
    tracking: Tracking,
    has_other_answer: bool,
}

/// What one transaction writes.
#[derive(Debug, Default)]
pub(super) struct Batch {
    since: Option<Instant>,
    /// By target, the revision that was written.
    written: Vec<(i64, i64)>,
    /// Those that another process overtook.
    overtaken: Vec<Poll>,
}

impl Batch {
    fn is_nothing(&self) -> bool {
        self.written.is_empty() && self.overtaken.is_empty()
    }
}

/// What became of a poll that was to be deferred.
pub(super) enum Put {
    /// It is deferred; whether it is the first, so that the writer must be woken.
    Deferred { is_first: bool },
    /// It must be committed like any other, because others cannot be committed.
    Refused,
}

impl Default for Deferred {
    fn default() -> Self {
        Self(Arc::new(Shared {
            waiting: Mutex::default(),
            failure: watch::Sender::new(None),
        }))
    }
}

impl Deferred {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Nobody panics while holding it; and each step leaves the map whole.
        let locked = self.0.waiting.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }

    /// Defers a poll; `Stale` if it was not decided on the latest of its target.
    pub(super) fn put(&self, seen: SeenAgain) -> Result<Put, StoreError> {
        if self.0.failure.borrow().is_some() {
            return Ok(Put::Refused);
        }
        let target_id = seen.tracking.target_id;
        let mut waiting = self.waiting();
        if waiting.is_closed {
            return Err(StoreError::Ended);
        }
        let is_first = waiting.polls.is_empty();
        match waiting.polls.get_mut(&target_id) {
            Some(known) if known.tracking.revision != seen.decided_on => {
                return Err(StoreError::Stale { target_id });
            }
            Some(known) => {
                known.has_other_answer |= seen.has_other_answer;
                known.tracking = seen.tracking;
            }
            None => {
                let poll = Poll {
                    stored: seen.decided_on,
                    tracking: seen.tracking,
                    has_other_answer: seen.has_other_answer,
                };
                waiting.polls.insert(target_id, poll);
            }
        }
        waiting.since.get_or_insert_with(Instant::now);
        Ok(Put::Deferred { is_first })
    }

    /// The deferred poll of a target. It must be asked for before the stored row is read: the other way
    /// round, a commit in between would hide it from both.
    pub(super) fn of(&self, target_id: i64) -> Option<Poll> {
        self.waiting().polls.get(&target_id).cloned()
    }

    /// When they must be committed; `None` if there are none.
    pub(super) fn due(&self) -> Option<Instant> {
        let waiting = self.waiting();
        let since = waiting.since.filter(|_| !waiting.polls.is_empty());
        since.map(|since| since + WITHIN)
    }

    /// Writes all of them as part of a transaction; `ended` must follow.
    pub(super) fn write(&self, tx: &Tx<'_>) -> Result<Batch, StoreError> {
        let mut batch = Batch {
            since: Some(Instant::now()),
            ..Batch::default()
        };
        // Copied, so that polls need not wait for the disk.
        let polls: Vec<Poll> = self.waiting().polls.values().cloned().collect();
        for poll in polls {
            let tracking = &poll.tracking;
            let target_id = tracking.target_id;
            if !keep_pulse(tx, tracking, poll.stored, tracking.revision)? {
                // Taken out first: from now on, no number is given out that is built on it.
                let last = self.waiting().polls.remove(&target_id);
                let overtaken = last.unwrap_or(poll);
                count(tx, &overtaken)?;
                batch.overtaken.push(overtaken);
                continue;
            }
            if poll.has_other_answer {
                let snapshot_id = tracking.baseline.as_ref().map(|known| known.snapshot_id);
                keep_detail(tx, tracking, snapshot_id)?;
            }
            batch.written.push((target_id, tracking.revision));
        }
        Ok(batch)
    }

    /// Takes note of how the transaction ended.
    pub(super) fn ended(&self, batch: Batch, failed: Option<ffi::Error>) {
        if failed.is_some() && batch.is_nothing() {
            return;
        }
        let mut waiting = self.waiting();
        if failed.is_none() {
            for (target_id, revision) in &batch.written {
                match waiting.polls.get_mut(target_id) {
                    // Another one came meanwhile.
                    Some(poll) if poll.tracking.revision != *revision => poll.stored = *revision,
                    _ => drop(waiting.polls.remove(target_id)),
                }
            }
            for poll in &batch.overtaken {
                let target_id = poll.tracking.target_id;
                tracing::debug!(
                    target_id,
                    "a target was polled by another process meanwhile"
                );
            }
        } else {
            for poll in batch.overtaken {
                waiting.polls.entry(poll.tracking.target_id).or_insert(poll);
            }
        }
        waiting.since = batch.since.filter(|_| !waiting.polls.is_empty());
        drop(waiting);
        self.tell(failed);
    }

    /// Takes note that they could not be written into a transaction.
    pub(super) fn fail(&self, code: ffi::Error) {
        let mut waiting = self.waiting();
        if waiting.polls.is_empty() {
            return;
        }
        waiting.since = Some(Instant::now());
        drop(waiting);
        self.tell(Some(code));
    }

    fn tell(&self, failure: Option<ffi::Error>) {
        self.0.failure.send_if_modified(|known| {
            let is_moved = known.is_some() != failure.is_some();
            *known = failure;
            is_moved
        });
    }

    /// From now on nothing is deferred any more.
    pub(super) fn close(&self) {
        self.waiting().is_closed = true;
    }

    pub(super) fn failures(&self) -> Unwritten {
        Unwritten(self.0.failure.subscribe())
    }
}

impl Poll {
    /// What is known of the target, given what is stored.
    pub(super) fn on(self, stored: Tracking) -> Tracking {
        let is_ahead = (self.stored..self.tracking.revision).contains(&stored.revision);
        if is_ahead { self.tracking } else { stored }
    }
}

/// Counts polls that another process overtook. The revision becomes higher than all that were given out.
fn count(tx: &Tx<'_>, overtaken: &Poll) -> Result<(), StoreError> {
    let polls = overtaken.tracking.revision - overtaken.stored;
    tx.prepare_cached("UPDATE tracking SET revision = revision + ?2 WHERE target_id = ?1")
        .and_then(|mut statement| statement.execute(params![overtaken.tracking.target_id, polls]))
        .map_err(doing("counting polls"))?;
    Ok(())
}

/// Tells whether polls that saw nothing new can be committed.
#[derive(Debug)]
pub struct Unwritten(watch::Receiver<Option<ffi::Error>>);

impl Default for Unwritten {
    /// For a store that defers nothing.
    fn default() -> Self {
        Self(watch::Sender::default().subscribe())
    }
}

impl Unwritten {
    /// Waits until they cannot be committed any more, and then until they can again (`None`); cancel safe.
    pub async fn changed(&mut self) -> Option<StoreError> {
        if self.0.changed().await.is_err() {
            // The store is gone, so nothing will change.
            return std::future::pending().await;
        }
        self.0.borrow_and_update().map(uncommitted)
    }
}
