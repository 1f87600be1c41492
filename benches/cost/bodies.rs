//! `keep_bodies` on the big store: what a step takes, what room comes back, and what a poll waits meanwhile.

use std::path::Path;
use std::time::Instant;

use issuerwatch::clock;
use issuerwatch::document::fingerprint::sha256_hex;
use issuerwatch::policy::tracking::{PollOutcome, SnapshotStep, Transition};
use issuerwatch::store::{AlertPlan, Store};
use rusqlite::{Connection, params};

use super::process::median;
use super::table::{Target, row};

/// States that have their bytes, of 3.3 KB: about 100 MiB.
const OLD: i64 = 32_000;
const SIZE: usize = 3_300;
/// Polls that are recorded while nothing else is done.
const ALONE: usize = 200;

/// Gives the oldest states a body and an end.
fn fill(store: &Path) {
    let mut connection = Connection::open(store).unwrap();
    connection
        .execute_batch("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;")
        .unwrap();
    let tx = connection.transaction().unwrap();
    for id in 1..=OLD {
        let bytes = format!("{id}{}", "x".repeat(SIZE));
        let hash = sha256_hex(bytes.as_bytes());
        tx.prepare_cached("INSERT INTO body (sha256, raw_sha256, bytes) VALUES (?1, ?1, ?2)")
            .unwrap()
            .execute(params![hash, bytes.as_bytes()])
            .unwrap();
        tx.prepare_cached("UPDATE snapshot SET body = ?2, ended_at = first_seen_at WHERE id = ?1")
            .unwrap()
            .execute(params![id, hash])
            .unwrap();
    }
    tx.commit().unwrap();
    connection
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE);")
        .unwrap();
}

pub fn measure(path: &Path) {
    fill(path);
    let megabytes = || std::fs::metadata(path).unwrap().len() as f64 / 1_048_576.0;
    let before = megabytes();
    let store = Store::open(path).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let alone: Vec<f64> = (0..ALONE).map(|_| runtime.block_on(poll(&store))).collect();
    let (steps, beside) = runtime.block_on(dropped(&store));
    drop((store, runtime));
    // What is written back at a clean stop.
    let after = megabytes();
    row(
        &format!("keep_bodies: a step of 16 states, of {}", steps.len()),
        median(steps.clone()),
        "ms",
        Target::None,
    );
    row("  the longest step", longest(&steps), "ms", Target::None);
    row("  the file before", before, "MiB", Target::None);
    row("  given back of it", before - after, "MiB", Target::None);
    row(
        "  a poll recorded alone, median",
        median(alone.clone()),
        "ms",
        Target::None,
    );
    row("  the longest alone", longest(&alone), "ms", Target::None);
    row(
        "  beside steps without a pause, median",
        median(beside.clone()),
        "ms",
        Target::None,
    );
    row(
        "  the longest beside them",
        longest(&beside),
        "ms",
        Target::None,
    );
}

fn longest(times: &[f64]) -> f64 {
    times.iter().copied().fold(0.0, f64::max)
}

/// All steps, one after the other, and how long polls beside them took, each in milliseconds.
async fn dropped(store: &Store) -> (Vec<f64>, Vec<f64>) {
    let work = store.clone();
    let steps = tokio::spawn(async move {
        let mut times = Vec::new();
        loop {
            let start = Instant::now();
            if work.drop_bodies(clock::now()).await.unwrap().is_nothing() {
                return times;
            }
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
    });
    let mut beside = Vec::new();
    while !steps.is_finished() {
        beside.push(poll(store).await);
    }
    (steps.await.unwrap(), beside)
}

/// Records a poll that saw nothing new; how long that took, in milliseconds.
async fn poll(store: &Store) -> f64 {
    let mut tracking = store.tracking(1).unwrap();
    tracking.polls += 1;
    tracking.last_poll_at = Some(clock::now());
    let transition = Transition {
        values: Vec::new(),
        response_facts: None,
        tracking,
        snapshot: SnapshotStep::Keep,
        outcome: PollOutcome::Answered,
        events: Vec::new(),
    };
    let start = Instant::now();
    store
        .record(transition, AlertPlan::default())
        .await
        .unwrap();
    start.elapsed().as_secs_f64() * 1e3
}
