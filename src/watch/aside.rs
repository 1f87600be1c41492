//! Work that takes the processor for a while, out of the way of the runtime.
//!
//! The runtime has few threads, and they drive the timers and feed the watchdog too: whoever decides
//! on one of them for a second stops all others for that second. So the thread gives its other tasks
//! away first. One decides at a time, or a tick that brings a hundred large documents would take all
//! memory at once: a document as a tree, the one before it and what differs take twenty times its bytes.
//! So who has a large one in hand keeps the place until it is recorded.
//!
//! The work itself is done on a thread made for it. The allocator keeps memory apart for every thread
//! that allocates, and what is freed on one helps no other: where large documents were decided on
//! whichever thread there was, each kept room for the largest. A thread that ends leaves its room to the
//! next.

use std::panic::resume_unwind;
use std::thread;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::fetch::Room;

/// How many documents are read and compared at a time.
static PLACES: Semaphore = Semaphore::const_new(1);

/// What one poll takes up among the others, until it is dropped. Room comes before the place, never after
/// it: or who has the place would wait for who waits for it.
#[derive(Debug, Default)]
pub(super) struct Share {
    /// Where the bytes of what came are.
    pub(super) room: Room,
    place: Option<SemaphorePermit<'static>>,
}

impl Share {
    /// Does the work in turn. The place is kept afterwards where what came is large.
    pub(super) async fn in_turn<T: Send>(&mut self, work: impl FnOnce() -> T + Send) -> T {
        if self.place.is_none() {
            // It is never closed.
            self.place = PLACES.acquire().await.ok();
        }
        let done = aside(work);
        if !self.room.is_taken() {
            self.place = None;
        }
        done
    }

    /// Gives all of it back: nothing is in hand any more.
    pub(super) fn give_back(&mut self) {
        *self = Self::default();
    }
}

/// Waits for a place, and does the work there.
pub(super) async fn in_turn<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    // It is never closed.
    let place = PLACES.acquire().await;
    let done = aside(work);
    drop(place);
    done
}

/// Does the work, and lets the other tasks of this thread go on elsewhere meanwhile.
pub(super) fn aside<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let flavor = Handle::try_current().map(|handle| handle.runtime_flavor());
    match flavor {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(|| apart(work)),
        // A runtime of one thread has nobody to give them to.
        Ok(_) | Err(_) => work(),
    }
}

/// Does the work on a thread made for it, and waits for it.
pub fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
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
            // The only worker is deciding until this one has run.
            tokio::spawn(async move { send.send("fed").unwrap() });
            assert_eq!(deciding.await.unwrap(), "fed");
        });
    }
}
