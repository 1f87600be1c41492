//! How long a server asks to be left alone.

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

/// Longest wait that a server can ask for.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// Until when a `Retry-After` asks to wait (RFC 9110 section 10.2.3): seconds or a date.
pub fn until(value: &str, now: Timestamp) -> Option<Timestamp> {
    let value = value.trim();
    let longest = now.saturating_add(LONGEST_WAIT).ok()?;
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number with more digits than fit is more than a day in any case.
        let seconds = value.parse::<u32>().unwrap_or(u32::MAX);
        let wait = SignedDuration::from_secs(i64::from(seconds));
        let until = now.saturating_add(wait).unwrap_or(longest);
        return Some(until.min(longest)).filter(|until| *until > now);
    }
    let until = rfc2822::parse(value).ok()?.timestamp();
    Some(until.min(longest)).filter(|until| *until > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_asks_to_wait_for_seconds_or_until_a_date_and_at_most_a_day() {
        let now: Timestamp = "2026-11-27T13:05:00Z".parse().unwrap();
        let read = |value: &str| until(value, now).map(|until| until.to_string());
        assert_eq!(read("3600").as_deref(), Some("2026-11-27T14:05:00Z"));
        assert_eq!(
            read("Fri, 27 Nov 2026 14:05:00 GMT").as_deref(),
            Some("2026-11-27T14:05:00Z")
        );
        let a_day = Some("2026-11-28T13:05:00Z");
        for long in [
            "604800",
            "99999999999999999999",
            "Fri, 27 Nov 2099 14:05:00 GMT",
        ] {
            assert_eq!(read(long).as_deref(), a_day, "{long}");
        }
        for none in [
            "",
            "0",
            "-1",
            "soon",
            "1.5",
            "Fri, 27 Nov 2020 14:05:00 GMT",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
