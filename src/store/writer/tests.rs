//! Tests of what the writer guarantees to its callers.

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

/// Runs jobs as one batch: they are queued while the writer is busy with another.
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

/// Polls the future once, which sends the job.
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
