//! Moves work that needs the processor for a while away from the runtime.
//!
//! The runtime has few threads, which also drive the timers and feed the watchdog: a decision that takes
//! a second on one of them would stop all other tasks there for that second. So the thread hands its
//! other tasks over first. Only one decision runs at a time, or a tick with a hundred large documents
//! would take all memory: a document as a tree, the one before it and their differences take twenty times
//! its bytes. For the same reason a poll with a large document keeps its place until it is recorded.
//!
//! The work itself is done on a thread made for it. The allocator keeps memory apart for every thread,
//! and what is freed on one thread does not help another: when large documents were decided on any
//! runtime thread, each thread kept room for the largest. A thread that ends leaves its room to the next.

use std::panic::resume_unwind;
use std::thread;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::fetch::MemoryPermit;

/// How many documents are read and compared at a time.
static PLACES: Semaphore = Semaphore::const_new(1);

/// The resources that one poll holds, until it is dropped. The permit is taken before the place, never after
/// it, or the poll with the place would wait for another that waits for the place.
#[derive(Debug, Default)]
pub(super) struct PollResources {
    /// The permit for the memory in which the bytes of the answer are held.
    pub(super) memory: MemoryPermit,
    place: Option<SemaphorePermit<'static>>,
}

impl PollResources {
    /// Does the work when its turn comes. If the answer is large, the place is kept afterwards.
    pub(super) async fn in_turn<T: Send>(&mut self, work: impl FnOnce() -> T + Send) -> T {
        if self.place.is_none() {
            // Acquiring cannot fail, because the semaphore is never closed.
            self.place = PLACES.acquire().await.ok();
        }
        let done = offload(work);
        if !self.memory.is_taken() {
            self.place = None;
        }
        done
    }

    /// Releases everything, when the poll no longer holds an answer.
    pub(super) fn give_back(&mut self) {
        *self = Self::default();
    }
}

/// Waits for the place, and does the work while holding it.
pub(super) async fn in_turn<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    // Acquiring cannot fail, because the semaphore is never closed.
    let permit = PLACES.acquire().await;
    let done = offload(work);
    drop(permit);
    done
}

/// Does the work, while the other tasks of this thread continue on other threads.
pub(super) fn offload<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let flavor = Handle::try_current().map(|handle| handle.runtime_flavor());
    match flavor {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(|| on_own_thread(work)),
        // A runtime with one thread has no other thread for them.
        Ok(_) | Err(_) => work(),
    }
}

/// Does the work on a thread made for it, and waits for it.
pub fn on_own_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        scope
            .spawn(work)
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn others_go_on_while_one_decides() {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).build().unwrap();
        runtime.block_on(async {
            let (send, receive) = mpsc::channel();
            let deciding = tokio::spawn(in_turn(move || receive.recv().unwrap()));
            // The only worker thread is busy with the decision until this task has run.
            tokio::spawn(async move { send.send("fed").unwrap() });
            assert_eq!(deciding.await.unwrap(), "fed");
        });
    }
}
