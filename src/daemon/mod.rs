//! The daemon: polls what is due, delivers what waits, ends when it is told to.
//!
//! One loop owns everything that has time in it: ticks, offsets, polls in flight, the courier,
//! systemd. A poll is a task of its own, so that a panic costs that poll and nothing else. At most
//! `concurrency` targets are being polled; the others wait in order of their time.

mod due;
mod schedule;
mod systemd;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, mpsc};
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use crate::clock;
use crate::config::Config;
use crate::fetch::Fetcher;
use crate::mailer::Mailer;
use crate::model::event::EventKind;
use crate::schedule::Schedule;
use crate::store::{Store, StoreError};
use crate::watch::courier::Courier;
use crate::watch::poll::{PollReport, Poller, Telling, Watched};
use crate::watch::setup;

/// How long polls in flight may take to commit after SIGTERM.
const FAREWELL: Duration = Duration::from_secs(9);
/// How long the courier sleeps when nothing is due.
const IDLE: Duration = Duration::from_secs(60);

/// Runs until SIGTERM or SIGINT.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let _lock = Store::lock_daemon(&config.store)?;
    let store = Store::open(&config.store)?;
    let watched = setup::watched(&config, &store, clock::now()).await?;
    let fetcher = Fetcher::new(&config.fetch).context("cannot prepare to fetch")?;
    let mailer = Mailer::new(&config.mail.transport).context("cannot prepare to mail")?;
    let courier = Courier::new(store.clone(), mailer, &config, &watched, clock::now());
    let telling = Telling {
        mail: Arc::new(config.mail.clone()),
        wait: config.mail.group_wait,
    };
    let poller = Arc::new(Poller {
        store: store.clone(),
        fetcher,
        telling,
    });

    let mut schedules: Vec<(String, String, Schedule)> = Vec::new();
    let mut targets = Vec::new();
    for one in watched {
        let known = schedules
            .iter()
            .position(|(text, zone, _)| (text, zone) == (&one.schedule, &one.timezone));
        let position = match known {
            Some(position) => position,
            None => {
                let schedule = Schedule::parse(&one.schedule, &one.timezone)
                    .map_err(anyhow::Error::msg)
                    .context("a schedule that was valid is not any more")?;
                schedules.push((one.schedule.clone(), one.timezone.clone(), schedule));
                schedules.len() - 1
            }
        };
        targets.push((position, Arc::new(one)));
    }
    let (sender, ticks) = mpsc::unbounded_channel();
    let plain: Vec<Schedule> = schedules
        .iter()
        .map(|(_, _, schedule)| schedule.clone())
        .collect();
    let running = schedule::Ticks::start(plain.clone(), clock::now, sender)
        .await
        .map_err(|error| anyhow::anyhow!("cannot start the schedule: {error}"))?;

    let wake = Arc::new(Notify::new());
    let ending = Arc::new(Notify::new());
    let courier = tokio::spawn(deliver(
        courier,
        store.clone(),
        Arc::clone(&wake),
        Arc::clone(&ending),
    ));
    let mut turn = Turn {
        poller,
        store,
        targets,
        schedules: plain,
        spread: config.fetch.spread,
        most: config.fetch.concurrency,
        wake,
        waiting: BinaryHeap::new(),
        queued: HashSet::new(),
        polls: JoinSet::new(),
        in_flight: HashMap::new(),
        failing: HashSet::new(),
    };
    let outcome = turn.run(ticks).await;
    systemd::stopping();
    running.stop().await;
    // One deadline for polls and courier together: systemd waits 15 s, we promise 10.
    let deadline = Instant::now() + FAREWELL;
    turn.finish(deadline).await;
    ending.notify_one();
    // The courier ends after the delivery at hand; its lease makes it due again if it cannot.
    let courier = tokio::time::timeout_at(deadline, courier).await;
    if courier.is_err() {
        tracing::warn!("a delivery did not end in time; it is tried again at the next start");
    }
    tracing::info!("ended");
    outcome
}

