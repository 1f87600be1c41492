//! What systemd is told: nothing where it does not listen.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::wording::text::counted;

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!("systemd could not be told: {error}");
    }
}

/// The store is open and the schedule stands.
pub(super) fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// What the daemon does, in one line.
pub(super) fn words(watched: usize, failing: usize, is_outdated: bool) -> String {
    let outdated = if is_outdated {
        "reload failed, see the log; "
    } else {
        ""
    };
    format!(
        "{outdated}{} watched, {failing} failing",
        documents(watched)
    )
}

/// So many documents.
pub(super) fn documents(count: usize) -> String {
    counted(count as u64, "document")
}

/// How it goes, in one line.
pub(super) fn status(status: &str) {
    tell(&[NotifyState::Status(status)]);
}

/// A reload has begun; `ready` ends it.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        // Without the time systemd would take it for a failure.
        Err(error) => tracing::debug!("no monotonic time for systemd: {error}"),
    }
}

/// We are ending.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// The event loop turns.
pub(super) fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How often the event loop is to say so: half of what systemd waits.
pub(super) fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|wait| wait / 2)
}
