//! The one thread that writes.
//!
//! It takes all jobs that wait, runs each in a savepoint of one IMMEDIATE transaction, commits, and
//! acknowledges only then. So a commit costs one fsync however many polls end together, and a job
//! that fails takes nothing with it. IMMEDIATE because we know that we will write: an upgrade in
//! mid-transaction can fail after the fetch has been paid for.
//!
//! It does not take the first job at once if it knows of polls that will come to it: it waits for all
//! but a few of them, some milliseconds at most. A commit logs whole pages and syncs the disk, which is
//! what an unchanged poll costs; shared by many it costs little, and the few that are still under way
//! keep the processor busy meanwhile.
//!
//! A store that is thrown away if its making is broken off has one transaction for all of it, and one
//! who writes: there is no thread then (`Writer::Here`), and no promise before the end.
//!
//! SQLite may end a transaction on its own (a full disk, an I/O error). From then on nothing of the
//! batch counts, and running the next job would commit it alone: so the rest of the batch is told of
//! the failure unrun.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use rusqlite::{Connection, Error, TransactionBehavior, ffi};
use tokio::sync::oneshot;

use super::{StoreError, doing};

/// Most jobs of one transaction.
const BATCH: usize = 512;
/// How long to wait for jobs that are announced, in how many steps at most.
const STEP: Duration = Duration::from_millis(1);
const STEPS: usize = 10;
/// Polls under way that keep the processor busy: the writer does not wait for these.
const BUSY: usize = 10;

/// Runs in the transaction, or is told why there is none.
type Job = Box<dyn FnOnce(Result<&Tx<'_>, ffi::Error>) -> Ran + Send>;

/// Holding one proves that a transaction is open: what is written through it counts with it.
pub(super) struct Tx<'c>(&'c Connection);

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}

/// A job that was run.
pub(super) struct Ran {
    /// What SQLite said if it failed.
    failure: Option<ffi::Error>,
    /// Told whether the commit failed.
    acknowledge: Box<dyn FnOnce(Option<ffi::Error>)>,
}

#[derive(Clone)]
pub(super) enum Writer {
    /// The thread that writes, and commits before it acknowledges.
    Thread {
        jobs: mpsc::Sender<Job>,
        announced: Arc<AtomicUsize>,
    },
    /// Whoever asks writes, into a transaction that is open and is committed at the end.
    Here(Arc<Mutex<Connection>>),
}

/// Something is under way that will be written, until this is dropped.
#[derive(Debug)]
pub struct Announced(Arc<AtomicUsize>);

impl Drop for Announced {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(connection: Connection, path: &Path) -> Result<Self, StoreError> {
        let (jobs, waiting) = mpsc::channel();
        let announced = Arc::new(AtomicUsize::new(0));
        let expected = Arc::clone(&announced);
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write(connection, &waiting, &expected))
            .map_err(|error| StoreError::Open {
                path: path.to_owned(),
                reason: format!("no thread for the writer: {error}"),
            })?;
        Ok(Self::Thread { jobs, announced })
    }

    /// Lets the writer wait a little for a job that is to come.
    pub(super) fn announce(&self) -> Announced {
        let Self::Thread { announced, .. } = self else {
            return Announced(Arc::new(AtomicUsize::new(1)));
        };
        announced.fetch_add(1, Ordering::Relaxed);
        Announced(Arc::clone(announced))
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
        let job: Job = Box::new(move |tx| {
            let outcome = match tx {
                Ok(tx) => in_savepoint(tx, work),
                Err(code) => Err(uncommitted(code)),
            };
            let failure = outcome.as_ref().err().and_then(code_of);
            let acknowledge = Box::new(move |failed: Option<ffi::Error>| {
                let outcome = failed.map_or(outcome, |code| Err(uncommitted(code)));
                // Whoever asked may have gone; what is committed stays.
                drop(done.send(outcome));
            });
            Ran {
                failure,
                acknowledge,
            }
        });
        jobs.send(job).map_err(|_gone| StoreError::Ended)?;
        committed.await.unwrap_or(Err(StoreError::Ended))
    }
}

