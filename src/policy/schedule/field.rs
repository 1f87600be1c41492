//! Reads the fields of a cron expression, before the library sees them.
//!
//! Some things a library accepts silently (years, empty items, a sign that joins two fields) or refuses
//! in its own words. They are decided here, so that every message says what to write.

use crate::document::text::{bounded, visible};

/// One field of an expression: its name, its bounds and its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct CronField {
    name: &'static str,
    least: u32,
    most: u32,
    /// Words for its values, beginning with `least`.
    names: &'static [&'static str],
}

const fn field(
    name: &'static str,
    least: u32,
    most: u32,
    names: &'static [&'static str],
) -> CronField {
    CronField {
        name,
        least,
        most,
        names,
    }
}

const SECOND: CronField = field("second", 0, 59, &[]);
const MINUTE: CronField = field("minute", 0, 59, &[]);
const HOUR: CronField = field("hour", 0, 23, &[]);
const DAY: CronField = field("day of month", 1, 31, &[]);
const MONTH: CronField = field(
    "month",
    1,
    12,
    &[
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ],
);
// Sunday may be written as 0 or as 7.
const WEEKDAY: CronField = field(
    "day of week",
    0,
    7,
    &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
);

/// The fields of an expression that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fields {
    /// The values of each field, in order.
    pub(super) second: Vec<u32>,
    pub(super) minute: Vec<u32>,
    pub(super) hour: Vec<u32>,
    /// Whether it fires on every day.
    pub(super) is_daily: bool,
    /// The expression in the form that the library reads.
    pub(super) written: String,
}

impl Fields {
    /// Reads five fields, or six with seconds first.
    pub(super) fn parse(expression: &str) -> Result<Self, String> {
        let given: Vec<&str> = expression.split_whitespace().collect();
        if let Some(closed) = closed(expression) {
            return Err(format!("a space stands beside a comma: write \"{closed}\""));
        }
        let (second, rest) = match given.as_slice() {
            [second, rest @ ..] if rest.len() == 5 => (*second, rest),
            rest => ("0", rest),
        };
        let [minute, hour, day, month, weekday] = rest else {
            let (count, years) = match given.len() {
                7 => (7, "; there are no years"),
                count => (count, ""),
            };
            let plural = if count == 1 { "" } else { "s" };
            return Err(format!(
                "it has {count} field{plural}, expected 5, or 6 with seconds first{years}"
            ));
        };
        let second = SECOND.read(second)?;
        let minute = MINUTE.read(minute)?;
        let hour = HOUR.read(hour)?;
        let (day, month, weekday) = (DAY.read(day)?, MONTH.read(month)?, WEEKDAY.read(weekday)?);
        let is_daily = (day.len(), month.len(), weekday.len()) == (31, 12, 7);
        Ok(Self {
            second,
            minute,
            hour,
            is_daily,
            written: given.join(" "),
        })
    }
}

/// The expression without spaces beside commas, if it has five or six fields then.
fn closed(expression: &str) -> Option<String> {
    let fields: Vec<&str> = expression.split_whitespace().collect();
    let mut closed = String::new();
    for field in fields {
        // After a list that ends before a `*`, the comma is the mistake: the `*` is a field.
        let is_joined = (closed.ends_with(',') && !field.starts_with('*'))
            || (field.starts_with(',') && !closed.is_empty());
        if !closed.is_empty() && !is_joined {
            closed.push(' ');
        }
        closed.push_str(field);
    }
    let count = closed.split_whitespace().count();
    let is_other = count != expression.split_whitespace().count();
    (is_other && matches!(count, 5 | 6)).then(|| shown(&closed))
}

fn shown(text: &str) -> String {
    bounded(&visible(text), 60)
}

impl CronField {
    /// The values that the text names. A day such as `L`, which depends on the month, adds no value.
    fn read(self, text: &str) -> Result<Vec<u32>, String> {
        let items: Vec<&str> = text.split(',').collect();
        let there: Vec<&str> = items.iter().copied().filter(|it| !it.is_empty()).collect();
        if there.len() < items.len() {
            let write = match there.as_slice() {
                [] => "*".to_owned(),
                there => there.join(","),
            };
            return Err(self.instead(text, "has nothing beside a comma", &write));
        }
        let mut values = Vec::new();
        for item in there {
            if self.is_day_of_the_month(item)? {
                continue;
            }
            // A Sunday is stored as 0, however it is written.
            let days = self.item(text, item)?.into_iter();
            values.extend(days.map(|value| if self == WEEKDAY { value % 7 } else { value }));
        }
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }

    /// Reads one item: `*`, a value or a range, with an optional step.
    fn item(self, text: &str, item: &str) -> Result<Vec<u32>, String> {
        let (base, step) = match item.split_once('/') {
            None => (item, None),
            Some((base, step)) => (base, Some(self.step(base, step)?)),
        };
        let is_any = base == "*" || (base == "?" && (self == DAY || self == WEEKDAY));
        let (first, last) = if is_any {
            (self.least, self.most)
        } else if let Some((first, last)) = base.split_once('-') {
            let ends = (self.value(first)?, self.value(last)?);
            // A range of weekdays may end on Sunday.
            match ends {
                (first, 0) if self == WEEKDAY && first > 0 && number(last).is_none() => (first, 7),
                ends => ends,
            }
        } else {
            let value = self.value(base)?;
            if let Some(step) = step {
                let write = format!("{base}-{}/{step}", self.word(base, self.last()));
                return Err(self.instead(item, "has a step and no range", &write));
            }
            (value, value)
        };
        if first > last {
            let around = self.around(base, first, last, step);
            let each = text.split(',');
            let write: Vec<&str> = each
                .map(|it| if it == item { &around } else { it })
                .collect();
            return Err(self.instead(item, "ends before it begins", &write.join(",")));
        }
        let step = usize::try_from(step.unwrap_or(1)).unwrap_or(1);
        let last = if is_any { self.last() } else { last };
        Ok((first..=last).step_by(step).collect())
    }

