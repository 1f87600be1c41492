//! Layer 1: cron expressions in a real time zone.
//!
//! Owns croner. Daylight saving is right and day of month and day of week are OR-ed, as in cron.

use croner::Cron;
use croner::parser::{CronParser, Seconds};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// When targets are polled.
#[derive(Debug, Clone)]
pub struct Schedule {
    cron: Cron,
    zone: TimeZone,
    expression: String,
    zone_name: String,
}

impl Schedule {
    /// Reads five fields, or six with seconds first, or a name such as `@hourly`. The error says
    /// what is wrong in words.
    pub fn parse(expression: &str, zone: &str) -> Result<Self, String> {
        let time_zone =
            TimeZone::get(zone).map_err(|_unknown| format!("time zone \"{zone}\" is not known"))?;
        let cron = CronParser::builder()
            .seconds(Seconds::Optional)
            .build()
            .parse(expression)
            .map_err(|error| reason(expression, &error.to_string()))?;
        let schedule = Self {
            cron,
            zone: time_zone,
            expression: expression.to_owned(),
            zone_name: zone.to_owned(),
        };
        // A leap day comes within eight years; from a fixed day, since no clock is read here.
        match schedule.next_after(Timestamp::UNIX_EPOCH) {
            Some(_) => Ok(schedule),
            None => Err("it never fires".to_owned()),
        }
    }

    /// The next time after `at`.
    pub fn next_after(&self, at: Timestamp) -> Option<Timestamp> {
        let at = at.to_zoned(self.zone.clone());
        self.cron
            .find_next_occurrence(&at, false)
            .ok()
            .map(|next| next.timestamp())
    }

    /// The last time before `at`.
    pub fn previous_before(&self, at: Timestamp) -> Option<Timestamp> {
        let at = at.to_zoned(self.zone.clone());
        self.cron
            .find_previous_occurrence(&at, false)
            .ok()
            .map(|found| found.timestamp())
    }

    /// The time between the next two ticks after `at`.
    pub fn interval_at(&self, at: Timestamp) -> Option<SignedDuration> {
        let next = self.next_after(at)?;
        Some(self.next_after(next)?.duration_since(next))
    }

    /// In words, for mails: `every 15 min`, `on 0 8 * * 1 (Europe/Berlin)`.
    pub fn words(&self) -> String {
        let fields: Vec<&str> = self.expression.split_whitespace().collect();
        let every = |field: &str| {
            field
                .strip_prefix("*/")
                .filter(|step| step.chars().all(|c| c.is_ascii_digit()))
                .map(str::to_owned)
        };
        match fields.as_slice() {
            ["*", "*", "*", "*", "*"] => return "every minute".to_owned(),
            [minute, "*", "*", "*", "*"] => {
                if let Some(step) = every(minute) {
                    return format!("every {step} min");
                }
                if minute.chars().all(|c| c.is_ascii_digit()) {
                    return "every hour".to_owned();
                }
            }
            ["*", "*", "*", "*", "*", "*"] => return "every second".to_owned(),
            [second, "*", "*", "*", "*", "*"] => {
                if let Some(step) = every(second) {
                    return format!("every {step} s");
                }
            }
            ["@hourly"] => return "every hour".to_owned(),
            _ => {}
        }
        format!("on {} ({})", self.expression, self.zone_name)
    }
}

/// What is wrong with an expression: the number that is out of bounds, or the parser's own words.
fn reason(expression: &str, said: &str) -> String {
    const FIELDS: [(&str, u32, u32); 6] = [
        ("second", 0, 59),
        ("minute", 0, 59),
        ("hour", 0, 23),
        ("day of month", 1, 31),
        ("month", 1, 12),
        ("day of week", 0, 7),
    ];
    let fields: Vec<&str> = expression.split_whitespace().collect();
    if !matches!(fields.len(), 5 | 6) && !expression.starts_with('@') {
        return format!(
            "it has {} fields, expected 5, or 6 with seconds first",
            fields.len()
        );
    }
    for (field, (name, least, most)) in fields.iter().rev().zip(FIELDS.iter().rev()) {
        for number in field
            .split([',', '-', '/', '*'])
            .filter_map(|part| part.parse::<u32>().ok())
        {
            if number < *least || number > *most {
                return format!("{name} {number} is not between {least} and {most}");
            }
        }
    }
    said.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, zone: &str, at: &str) -> String {
        let schedule = Schedule::parse(expression, zone).unwrap();
        schedule
            .next_after(at.parse().unwrap())
            .unwrap()
            .to_string()
    }

    #[test]
    fn daylight_saving_keeps_the_hour_of_the_wall() {
        let daily = |at| next("0 18 * * *", "Europe/Berlin", at);
        assert_eq!(daily("2026-03-28T12:00:00Z"), "2026-03-28T17:00:00Z");
        assert_eq!(daily("2026-03-29T12:00:00Z"), "2026-03-29T16:00:00Z");
        assert_eq!(
            next("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z"),
            "2026-03-29T01:00:00Z",
            "a time in the gap fires at the first instant after it"
        );
    }

    #[test]
    fn day_of_month_and_day_of_week_are_or_ed() {
        assert_eq!(
            next("0 0 13 * FRI", "UTC", "2026-11-23T00:00:00Z"),
            "2026-11-27T00:00:00Z"
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(
            Schedule::parse("0 0 30 2 *", "UTC").unwrap_err(),
            "it never fires"
        );
        let wrong = |expression| Schedule::parse(expression, "UTC").unwrap_err();
        assert_eq!(wrong("61 * * * *"), "minute 61 is not between 0 and 59");
        assert_eq!(
            wrong("0 0 0 0 * *"),
            "day of month 0 is not between 1 and 31"
        );
        assert_eq!(
            wrong("* * * *"),
            "it has 4 fields, expected 5, or 6 with seconds first"
        );
        let unknown = Schedule::parse("* * * * *", "Mars/Base").unwrap_err();
        assert_eq!(unknown, "time zone \"Mars/Base\" is not known");
    }

    #[test]
    fn words_are_for_people() {
        let words = |expression| Schedule::parse(expression, "UTC").unwrap().words();
        assert_eq!(words("*/15 * * * *"), "every 15 min");
        assert_eq!(words("*/2 * * * * *"), "every 2 s");
        assert_eq!(words("0 8 * * 1"), "on 0 8 * * 1 (UTC)");
    }
}