/// Runs a job in the transaction that is open.
fn here<T>(
    connection: &Mutex<Connection>,
    work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    // A job that panicked has been rolled back: the connection is as good as before.
    let held = connection.lock().unwrap_or_else(PoisonError::into_inner);
    if held.is_autocommit() {
        // SQLite has ended it: what follows would count alone.
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
    // A job runs code that is not ours (how mails are planned): its panic is its own.
    let outcome = catch_unwind(AssertUnwindSafe(|| work(tx))).unwrap_or(Err(StoreError::Panicked));
    if tx.is_autocommit() {
        // SQLite has ended the transaction, and the savepoint with it.
        return outcome;
    }
    let closing = doing("closing a savepoint");
    if outcome.is_err() {
        run(tx, "ROLLBACK TO job").map_err(&closing)?;
    }
    run(tx, "RELEASE job").map_err(&closing)?;
    outcome
}

/// Runs a statement that is not parsed anew for every job.
fn run(tx: &Tx<'_>, sql: &str) -> Result<(), Error> {
    tx.prepare_cached(sql)?.execute([]).map(drop)
}

/// What waits, and what is about to come.
fn gather(first: Job, waiting: &mpsc::Receiver<Job>, announced: &AtomicUsize) -> Vec<Job> {
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

fn write(mut connection: Connection, waiting: &mpsc::Receiver<Job>, announced: &AtomicUsize) {
    while let Ok(first) = waiting.recv() {
        let jobs = gather(first, waiting, announced);
        let mut acknowledge = Vec::with_capacity(jobs.len());
        let failed = commit(&mut connection, jobs, &mut acknowledge);
        for acknowledge in acknowledge {
            acknowledge(failed);
        }
    }
}

type Acknowledge = Box<dyn FnOnce(Option<ffi::Error>)>;

/// Runs the jobs as one transaction and says why it is not committed, if it is not.
fn commit(
    connection: &mut Connection,
    jobs: Vec<Job>,
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

/// Runs the jobs and says why their transaction has ended, if it has.
fn perform(tx: &Tx<'_>, jobs: Vec<Job>, acknowledge: &mut Vec<Acknowledge>) -> Option<ffi::Error> {
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
mod tests {
    use super::*;

    fn writer(setup: &str) -> (tempfile::TempDir, Writer) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let connection = super::super::file::open_writer(&path).unwrap();
        connection
            .execute_batch("CREATE TABLE t (x TEXT NOT NULL) STRICT;")
            .unwrap();
        connection.execute_batch(setup).unwrap();
        let writer = Writer::start(connection, &path).unwrap();
        (folder, writer)
    }

    fn insert(tx: &Tx<'_>, text: &str) -> Result<(), StoreError> {
        tx.execute("INSERT INTO t (x) VALUES (?1)", [text])
            .map_err(doing("inserting"))?;
        Ok(())
    }

    async fn count(writer: &Writer) -> i64 {
        writer
            .run(|tx| {
                tx.query_row("SELECT count(*) FROM t", [], |row| row.get(0))
                    .map_err(doing("counting"))
            })
            .await
            .unwrap()
    }

    /// Runs jobs as one batch: they are queued while the writer is held up in another.
    async fn together(writer: &Writer, texts: &[String]) -> Vec<Result<(), StoreError>> {
        let (go, wait) = mpsc::channel::<()>();
        let (running, runs) = mpsc::channel::<()>();
        let mut held = Box::pin(writer.run(move |_| {
            running.send(()).unwrap();
            assert_eq!(wait.recv(), Ok(()));
            Ok(())
        }));
        assert!(starts(held.as_mut()));
        runs.recv().unwrap();
        let mut jobs = Vec::new();
        for text in texts {
            let text = text.clone();
            let mut job = Box::pin(writer.run(move |tx| insert(tx, &text)));
            assert!(starts(job.as_mut()));
            jobs.push(job);
        }
        go.send(()).unwrap();
        held.await.unwrap();
        let mut outcomes = Vec::new();
        for job in jobs {
            outcomes.push(job.await);
        }
        outcomes
    }

    /// Polls once, which sends the job.
    fn starts<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        future.poll(&mut context).is_pending()
    }

    #[tokio::test]
    async fn a_failed_job_rolls_back_alone() {
        let (_folder, writer) = writer("CREATE UNIQUE INDEX once ON t (x);");
        let texts = ["a", "b", "a", "c"].map(str::to_owned);
        let outcomes = together(&writer, &texts).await;
        let ok: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
        assert_eq!(ok, [true, true, false, true]);
        assert_eq!(count(&writer).await, 3);
    }

    #[tokio::test]
    async fn a_full_disk_is_told_to_the_whole_batch_and_is_transient() {
        let (_folder, writer) = writer("PRAGMA max_page_count = 40;");
        let texts = ["a".to_owned(), "x".repeat(1_000_000), "b".to_owned()];
        for outcome in together(&writer, &texts).await {
            let error = outcome.unwrap_err();
            assert!(error.is_full() && error.is_transient(), "{error:?}");
        }
        assert_eq!(count(&writer).await, 0);
        writer.run(|tx| insert(tx, "later")).await.unwrap();
    }

    #[tokio::test]
    async fn a_transaction_that_sqlite_ends_commits_nothing_of_its_batch() {
        let (_folder, writer) = writer(
            "CREATE TRIGGER ends BEFORE INSERT ON t WHEN new.x = 'end'
             BEGIN SELECT raise(ROLLBACK, 'as an I/O error would'); END;",
        );
        let texts = ["a", "end", "b"].map(str::to_owned);
        for outcome in together(&writer, &texts).await {
            assert!(outcome.is_err());
        }
        assert_eq!(count(&writer).await, 0);
        writer.run(|tx| insert(tx, "later")).await.unwrap();
        assert_eq!(count(&writer).await, 1);
    }

    #[tokio::test]
    async fn nothing_counts_alone_once_sqlite_has_ended_the_transaction_of_all() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE t (x TEXT NOT NULL) STRICT; BEGIN IMMEDIATE")
            .unwrap();
        let connection = Arc::new(Mutex::new(connection));
        let writer = Writer::Here(Arc::clone(&connection));
        writer.run(|tx| insert(tx, "a")).await.unwrap();
        writer
            .run(|tx| run(tx, "ROLLBACK").map_err(doing("ending")))
            .await
            .unwrap();
        assert!(writer.run(|tx| insert(tx, "b")).await.is_err());
        let rows = connection.lock().unwrap().execute("DELETE FROM t", []);
        assert_eq!(rows, Ok(0));
    }

    #[tokio::test]
    async fn a_locked_database_is_told_to_all_and_is_transient() {
        let (folder, writer) = writer("PRAGMA busy_timeout = 1;");
        let other = super::super::file::open_writer(&folder.path().join("store.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let error = writer.run(|tx| insert(tx, "a")).await.unwrap_err();
        assert!(error.is_busy() && error.is_transient(), "{error:?}");
        other.execute_batch("COMMIT").unwrap();
        writer.run(|tx| insert(tx, "a")).await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_costs_its_own_job() {
        let (_folder, writer) = writer("");
        let outcome = writer
            .run(|tx| -> Result<(), StoreError> {
                insert(tx, "a")?;
                panic!("planned badly")
            })
            .await;
        assert!(matches!(outcome, Err(StoreError::Panicked)));
        assert_eq!(count(&writer).await, 0);
    }
}
