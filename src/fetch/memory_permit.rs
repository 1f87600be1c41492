//! Permits for the memory of large answers: how much of them all polls together may have in hand.
//!
//! Nearly all documents are small and need none. A large one takes a permit when it turns out to be
//! large, and gives it back when its poll is over, so that 64 targets that answer with a megabyte at
//! once take turns instead of memory. Who waits for a permit is not late: the clock of the poll stands
//! still meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Most bytes of an answer that needs no permit.
pub(super) const SMALL: usize = 64 << 10;
/// How many large answers are in memory at a time. They are read one at a time (`watch::offload`): the others
/// are bytes, on their way or waiting, so that one that comes slowly does not hold up all.
const PLACES: usize = 4;
/// How often a timeout checks whether its poll still waits for memory.
const LOOK: Duration = Duration::from_millis(50);

/// The memory for large answers of all polls together.
#[derive(Debug, Clone)]
pub(super) struct MemoryBudget(Arc<Semaphore>);

impl Default for MemoryBudget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(PLACES)))
    }
}

/// The permit that one poll takes for its large answers, until it is dropped: for both of its answers, as two polls that
/// each wait for a second one would wait for ever.
#[derive(Debug, Default)]
pub struct MemoryPermit(Option<OwnedSemaphorePermit>);

/// The place of one fetch among the others.
pub(super) struct Slot<'a> {
    pub(super) memory: &'a mut MemoryPermit,
    pub(super) budget: &'a MemoryBudget,
    pub(super) pause: &'a Pause,
    /// Among all fetches, and among those to one host.
    pub(super) permits: Vec<OwnedSemaphorePermit>,
}

impl MemoryPermit {
    /// Whether this poll has taken memory for a large answer.
    pub fn is_taken(&self) -> bool {
        self.0.is_some()
    }
}

impl Slot<'_> {
    /// Takes a permit, if the poll has none yet.
    pub(super) async fn take_memory(&mut self) {
        if self.memory.0.is_none() {
            // A poll that waits gives its places back, so that others, above all those with a permit, can go on.
            self.permits.clear();
            let begun = self.pause.begin();
            // The semaphore is never closed, so this does not fail.
            self.memory.0 = Arc::clone(&self.budget.0).acquire_owned().await.ok();
            self.pause.end(begun);
        }
    }
}

/// How long a poll waited for memory.
#[derive(Debug)]
pub(super) struct Pause {
    origin: Instant,
    /// Milliseconds waited so far.
    waited: AtomicU64,
    /// When it began to wait, in milliseconds after the origin; 0 while it does not.
    since: AtomicU64,
}

impl Pause {
    pub(super) fn new() -> Self {
        Self {
            origin: Instant::now(),
            waited: AtomicU64::new(0),
            since: AtomicU64::new(0),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn begin(&self) -> u64 {
        let now = self.now().max(1);
        self.since.store(now, Ordering::Relaxed);
        now
    }

    fn end(&self, begun: u64) {
        let waited = self.now().saturating_sub(begun);
        self.waited.fetch_add(waited, Ordering::Relaxed);
        self.since.store(0, Ordering::Relaxed);
    }

    /// Runs work under a deadline that does not count the time spent waiting for memory; `None` if it passes.
    pub(super) async fn timeout<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let mut work = std::pin::pin!(work);
        loop {
            let waited = Duration::from_millis(self.waited.load(Ordering::Relaxed));
            let mut until = self.origin + limit + waited;
            if self.since.load(Ordering::Relaxed) > 0 {
                until = until.max(Instant::now() + LOOK);
            } else if until <= Instant::now() {
                return None;
            }
            if let Ok(done) = tokio::time::timeout_at(until, work.as_mut()).await {
                return Some(done);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap()
            .block_on(work)
    }

    /// Takes a permit and keeps it for a while.
    async fn hold(budget: &MemoryBudget, pause: &Pause, seconds: u64) -> MemoryPermit {
        let mut memory = MemoryPermit::default();
        let mut slot = Slot {
            memory: &mut memory,
            budget,
            pause,
            permits: Vec::new(),
        };
        slot.take_memory().await;
        // A poll with a permit needs no second one.
        slot.take_memory().await;
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        memory
    }

    #[test]
    fn who_waits_for_memory_is_not_late() {
        run(async {
            let (budget, pause) = (MemoryBudget::default(), Pause::new());
            for _ in 0..PLACES {
                let budget = budget.clone();
                tokio::spawn(async move { hold(&budget, &Pause::new(), 60).await });
            }
            tokio::task::yield_now().await;
            let work = hold(&budget, &pause, 9);
            assert!(pause.timeout(Duration::from_secs(10), work).await.is_some());
            assert!(pause.now() >= 69_000);
        });
    }

    #[test]
    fn who_waits_for_memory_gives_its_permits_to_others() {
        run(async {
            let budget = MemoryBudget::default();
            let mut held = Vec::new();
            for _ in 0..PLACES {
                held.push(hold(&budget, &Pause::new(), 0).await);
            }
            let all = Arc::new(Semaphore::new(1));
            let permit = Arc::clone(&all).try_acquire_owned().unwrap();
            let waiting = tokio::spawn(async move {
                let (mut memory, pause) = (MemoryPermit::default(), Pause::new());
                let mut slot = Slot {
                    memory: &mut memory,
                    budget: &budget,
                    pause: &pause,
                    permits: vec![permit],
                };
                slot.take_memory().await;
            });
            drop(all.acquire().await.unwrap());
            held.clear();
            waiting.await.unwrap();
        });
    }

    #[test]
    fn who_does_not_wait_is_late_after_its_time() {
        run(async {
            let work = tokio::time::sleep(Duration::from_secs(11));
            let begun = Instant::now();
            let done = Pause::new().timeout(Duration::from_secs(10), work).await;
            assert_eq!(done, None);
            assert_eq!(begun.elapsed(), Duration::from_secs(10));
        });
    }
}
