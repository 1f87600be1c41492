//! Drops bodies that are past their time, as a task of its own: in steps, with room for polls between
//! them, and again every hour.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::task::JoinHandle;

use crate::clock;
use crate::store::Store;
use crate::watch::retention;
use crate::wording::text::causes;

/// How long the task pauses after each step, so that polls can write.
const PAUSE: Duration = Duration::from_millis(250);
/// How long the task sleeps when everything is done.
const IDLE: Duration = Duration::from_hours(1);

/// The task that drops bodies; `None` if all bodies are kept.
#[derive(Default)]
pub(super) struct Retention(Option<JoinHandle<()>>);

impl Retention {
    /// Sets how long bodies are kept from now on. A step that the writer has started is completed.
    pub(super) fn adopt(&mut self, store: &Store, keep: Option<SignedDuration>) {
        self.stop();
        self.0 = keep.map(|keep| tokio::spawn(work(store.clone(), keep)));
    }

    fn stop(&mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
        }
    }
}

impl Drop for Retention {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn work(store: Store, keep: SignedDuration) {
    let mut states = 0;
    loop {
        let pause = match retention::step(&store, keep, clock::now()).await {
            Ok(done) if done.is_nothing() => {
                if states > 0 {
                    tracing::info!(states, "dropped the bodies that are older than keep_bodies");
                }
                states = 0;
                IDLE
            }
            Ok(done) => {
                states += done.states;
                PAUSE
            }
            // An error is only logged, because keeping bodies longer loses nothing.
            Err(error) => {
                tracing::warn!(
                    "bodies that are older than keep_bodies stay: {}",
                    causes(&error)
                );
                IDLE
            }
        };
        tokio::time::sleep(pause).await;
    }
}
