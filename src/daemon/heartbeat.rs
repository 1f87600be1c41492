//! The heartbeat: shows to an external monitor that this daemon does its work.
//!
//! It is sent while polls are on time (`health`) and the store takes writes; that the process is alive
//! would not be enough. The monitor raises an alarm if it stops, so a failure to send is only one line in
//! the log, and another when it is over.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};

use super::health::HealthTrouble;
use crate::clock;
use crate::config::Config;
use crate::store::Store;
use crate::webhook::{Sender, WebhookError};

/// The settings of the heartbeat in a configuration.
pub(super) struct HeartbeatSettings {
    sender: Arc<Sender>,
    every: Duration,
}

impl HeartbeatSettings {
    /// Reads `[heartbeat]`; `None` if it is not configured.
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
    /// Uses these settings from now on, and sends the first heartbeat at once.
    pub(super) fn adopt(&mut self, settings: Option<HeartbeatSettings>) {
        self.settings = settings.map(|HeartbeatSettings { sender, every }| {
            let mut interval = tokio::time::interval(every);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            (sender, interval)
        });
    }

    /// Waits until a heartbeat is due; cancel safe.
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

    /// Sends a heartbeat, if there is no trouble and no other one is being sent.
    pub(super) fn beat(&mut self, store: &Store, trouble: Option<HealthTrouble>) {
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

    /// Stops sending, and aborts heartbeats under way together with their writes.
    pub(super) async fn stop(&mut self) {
        self.settings = None;
        self.beats.shutdown().await;
    }

    /// Logs a failure once, and once that it is over.
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
