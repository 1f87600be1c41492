//! Runs the courier as a task of its own: wakes it, replaces it, ends it, and restarts it if it panics.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::Instant;

use super::task::{is_lasting, trouble_words};
use crate::clock;
use crate::store::StoreError;
use crate::watch::courier::Courier;
use crate::watch::flight::Flight;

/// How long the courier sleeps if nothing is due: `check` in another process may leave mails for it, and
/// cannot wake it.
const IDLE: Duration = Duration::from_secs(5);
/// How long the courier waits after an error of the store, or before it is restarted.
const PAUSE: Duration = Duration::from_secs(5);

/// The task that delivers, with the means to control it.
pub(super) struct CourierTask {
    wake: Arc<Notify>,
    /// The courier to use; the task ends once this is dropped.
    current: watch::Sender<Arc<Courier>>,
    task: JoinHandle<Result<(), StoreError>>,
}

impl CourierTask {
    pub(super) fn start(courier: Arc<Courier>) -> Self {
        let wake = Arc::new(Notify::new());
        let (current, courier) = watch::channel(courier);
        let work = deliver(courier, Arc::clone(&wake), Duration::ZERO);
        Self {
            wake,
            current,
            task: tokio::spawn(work),
        }
    }

    /// Wakes the task because something may be due.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Replaces the courier; deliveries under way are ended by the one before.
    pub(super) fn replace(&self, courier: Arc<Courier>) {
        self.current.send_replace(courier);
    }

    /// Waits until the task ends without having been told to; cancel safe.
    pub(super) async fn ended(&mut self) -> Result<Result<(), StoreError>, JoinError> {
        (&mut self.task).await
    }

    /// Restarts the task if it panicked; nothing else should end it. Its deliveries are leased and become
    /// due again on their own.
    pub(super) fn go_on_after(
        &mut self,
        ended: Result<Result<(), StoreError>, JoinError>,
    ) -> anyhow::Result<()> {
        match ended {
            Ok(Ok(())) => bail!("the courier has ended"),
            Ok(Err(error)) => Err(error).context("cannot deliver mails"),
            Err(_panic) => {
                tracing::error!("the courier panicked; it is started again");
                self.restart_after(PAUSE);
                Ok(())
            }
        }
    }

    fn restart_after(&mut self, pause: Duration) {
        let courier = self.current.subscribe();
        let work = deliver(courier, Arc::clone(&self.wake), pause);
        self.task = tokio::spawn(work);
    }

    /// Ends the task after the current deliveries; returns whether it ended because it was told to, and
    /// well.
    pub(super) async fn finish(self, deadline: Instant) -> bool {
        let Self { current, task, .. } = self;
        drop(current);
        // The result of a task that ended on its own was taken already, and must not be awaited again.
        if task.is_finished() {
            return false;
        }
        let ended = tokio::time::timeout_at(deadline, task).await;
        if ended.is_err() {
            tracing::warn!("a delivery did not end in time; it is tried again at the next start");
        }
        matches!(ended, Ok(Ok(Ok(()))))
    }
}

/// Delivers whatever is due, until the task is told to end.
async fn deliver(
    mut courier: watch::Receiver<Arc<Courier>>,
    wake: Arc<Notify>,
    pause: Duration,
) -> Result<(), StoreError> {
    // The pause is cut short when the courier is replaced or told to end.
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        _ = courier.changed() => {}
    }
    let mut flight = Flight::default();
    loop {
        let current = Arc::clone(&courier.borrow_and_update());
        let goes_on = || matches!(courier.has_changed(), Ok(false));
        let wait = match take_up(&current, &mut flight, goes_on).await {
            Ok(due) => due.map_or(IDLE, |due| {
                let wait = Duration::try_from(due.duration_since(clock::now()));
                // A delivery that is due but was not started is leased by another process, or waits for a
                // delivery here to end.
                wait.unwrap_or_default().clamp(Duration::from_secs(1), IDLE)
            }),
            Err(error) if is_lasting(&error) => return Err(error),
            Err(error) => {
                tracing::error!(
                    "mails could not be delivered: {}",
                    trouble_words(&error, current.store_path())
                );
                PAUSE
            }
        };
        tokio::select! {
            () = wake.notified() => {}
            changed = courier.changed() => {
                if changed.is_err() {
                    break;
                }
            }
            landed = flight.landed(), if !flight.is_empty() => {
                if let Err(error) = landed {
                    if is_lasting(&error) {
                        return Err(error);
                    }
                    tracing::error!("a delivery was not noted: {}", trouble_words(&error, current.store_path()));
                }
            }
            () = tokio::time::sleep(wait) => {}
        }
    }
    while !flight.is_empty() {
        flight.landed().await?;
    }
    Ok(())
}

/// Starts the deliveries that can be started; returns when the next work is due.
async fn take_up(
    courier: &Arc<Courier>,
    flight: &mut Flight,
    goes_on: impl Fn() -> bool,
) -> Result<Option<Timestamp>, StoreError> {
    courier.take_up(flight, goes_on).await?;
    if flight.is_without_mail() {
        courier.end_sessions().await;
    }
    courier.next_due()
}

#[cfg(test)]
mod tests {
    use super::super::tests::configured;
    use super::*;

    #[tokio::test]
    async fn a_courier_that_panicked_is_started_again_and_ends_when_told_to() {
        let (_folder, config, store) = configured();
        let courier = Courier::new(store, &config, Vec::new()).unwrap();
        let mut delivering = CourierTask::start(Arc::new(courier));
        delivering.task.abort();
        delivering.task = tokio::spawn(async { panic!("in a test") });
        assert!(delivering.ended().await.is_err());
        delivering.restart_after(Duration::ZERO);
        let deadline = Instant::now() + Duration::from_secs(60);
        assert!(delivering.finish(deadline).await);
    }
}
