//! The one thread that writes.
//!
//! It takes all jobs that wait, runs each in a savepoint of one IMMEDIATE transaction, commits, and
//! acknowledges only then. So a commit costs one fsync however many polls end together, and a job
//! that fails takes nothing with it. IMMEDIATE because we know that we will write: an upgrade in
//! mid-transaction can fail after the fetch has been paid for.

use std::sync::mpsc;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::{StoreError, doing};

/// Most jobs of one transaction.
const BATCH: usize = 512;

/// Runs in the transaction; returns what acknowledges it once the commit is known.
type Job = Box<dyn FnOnce(&Transaction<'_>) -> Acknowledge + Send>;
/// Told whether the commit failed.
type Acknowledge = Box<dyn FnOnce(Option<rusqlite::ffi::Error>)>;

#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (jobs, waiting) = mpsc::channel();
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write(connection, &waiting))
            .map_err(|error| StoreError::Open {
                path: std::path::PathBuf::new(),
                reason: format!("no thread for the writer: {error}"),
            })?;
        Ok(Self { jobs })
    }

    /// Runs a job and waits until it is committed.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (done, committed) = oneshot::channel();
        let job: Job = Box::new(move |tx| {
            let outcome = in_savepoint(tx, work);
            Box::new(move |failed| {
                let outcome = match failed {
                    Some(code) => Err(StoreError::Query {
                        doing: "committing",
                        source: rusqlite::Error::SqliteFailure(code, None),
                    }),
                    None => outcome,
                };
                // Whoever asked may have gone; what is committed stays.
                drop(done.send(outcome));
            })
        });
        self.jobs.send(job).map_err(|_gone| StoreError::Ended)?;
        committed.await.unwrap_or(Err(StoreError::Ended))
    }
}

fn in_savepoint<T>(
    tx: &Transaction<'_>,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    tx.execute_batch("SAVEPOINT job")
        .map_err(doing("opening a savepoint"))?;
    let outcome = work(tx);
    let end = if outcome.is_ok() {
        "RELEASE job"
    } else {
        "ROLLBACK TO job; RELEASE job"
    };
    tx.execute_batch(end)
        .map_err(doing("closing a savepoint"))?;
    outcome
}

fn write(mut connection: Connection, waiting: &mpsc::Receiver<Job>) {
    while let Ok(first) = waiting.recv() {
        let jobs: Vec<Job> = std::iter::once(first)
            .chain(waiting.try_iter().take(BATCH - 1))
            .collect();
        let mut acknowledge = Vec::with_capacity(jobs.len());
        let committed = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .and_then(|tx| {
                acknowledge.extend(jobs.into_iter().map(|job| job(&tx)));
                tx.commit()
            });
        let failed = committed.err().map(|error| {
            error
                .sqlite_error()
                .copied()
                .unwrap_or(rusqlite::ffi::Error::new(1))
        });
        for acknowledge in acknowledge {
            acknowledge(failed);
        }
    }
}
