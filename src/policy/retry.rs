//! Decides when an attempt to deliver a mail is repeated.

use jiff::{SignedDuration, Timestamp};

/// The fewest attempts before a mail is given up. They take an hour, so that neither days without a
/// running daemon nor a clock that jumps can make the first refusal final.
const ATTEMPTS: u32 = 7;

/// When to try again after `attempts` attempts: 1 min, doubling to 1 h; `None` once that has gone on
/// for `expire_after` since the mail was composed.
pub fn next_attempt(
    attempts: u32,
    composed_at: Timestamp,
    now: Timestamp,
    expire_after: SignedDuration,
) -> Option<Timestamp> {
    if attempts >= ATTEMPTS && now.duration_since(composed_at) >= expire_after {
        return None;
    }
    let minutes = 1_i64 << attempts.saturating_sub(1).min(6);
    let wait = SignedDuration::from_mins(minutes.min(60));
    now.checked_add(wait).ok()
}

/// The same for a webhook, but not before the time at which the receiver wants to be asked again.
pub fn next_post(
    attempts: u32,
    composed_at: Timestamp,
    now: Timestamp,
    retry_at: Option<Timestamp>,
    expire_after: SignedDuration,
) -> Option<Timestamp> {
    let next = next_attempt(attempts, composed_at, now, expire_after)?;
    Some(retry_at.map_or(next, |asked| asked.max(next)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_to_be_left_alone_is_and_never_asked_earlier_than_others() {
        let now: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let expire = SignedDuration::from_hours(120);
        let wait = |seconds| {
            let asked = Some(now + SignedDuration::from_secs(seconds));
            let next = next_post(1, now, now, asked, expire).unwrap();
            next.duration_since(now).as_secs()
        };
        assert_eq!([0, 59, 600, 86_400].map(wait), [60, 60, 600, 86_400]);
        let late = now + expire;
        assert_eq!(next_post(7, now, late, Some(late), expire), None);
    }

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

    #[test]
    fn a_mail_that_waited_for_days_because_nobody_was_running_is_not_given_up_at_once() {
        let composed: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let expire = SignedDuration::from_hours(120);
        let now = composed + SignedDuration::from_hours(1000);
        assert_eq!(
            next_attempt(1, composed, now, expire),
            Some(now + SignedDuration::from_mins(1))
        );
        assert_eq!(next_attempt(7, composed, now, expire), None);
    }
}
