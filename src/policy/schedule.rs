//! Layer 1: cron expressions in a real time zone.
//!
//! Owns croner, which is only given what was read and understood here. Daylight saving is right and
//! day of month and day of week are OR-ed, as in cron.

mod field;
mod nickname;
mod words;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use self::field::Fields;

/// Ticks that are looked at for the shortest time between two.
const LOOKED_AT: usize = 64;

/// When targets are polled.
#[derive(Debug, Clone)]
pub struct Schedule {
    cron: Cron,
    fields: Fields,
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
        let written = match nickname::expression(expression) {
            Some(known) => known?,
            None => match nickname::instead(expression) {
                Some(instead) => return Err(instead),
                None => expression,
            },
        };
        let fields = Fields::parse(written)?;
        let cron = CronParser::builder()
            .seconds(Seconds::Optional)
            .year(Year::Disallowed)
            .build()
            .parse(&fields.written)
            .map_err(|_in_its_own_words| "it is no cron expression, such as \"*/15 * * * *\"")?;
        let schedule = Self {
            cron,
            zone: time_zone,
            fields,
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

    /// The shortest time between two ticks among those that come next.
    pub fn shortest_interval(&self, from: Timestamp) -> Option<SignedDuration> {
        let ticks = std::iter::successors(self.next_after(from), |at| self.next_after(*at));
        let ticks: Vec<Timestamp> = ticks.take(LOOKED_AT).collect();
        let pairs = ticks.iter().zip(ticks.iter().skip(1));
        pairs.map(|(one, next)| next.duration_since(*one)).min()
    }

    /// In words, for mails: `every 15 min`, `at :00 and :45`, `on 0 8 * * 1 (Europe/Berlin)`.
    pub fn words(&self) -> String {
        words::words(&self.fields, &self.zone, &self.zone_name)
            .unwrap_or_else(|| format!("on {} ({})", self.expression, self.zone_name))
    }
}

#[cfg(test)]
mod tests;
