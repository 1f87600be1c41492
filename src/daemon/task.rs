//! One poll as a task, what is logged of it, and which errors of the store end the process.

use std::error::Error;
use std::time::Duration;

use crate::model::event::EventKind;
use crate::model::text::visible;
use crate::model::transition::PollOutcome;
use crate::store::StoreError;
use crate::watch::poll::{PollReport, Polled, Poller, Watched};

/// Whether an error of the store will not pass on its own: the process ends with it. A full disk
/// and a locked file pass; a panic cost the one write it happened in.
pub(super) fn is_lasting(error: &StoreError) -> bool {
    let is_one_write = matches!(error, StoreError::Panicked | StoreError::Stale { .. });
    !error.is_transient() && !is_one_write
}

/// An error with its causes, on one line.
pub(super) fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(current) = cause {
        text = format!("{text}: {current}");
        cause = current.source();
    }
    text
}

/// One poll; what a full disk or a locked store interrupts is tried again a few times.
pub(super) async fn poll(poller: &Poller, watched: &Watched) -> Result<Polled, StoreError> {
    let mut wait = Duration::from_secs(1);
    loop {
        match poller.poll(watched).await {
            Err(error) if error.is_transient() && wait < Duration::from_secs(30) => {
                tracing::warn!(
                    "{}; the poll of {} is made again",
                    causes(&error),
                    watched.name()
                );
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
            outcome => return outcome,
        }
    }
}

pub(super) fn log(watched: &Watched, report: &PollReport) {
    let name = watched.name();
    for (id, event) in report.events.iter().zip(&report.transition.events) {
        let (kind, summary) = (event.kind.as_str(), visible(&event.summary));
        match event.kind {
            EventKind::Failing | EventKind::Inconsistent => {
                tracing::warn!(event = id, kind, "{name}: {summary}");
            }
            _ => tracing::info!(event = id, kind, "{name}: {summary}"),
        }
    }
    if let Some(outage) = &report.transition.tracking.state.outage
        && let Some(poll) = outage.polls.last()
    {
        let failures = outage.failures;
        tracing::warn!(
            provider = %watched.target.provider, failures, kind = %poll.failure.kind,
            "poll of {name} failed ({}: {}); {failures} in a row",
            poll.failure.kind, visible(&poll.failure.detail)
        );
    } else if let PollOutcome::Unconfirmed(failure) = &report.transition.outcome {
        tracing::info!(
            provider = %watched.target.provider, kind = %failure.kind,
            "{name} shows a change that could not be confirmed yet: {}", visible(&failure.detail)
        );
    } else if report.transition.outcome == PollOutcome::Inconsistent {
        tracing::info!(provider = %watched.target.provider, "two fetches of {name} disagree");
    } else {
        tracing::debug!(elapsed_ms = report.observation.elapsed_ms, "polled {name}");
    }
}
