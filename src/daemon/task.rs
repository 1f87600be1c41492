//! Runs one poll as a task, logs it, and decides which errors of the store end the process.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use crate::config::{Config, ConfigError};
use crate::document::path;
use crate::document::severity::Severity;
use crate::document::text::visible;
use crate::policy::event::EventKind;
use crate::policy::tracking::PollOutcome;
use crate::store::StoreError;
use crate::watch::poll::Poller;
use crate::watch::report::{PollReport, PollResponse};
use crate::watch::watched::WatchedTarget;
use crate::wording::text::causes;

/// Whether an error of the store will not pass on its own, so that the process must end. A full disk and
/// a locked file pass; a panic only lost the one write in which it happened.
pub(super) fn is_lasting(error: &StoreError) -> bool {
    let is_one_write = matches!(error, StoreError::Panicked | StoreError::Stale { .. });
    !error.is_transient() && !is_one_write
}

/// An error of the store in words: trouble that passes with the file it is about and the remedy, all else
/// with its causes.
pub(super) fn trouble_words(error: &StoreError, store: &Path) -> String {
    error.remedy(store).unwrap_or_else(|| causes(error))
}

/// Makes one poll; if a full disk or a locked store interrupts it, it is tried again a few times.
pub(super) async fn poll(
    poller: &Poller,
    watched: &Arc<WatchedTarget>,
) -> Result<PollResponse, StoreError> {
    let mut wait = Duration::from_secs(1);
    loop {
        match poller.poll(watched).await {
            Err(error) if error.is_full() && wait < Duration::from_secs(30) => {
                // Logged only at the first try, because it continues until somebody makes room.
                if wait == Duration::from_secs(1) {
                    tracing::error!(
                        provider = watched.target.provider,
                        "{}; nothing is lost, the poll of {} is made again until then",
                        trouble_words(&error, poller.store.path()),
                        watched.name()
                    );
                }
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
            Err(error) if error.is_transient() && wait < Duration::from_secs(30) => {
                tracing::warn!(
                    "{}; the poll of {} is made again",
                    trouble_words(&error, poller.store.path()),
                    watched.name()
                );
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
            outcome => return outcome,
        }
    }
}

/// Logs whether polls that saw nothing new can be committed; fails if they never will.
pub(super) fn unwritten(trouble: Option<StoreError>, store: &Path) -> anyhow::Result<()> {
    match trouble {
        None => tracing::info!("polls that saw nothing new are written again"),
        Some(error) if is_lasting(&error) => {
            return Err(error).context("cannot record polls that saw nothing new");
        }
        Some(error) if error.is_full() => tracing::error!(
            "{}; polls that saw nothing new are written as soon as there is some",
            trouble_words(&error, store)
        ),
        Some(error) => tracing::warn!(
            "{}; polls that saw nothing new are written as soon as possible",
            trouble_words(&error, store)
        ),
    }
    Ok(())
}

pub(super) fn log(watched: &WatchedTarget, report: &PollReport) {
    let name = watched.name();
    let (provider, document) = (&watched.target.provider, watched.target.kind.to_string());
    let mut is_told = false;
    for (id, event) in report.events.iter().zip(&report.transition.events) {
        let (kind, summary) = (event.kind().as_str(), visible(&event.summary));
        let severity = event.severity.map(Severity::as_str);
        is_told |= event.kind() == EventKind::Failing;
        // A macro, because the level of a log line must be a constant.
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    provider,
                    document,
                    event = id,
                    kind,
                    severity,
                    target = name,
                    "{name}: {summary}"
                )
            };
        }
        let is_grave = event.severity >= Some(Severity::Breaking);
        match event.kind() {
            EventKind::Failing | EventKind::Inconsistent => line!(warn),
            EventKind::Changed | EventKind::Finding if is_grave => line!(warn),
            _ => line!(info),
        }
    }
    if let Some(outage) = &report.transition.tracking.state.outage
        && let Some(poll) = outage.polls.last()
    {
        let failures = outage.failures;
        let (failure, detail) = (poll.failure.kind, visible(&poll.failure.detail));
        // An outage is two warnings: when it begins, and when it is told. The other failures are no news.
        if failures == 1 && !is_told {
            tracing::warn!(
                provider, document, failures, kind = %failure,
                "poll of {name} failed ({failure}: {detail})"
            );
        } else {
            tracing::debug!(
                provider, document, failures, kind = %failure,
                "poll of {name} failed ({failure}: {detail}); {failures} in a row"
            );
        }
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

/// Logs why a configuration was rejected, one line for each problem: the excerpts are for a terminal.
pub(super) fn refused(error: &anyhow::Error) {
    let problems = error.downcast_ref().map(ConfigError::lines);
    for line in problems.unwrap_or_else(|| vec![causes(error.as_ref())]) {
        tracing::error!("not reloaded, the old configuration stays: {line}");
    }
}

/// Logs what is no problem of a configuration and may be a mistake, such as a pattern of `include` that names
/// no file.
pub(super) fn remarks(config: &Config) {
    for note in &config.notes {
        tracing::warn!("{}: {note}", path::visible(&config.path));
    }
}