/// What the loop of the daemon owns.
struct Turn {
    poller: Arc<Poller>,
    store: Store,
    /// Position of the schedule, and the target.
    targets: Vec<(usize, Arc<Watched>)>,
    schedules: Vec<Schedule>,
    spread: Duration,
    most: usize,
    wake: Arc<Notify>,
    /// Targets whose time comes, the earliest first.
    waiting: BinaryHeap<Reverse<(Instant, usize)>>,
    queued: HashSet<usize>,
    polls: JoinSet<Result<PollReport, StoreError>>,
    in_flight: HashMap<Id, usize>,
    failing: HashSet<usize>,
}

impl Turn {
    async fn run(&mut self, mut ticks: mpsc::UnboundedReceiver<usize>) -> anyhow::Result<()> {
        let mut terminate = signal(SignalKind::terminate()).context("cannot wait for signals")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for signals")?;
        let mut hangup = signal(SignalKind::hangup()).context("cannot wait for signals")?;
        self.catch_up()?;
        systemd::ready(&self.status());
        tracing::info!(
            targets = self.targets.len(),
            "watching {} documents",
            self.targets.len()
        );
        let watchdog = systemd::watchdog();
        let mut beat = tokio::time::interval(watchdog.unwrap_or(Duration::from_secs(3_600)));
        loop {
            self.start_due();
            let is_full = self.polls.len() >= self.most;
            let next = self
                .waiting
                .peek()
                .map(|Reverse((at, _))| *at)
                .filter(|_| !is_full);
            let sleep_until = next.unwrap_or_else(|| Instant::now() + IDLE);
            tokio::select! {
                _ = terminate.recv() => return Ok(()),
                _ = interrupt.recv() => return Ok(()),
                _ = hangup.recv() => {
                    tracing::warn!("reload is not yet supported: restart to read the configuration");
                }
                _ = beat.tick() => systemd::alive(),
                Some(schedule) = ticks.recv() => self.tick(schedule),
                Some(ended) = self.polls.join_next_with_id() => self.ended(ended)?,
                () = tokio::time::sleep_until(sleep_until) => {}
            }
        }
    }

    /// Polls once what missed a tick while nobody was running.
    fn catch_up(&mut self) -> anyhow::Result<()> {
        let now = clock::now();
        // Few targets need no spreading: who starts the program wants to see it work.
        let count = u32::try_from(self.targets.len()).unwrap_or(u32::MAX);
        let spread = self
            .spread
            .min(Duration::from_millis(20).saturating_mul(count));
        for position in 0..self.targets.len() {
            let Some((schedule, watched)) = self.targets.get(position) else {
                continue;
            };
            let tracking = self.store.tracking(watched.target_id)?;
            let schedule = self.schedules.get(*schedule);
            if schedule.is_some_and(|one| due::is_overdue(one, tracking.last_poll_at, now)) {
                self.queue(position, spread);
            }
        }
        Ok(())
    }

    fn tick(&mut self, schedule: usize) {
        for position in 0..self.targets.len() {
            if self
                .targets
                .get(position)
                .is_some_and(|(own, _)| *own == schedule)
            {
                self.queue(position, self.spread);
            }
        }
    }

    /// Queues a target at its offset. One that waits or is being polled is not queued again: what
    /// that poll sees is as fresh.
    fn queue(&mut self, position: usize, spread: Duration) {
        let Some((schedule, watched)) = self.targets.get(position) else {
            return;
        };
        if !self.queued.insert(position) {
            return;
        }
        let interval = self
            .schedules
            .get(*schedule)
            .and_then(|schedule| schedule.interval_at(clock::now()))
            .and_then(|interval| Duration::try_from(interval).ok())
            .unwrap_or_default();
        let offset = due::offset(&watched.target.provider, spread, interval);
        self.waiting
            .push(Reverse((Instant::now() + offset, position)));
    }

    fn start_due(&mut self) {
        let now = Instant::now();
        while self.polls.len() < self.most {
            match self.waiting.peek() {
                Some(Reverse((at, _))) if *at <= now => {}
                Some(_) | None => return,
            }
            let Some(Reverse((_, position))) = self.waiting.pop() else {
                return;
            };
            let Some((_, watched)) = self.targets.get(position) else {
                continue;
            };
            let (poller, watched) = (Arc::clone(&self.poller), Arc::clone(watched));
            let handle = self
                .polls
                .spawn(async move { poll(&poller, &watched).await });
            self.in_flight.insert(handle.id(), position);
        }
    }

