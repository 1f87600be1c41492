//! When an attempt to deliver a mail is repeated.

use jiff::{SignedDuration, Timestamp};

/// When to try again after `attempts` attempts: 1 min, doubling to 1 h; `None` once the mail is
/// older than `expire_after`.
pub fn next_attempt(
    attempts: u32,
    due_at: Timestamp,
    now: Timestamp,
    expire_after: SignedDuration,
) -> Option<Timestamp> {
    if now.duration_since(due_at) >= expire_after {
        return None;
    }
    let minutes = 1_i64 << attempts.saturating_sub(1).min(6);
    let wait = SignedDuration::from_mins(minutes.min(60));
    now.checked_add(wait).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_from_a_minute_to_an_hour_and_ends_after_five_days() {
        let due: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let expire = SignedDuration::from_hours(120);
        let wait = |attempts| {
            next_attempt(attempts, due, due, expire)
                .unwrap()
                .duration_since(due)
                .as_mins()
        };
        assert_eq!([1, 2, 3, 6, 7, 90].map(wait), [1, 2, 4, 32, 60, 60]);
        assert_eq!(next_attempt(9, due, due + expire, expire), None);
    }
}
