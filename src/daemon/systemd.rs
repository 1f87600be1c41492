//! Notifications to systemd; they do nothing if systemd does not listen.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::wording::text::counted;

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!("systemd could not be told: {error}");
    }
}

/// Tells systemd that the store is open and the schedule is running.
pub(super) fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The state of the daemon in one line.
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

/// A number of documents in words.
pub(super) fn documents(count: usize) -> String {
    counted(count as u64, "document")
}

/// Tells systemd the state of the daemon in one line.
pub(super) fn status(status: &str) {
    tell(&[NotifyState::Status(status)]);
}

/// Tells systemd that a reload has begun; `ready` ends it.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        // It is not sent without the time, because systemd would take that for a failure.
        Err(error) => tracing::debug!("no monotonic time for systemd: {error}"),
    }
}

/// Tells systemd that the daemon is ending.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Tells the watchdog of systemd that the event loop runs.
pub(super) fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How often the event loop must tell the watchdog: half the time that systemd waits.
pub(super) fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|wait| wait / 2)
}
