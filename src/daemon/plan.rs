//! What a configuration means for a running daemon: made whole before anything of it is used.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use crate::clock;
use crate::config::Config;
use crate::fetch::Fetcher;
use crate::meaning::provider::Provider;
use crate::policy::schedule::Schedule;
use crate::store::Store;
use crate::watch::courier::Courier;
use crate::watch::poll::{Asker, Poller};
use crate::watch::setup::{self, Keeping};
use crate::watch::telling::Telling;
use crate::watch::watched::Watched;

/// A schedule with what tells it from others: expression and zone.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) expression: String,
    pub(super) zone: String,
    pub(super) schedule: Schedule,
}

impl Line {
    pub(super) fn is_of(&self, expression: &str, zone: &str) -> bool {
        self.expression == expression && self.zone == zone
    }
}

/// Everything a reload replaces.
pub(super) struct Plan {
    pub(super) poller: Arc<Poller>,
    pub(super) courier: Arc<Courier>,
    /// Position of the schedule in `lines`, and the target.
    pub(super) targets: Vec<(usize, Arc<Watched>)>,
    pub(super) lines: Vec<Line>,
    /// Longest offset of a poll within its interval.
    pub(super) spread: Duration,
    /// Most polls at a time.
    pub(super) most: usize,
}

impl Plan {
    /// Prepares all of it. The store learns the targets last, when nothing else can be wrong.
    pub(super) async fn of(config: &Config, store: &Store) -> anyhow::Result<Self> {
        let fetcher = Fetcher::new(&config.fetch).context("cannot prepare to fetch")?;
        let watched = setup::watched(config, store, Keeping::Exactly, clock::now()).await?;
        let courier = Courier::new(store.clone(), config, watched.clone())?;
        let telling = Telling {
            mail: Arc::new(config.mail.clone()),
            wait: config.mail.group_wait,
        };
        let mut lines: Vec<Line> = Vec::new();
        let mut targets = Vec::with_capacity(watched.len());
        for one in watched {
            let Provider {
                schedule, timezone, ..
            } = one.provider.as_ref();
            let known = lines.iter().position(|line| line.is_of(schedule, timezone));
            let position = match known {
                Some(position) => position,
                None => {
                    let parsed = Schedule::parse(schedule, timezone)
                        .map_err(anyhow::Error::msg)
                        .context("a schedule that was valid is not any more")?;
                    lines.push(Line {
                        expression: schedule.clone(),
                        zone: timezone.clone(),
                        schedule: parsed,
                    });
                    lines.len() - 1
                }
            };
            targets.push((position, one));
        }
        Ok(Self {
            poller: Arc::new(Poller {
                store: store.clone(),
                fetcher,
                telling,
                revalidate_after: config.fetch.revalidate_after,
                asker: Asker::Schedule,
                confirming: None,
            }),
            courier: Arc::new(courier),
            targets,
            lines,
            spread: config.fetch.spread,
            most: config.fetch.concurrency,
        })
    }
}
