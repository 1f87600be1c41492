//! Writes what was decided, and lets the mails out, while the next decisions are made.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use anyhow::{Context as _, anyhow, bail};
use jiff::Timestamp;
use tokio::runtime::Handle;

use super::mail_writer::{MailCounts, MailWriter};
use crate::policy::tracking::Transition;
use crate::store::{AlertPlan, RecordingMeans, Store};

/// Moments that may wait to be written: a moment may have a document of each target.
const AHEAD: usize = 8;

/// What one moment brought, in the order of the recording.
pub(super) struct Batch {
    /// The moment: mails that were due until then leave first.
    pub(super) at: Timestamp,
    /// Number of the first event in it.
    pub(super) first_event: i64,
    pub(super) transitions: Vec<(Transition, AlertPlan)>,
}

/// Hands over to the thread that writes.
pub(super) struct BatchWriter {
    /// `None` marks the end of the recording; a channel that closes without it means that the replay failed.
    batches: SyncSender<Option<Batch>>,
    /// What is written, to be freed where it was made.
    spent: Receiver<Vec<(Transition, AlertPlan)>>,
    written: JoinHandle<anyhow::Result<WrittenBatch>>,
}

/// What was written.
#[derive(Debug, Default)]
pub(super) struct WrittenBatch {
    pub(super) alerts: usize,
    pub(super) mailed: MailCounts,
}

impl BatchWriter {
    /// Starts writing. In the end the mails leave that are due until `wait` after the last moment.
    pub(super) fn start(
        store: Store,
        post: MailWriter,
        wait: jiff::SignedDuration,
    ) -> anyhow::Result<Self> {
        let (batches, received) = sync_channel(AHEAD);
        let (give_back, spent) = channel();
        let runtime = Handle::current();
        let written = thread::Builder::new()
            .name("batch writer".to_owned())
            .spawn(move || runtime.block_on(write(&store, post, &received, &give_back, wait)))
            .context("no thread to write the history")?;
        Ok(Self {
            batches,
            spent,
            written,
        })
    }

    /// Hands over what is to be written next.
    pub(super) fn write(self, batch: Batch) -> anyhow::Result<Self> {
        self.spent.try_iter().for_each(drop);
        if self.batches.send(Some(batch)).is_ok() {
            return Ok(self);
        }
        // The writing thread has given up; `abandon` returns its error.
        self.abandon()?;
        bail!("the history is no longer written")
    }

    /// Tells the writing thread that the recording has ended, and waits until all is written.
    pub(super) fn finish(self) -> anyhow::Result<WrittenBatch> {
        // If the writing thread has given up, the error is returned below.
        drop(self.batches.send(None));
        self.abandon()
    }

    /// Waits until the writing thread has ended; without the mark of the end, the result stays incomplete.
    pub(super) fn abandon(self) -> anyhow::Result<WrittenBatch> {
        drop(self.batches);
        let panicked = |_| anyhow!("writing the history panicked");
        self.written.join().map_err(panicked)?
    }
}

async fn write(
    store: &Store,
    mut post: MailWriter,
    batches: &Receiver<Option<Batch>>,
    give_back: &Sender<Vec<(Transition, AlertPlan)>>,
    wait: jiff::SignedDuration,
) -> anyhow::Result<WrittenBatch> {
    let mut written = WrittenBatch::default();
    let mut means = RecordingMeans::default();
    let mut last: Option<Timestamp> = None;
    loop {
        let batch = match batches.recv() {
            Ok(Some(batch)) => batch,
            Ok(None) => break,
            Err(_closed) => return Ok(written),
        };
        if last.is_some_and(|last| last < batch.at) {
            post.go_on(batch.at).await?;
        }
        last = Some(batch.at);
        let mut next = batch.first_event;
        let recorded = store.record_all(batch.transitions, means).await?;
        means = recorded.means;
        // If the replay was given up, the other side of the channel is gone.
        drop(give_back.send(recorded.spent));
        for recorded in recorded.committed {
            written.alerts += recorded.alerts;
            for event in recorded.events {
                if event != next {
                    bail!("the store numbered event {next} as {event}");
                }
                next += 1;
            }
        }
    }
    if let Some(last) = last {
        post.go_on(last.saturating_add(wait).unwrap_or(last))
            .await?;
    }
    store.record_values(means.into_values()).await?;
    written.mailed = post.finish()?;
    Ok(written)
}
