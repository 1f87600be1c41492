//! Describes a schedule in words for mails and `config check`, saying only what is true.
//!
//! Cron starts again in each hour and on each day: `*/45` fires at :00 and :45, and the words say so.
//! They say "every" only of a step that continues over the end of its field, and over the days on which
//! the clocks of the zone are changed.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::field::Fields;
use super::zone::Zone;

/// The most times that are listed.
const LISTED: usize = 4;

/// The words; `None` if only the expression itself is both true and short.
pub(super) fn words(fields: &Fields, zone: &Zone) -> Option<String> {
    let (zone, zone_name) = (zone.time_zone(), zone.name());
    if !fields.is_daily {
        return None;
    }
    let second = Rhythm::of(&fields.second, 60);
    let minute = Rhythm::of(&fields.minute, 60);
    let hour = Rhythm::of(&fields.hour, 24);
    let within = |value: &u32| format!(":{value:02}");
    let keeps = |step: u32, unit: u32| keeps(zone, step * unit);
    Some(match (second, minute, hour) {
        (second, Rhythm::Even(1), Rhythm::Even(1)) => match second {
            Rhythm::Even(1) => "every second".to_owned(),
            Rhythm::Even(60) => "every minute".to_owned(),
            Rhythm::Even(step) => format!("every {step} s"),
            other => {
                let times = other.listed(&fields.second, within, "second")?;
                format!("{times} of each minute")
            }
        },
        (Rhythm::Even(60), minute, Rhythm::Even(1)) => match minute {
            Rhythm::Even(60) if keeps(60, 60) => "every hour".to_owned(),
            Rhythm::Even(step) if step < 60 && keeps(step, 60) => format!("every {step} min"),
            other => other.listed(&fields.minute, within, "minute")?,
        },
        (Rhythm::Even(60), Rhythm::Even(60), hour) => {
            let minute = fields.minute.first()?;
            let at = |hour: &u32| format!("{hour:02}:{minute:02}");
            let times = match hour {
                Rhythm::Even(24) => format!("every day at {}", at(fields.hour.first()?)),
                Rhythm::Even(step) if keeps(step, 3_600) => {
                    format!("every {step} h from {}", at(fields.hour.first()?))
                }
                other => other.listed(&fields.hour, at, "hour")?,
            };
            format!("{times} ({zone_name})")
        }
        _ => return None,
    })
}

/// How regularly the values of a field follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rhythm {
    /// A constant step, also over the end of the field; a single value is a step of the whole field.
    Even(u32),
    /// A constant step up to a last value.
    Steps(u32),
    /// Any other values.
    Uneven,
}

impl Rhythm {
    fn of(values: &[u32], whole: u32) -> Self {
        let (Some(first), Some(last)) = (values.first(), values.last()) else {
            return Self::Uneven;
        };
        let between: Vec<u32> = values
            .iter()
            .zip(values.iter().skip(1))
            .map(|(one, next)| next - one)
            .collect();
        let step = between.first().copied().unwrap_or(whole);
        if between.iter().any(|other| *other != step) {
            Self::Uneven
        } else if first + whole - last == step {
            Self::Even(step)
        } else {
            Self::Steps(step)
        }
    }

    /// Lists the times themselves. "Every 7 min" would be wrong, because the last interval is shorter.
    fn listed(self, values: &[u32], time: impl Fn(&u32) -> String, each: &str) -> Option<String> {
        if values.len() <= LISTED {
            return Some(format!("at {}", joined(values.iter().map(time))));
        }
        let (Self::Steps(step) | Self::Even(step)) = self else {
            return None;
        };
        let [first, second, .., last] = values else {
            return None;
        };
        let (first, second, last) = (time(first), time(second), time(last));
        match step {
            1 => Some(format!("at each {each} from {first} to {last}")),
            _ => Some(format!("at {first}, {second} ... {last}")),
        }
    }
}

fn joined(values: impl Iterator<Item = String>) -> String {
    let mut values: Vec<String> = values.collect();
    match values.pop() {
        Some(last) if !values.is_empty() => format!("{} and {last}", values.join(", ")),
        last => last.unwrap_or_default(),
    }
}

/// Whether a step of this many seconds stays constant when the clocks of a zone are changed, because each
/// change is a multiple of it. Examined from a fixed day, since no clock is read here.
fn keeps(zone: &TimeZone, step: u32) -> bool {
    const FROM: i64 = 1_767_225_600;
    let from = Timestamp::from_second(FROM).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut offset = zone.to_offset(from);
    let mut changes = zone.following(from).take(64);
    changes.all(|change| {
        let moved = change.offset().seconds() - offset.seconds();
        offset = change.offset();
        moved.unsigned_abs().is_multiple_of(step)
    })
}
