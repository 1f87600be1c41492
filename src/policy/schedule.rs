//! Cron expressions in a real time zone.
//!
//! Only this module uses croner, which gets only expressions that were read and understood here. It
//! handles daylight saving correctly and ORs day of month with day of week, as cron does.

mod field;
mod nickname;
mod words;
mod zone;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::{SignedDuration, Timestamp};

use self::field::Fields;
pub use self::zone::Zone;

/// How many ticks are examined to find the shortest time between two.
const LOOKED_AT: usize = 64;

/// The times at which targets are polled.
#[derive(Debug, Clone)]
pub struct Schedule {
    cron: Cron,
    fields: Fields,
    zone: Zone,
    expression: String,
}

impl Schedule {
    /// Reads five fields, or six with seconds first, or a name such as `@hourly`. The error says
    /// what is wrong in words.
    pub fn parse(expression: &str, zone: &str) -> Result<Self, String> {
        let zone = Zone::parse(zone)?;
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
            zone,
            fields,
            expression: expression.to_owned(),
        };
        // A leap day comes within eight years. The search starts on a fixed day, as no clock is read
        // here.
        match schedule.next_after(Timestamp::UNIX_EPOCH) {
            Some(_) => Ok(schedule),
            None => Err("it never fires".to_owned()),
        }
    }

    /// The same expression in another zone. Whether it ever fires does not depend on the zone.
    #[must_use]
    pub fn in_zone(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// The zone of its times.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The next time after `at`.
    pub fn next_after(&self, at: Timestamp) -> Option<Timestamp> {
        let at = at.to_zoned(self.zone.time_zone().clone());
        self.cron
            .find_next_occurrence(&at, false)
            .ok()
            .map(|next| next.timestamp())
    }

    /// The last time before `at`.
    pub fn previous_before(&self, at: Timestamp) -> Option<Timestamp> {
        let at = at.to_zoned(self.zone.time_zone().clone());
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

    /// The shortest time between two of the next ticks.
    pub fn shortest_interval(&self, from: Timestamp) -> Option<SignedDuration> {
        let ticks: Vec<Timestamp> =
            std::iter::successors(self.next_after(from), |at| self.next_after(*at))
                .take(LOOKED_AT)
                .collect();
        let pairs = ticks.iter().zip(ticks.iter().skip(1));
        pairs.map(|(one, next)| next.duration_since(*one)).min()
    }

    /// The schedule in words for mails: `every 15 min`, `at :00 and :45`, `on 0 8 * * 1 (Europe/Berlin)`.
    pub fn words(&self) -> String {
        words::words(&self.fields, &self.zone)
            .unwrap_or_else(|| format!("on {} ({})", self.expression, self.zone.name()))
    }
}

/// Two schedules are equal if they are written alike, because then they fire alike.
impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        (&self.expression, &self.zone) == (&other.expression, &other.zone)
    }
}

impl Eq for Schedule {}

#[cfg(test)]
mod tests;
