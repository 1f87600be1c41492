//! Times as people type them.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// What people mean by a time: a day is not its midnight. Who uses it says which end of it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeArgument {
    /// One instant.
    Instant(Timestamp),
    /// A whole day in UTC.
    Day(Date),
}

impl TimeArgument {
    /// Its first instant: where a span begins that is said to begin then.
    pub fn start(self) -> Timestamp {
        match self {
            Self::Instant(at) => at,
            Self::Day(day) => midnight(day).unwrap_or(Timestamp::MIN),
        }
    }

    /// The first instant that does not belong to a span which is said to end then: a day is in it
    /// whole, an instant is not.
    pub fn end(self) -> Timestamp {
        match self {
            Self::Instant(at) => at,
            Self::Day(day) => {
                let next = day.tomorrow().ok().and_then(midnight);
                next.unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// Its last instant: what was so then is what was left at the end of a day.
    pub fn last(self) -> Timestamp {
        match self {
            Self::Instant(at) => at,
            Self::Day(_) => {
                let end = self.end();
                end.checked_sub(SignedDuration::from_millis(1))
                    .unwrap_or(end)
            }
        }
    }
}

fn midnight(day: Date) -> Option<Timestamp> {
    let midnight = day.at(0, 0, 0, 0).to_zoned(TimeZone::UTC);
    midnight.ok().map(|midnight| midnight.timestamp())
}

/// Length of `YYYY-MM-DD`.
const DATE: usize = 10;

/// Reads RFC 3339 (UTC where it names no zone), `YYYY-MM-DD` (that day in UTC), how long ago: `90s`, `30m`, `12h`, `7d`, `2w`,
/// or `now`.
pub fn parse(text: &str, now: Timestamp) -> Result<TimeArgument, String> {
    if text == "now" {
        return Ok(TimeArgument::Instant(now));
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(TimeArgument::Instant(at));
    }
    // The history prints times without a zone, and people paste them. A date would swallow the time.
    if text.len() == DATE
        && let Ok(day) = text.parse::<Date>()
    {
        return Ok(TimeArgument::Day(day));
    }
    let time = text.parse::<DateTime>();
    if text.len() != DATE
        && let Ok(at) = time.and_then(|time| time.to_zoned(TimeZone::UTC))
    {
        return Ok(TimeArgument::Instant(at.timestamp()));
    }
    let wrong = || {
        let text = crate::document::text::visible(text);
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
        .map(TimeArgument::Instant)
        .map_err(|_too_far| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ways_to_say_when() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let read = |text| parse(text, now).map(|when| when.start().to_string());
        assert_eq!(
            read("2026-11-23T02:15:04Z").unwrap(),
            "2026-11-23T02:15:04Z"
        );
        assert_eq!(read("2026-11-01").unwrap(), "2026-11-01T00:00:00Z");
        assert_eq!(read("now").unwrap(), "2026-11-23T12:00:00Z");
        assert_eq!(read("7d").unwrap(), "2026-11-16T12:00:00Z");
        for pasted in ["2026-11-23 02:15:04", "2026-11-23T02:15:04"] {
            assert_eq!(read(pasted).unwrap(), "2026-11-23T02:15:04Z");
        }
        assert!(read("2026-13-01").is_err());
        assert!(read("2026-02-30").is_err());
        assert!(read("yesterday").is_err());
        assert!(read("").is_err());
    }

    #[test]
    fn a_day_is_whole_and_an_instant_is_one() {
        let now: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        let ends = |text| {
            let when = parse(text, now).unwrap();
            [when.start(), when.last(), when.end()].map(|at| at.to_string())
        };
        let day = [
            "2026-11-27T00:00:00Z",
            "2026-11-27T23:59:59.999Z",
            "2026-11-28T00:00:00Z",
        ];
        assert_eq!(ends("2026-11-27"), day);
        for instant in ["2026-11-27T00:00:00Z", "2026-11-27 00:00:00", "12h"] {
            assert_eq!(ends(instant), ["2026-11-27T00:00:00Z"; 3], "{instant}");
        }
        let [_, _, end] = ends("9999-12-30");
        assert!(end.starts_with("9999-12-3"), "{end}");
    }
}
