//! The daemon: polls what is due, delivers what waits, ends when it is told to.
//!
//! One loop (`event_loop`) owns everything that depends on time: ticks, offsets, polls under way,
//! reloads, systemd. A poll is a task of its own, so that a panic ends only that poll; the courier is a
//! task too, and is restarted. A lasting error of the store ends the process with its reason; a passing
//! one is tried again.
//!
//! To read in this order: `plan` (what a configuration means for a running daemon), `event_loop`,
//! `agenda`, `queue`, `task`, `courier`, `schedule` (where ticks come from), `due`, `systemd`, `attendance`,
//! `health`, `heartbeat`, `exposure`, `report`.

mod agenda;
mod attendance;
mod courier;
mod due;
mod event_loop;
mod exposure;
mod health;
mod heartbeat;
mod plan;
mod queue;
mod report;
mod retention;
mod schedule;
mod signals;
mod snapshot;
mod systemd;
mod task;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use self::courier::CourierTask;
use self::event_loop::EventLoop;
use self::plan::Plan;
use self::schedule::Ticks;
use self::signals::Signals;
use crate::clock;
use crate::config::Config;
use crate::store::Store;

/// How long polls under way may take to commit after SIGTERM.
const FAREWELL: Duration = Duration::from_secs(9);

/// Runs the daemon until SIGTERM or SIGINT.
pub async fn run(config: Config) -> anyhow::Result<()> {
    // This comes first, because SIGHUP ends a process that does not handle it.
    let signals = Signals::expect()?;
    let _lock = Store::lock_daemon(&config.store)?;
    let store = Store::open(&config.store)?;
    let plan = Plan::of(&config, &store, None).await?;
    let (sender, ticks) = mpsc::unbounded_channel();
    let schedule = Ticks::start(clock::now, sender)
        .await
        .map_err(|error| anyhow::anyhow!("cannot start the schedule: {error}"))?;
    match store.release_leases(clock::now()).await {
        Err(error) if error.is_transient() => {
            tracing::warn!("what was being sent when the last daemon was killed waits: {error}");
        }
        done => drop(done?),
    }
    let delivering = CourierTask::start(Arc::clone(&plan.courier));
    let mut event_loop = EventLoop::new(config, store.clone(), schedule, delivering);
    event_loop.adopt(plan).await?;
    // Recorded before it reports ready: if it is killed after that, it was not stopped.
    match store.daemon_began(clock::now()).await {
        // Polls are tried again until there is room, so this error need not end the daemon.
        Err(error) if error.is_transient() => {
            tracing::warn!("`status` could not say that this daemon was killed: {error}");
        }
        done => done?,
    }
    let outcome = event_loop.run(signals, ticks).await;
    systemd::stopping();
    // Polls and courier share one deadline: systemd waits 15 s, and the documentation promises 10.
    event_loop.finish(Instant::now() + FAREWELL).await;
    if let Err(error) = store.write_deferred().await {
        tracing::warn!("polls that saw nothing new in the end are not recorded: {error}");
    }
    // A daemon that ends with an error was not stopped, so the row stays and `status` reports it.
    if outcome.is_ok()
        && let Err(error) = store.daemon_ended(clock::now()).await
    {
        tracing::warn!("`status` will say that the daemon was killed: {error}");
    }
    // Closing leaves the store as a single file without a log.
    store.close().await;
    tracing::info!("ended");
    outcome
}
