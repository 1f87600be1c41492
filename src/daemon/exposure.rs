//! `[metrics]`: answers `/healthz` and `/metrics` in parallel with the event loop.
//!
//! The loop counts what has ended and hands out a snapshot of what it knows, which is a few pointers and
//! one flat table; that it answers at all is part of being well. Everything else is done by the task of
//! the request: it works out overdue targets and reads the store with a connection of its own on the
//! blocking pool, one page at a time.

mod answer;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use self::answer::Responder;
use super::snapshot::LoopSnapshot;
use crate::metrics::{Counters, MetricsServer, PollResult};
use crate::policy::tracking::PollOutcome;
use crate::store::Store;
use crate::watch::report::PollReport;

/// What is to be done with the server according to a configuration.
pub(super) enum ListenPlan {
    /// No server is configured.
    Off,
    /// The server stays as it is.
    AsBefore,
    /// A new server, at this address as configured.
    At(SocketAddr, TcpListener),
}

impl ListenPlan {
    /// Binds the address, unless the server has it already; `current` is the address of that server.
    pub(super) async fn of(
        listen: Option<SocketAddr>,
        current: Option<SocketAddr>,
    ) -> anyhow::Result<Self> {
        let Some(address) = listen else {
            return Ok(Self::Off);
        };
        if current == Some(address) {
            return Ok(Self::AsBefore);
        }
        match TcpListener::bind(address).await {
            Ok(listener) => Ok(Self::At(address, listener)),
            Err(error) if current.is_some_and(|it| it.port() == address.port()) => bail!(
                "[metrics] listen: cannot listen on {address} beside the address of before: {error}; \
                 restart the daemon to change it, or take another port"
            ),
            Err(error) => bail!("[metrics] listen: cannot listen on {address}: {error}"),
        }
    }
}

/// A request for what the loop knows.
pub(super) type SnapshotRequest = oneshot::Sender<LoopSnapshot>;

/// The server and its counters; empty if no server is configured.
pub(super) struct Exposure {
    current: Option<Current>,
    /// The loop keeps both ends, so that a reload may start another server.
    ask: mpsc::Sender<SnapshotRequest>,
    asked: mpsc::Receiver<SnapshotRequest>,
}

struct Current {
    listen: SocketAddr,
    counters: Arc<Counters>,
    answering: Responder,
    _server: MetricsServer,
}

impl Default for Exposure {
    fn default() -> Self {
        let (ask, asked) = mpsc::channel(8);
        Self {
            current: None,
            ask,
            asked,
        }
    }
}

impl Exposure {
    /// The configured address of the server, if there is one.
    pub(super) fn listen(&self) -> Option<SocketAddr> {
        self.current.as_ref().map(|current| current.listen)
    }

    /// Applies `listening`. The counters continue if the server is replaced.
    pub(super) fn adopt(&mut self, listening: ListenPlan, store: &Store) -> anyhow::Result<()> {
        match listening {
            ListenPlan::Off => self.current = None,
            ListenPlan::AsBefore => {}
            ListenPlan::At(listen, listener) => {
                let bound = listener.local_addr().context("[metrics] listen")?;
                let before = self.current.take().map(|current| current.counters);
                let counters = before.unwrap_or_default();
                let answering = Responder::new(Arc::clone(&counters), store, self.ask.clone());
                let answers = answering.clone();
                let server =
                    MetricsServer::start(listener, move |asked| answers.clone().answer(asked));
                tracing::info!(
                    "metrics at http://{bound}/metrics, health at http://{bound}/healthz"
                );
                self.current = Some(Current {
                    listen,
                    counters,
                    answering,
                    _server: server,
                });
            }
        }
        Ok(())
    }

    /// Waits until a request for what the loop knows comes; cancel safe.
    pub(super) async fn asked(&mut self) -> SnapshotRequest {
        match self.asked.recv().await {
            Some(asking) => asking,
            // This cannot happen, because this struct keeps a sender.
            None => std::future::pending().await,
        }
    }

    /// Counts a poll that ended without a report.
    pub(super) fn count(&self, result: PollResult) {
        if let Some(Current { counters, .. }) = &self.current {
            counters.poll(result);
        }
    }

    /// Counts a poll that ended with this report.
    pub(super) fn count_report(&self, report: &PollReport) {
        let Some(Current { counters, .. }) = &self.current else {
            return;
        };
        counters.poll(match &report.transition.outcome {
            PollOutcome::Answered | PollOutcome::NotPolled => PollResult::Answered,
            PollOutcome::Unconfirmed(_) => PollResult::Unconfirmed,
            PollOutcome::Inconsistent => PollResult::Inconsistent,
            PollOutcome::Failed(failure) => PollResult::Failed(failure.kind),
        });
        if let Some(elapsed) = report.observation.elapsed_ms {
            counters.took(elapsed);
        }
        // If another process recorded first, it counts the events; then this report has no numbers.
        let recorded = report.events.iter().zip(&report.transition.events);
        for (_, event) in recorded {
            counters.event(event.kind(), event.severity);
        }
    }

    /// Stops the server. When this returns, none of its tasks reads the store or will write to it.
    pub(super) async fn stop(&mut self, deadline: Instant) {
        let Some(current) = self.current.take() else {
            return;
        };
        let answering = current.answering.clone();
        drop(current);
        if tokio::time::timeout_at(deadline, answering.end())
            .await
            .is_err()
        {
            tracing::debug!("a page of metrics did not end in time");
        }
    }
}
