//! The single thread that writes to the store.
//!
//! It takes all waiting jobs, runs each in a savepoint of one IMMEDIATE transaction, commits, and
//! acknowledges only then. So a commit costs one fsync however many polls end together, and a job that
//! fails does not affect others. It is IMMEDIATE because writing is certain: upgrading in mid-transaction
//! can fail after the work has been done.
//!
//! If polls are announced, it does not start the first job at once: it waits for all but a few of them,
//! some milliseconds at most. A commit logs whole pages and syncs the disk, which is what an unchanged
//! poll costs. Shared by many polls this costs little, and the few that are still under way keep the
//! processor busy meanwhile.
//!
//! A store that is thrown away if making it fails uses one transaction for everything and has only one
//! writer: so there is no thread (`Writer::Here`), and nothing is durable before the end.
//!
//! SQLite may end a transaction on its own (full disk, I/O error). Then nothing of the batch is
//! committed, and running the next job would commit that job alone: so the rest of the batch gets the
//! error without being run.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, Error, TransactionBehavior, ffi};
use tokio::sync::oneshot;

use super::error::{StoreError, doing};

/// The most jobs in one transaction.
const BATCH: usize = 512;
/// How long one step of waiting for announced jobs lasts; the number of steps is limited.
const STEP: Duration = Duration::from_millis(1);
const STEPS: usize = 10;
/// If only this many polls are under way, the writer does not wait for them.
const BUSY: usize = 10;

/// Runs in the transaction, or gets the reason why there is none.
type WriteJob = Box<dyn FnOnce(Result<&Tx<'_>, ffi::Error>) -> JobResult + Send>;

/// A value of this type proves that a transaction is open: writes through it are part of it.
pub(super) struct Tx<'c>(&'c Connection);

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}

/// The result of a job that was run.
pub(super) struct JobResult {
    /// The SQLite error, if the job failed.
    failure: Option<ffi::Error>,
    /// Is called after the commit, with its error if it failed.
    acknowledge: Box<dyn FnOnce(Option<ffi::Error>)>,
}

/// The state needed to end the thread.
#[derive(Default)]
pub(super) struct WriterEnd {
    is_asked: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Clone)]
pub(super) enum Writer {
    /// A thread that writes, and commits before it acknowledges.
    Thread {
        jobs: mpsc::Sender<WriteJob>,
        announced: Arc<AtomicUsize>,
        end: Arc<WriterEnd>,
    },
    /// The caller writes, into an open transaction that is committed at the end.
    Here(Arc<Mutex<Connection>>),
}

/// Announces that a write will come, until this is dropped.
#[derive(Debug)]
pub struct WriteAnnouncement(Arc<AtomicUsize>);

impl Drop for WriteAnnouncement {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Writer {
    /// Starts the thread that writes.
    pub(super) fn start(connection: Connection, path: &Path) -> Result<Self, StoreError> {
        let (jobs, waiting) = mpsc::channel();
        let announced = Arc::new(AtomicUsize::new(0));
        let expected = Arc::clone(&announced);
        let end = Arc::new(WriterEnd::default());
        let asked = Arc::clone(&end);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write(connection, &waiting, &expected, &asked.is_asked))
            .map_err(|error| StoreError::Open {
                path: path.to_owned(),
                reason: format!("no thread for the writer: {error}"),
            })?;
        *end.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(Self::Thread {
            jobs,
            announced,
            end,
        })
    }

    /// Ends the thread after it has committed the jobs it was given, and waits for that. Then its
    /// connection is closed, and later jobs get the error that the writer has ended.
    pub(super) async fn end(&self) {
        let Self::Thread { end, .. } = self else {
            return;
        };
        end.is_asked.store(true, Ordering::Relaxed);
        // The thread checks for its end after a job; if it has ended already, this job is refused.
        drop(self.run(|_| Ok(())).await);
        let thread = end
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // A thread that panicked has closed its connection too.
        drop(thread.map(JoinHandle::join));
    }

    /// Lets the writer wait a little for a job that will come.
    pub(super) fn announce(&self) -> WriteAnnouncement {
        let Self::Thread { announced, .. } = self else {
            return WriteAnnouncement(Arc::new(AtomicUsize::new(1)));
        };
        announced.fetch_add(1, Ordering::Relaxed);
        WriteAnnouncement(Arc::clone(announced))
    }

    /// Runs a job and waits until it is committed, if there is a thread that commits.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (jobs, (done, committed)) = match self {
            Self::Thread { jobs, .. } => (jobs, oneshot::channel()),
            Self::Here(connection) => return here(connection, work),
        };
        let job: WriteJob = Box::new(move |tx| {
            let outcome = match tx {
                Ok(tx) => in_savepoint(tx, work),
                Err(code) => Err(uncommitted(code)),
            };
            let failure = outcome.as_ref().err().and_then(code_of);
            let acknowledge = Box::new(move |failed: Option<ffi::Error>| {
                let outcome = failed.map_or(outcome, |code| Err(uncommitted(code)));
                // The caller may have stopped waiting; the commit stays.
                drop(done.send(outcome));
            });
            JobResult {
                failure,
                acknowledge,
            }
        });
        jobs.send(job).map_err(|_gone| StoreError::Ended)?;
        committed.await.unwrap_or(Err(StoreError::Ended))
    }
}

