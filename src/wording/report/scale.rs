//! Where a time stands on a time line, in hundredths of a percent: whole numbers, so that a page is the
//! same on every machine. Lengths in percent let a time line be as wide as there is room, with text
//! and strokes that are not stretched.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

/// A part of a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Percent(i64);

impl Percent {
    /// The smallest width that can be told apart, a third of a percent; a moment is drawn this wide.
    pub(super) const STEP: Self = Self(33);

    /// `part` of `whole`, rounded down, so that 100 percent means the whole.
    pub(super) fn of(part: i64, whole: i64) -> Self {
        let part = part.clamp(0, whole.max(0));
        Self(part.saturating_mul(10_000).checked_div(whole).unwrap_or(0))
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }

    /// The same, rounded to steps of `STEP`.
    pub(super) fn coarse(self) -> Self {
        Self(self.0 / Self::STEP.0 * Self::STEP.0)
    }

    /// How many of so many columns lie before it.
    pub(super) fn of_columns(self, columns: i64) -> i64 {
        self.0.saturating_mul(columns) / 10_000
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(f, "{whole}"),
            (whole, rest) => write!(f, "{whole}.{rest:02}"),
        }
    }
}

/// The time that all time lines of a page have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

/// A line across all time lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tick {
    pub(super) x: Percent,
    /// Its month or day, where there is room for it.
    pub(super) label: Option<String>,
}

/// Most ticks, and most of them that are labelled: so many fit on a phone.
const TICKS: i32 = 24;
const LABELS: usize = 5;

impl Scale {
    /// Where a time stands.
    pub(super) fn x(self, at: Timestamp) -> Percent {
        Percent::of(seconds(self.from, at), self.length())
    }

    pub(super) fn length(self) -> i64 {
        seconds(self.from, self.until)
    }

    /// The begin and width of a time on the scale; `None` if it lies outside.
    pub(super) fn stretch(self, from: Timestamp, to: Timestamp) -> Option<(Percent, Percent)> {
        let is_inside = to >= self.from && from <= self.until;
        let (begin, end) = (self.x(from), self.x(to));
        is_inside.then(|| (begin, end.minus(begin)))
    }

    /// First days of months, or days where the time is shorter.
    pub(super) fn ticks(self) -> Vec<Tick> {
        let date = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
        let (first, last) = (date(self.from), date(self.until));
        let days = i32::try_from(self.length() / 86_400).unwrap_or(i32::MAX);
        let is_of_months = days > 62;
        let dates = if is_of_months {
            let step = days / 30 / TICKS + 1;
            dates(first.first_of_month(), last, |date| {
                date.checked_add(step.months()).ok()
            })
        } else {
            let step = days / TICKS + 1;
            dates(first, last, |date| date.checked_add(step.days()).ok())
        };
        let in_time = dates.into_iter().filter_map(|date| {
            let at = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
            (at >= self.from).then(|| (self.x(at), date))
        });
        let ticks: Vec<(Percent, Date)> = in_time.collect();
        let every = ticks.len().div_ceil(LABELS).max(1);
        let has_room = |x: Percent| x <= Percent(8_200);
        ticks
            .into_iter()
            .enumerate()
            .map(|(number, (x, date))| Tick {
                x,
                label: (number % every == 0 && has_room(x)).then(|| {
                    let form = if is_of_months { "%Y-%m" } else { "%Y-%m-%d" };
                    date.strftime(form).to_string()
                }),
            })
            .collect()
    }
}

fn dates(first: Date, last: Date, next: impl Fn(Date) -> Option<Date>) -> Vec<Date> {
    let most = usize::try_from(TICKS).unwrap_or_default() * 3;
    std::iter::successors(Some(first), |date| next(*date))
        .take_while(|date| *date <= last)
        .take(most)
        .collect()
}

/// How many seconds lie between.
pub(super) fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).max(SignedDuration::ZERO).as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(from: &str, until: &str) -> Scale {
        let at = |day: &str| format!("{day}T00:00:00Z").parse().unwrap();
        Scale {
            from: at(from),
            until: at(until),
        }
    }

    #[test]
    fn what_is_not_quite_the_whole_is_not_called_so_and_nothing_divides_by_nothing() {
        assert_eq!(Percent::of(1_000_000 - 1, 1_000_000).to_string(), "99.99");
        assert_eq!(Percent::of(1, 3).to_string(), "33.33");
        assert_eq!(Percent::of(5, 0).to_string(), "0");
        assert_eq!(Percent::of(9, 3), Percent(10_000));
    }

    #[test]
    fn what_lies_outside_the_time_is_not_drawn_and_what_reaches_into_it_is_cut() {
        let scale = scale("2026-01-01", "2026-01-11");
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (early, late) = (at("2025-12-01T00:00:00Z"), at("2026-01-06T00:00:00Z"));
        assert_eq!(
            scale.stretch(early, late),
            Some((Percent(0), Percent(5_000)))
        );
        assert_eq!(scale.stretch(early, early), None);
    }

    #[test]
    fn there_are_few_ticks_and_fewer_labels_however_long_the_time_is() {
        for (from, until) in [
            ("2026-01-01", "2026-01-01"),
            ("2026-01-01", "2026-01-02"),
            ("2026-01-01", "2026-02-20"),
            ("2025-08-15", "2026-11-27"),
            ("1990-01-01", "2026-11-27"),
        ] {
            let ticks = scale(from, until).ticks();
            assert!(ticks.len() <= 27, "{from}: {}", ticks.len());
            assert!(ticks.is_sorted_by_key(|tick| tick.x));
            let labelled = ticks.iter().filter(|tick| tick.label.is_some());
            assert!((0..=LABELS).contains(&labelled.count()), "{from}");
        }
    }
}
