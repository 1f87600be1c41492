//! Room for large answers: how much of them all polls together may have in hand.
//!
//! Nearly all documents are small and never ask. A large one takes room when it turns out to be
//! large, and gives it back when its poll is over, so that 64 targets that answer with a megabyte at
//! once take turns instead of memory. Who waits for room is not late: the clock of the poll stands
//! still meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Most bytes of an answer that need no room.
pub(super) const SMALL: usize = 64 << 10;
/// How many large answers there is room for. They are read one at a time (`watch::aside`): the others
/// are bytes, on their way or waiting, so that one that comes slowly does not hold up all.
const PLACES: usize = 4;
/// How often a timeout checks whether its poll still waits for room.
const LOOK: Duration = Duration::from_millis(50);

/// All the room there is.
#[derive(Debug, Clone)]
pub(super) struct Rooms(Arc<Semaphore>);

impl Default for Rooms {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(PLACES)))
    }
}

/// The room that one poll takes, until it is dropped: for both of its answers, as two polls that
/// each wait for a second one would wait for ever.
#[derive(Debug, Default)]
pub struct Room(Option<OwnedSemaphorePermit>);

/// The place of one fetch among the others.
pub(super) struct Slot<'a> {
    pub(super) room: &'a mut Room,
    pub(super) rooms: &'a Rooms,
    pub(super) pause: &'a Pause,
    /// Among all fetches, and among those to one host.
    pub(super) permits: Vec<OwnedSemaphorePermit>,
}

impl Room {
    /// Whether this poll has taken room for a large answer.
    pub fn is_taken(&self) -> bool {
        self.0.is_some()
    }
}

impl Slot<'_> {
    /// Takes room, if the poll has none yet.
    pub(super) async fn take_room(&mut self) {
        if self.room.0.is_none() {
            // A poll that waits gives its places back, so that others, above all those with room, can go on.
            self.permits.clear();
            let begun = self.pause.begin();
            // The semaphore is never closed, so this does not fail.
            self.room.0 = Arc::clone(&self.rooms.0).acquire_owned().await.ok();
            self.pause.end(begun);
        }
    }
}

/// How long a poll waited for room.
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

    /// Runs work under a deadline that does not count the time spent waiting for room; `None` if it passes.
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

    /// Takes room and keeps it for a while.
    async fn hold(rooms: &Rooms, pause: &Pause, seconds: u64) -> Room {
        let mut room = Room::default();
        let mut slot = Slot {
            room: &mut room,
            rooms,
            pause,
            permits: Vec::new(),
        };
        slot.take_room().await;
        // What has room needs no more.
        slot.take_room().await;
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        room
    }

    #[test]
    fn who_waits_for_room_is_not_late() {
        run(async {
            let (rooms, pause) = (Rooms::default(), Pause::new());
            for _ in 0..PLACES {
                let rooms = rooms.clone();
                tokio::spawn(async move { hold(&rooms, &Pause::new(), 60).await });
            }
            tokio::task::yield_now().await;
            let work = hold(&rooms, &pause, 9);
            assert!(pause.timeout(Duration::from_secs(10), work).await.is_some());
            assert!(pause.now() >= 69_000);
        });
    }

    #[test]
    fn who_waits_for_room_gives_its_permits_to_others() {
        run(async {
            let rooms = Rooms::default();
            let mut held = Vec::new();
            for _ in 0..PLACES {
                held.push(hold(&rooms, &Pause::new(), 0).await);
            }
            let all = Arc::new(Semaphore::new(1));
            let permit = Arc::clone(&all).try_acquire_owned().unwrap();
            let waiting = tokio::spawn(async move {
                let (mut room, pause) = (Room::default(), Pause::new());
                let mut slot = Slot {
                    room: &mut room,
                    rooms: &rooms,
                    pause: &pause,
                    permits: vec![permit],
                };
                slot.take_room().await;
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
