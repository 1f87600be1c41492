//! Times as people type them.

use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::Pieces;
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
            Self::Day(day) => midnight(day),
        }
    }

    /// The first instant that does not belong to a span which is said to end then: a day is in it
    /// whole, an instant is not.
    pub fn end(self) -> Timestamp {
        match self {
            Self::Instant(at) => at,
            Self::Day(day) => day.tomorrow().map_or(Timestamp::MAX, midnight),
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

fn midnight(day: Date) -> Timestamp {
    nearest(day.at(0, 0, 0, 0))
}

/// The end of the time line that a day is nearest to which has no instant. The calendar reaches further than
/// the time line, by some hours at each end, so that the year tells which end it is.
fn end_near(day: Date) -> Timestamp {
    if day.year() < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    }
}

/// The instant of a time in UTC. What is beyond an end of the time line is that end, so that a span which
/// begins or ends there is still bounded by it.
fn nearest(time: DateTime) -> Timestamp {
    let zoned = time.to_zoned(TimeZone::UTC);
    zoned.map_or_else(|_beyond| end_near(time.date()), |zoned| zoned.timestamp())
}

/// The end of the time line beyond which an RFC 3339 time is; such a time is read as no instant.
fn beyond(text: &str) -> Option<Timestamp> {
    let pieces = Pieces::parse(text).ok()?;
    pieces.time().and(pieces.offset())?;
    Some(end_near(pieces.date()))
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
    if text.len() != DATE
        && let Some(at) = text.parse().ok().map(nearest).or_else(|| beyond(text))
    {
        return Ok(TimeArgument::Instant(at));
    }
    let wrong = || {
        let text = crate::document::text::visible(text);
        format!("\"{text}\" is no time: write 2026-11-23T02:15:04Z, 2026-11-23, 7d or 12h")
    };
    let (digits, unit) = text
        .split_at_checked(text.len().saturating_sub(1))
        .ok_or_else(wrong)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return Err(wrong()),
    };
    // Longer ago than the time line reaches is its beginning.
    let number: i64 = digits.parse().unwrap_or(i64::MAX);
    let ago = SignedDuration::from_secs(number.saturating_mul(seconds));
    let at = now.checked_sub(ago).unwrap_or(Timestamp::MIN);
    Ok(TimeArgument::Instant(at))
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

    #[test]
    fn a_time_beyond_an_end_of_the_time_line_is_that_end() {
        let now: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        let read = |text| parse(text, now).map(TimeArgument::start);
        for late in [
            "9999-12-31",
            "9999-12-31T00:00:00Z",
            "9999-12-31T23:59:59.5+02:00",
            "9999-12-30T23:30:00Z",
            "9999-12-31 00:00:00",
        ] {
            assert_eq!(read(late), Ok(Timestamp::MAX), "{late}");
        }
        for early in [
            "9999999d",
            "99999999999999999999s",
            "-009999-01-01T00:00:00Z",
        ] {
            assert_eq!(read(early), Ok(Timestamp::MIN), "{early}");
        }
        for wrong in ["9999-12-31T25:00:00Z", "9999-12-32T00:00:00Z", "d", "-7d"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
