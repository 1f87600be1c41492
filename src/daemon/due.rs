//! The ticks of schedules, and which targets are overdue. Pure.

use std::time::Duration;

use jiff::Timestamp;

use crate::policy::schedule::Schedule;

/// The ticks of a schedule, computed once for all its targets, of which there may be thousands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TickTimes {
    /// The last tick before now.
    pub(super) last: Option<Timestamp>,
    /// The time from the next tick to the one after.
    pub(super) interval: Duration,
}

impl TickTimes {
    pub(super) fn at(schedule: &Schedule, now: Timestamp) -> Self {
        let interval = schedule.interval_at(now);
        Self {
            last: schedule.previous_before(now),
            interval: interval
                .and_then(|interval| Duration::try_from(interval).ok())
                .unwrap_or_default(),
        }
    }
}

/// Whether a tick passed since the last poll, as after down-time, suspend or at a first start.
pub(super) fn is_overdue(last_poll: Option<Timestamp>, last_tick: Option<Timestamp>) -> bool {
    match (last_poll, last_tick) {
        (None, _) => true,
        (Some(last), Some(tick)) => last < tick,
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_overdue_if_a_tick_passed_since_its_last_poll() {
        let schedule = Schedule::parse("0 * * * *", "UTC").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let last = TickTimes::at(&schedule, at("2026-03-01T10:30:00Z")).last;
        assert!(is_overdue(None, last));
        assert!(is_overdue(Some(at("2026-03-01T09:59:00Z")), last));
        assert!(!is_overdue(Some(at("2026-03-01T10:00:01Z")), last));
    }
}