    fn step(self, base: &str, text: &str) -> Result<u32, String> {
        let step = number(text).ok_or_else(|| {
            let what = format!("\"{}/{}\"", shown(base), shown(text));
            format!(
                "{} {what}: behind \"/\" stands how many to go on",
                self.name
            )
        })?;
        match step {
            0 => Err(format!("{}: a step is at least 1", self.name)),
            _ if base.is_empty() => {
                let item = format!("/{step}");
                Err(self.instead(&item, "has a step of nothing", &format!("*/{step}")))
            }
            step => Ok(step),
        }
    }

    /// The last value; for weekdays 6, because 7 is Sunday again.
    fn last(self) -> u32 {
        if self == WEEKDAY { 6 } else { self.most }
    }

    fn value(self, text: &str) -> Result<u32, String> {
        let is_number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        if is_number {
            let value = number(text).filter(|value| (self.least..=self.most).contains(value));
            return value.ok_or_else(|| {
                let (name, least, most) = (self.name, self.least, self.most);
                format!("{name} {} is not between {least} and {most}", shown(text))
            });
        }
        let upper = text.to_ascii_uppercase();
        let named = self.names.iter().position(|name| upper.starts_with(name));
        match named.and_then(|at| Some((self.names.get(at)?, u32::try_from(at).ok()?))) {
            Some((name, at)) if upper == **name => Ok(self.least + at),
            Some((name, _)) => Err(self.instead(text, "is a word it does not know", name)),
            None => {
                let days = match self.name {
                    name if name == DAY.name => ", L, LW or 15W",
                    name if name == WEEKDAY.name => ", MON, FRIL or FRI#2",
                    name if name == MONTH.name => " or JAN",
                    _ => "",
                };
                let (name, least, most) = (self.name, self.least, self.most);
                let text = shown(text);
                Err(format!(
                    "{name} \"{text}\" is not understood: expected {least} to {most}, *, 1-5, */2{days}"
                ))
            }
        }
    }

    /// A value as a word or number, like the text beside it.
    fn word(self, beside: &str, value: u32) -> String {
        let is_word = beside.starts_with(|c: char| c.is_ascii_alphabetic());
        let at = usize::try_from(value.saturating_sub(self.least)).unwrap_or_default();
        match self.names.get(at) {
            Some(name) if is_word => (*name).to_owned(),
            _ => value.to_string(),
        }
    }

    /// Writes a range that wraps around the end as two ranges that do not.
    fn around(self, base: &str, first: u32, last: u32, step: Option<u32>) -> String {
        let word = |value| self.word(base, value);
        // A Sunday at the beginning of a range is 0.
        let is_sunday = self == WEEKDAY && first == 7;
        if let Some(step) = step {
            let step = usize::try_from(step).unwrap_or(1);
            let all: Vec<u32> = if is_sunday {
                (0..=last).collect()
            } else {
                (first..=self.last()).chain(self.least..=last).collect()
            };
            let values: Vec<String> = all.into_iter().step_by(step).map(word).collect();
            return values.join(",");
        }
        let range = |from: u32, to: u32| {
            if from == to {
                word(from)
            } else {
                format!("{}-{}", word(from), word(to))
            }
        };
        if is_sunday {
            return range(0, last);
        }
        format!("{},{}", range(first, self.last()), range(self.least, last))
    }

    /// Whether an item is `L`, `LW` or `15W` (day of month), or `FRIL` or `FRI#2` (weekday).
    fn is_day_of_the_month(self, item: &str) -> Result<bool, String> {
        let upper = item.to_ascii_uppercase();
        if self == DAY {
            return match (upper.as_str(), upper.strip_suffix('W')) {
                ("L" | "LW", _) => Ok(true),
                (_, Some(day)) if !day.is_empty() => self.value(day).map(|_| true),
                _ => Ok(false),
            };
        }
        if self != WEEKDAY {
            return Ok(false);
        }
        if let Some((day, which)) = upper.split_once('#') {
            self.value(day)?;
            let is_known = which == "L" || number(which).is_some_and(|it| (1..=5).contains(&it));
            let what = || format!("{} \"{}\": behind # stands 1 to 5", self.name, shown(item));
            return is_known.then_some(true).ok_or_else(what);
        }
        match upper.strip_suffix('L') {
            Some("") => Err(self.instead(item, "names no day", "SATL")),
            Some(day) => self.value(day).map(|_| true),
            None => Ok(false),
        }
    }

    fn instead(self, text: &str, what: &str, write: &str) -> String {
        let (text, write) = (shown(text), shown(write));
        format!("{} \"{text}\" {what}: write \"{write}\"", self.name)
    }
}

/// Reads a number without a sign.
fn number(text: &str) -> Option<u32> {
    let is_number = text.chars().all(|c| c.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}
