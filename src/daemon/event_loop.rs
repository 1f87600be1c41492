//! The event loop: starts polls at ticks, makes news of their results, and handles signals.
//!
//! At most `concurrency` targets are polled at once; the others wait in the order in which they are due.
//! A reload replaces what will be done, not what is being done: polls under way end as they began.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::agenda::Agenda;
use super::attendance::Attendance;
use super::courier::CourierTask;
use super::exposure::Exposure;
use super::health::{self, WatchedSchedules};
use super::heartbeat::Heartbeat;
use super::plan::Plan;
use super::report::Reports;
use super::retention::Retention;
use super::schedule::Ticks;
use super::signals::Signals;
use super::snapshot::LoopSnapshot;
use super::systemd;
use super::task::{self, is_lasting};
use crate::clock;
use crate::config::Config;
use crate::document::path;
use crate::metrics::PollResult;
use crate::policy::event::EventKind;
use crate::policy::roster;
use crate::store::{Store, StoreError, Unwritten};
use crate::watch::poll::Poller;
use crate::watch::report::{PollReport, PollResponse, PollWait};
use crate::watch::setup;
use crate::watch::watched::WatchedTarget;
use crate::wording::text::causes;

/// How long the loop sleeps if nothing is due.
const IDLE: Duration = Duration::from_secs(60);

/// The state of the daemon's event loop.
pub(super) struct EventLoop {
    config: Config,
    store: Store,
    ticks: Ticks,
    delivering: CourierTask,
    poller: Option<Arc<Poller>>,
    agenda: Agenda,
    most: usize,
    polls: JoinSet<Result<PollResponse, StoreError>>,
    in_flight: HashMap<Id, Arc<WatchedTarget>>,
    failing: HashSet<i64>,
    attendance: Attendance,
    heartbeat: Heartbeat,
    exposure: Exposure,
    retention: Retention,
    reports: Reports,
    unwritten: Unwritten,
    was_alive: bool,
    /// Whether a resource leads to other targets than those watched.
    is_moved: bool,
    /// Whether the last reload failed; reported until one succeeds.
    is_outdated: bool,
}

type LoopEnd = Result<(Id, Result<PollResponse, StoreError>), JoinError>;

impl EventLoop {
    /// A loop that has no targets yet.
    pub(super) fn new(config: Config, store: Store, ticks: Ticks, delivering: CourierTask) -> Self {
        Self {
            unwritten: store.unwritten(),
            config,
            store,
            ticks,
            delivering,
            poller: None,
            agenda: Agenda::default(),
            most: 0,
            polls: JoinSet::new(),
            in_flight: HashMap::new(),
            failing: HashSet::new(),
            attendance: Attendance::default(),
            heartbeat: Heartbeat::default(),
            exposure: Exposure::default(),
            retention: Retention::default(),
            reports: Reports::default(),
            was_alive: true,
            is_moved: false,
            is_outdated: false,
        }
    }

    /// Makes this plan the current one. After an error no plan is active, and the daemon must end.
    pub(super) async fn adopt(&mut self, plan: Plan) -> anyhow::Result<()> {
        let numbers = self
            .ticks
            .set(&plan.schedules)
            .await
            .map_err(|error| anyhow::anyhow!("the schedule cannot be set: {error}"))?;
        let schedules = numbers.iter().copied().zip(plan.schedules).collect();
        let number = |position: usize| numbers.get(position).copied().unwrap_or_default();
        let targets = plan.targets.into_iter();
        let work = WatchedSchedules {
            targets: targets
                .map(|(position, one)| (number(position), one))
                .collect(),
            schedules: Arc::new(schedules),
            spread: plan.spread,
        };
        let polled = self.in_flight.values().map(|one| one.target_id);
        self.agenda.adopt(work, polled);
        self.exposure.adopt(plan.listening, &self.store)?;
        let is_asked_for = plan.heartbeat.is_some() || self.exposure.listen().is_some();
        let target_ids = self.agenda.targets().map(|one| one.target_id);
        self.attendance
            .adopt(is_asked_for, target_ids.clone(), clock::now());
        let watched: HashSet<i64> = target_ids.collect();
        self.failing.retain(|target_id| watched.contains(target_id));
        self.heartbeat.adopt(plan.heartbeat);
        self.reports.adopt(plan.report.as_ref());
        self.most = plan.most;
        self.poller = Some(plan.poller);
        self.delivering.replace(plan.courier);
        self.retention.adopt(&self.store, self.config.keep_bodies);
        self.catch_up()
    }

