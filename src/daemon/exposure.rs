//! `[metrics]`: `/healthz` and `/metrics`, answered beside the event loop.
//!
//! The loop counts what has ended and hands out what it knows at a moment, which is a few pointers and one
//! flat table: that it answers at all is a part of being well. Everything else is done by the task of who
//! asks: overdue targets are worked out there, the store is read with a connection of its own on the blocking
//! pool, one page at a time.

mod answer;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use self::answer::Answering;
use super::snapshot::Snapshot;
use crate::metrics::{Counters, PollResult, Server};
use crate::policy::tracking::PollOutcome;
use crate::store::Store;
use crate::watch::report::PollReport;

/// What a configuration means for the server that may be there.
pub(super) enum Listening {
    /// There is none.
    Off,
    /// It stays as it is.
    AsBefore,
    /// A new one, at this address as configured.
    At(SocketAddr, TcpListener),
}

impl Listening {
    /// Takes the address, unless it is taken already; `current` is that of the server there is.
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

/// Somebody who wants to know what the loop knows.
pub(super) type Asking = oneshot::Sender<Snapshot>;

/// The server and what is counted for it; nothing where nobody listens.
pub(super) struct Exposure {
    current: Option<Current>,
    /// Both ends stay with the loop, so that a reload may bring another server.
    ask: mpsc::Sender<Asking>,
    asked: mpsc::Receiver<Asking>,
}

struct Current {
    listen: SocketAddr,
    counters: Arc<Counters>,
    answering: Answering,
    _server: Server,
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
    /// Where somebody can ask, as it is configured.
    pub(super) fn listen(&self) -> Option<SocketAddr> {
        self.current.as_ref().map(|current| current.listen)
    }

    /// Answers at this address from now on. What was counted goes on where the server is another one.
    pub(super) fn adopt(&mut self, listening: Listening, store: &Store) -> anyhow::Result<()> {
        match listening {
            Listening::Off => self.current = None,
            Listening::AsBefore => {}
            Listening::At(listen, listener) => {
                let bound = listener.local_addr().context("[metrics] listen")?;
                let before = self.current.take().map(|current| current.counters);
                let counters = before.unwrap_or_default();
                let answering = Answering::new(Arc::clone(&counters), store, self.ask.clone());
                let answers = answering.clone();
                let server = Server::start(listener, move |asked| answers.clone().answer(asked));
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

    /// Waits until somebody wants to know what the loop knows. It may be asked again and again.
    pub(super) async fn asked(&mut self) -> Asking {
        match self.asked.recv().await {
            Some(asking) => asking,
            // Never: one end to ask is here.
            None => std::future::pending().await,
        }
    }

    /// A poll ended without a report.
    pub(super) fn count(&self, result: PollResult) {
        if let Some(Current { counters, .. }) = &self.current {
            counters.poll(result);
        }
    }

    /// A poll ended with this report.
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
        // Where somebody else was first, its events are his.
        let recorded = report.events.iter().zip(&report.transition.events);
        for (_, event) in recorded {
            counters.event(event.kind(), event.severity);
        }
    }

    /// Answers nobody any more. When it returns, nothing of it reads the store or will write to it.
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
