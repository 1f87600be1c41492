//! The plan of a running daemon, made completely from a configuration before any of it is used.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use super::exposure::ListenPlan;
use super::heartbeat;
use crate::clock;
use crate::config::{Config, ReportSettings};
use crate::fetch::Fetcher;
use crate::policy::schedule::Schedule;
use crate::store::Store;
use crate::watch::alert_policy::AlertPolicy;
use crate::watch::courier::Courier;
use crate::watch::poll::{PollTrigger, Poller};
use crate::watch::setup::{self, TargetSync};
use crate::watch::twins::TwinLocks;
use crate::watch::watched::WatchedTarget;

/// Everything that a reload replaces.
pub(super) struct Plan {
    pub(super) poller: Arc<Poller>,
    pub(super) courier: Arc<Courier>,
    /// The targets, each with the position of its schedule in `schedules`.
    pub(super) targets: Vec<(usize, Arc<WatchedTarget>)>,
    pub(super) schedules: Vec<Arc<Schedule>>,
    /// The longest offset of a poll within its interval.
    pub(super) spread: Duration,
    /// The most polls at a time.
    pub(super) most: usize,
    pub(super) heartbeat: Option<heartbeat::HeartbeatSettings>,
    pub(super) report: Option<ReportSettings>,
    pub(super) listening: ListenPlan,
}

impl Plan {
    /// Prepares the whole plan. The targets are stored last, when nothing else can fail. `listens` is the
    /// address where metrics are served now.
    pub(super) async fn of(
        config: &Config,
        store: &Store,
        listens: Option<SocketAddr>,
    ) -> anyhow::Result<Self> {
        let fetcher = Fetcher::new(&config.fetch).context("cannot prepare to fetch")?;
        let listening = ListenPlan::of(config.metrics, listens).await?;
        let watched = setup::watched(config, store, TargetSync::Exactly, clock::now()).await?;
        let courier = Courier::new(store.clone(), config, watched.clone())?;
        let alert_policy = AlertPolicy {
            mail: Arc::new(config.mail.clone()),
            webhooks: config.webhooks.clone().into(),
            wait: config.mail.group_wait,
        };
        let mut schedules: Vec<Arc<Schedule>> = Vec::new();
        let mut targets = Vec::with_capacity(watched.len());
        for one in watched {
            let schedule = &one.provider.schedule;
            let known = schedules.iter().position(|known| known == schedule);
            let position = known.unwrap_or_else(|| {
                schedules.push(Arc::clone(schedule));
                schedules.len() - 1
            });
            targets.push((position, one));
        }
        Ok(Self {
            poller: Arc::new(Poller {
                store: store.clone(),
                fetcher,
                alert_policy,
                revalidate_after: config.fetch.revalidate_after,
                asker: PollTrigger::Schedule,
                confirming: None,
                turns: TwinLocks::default(),
                scratch: None,
            }),
            courier: Arc::new(courier),
            targets,
            schedules,
            spread: config.fetch.spread,
            most: config.fetch.concurrency,
            heartbeat: heartbeat::HeartbeatSettings::of(config)?,
            report: config.report.clone(),
            listening,
        })
    }
}
