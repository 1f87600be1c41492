//! Times as people type them.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Length of `YYYY-MM-DD`.
const DATE: usize = 10;

/// Reads RFC 3339 (UTC where it names no zone), `YYYY-MM-DD` (midnight UTC), or how long ago: `90s`, `30m`, `12h`, `7d`, `2w`.
pub fn parse(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    // The history prints times without a zone, and people paste them. A date would swallow the time.
    let date_and_time = match text.len() {
        DATE => text.parse::<Date>().map(|date| date.at(0, 0, 0, 0)),
        _ => text.parse::<DateTime>(),
    };
    if let Ok(at) = date_and_time.and_then(|time| time.to_zoned(TimeZone::UTC)) {
        return Ok(at.timestamp());
    }
    let wrong = || {
        let text = super::text::visible(text);
        format!("\"{text}\" is no time: write 2026-11-23T02:15:04Z, 2026-11-23, 7d or 12h")
    };
    let (digits, unit) = text
        .split_at_checked(text.len().saturating_sub(1))
        .ok_or_else(wrong)?;
    let number: i64 = digits.parse().map_err(|_no_number| wrong())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return Err(wrong()),
    };
    let ago = number
        .checked_mul(seconds)
        .filter(|ago| *ago >= 0)
        .ok_or_else(wrong)?;
    now.checked_sub(SignedDuration::from_secs(ago))
        .map_err(|_too_far| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ways_to_say_when() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let read = |text| parse(text, now).map(|at| at.to_string());
        assert_eq!(
            read("2026-11-23T02:15:04Z").unwrap(),
            "2026-11-23T02:15:04Z"
        );
        assert_eq!(read("2026-11-01").unwrap(), "2026-11-01T00:00:00Z");
        assert_eq!(read("7d").unwrap(), "2026-11-16T12:00:00Z");
        for pasted in ["2026-11-23 02:15:04", "2026-11-23T02:15:04"] {
            assert_eq!(read(pasted).unwrap(), "2026-11-23T02:15:04Z");
        }
        assert!(read("2026-13-01").is_err());
        assert!(read("yesterday").is_err());
        assert!(read("").is_err());
    }
}
