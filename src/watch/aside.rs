//! Work that takes the processor for a while, out of the way of the runtime.
//!
//! The runtime has few threads, and they drive the timers and feed the watchdog too: whoever decides
//! on one of them for a second stops all others for that second. So the thread gives its other tasks
//! away first. At most two decide at a time, or a tick that brings a hundred large documents would
//! take all memory at once.

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;

/// How many documents are read and compared at a time.
static PLACES: Semaphore = Semaphore::const_new(2);

/// Waits for a place, and does the work there.
pub(super) async fn in_turn<T>(work: impl FnOnce() -> T) -> T {
    // It is never closed.
    let place = PLACES.acquire().await;
    let done = aside(work);
    drop(place);
    done
}

/// Does the work, and lets the other tasks of this thread go on elsewhere meanwhile.
pub(super) fn aside<T>(work: impl FnOnce() -> T) -> T {
    let flavor = Handle::try_current().map(|handle| handle.runtime_flavor());
    match flavor {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        // A runtime of one thread has nobody to give them to.
        Ok(_) | Err(_) => work(),
    }
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