/// Runs a job in the transaction that is already open.
fn here<T>(
    connection: &Mutex<Connection>,
    work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    // A job that panicked was rolled back, so the connection can still be used.
    let held = connection.lock().unwrap_or_else(PoisonError::into_inner);
    if held.is_autocommit() {
        // SQLite has ended the transaction: later writes would be committed alone.
        return Err(uncommitted(ffi::Error::new(ffi::SQLITE_ABORT)));
    }
    in_savepoint(&Tx(&held), work)
}

fn uncommitted(code: ffi::Error) -> StoreError {
    doing("committing")(Error::SqliteFailure(code, None))
}

fn code_of(error: &StoreError) -> Option<ffi::Error> {
    match error {
        StoreError::Query { source, .. } => source.sqlite_error().copied(),
        _ => None,
    }
}

fn in_savepoint<T>(
    tx: &Tx<'_>,
    work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    run(tx, "SAVEPOINT job").map_err(doing("opening a savepoint"))?;
    // A job runs code of other modules (how mails are planned), so its panic is contained.
    let outcome = catch_unwind(AssertUnwindSafe(|| work(tx))).unwrap_or(Err(StoreError::Panicked));
    if tx.is_autocommit() {
        // SQLite has ended the transaction together with the savepoint.
        return outcome;
    }
    let closing = doing("closing a savepoint");
    if outcome.is_err() {
        run(tx, "ROLLBACK TO job").map_err(&closing)?;
    }
    run(tx, "RELEASE job").map_err(&closing)?;
    outcome
}

/// Runs a statement that is cached, so it is not parsed for every job.
fn run(tx: &Tx<'_>, sql: &str) -> Result<(), Error> {
    tx.prepare_cached(sql)?.execute([]).map(drop)
}

/// Collects the jobs that wait and those that are about to come.
fn gather(
    first: WriteJob,
    waiting: &mpsc::Receiver<WriteJob>,
    announced: &AtomicUsize,
) -> Vec<WriteJob> {
    let mut jobs = vec![first];
    for _ in 0..STEPS {
        jobs.extend(waiting.try_iter().take(BATCH - jobs.len()));
        let enough = announced
            .load(Ordering::Relaxed)
            .saturating_sub(BUSY)
            .min(BATCH);
        if jobs.len() >= enough {
            break;
        }
        std::thread::sleep(STEP);
    }
    jobs
}

fn write(
    mut connection: Connection,
    waiting: &mpsc::Receiver<WriteJob>,
    announced: &AtomicUsize,
    is_ended: &AtomicBool,
) {
    while !is_ended.load(Ordering::Relaxed)
        && let Ok(first) = waiting.recv()
    {
        let jobs = gather(first, waiting, announced);
        let mut acknowledge = Vec::with_capacity(jobs.len());
        let failed = commit(&mut connection, jobs, &mut acknowledge);
        for acknowledge in acknowledge {
            acknowledge(failed);
        }
    }
}

type Acknowledge = Box<dyn FnOnce(Option<ffi::Error>)>;

/// Runs the jobs as one transaction; returns the error if it was not committed.
fn commit(
    connection: &mut Connection,
    jobs: Vec<WriteJob>,
    acknowledge: &mut Vec<Acknowledge>,
) -> Option<ffi::Error> {
    let tx = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(tx) => tx,
        Err(error) => {
            let code = code(&error);
            acknowledge.extend(jobs.into_iter().map(|job| job(Err(code)).acknowledge));
            return Some(code);
        }
    };
    let ended = perform(&Tx(&tx), jobs, acknowledge);
    ended.or_else(|| tx.commit().err().map(|error| code(&error)))
}

/// Runs the jobs; returns the error if SQLite ended their transaction.
fn perform(
    tx: &Tx<'_>,
    jobs: Vec<WriteJob>,
    acknowledge: &mut Vec<Acknowledge>,
) -> Option<ffi::Error> {
    let mut ended = None;
    for job in jobs {
        let ran = job(ended.map_or(Ok(tx), Err));
        if ended.is_none() && tx.is_autocommit() {
            ended = Some(ran.failure.unwrap_or(ffi::Error::new(ffi::SQLITE_ABORT)));
        }
        acknowledge.push(ran.acknowledge);
    }
    ended
}

fn code(error: &Error) -> ffi::Error {
    error
        .sqlite_error()
        .copied()
        .unwrap_or(ffi::Error::new(ffi::SQLITE_ERROR))
}

#[cfg(test)]
mod tests;