    pub(super) async fn run(
        &mut self,
        mut signals: Signals,
        mut ticks: mpsc::UnboundedReceiver<u64>,
    ) -> anyhow::Result<()> {
        systemd::ready(&self.status());
        task::remarks(&self.config);
        tracing::info!(
            targets = self.agenda.len(),
            "watching {}",
            systemd::documents(self.agenda.len())
        );
        let mut beat = tokio::time::interval(systemd::watchdog().unwrap_or(IDLE));
        loop {
            self.follow_resources().await?;
            self.start_due();
            let is_full = self.polls.len() >= self.most;
            let next = self.agenda.next_at().filter(|_| !is_full);
            let sleep_until = next.unwrap_or_else(|| Instant::now() + IDLE);
            tokio::select! {
                _ = signals.terminate.recv() => return Ok(()),
                _ = signals.interrupt.recv() => return Ok(()),
                _ = signals.hangup.recv() => self.reload().await?,
                _ = beat.tick() => self.beat()?,
                () = self.heartbeat.due() => self.send_heartbeat(),
                () = self.reports.due() => self.reports.write(self.store.path()),
                asking = self.exposure.asked() => drop(asking.send(self.snapshot())),
                Some(schedule) = ticks.recv() => self.agenda.tick(schedule, clock::now()),
                Some(ended) = self.polls.join_next_with_id() => self.ended(ended)?,
                trouble = self.unwritten.changed() => task::unwritten(trouble, self.store.path())?,
                ended = self.delivering.ended() => self.delivering.go_on_after(ended)?,
                () = tokio::time::sleep_until(sleep_until) => {}
            }
        }
    }

    /// Checks that the store file still has its name: writes to a deleted file would be lost, so the
    /// daemon must end.
    fn look(&self) -> anyhow::Result<()> {
        if self.store.is_in_place() {
            return Ok(());
        }
        let path = path::visible(self.store.path());
        bail!(
            "the store {path} was deleted or replaced: the daemon ends, or all it records is lost"
        )
    }

    /// Tells systemd that the loop runs, unless the scheduler no longer asks what is due.
    fn beat(&mut self) -> anyhow::Result<()> {
        let is_alive = self.ticks.is_alive();
        if is_alive {
            systemd::alive();
        } else if self.was_alive {
            tracing::error!("the scheduler has stopped: the watchdog is not fed any more");
        }
        self.was_alive = is_alive;
        self.look()
    }

    fn send_heartbeat(&mut self) {
        let (work, now) = (self.agenda.work(), clock::now());
        let trouble = health::trouble(self.was_alive, work, &self.attendance, now);
        self.heartbeat.beat(&self.store, trouble);
    }

    /// Reads the configuration again; an invalid one changes nothing.
    async fn reload(&mut self) -> anyhow::Result<()> {
        systemd::reloading();
        let read = self.read_again().await;
        self.is_outdated = read.is_err();
        match read {
            Ok((config, plan)) => {
                let moved = roster::diff(
                    &setup::roster(&self.config.providers),
                    &setup::roster(&config.providers),
                );
                self.config = config;
                self.adopt(plan).await?;
                task::remarks(&self.config);
                let (count, moved) = (self.agenda.len(), moved.words());
                tracing::info!(
                    targets = count,
                    "reloaded; watching {}{moved}",
                    systemd::documents(count)
                );
            }
            Err(error) => {
                task::refused(&error);
            }
        }
        systemd::ready(&self.status());
        Ok(())
    }

    /// Starts watching the targets that resources lead to now.
    async fn follow_resources(&mut self) -> anyhow::Result<()> {
        if std::mem::take(&mut self.is_moved) {
            let listens = self.exposure.listen();
            match Plan::of(&self.config, &self.store, listens).await {
                Ok(plan) => self.adopt(plan).await?,
                Err(error) => tracing::error!(
                    "what a resource leads to is not watched: {}",
                    causes(error.as_ref())
                ),
            }
            systemd::status(&self.status());
        }
        Ok(())
    }

    async fn read_again(&self) -> anyhow::Result<(Config, Plan)> {
        let config = Config::load(&self.config.path)?;
        if config.store != self.config.store {
            bail!("[store] path cannot change while the daemon runs: restart it");
        }
        if config.log != self.config.log {
            tracing::warn!("[log] is read at the start only: restart to change it");
        }
        let listens = self.exposure.listen();
        let plan = Plan::of(&config, &self.store, listens).await?;
        Ok((config, plan))
    }

