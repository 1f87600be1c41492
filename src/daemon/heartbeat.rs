//! The heartbeat: proves to somebody else that this daemon does its work.
//!
//! It is sent while polls are on time (`health`) and the store takes writes: a process that only lives
//! proves nothing. Whoever listens is alarmed by silence, so
//! that trouble with it is one line in the log, and one when it is over.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};

use super::health::Trouble;
use crate::clock;
use crate::config::Config;
use crate::store::Store;
use crate::webhook::{Sender, WebhookError};

/// What a configuration says of it.
pub(super) struct Settings {
    sender: Arc<Sender>,
    every: Duration,
}

impl Settings {
    /// `[heartbeat]`; `None` where there is none.
    pub(super) fn of(config: &Config) -> Result<Option<Self>, WebhookError> {
        let Some(heartbeat) = &config.heartbeat else {
            return Ok(None);
        };
        let every = Duration::try_from(heartbeat.every).unwrap_or(Duration::from_secs(300));
        Ok(Some(Self {
            sender: Arc::new(Sender::new(&heartbeat.receiver)?),
            every,
        }))
    }
}

/// Sends heartbeats.
#[derive(Default)]
pub(super) struct Heartbeat {
    settings: Option<(Arc<Sender>, Interval)>,
    beats: JoinSet<Result<(), String>>,
    is_failing: bool,
}

impl Heartbeat {
    /// Sends by these settings from now on, the first at once.
    pub(super) fn adopt(&mut self, settings: Option<Settings>) {
        self.settings = settings.map(|Settings { sender, every }| {
            let mut interval = tokio::time::interval(every);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            (sender, interval)
        });
    }

    /// Waits until one is due. It may be asked again and again.
    pub(super) async fn due(&mut self) {
        loop {
            let Some((_, interval)) = &mut self.settings else {
                return std::future::pending().await;
            };
            tokio::select! {
                _ = interval.tick() => return,
                Some(ended) = self.beats.join_next() => {
                    let panicked = |error| Err(format!("it panicked: {error}"));
                    self.note(ended.unwrap_or_else(panicked));
                }
            }
        }
    }

    /// Sends one, if there is no trouble and none is under way.
    pub(super) fn beat(&mut self, store: &Store, trouble: Option<Trouble>) {
        let Some((sender, _)) = &self.settings else {
            return;
        };
        if let Some(trouble) = trouble {
            self.note(Err(trouble.to_string()));
            return;
        }
        if !self.beats.is_empty() {
            return;
        }
        let (sender, store) = (Arc::clone(sender), store.clone());
        self.beats.spawn(async move {
            let written = store.daemon_beat(clock::now()).await;
            written.map_err(|error| format!("the store takes no write: {error}"))?;
            sender.beat().await
        });
    }

    /// No further ones, nor any write for one.
    pub(super) async fn stop(&mut self) {
        self.settings = None;
        self.beats.shutdown().await;
    }

    /// Says once that it fails, and once that it does no longer.
    fn note(&mut self, outcome: Result<(), String>) {
        match outcome {
            Ok(()) if self.is_failing => {
                self.is_failing = false;
                tracing::info!("heartbeats arrive again");
            }
            Ok(()) => {}
            Err(reason) => {
                if !self.is_failing {
                    tracing::warn!("no heartbeat: {reason}");
                }
                self.is_failing = true;
            }
        }
    }
}
