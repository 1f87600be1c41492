//! When a target is polled: a while after each tick of its schedule, always the same one. Pure.
//!
//! All documents of a provider share one offset, so that what one tick brings is one mail.

use std::time::Duration;

use jiff::Timestamp;

use super::schedule::Schedule;
use crate::document::fingerprint::sha256_hex;

/// The offset of a provider's polls within their interval: always the same, at most `spread` and half the
/// interval.
pub fn offset(provider: &str, spread: Duration, interval: Duration) -> Duration {
    let room = spread.min(interval / 2);
    let hash = sha256_hex(provider.as_bytes());
    let fraction = hash
        .get(..8)
        .and_then(|digits| u32::from_str_radix(digits, 16).ok());
    room.mul_f64(f64::from(fraction.unwrap_or_default()) / f64::from(u32::MAX))
}

/// The first poll of a provider after `at`, in whole seconds as all times are. That may be one whose tick has
/// passed already and whose offset has not.
pub fn poll_after(
    schedule: &Schedule,
    provider: &str,
    spread: Duration,
    at: Timestamp,
) -> Option<Timestamp> {
    let begins = |tick: Timestamp| {
        let interval = Duration::try_from(schedule.interval_at(tick)?).ok()?;
        tick.checked_add(offset(provider, spread, interval)).ok()
    };
    let next = schedule.next_after(at)?;
    let of_last_tick = schedule.previous_before(next).and_then(begins);
    let found = of_last_tick
        .filter(|begins| *begins > at)
        .or_else(|| begins(next))?;
    Timestamp::from_second(found.as_second()).ok()
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
    fn the_next_poll_is_the_tick_and_the_offset_also_of_a_tick_that_has_just_passed() {
        let schedule = Schedule::parse("*/15 * * * *", "UTC").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let spread = Duration::from_secs(60);
        let own = offset("archera", spread, Duration::from_secs(900));
        let begins = |tick: &str| at(tick) + own;
        let after = |now: Timestamp| poll_after(&schedule, "archera", spread, now).unwrap();
        let shown = |at: Timestamp| Timestamp::from_second(at.as_second()).unwrap();
        let polled = begins("2026-03-01T10:15:00Z");
        assert!(own > Duration::ZERO && own <= spread);
        assert_eq!(after(at("2026-03-01T10:14:59Z")), shown(polled));
        assert_eq!(after(at("2026-03-01T10:15:00Z")), shown(polled));
        assert_eq!(after(polled - Duration::from_millis(1)), shown(polled));
        assert_eq!(after(polled), shown(begins("2026-03-01T10:30:00Z")));
        let at_once = poll_after(&schedule, "archera", Duration::ZERO, polled);
        assert_eq!(at_once, Some(at("2026-03-01T10:30:00Z")));
    }
}