    fn ended(
        &mut self,
        ended: Result<(Id, Result<PollReport, StoreError>), tokio::task::JoinError>,
    ) -> anyhow::Result<()> {
        let (id, outcome) = match ended {
            Ok((id, outcome)) => (id, Some(outcome)),
            Err(error) => (error.id(), None),
        };
        let Some(position) = self.in_flight.remove(&id) else {
            return Ok(());
        };
        self.queued.remove(&position);
        let Some((_, watched)) = self.targets.get(position) else {
            return Ok(());
        };
        match outcome {
            None => tracing::error!(
                "the poll of {} panicked; the daemon goes on",
                watched.name()
            ),
            Some(Err(error)) if error.is_transient() => {
                tracing::error!("the poll of {} was not recorded: {error}", watched.name());
            }
            Some(Err(error)) => return Err(error).context("cannot record a poll"),
            Some(Ok(report)) => {
                log(watched, &report);
                let is_failing = report.transition.tracking.state.outage.is_some();
                let moved = if is_failing {
                    self.failing.insert(position)
                } else {
                    self.failing.remove(&position)
                };
                if moved {
                    systemd::status(&self.status());
                }
                if report.alerts > 0 {
                    self.wake.notify_one();
                }
            }
        }
        Ok(())
    }

    fn status(&self) -> String {
        format!(
            "{} documents watched, {} failing",
            self.targets.len(),
            self.failing.len()
        )
    }

    /// Lets what is in flight commit.
    async fn finish(&mut self, deadline: Instant) {
        while !self.polls.is_empty() {
            match tokio::time::timeout_at(deadline, self.polls.join_next()).await {
                Ok(_) => {}
                Err(_elapsed) => {
                    tracing::warn!("{} polls did not end in time", self.polls.len());
                    self.polls.abort_all();
                    return;
                }
            }
        }
    }
}

/// One poll; what a full disk or a locked store interrupts is tried again a few times.
async fn poll(poller: &Poller, watched: &Watched) -> Result<PollReport, StoreError> {
    let mut wait = Duration::from_secs(1);
    loop {
        match poller.poll(watched).await {
            Err(error) if error.is_transient() && wait < Duration::from_secs(30) => {
                tracing::warn!("{error}; the poll of {} is made again", watched.name());
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
            outcome => return outcome,
        }
    }
}

fn log(watched: &Watched, report: &PollReport) {
    let name = watched.name();
    for (id, event) in report.events.iter().zip(&report.transition.events) {
        let kind = event.kind.as_str();
        match event.kind {
            EventKind::Failing => tracing::warn!(event = id, kind, "{name}: {}", event.summary),
            _ => tracing::info!(event = id, kind, "{name}: {}", event.summary),
        }
    }
    if let Some(outage) = &report.transition.tracking.state.outage
        && let Some(poll) = outage.polls.last()
    {
        let failures = outage.failures;
        tracing::warn!(
            provider = %watched.target.provider, failures, kind = %poll.failure.kind,
            "poll of {name} failed ({}: {}); {failures} in a row",
            poll.failure.kind, poll.failure.detail
        );
    } else {
        tracing::debug!(elapsed_ms = report.observation.elapsed_ms, "polled {name}");
    }
}

/// Delivers what is due, whenever something is.
async fn deliver(courier: Courier, store: Store, wake: Arc<Notify>, ending: Arc<Notify>) {
    loop {
        if let Err(error) = courier.round().await {
            tracing::error!("mails could not be delivered: {error}");
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        let due = store.next_due().ok().flatten();
        let wait = due
            .and_then(|due| Duration::try_from(due.duration_since(clock::now())).ok())
            .map_or(
                if due.is_some() {
                    Duration::from_secs(1)
                } else {
                    IDLE
                },
                |wait| wait.min(IDLE),
            );
        tokio::select! {
            () = wake.notified() => {}
            () = ending.notified() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}
