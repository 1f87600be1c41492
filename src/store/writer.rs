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
//! Polls that saw nothing new are not jobs: they wait for the next transaction, a second at most
//! (`deferred`).
//!
//! A store that is thrown away if making it fails uses one transaction for everything and has only one
//! writer: so there is no thread (`Writer::Here`), and nothing is durable before the end.
//!
//! SQLite may end a transaction on its own (full disk, I/O error). Then nothing of the batch is
//! committed, and running the next job would commit that job alone: so the rest of the batch gets the
//! error without being run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Error, ErrorCode, TransactionBehavior, ffi};
use tokio::sync::oneshot;

use super::deferred::{Deferred, Put};
use super::error::{StoreError, doing, uncommitted};
use super::tx::Tx;
use crate::policy::seen_again::SeenAgain;

/// The most jobs in one transaction.
const BATCH: usize = 512;
/// How long one step of waiting for announced jobs lasts; the number of steps is limited.
const STEP: Duration = Duration::from_millis(1);
const STEPS: usize = 10;
/// If only this many polls are under way, the writer does not wait for them.
const BUSY: usize = 10;
/// The code of an error that has none.
const UNKNOWN: ffi::Error = ffi::Error {
    code: ErrorCode::Unknown,
    extended_code: ffi::SQLITE_ERROR,
};

/// What the thread is asked for.
pub(super) enum WriterMessage {
    /// A write, to be committed before it is acknowledged.
    Job(WriteJob),
    /// To commit in time what is deferred from now on.
    Deferred,
}

/// Runs in the transaction, or gets the reason why there is none.
type WriteJob = Box<dyn FnOnce(Result<&Tx<'_>, ffi::Error>) -> JobResult + Send>;

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
        asked: mpsc::Sender<WriterMessage>,
        announced: Arc<AtomicUsize>,
        deferred: Deferred,
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
        let (asked, waiting) = mpsc::channel();
        let end = Arc::new(WriterEnd::default());
        let (announced, deferred) = (Arc::<AtomicUsize>::default(), Deferred::default());
        let thread = Thread {
            connection,
            waiting,
            announced: Arc::clone(&announced),
            deferred: deferred.clone(),
            end: Arc::clone(&end),
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || thread.run())
            .map_err(|error| StoreError::Open {
                path: path.to_owned(),
                reason: format!("no thread for the writer: {error}"),
            })?;
        *end.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(Self::Thread {
            asked,
            announced,
            deferred,
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

    /// Defers a poll that saw nothing new; `false` if it must be committed like any other.
    pub(super) fn defer(&self, seen: SeenAgain) -> Result<bool, StoreError> {
        let Self::Thread {
            asked, deferred, ..
        } = self
        else {
            return Ok(false);
        };
        let Put::Deferred { is_first } = deferred.put(seen)? else {
            return Ok(false);
        };
        if is_first {
            asked
                .send(WriterMessage::Deferred)
                .map_err(|_gone| StoreError::Ended)?;
        }
        Ok(true)
    }

    /// What is deferred, if something can be.
    pub(super) fn deferred(&self) -> Option<&Deferred> {
        match self {
            Self::Thread { deferred, .. } => Some(deferred),
            Self::Here(_) => None,
        }
    }

    /// Runs a job and waits until it is committed, if there is a thread that commits.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (asked, (done, committed)) = match self {
            Self::Thread { asked, .. } => (asked, oneshot::channel()),
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
        let sent = asked.send(WriterMessage::Job(job));
        sent.map_err(|_gone| StoreError::Ended)?;
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
    in_savepoint(&Tx::of(&held), work)
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

/// What the thread that writes has.
struct Thread {
    connection: Connection,
    waiting: mpsc::Receiver<WriterMessage>,
    announced: Arc<AtomicUsize>,
    deferred: Deferred,
    end: Arc<WriterEnd>,
}

impl Drop for Thread {
    /// Also where it panicked: what is deferred then would never be written.
    fn drop(&mut self) {
        self.deferred.close();
    }
}

type Acknowledge = Box<dyn FnOnce(Option<ffi::Error>)>;

impl Thread {
    fn run(mut self) {
        while !self.end.is_asked.load(Ordering::Relaxed) {
            let jobs = match self.next() {
                Ok(WriterMessage::Job(first)) => self.gather(first),
                Ok(WriterMessage::Deferred) => continue,
                Err(RecvTimeoutError::Timeout) => Vec::new(),
                Err(RecvTimeoutError::Disconnected) => break,
            };
            self.write(jobs);
        }
        self.deferred.close();
        self.write(Vec::new());
    }

    /// Waits until something is asked for, or deferred polls are due.
    fn next(&self) -> Result<WriterMessage, RecvTimeoutError> {
        let Some(due) = self.deferred.due() else {
            return Ok(self.waiting.recv()?);
        };
        let wait = due.saturating_duration_since(Instant::now());
        self.waiting.recv_timeout(wait)
    }

    /// Collects the jobs that wait and those that are about to come. If none has come in one step, those
    /// that are announced bring nothing new.
    fn gather(&self, first: WriteJob) -> Vec<WriteJob> {
        let mut jobs = vec![first];
        for step in 0..STEPS {
            let waiting = self.waiting.try_iter().filter_map(|asked| match asked {
                WriterMessage::Job(job) => Some(job),
                WriterMessage::Deferred => None,
            });
            let before = jobs.len();
            jobs.extend(waiting.take(BATCH - before));
            let announced = self.announced.load(Ordering::Relaxed);
            let is_enough = jobs.len() >= announced.saturating_sub(BUSY).min(BATCH);
            let is_in_vain = step > 0 && jobs.len() == before;
            if is_enough || is_in_vain {
                break;
            }
            std::thread::sleep(STEP);
        }
        jobs
    }

    fn write(&mut self, jobs: Vec<WriteJob>) {
        if jobs.is_empty() && self.deferred.due().is_none() {
            return;
        }
        let mut acknowledge = Vec::with_capacity(jobs.len());
        let failed = commit(&mut self.connection, &self.deferred, jobs, &mut acknowledge);
        for acknowledge in acknowledge {
            acknowledge(failed);
        }
    }
}

/// Writes what is deferred and runs the jobs, as one transaction; returns the error if it was not
/// committed.
fn commit(
    connection: &mut Connection,
    deferred: &Deferred,
    jobs: Vec<WriteJob>,
    acknowledge: &mut Vec<Acknowledge>,
) -> Option<ffi::Error> {
    let begun = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| code(&error))
        .and_then(|tx| {
            let written = deferred.write(&Tx::of(&tx));
            let batch = written.map_err(|error| code_of(&error).unwrap_or(UNKNOWN))?;
            Ok((tx, batch))
        });
    let (tx, batch) = match begun {
        Ok(begun) => begun,
        Err(code) => {
            deferred.fail(code);
            acknowledge.extend(jobs.into_iter().map(|job| job(Err(code)).acknowledge));
            return Some(code);
        }
    };
    let ended = perform(&Tx::of(&tx), jobs, acknowledge);
    let failed = ended.or_else(|| tx.commit().err().map(|error| code(&error)));
    deferred.ended(batch, failed);
    failed
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
    error.sqlite_error().copied().unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests;
