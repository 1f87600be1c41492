//! When summaries are due: 1, 2, 4, 8, 16, 24 ... weeks after the damping, on the Monday morning after.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

/// The weeks after the damping in which a summary may be due.
fn weeks() -> impl Iterator<Item = i64> {
    [1, 2, 4]
        .into_iter()
        .chain((1..).map(|count| count * 8))
        .take(500)
}

/// When the summary after the one of `due` comes at the earliest, within a day, for members that were
/// damped at `damped`.
pub fn summary_after(damped: Timestamp, due: Timestamp) -> Option<Timestamp> {
    let week = 7 * 24;
    let passed = due.duration_since(damped).as_hours() / week;
    let next = weeks().find(|next| *next > passed)?;
    due.checked_add(SignedDuration::from_hours((next - passed) * week))
        .ok()
}

/// The next Monday 08:00 in week 1, 2 or 4, or every eighth week, after the member was damped.
pub(crate) fn next_summary(damped: Timestamp, at: Timestamp, zone: &TimeZone) -> Timestamp {
    weeks()
        .filter_map(|week| monday(damped, week, zone))
        .find(|monday| *monday > at)
        .unwrap_or(at)
}

fn monday(damped: Timestamp, week: i64, zone: &TimeZone) -> Option<Timestamp> {
    let earliest = damped
        .to_zoned(zone.clone())
        .checked_add(week.weeks())
        .ok()?;
    let morning = |zoned: &jiff::Zoned| zoned.date().at(8, 0, 0, 0).to_zoned(zone.clone()).ok();
    let same_day = morning(&earliest)?;
    if earliest.weekday() == Weekday::Monday && same_day >= earliest {
        return Some(same_day.timestamp());
    }
    let next = earliest.nth_weekday(1, Weekday::Monday).ok()?;
    Some(morning(&next)?.timestamp())
}
