//! The daemon: polls what is due, delivers what waits, ends when it is told to.
//!
//! One loop (`event_loop`) owns everything that has time in it: ticks, offsets, polls in flight, reloads,
//! systemd. A poll is a task of its own, so that a panic costs that poll and nothing else; the
//! courier is one too, and is started again. What the store cannot do for ever ends the process with
//! its reason; what it cannot do now is tried again.
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

use self::courier::Delivering;
use self::event_loop::EventLoop;
use self::plan::Plan;
use self::schedule::Ticks;
use self::signals::Signals;
use crate::clock;
use crate::config::Config;
use crate::store::Store;

/// How long polls in flight may take to commit after SIGTERM.
const FAREWELL: Duration = Duration::from_secs(9);

/// Runs until SIGTERM or SIGINT.
pub async fn run(config: Config) -> anyhow::Result<()> {
    // First of all: SIGHUP ends a process that does not expect it.
    let signals = Signals::expect()?;
    let _lock = Store::lock_daemon(&config.store)?;
    let store = Store::open(&config.store)?;
    let plan = Plan::of(&config, &store, None).await?;
    let (sender, ticks) = mpsc::unbounded_channel();
    let schedule = Ticks::start(clock::now, sender)
        .await
        .map_err(|error| anyhow::anyhow!("cannot start the schedule: {error}"))?;
    let delivering = Delivering::start(Arc::clone(&plan.courier));
    let mut event_loop = EventLoop::new(config, store.clone(), schedule, delivering);
    event_loop.adopt(plan).await?;
    // Before it says that it is ready: whoever kills it from then on did not stop it.
    match store.daemon_began(clock::now()).await {
        // What it records is tried again until there is room; this is not worth to die of.
        Err(error) if error.is_transient() => {
            tracing::warn!("`status` could not say that this daemon was killed: {error}");
        }
        done => done?,
    }
    let outcome = event_loop.run(signals, ticks).await;
    systemd::stopping();
    // One deadline for polls and courier together: systemd waits 15 s, we promise 10.
    event_loop.finish(Instant::now() + FAREWELL).await;
    // One that ends for a reason of its own was not stopped by anybody: `status` goes on to say so.
    if outcome.is_ok()
        && let Err(error) = store.daemon_ended().await
    {
        tracing::warn!("`status` will say that the daemon was killed: {error}");
    }
    // A stopped daemon leaves one file, whole.
    store.close().await;
    tracing::info!("ended");
    outcome
}