    /// Queues the targets that missed a tick while the daemon did not run.
    fn catch_up(&mut self) -> anyhow::Result<()> {
        let Self {
            store,
            failing,
            attendance,
            agenda,
            ..
        } = self;
        agenda.catch_up(clock::now(), |watched| {
            let tracking = store.tracking(watched.target_id)?;
            // This failure was known before this process started.
            if tracking.state.outage.is_some() {
                failing.insert(watched.target_id);
            }
            attendance.learn(&tracking);
            Ok::<_, anyhow::Error>(tracking.last_poll_at)
        })
    }

    /// Copies what the loop knows, for readers outside of it.
    fn snapshot(&self) -> LoopSnapshot {
        LoopSnapshot {
            is_alive: self.ticks.is_alive(),
            work: self.agenda.work().clone(),
            attendance: self.attendance.clone(),
        }
    }

    fn start_due(&mut self) {
        let now = Instant::now();
        while self.polls.len() < self.most {
            let Some(poller) = &self.poller else {
                return;
            };
            let Some(watched) = self.agenda.take_due(now) else {
                return;
            };
            let (poller, one) = (Arc::clone(poller), Arc::clone(&watched));
            let handle = self
                .polls
                .spawn(async move { task::poll(&poller, &one).await });
            self.in_flight.insert(handle.id(), watched);
        }
    }

    fn ended(&mut self, ended: LoopEnd) -> anyhow::Result<()> {
        let (id, outcome) = match ended {
            Ok((id, outcome)) => (id, Some(outcome)),
            Err(error) => (error.id(), None),
        };
        let Some(watched) = self.in_flight.remove(&id) else {
            return Ok(());
        };
        let name = watched.name();
        self.agenda.done(watched.target_id);
        if matches!(outcome, Some(Ok(_))) {
            self.attendance.attended(watched.target_id, clock::now());
        }
        match outcome {
            None => {
                self.exposure.count(PollResult::Panicked);
                tracing::error!("the poll of {name} panicked; the daemon goes on");
            }
            Some(Err(error)) if is_lasting(&error) => {
                return Err(error).with_context(|| format!("cannot record the poll of {name}"));
            }
            Some(Err(error)) => {
                self.exposure.count(PollResult::Unrecorded);
                tracing::error!("the poll of {name} was not recorded: {}", causes(&error));
            }
            // The target is polled as soon as the metadata gives its address.
            Some(Ok(PollResponse::Waits(wait))) => {
                if matches!(wait, PollWait::NotNamed | PollWait::NotFollowed) {
                    self.failing.remove(&watched.target_id);
                    self.attendance.forget(watched.target_id);
                }
                tracing::debug!("{name} is not polled: {wait}");
            }
            Some(Ok(PollResponse::Report(report))) => {
                task::log(&watched, &report);
                self.is_moved |= report.leads_elsewhere;
                self.exposure.count_report(&report);
                self.attendance.saw(&report.transition.tracking);
                self.follow(&watched, &report);
                let is_failing = report.transition.tracking.state.outage.is_some();
                let moved = if is_failing {
                    self.failing.insert(watched.target_id)
                } else {
                    self.failing.remove(&watched.target_id)
                };
                if moved {
                    systemd::status(&self.status());
                }
                if report.alerts > 0 {
                    self.delivering.wake();
                }
            }
        }
        Ok(())
    }

    /// Queues the documents whose addresses this document gives, if it changed.
    fn follow(&mut self, watched: &WatchedTarget, report: &PollReport) {
        let is_new = |kind| matches!(kind, EventKind::FirstSeen | EventKind::Changed);
        if report.transition.events.iter().any(|it| is_new(it.kind())) {
            self.agenda.follow(watched);
        }
    }

    fn status(&self) -> String {
        systemd::words(self.agenda.len(), self.failing.len(), self.is_outdated)
    }

    /// Waits until polls under way have committed and the current deliveries have ended.
    pub(super) async fn finish(mut self, deadline: Instant) {
        self.ticks.stop().await;
        self.heartbeat.stop().await;
        self.exposure.stop(deadline).await;
        while !self.polls.is_empty() {
            match tokio::time::timeout_at(deadline, self.polls.join_next()).await {
                Ok(_) => {}
                Err(_elapsed) => {
                    tracing::warn!("{} polls did not end in time", self.polls.len());
                    self.polls.abort_all();
                    break;
                }
            }
        }
        self.delivering.finish(deadline).await;
    }
}
