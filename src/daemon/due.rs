//! Computes when a poll begins after its tick, and which targets are overdue. Pure.
//!
//! All documents of a provider share one offset, so that what one tick brings is one mail.

use std::time::Duration;

use jiff::Timestamp;

use crate::document::fingerprint::sha256_hex;
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

/// The offset of a provider's polls within their interval: always the same, at most `spread` and half the
/// interval. All documents of a provider share it, so that one tick brings one mail.
pub(super) fn offset(provider: &str, spread: Duration, interval: Duration) -> Duration {
    let room = spread.min(interval / 2);
    let hash = sha256_hex(provider.as_bytes());
    let fraction = hash
        .get(..8)
        .and_then(|digits| u32::from_str_radix(digits, 16).ok());
    room.mul_f64(f64::from(fraction.unwrap_or_default()) / f64::from(u32::MAX))
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
    fn offsets_are_stable_and_within_half_the_interval() {
        let (spread, interval) = (Duration::from_secs(60), Duration::from_secs(10));
        let offsets: Vec<Duration> = (0..100)
            .map(|n| offset(&format!("p{n}"), spread, interval))
            .collect();
        assert!(
            offsets
                .iter()
                .all(|offset| *offset <= Duration::from_secs(5))
        );
        assert!(offsets.iter().max().unwrap() > &Duration::from_secs(4));
        assert_eq!(offset("p1", spread, interval), offsets[1]);
    }

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
