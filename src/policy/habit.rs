//! Finds what a target does at regular intervals, and gaps in the polling.
//!
//! A change that happened three times at equal intervals is a habit: the third time it is told as one, and
//! from then on it is not told. Two intervals prove little, so they must be within a tenth of their median;
//! three and more may be within a quarter. A change that was seen at the end of a gap has no known time: no
//! interval begins or ends there. Another interval is told again. Habits and gaps are computed
//! from the times of changes alone, which a history keeps and an export writes, so that a replay decides
//! the same. Learning the usual interval from every poll was rejected: it would write a row at each.

use jiff::{SignedDuration, Timestamp};

use crate::meaning::change::Habit;

/// How often something must have happened to be a habit.
pub const TIMES: u64 = 3;
/// The most times that are remembered of one repeated change.
pub const REMEMBERED: usize = 8;

/// Whether only so many of the times of a habit are remembered, so that it may have been so more often.
pub fn is_counted_out(habit: Habit) -> bool {
    usize::try_from(habit.count).is_ok_and(|count| count >= REMEMBERED)
}

/// The habit that the last of these times belongs to (oldest first); `None` if the last three are not
/// about equally far apart.
pub fn habit(times: &[Timestamp]) -> Option<Habit> {
    let intervals: Vec<SignedDuration> = times
        .windows(2)
        .filter_map(|pair| match pair {
            [before, after] => Some(after.duration_since(*before)),
            _ => None,
        })
        .collect();
    let mut found = None;
    for count in 3..=times.len() {
        let of_last = intervals.get(intervals.len().checked_sub(count - 1)?..)?;
        let Some(every) = regular(of_last) else {
            // More intervals may show what two do not.
            if count == 3 {
                continue;
            }
            break;
        };
        found = Some(Habit {
            count: count as u64,
            every: every.as_secs(),
        });
    }
    found
}

/// The median of the intervals, if all of them are close to it: within a tenth, or a quarter if there are
/// three or more.
fn regular(intervals: &[SignedDuration]) -> Option<SignedDuration> {
    let every = median(intervals)?;
    let share = if intervals.len() < 3 { 10 } else { 4 };
    let is_regular = |interval: &SignedDuration| (*interval - every).abs() <= every / share;
    (every.is_positive() && intervals.iter().all(is_regular)).then_some(every)
}

fn median(durations: &[SignedDuration]) -> Option<SignedDuration> {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get(sorted.len().checked_sub(1)? / 2)?;
    Some((*upper + *lower) / 2)
}

/// If nothing is known of a target's polls, a longer time between two polls is a gap.
const LONG: SignedDuration = SignedDuration::from_hours(72);

/// Whether the time since the last good poll is a gap: longer than three times the usual. `usual` has the
/// times between the last good poll and the change, for earlier changes.
pub fn is_gap(since_last_good: SignedDuration, usual: &[SignedDuration]) -> bool {
    let usual = median(usual).filter(SignedDuration::is_positive);
    since_last_good > usual.map_or(LONG, |usual| usual.saturating_mul(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(days: &[i64]) -> Vec<Timestamp> {
        let at = |day: &i64| Timestamp::from_second(1_700_000_000 + day * 86_400).unwrap();
        days.iter().map(at).collect()
    }

    fn days(habit: Option<Habit>) -> Option<(u64, i64)> {
        habit.map(|habit| (habit.count, habit.every / 86_400))
    }

    #[test]
    fn what_happened_three_times_about_equally_far_apart_is_a_habit() {
        assert_eq!(days(habit(&times(&[0, 30]))), None);
        assert_eq!(days(habit(&times(&[0, 30, 60]))), Some((3, 30)));
        assert_eq!(days(habit(&times(&[0, 31, 61, 90]))), Some((4, 30)));
        assert_eq!(days(habit(&times(&[0, 28, 59]))), Some((3, 29)));
    }

    #[test]
    fn two_intervals_that_differ_by_more_than_a_tenth_are_no_habit_and_three_may() {
        assert_eq!(days(habit(&times(&[0, 115, 206]))), None);
        assert_eq!(days(habit(&times(&[0, 24, 60]))), None);
        assert_eq!(days(habit(&times(&[0, 30, 54, 89]))), Some((4, 30)));
    }

    #[test]
    fn another_interval_ends_it() {
        assert_eq!(days(habit(&times(&[0, 30, 60, 70]))), None);
        assert_eq!(days(habit(&times(&[0, 30, 60, 130]))), None);
    }

    #[test]
    fn only_what_happened_in_a_row_counts() {
        assert_eq!(days(habit(&times(&[0, 2, 32, 62]))), Some((3, 30)));
        assert_eq!(days(habit(&times(&[0, 30, 60, 70, 100]))), None);
        assert_eq!(
            days(habit(&times(&[0, 30, 60, 70, 100, 130]))),
            Some((3, 30))
        );
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_habit() {
        assert_eq!(days(habit(&times(&[60, 30, 0]))), None);
        assert_eq!(days(habit(&times(&[5, 5, 5]))), None);
    }

    #[test]
    fn a_gap_is_longer_than_three_times_what_is_usual() {
        let minutes = SignedDuration::from_mins;
        let usual = [minutes(15), minutes(15), minutes(30)];
        assert!(!is_gap(minutes(45), &usual));
        assert!(is_gap(minutes(46), &usual));
        assert!(!is_gap(minutes(60 * 24), &[]));
        assert!(is_gap(minutes(60 * 24 * 4), &[]));
    }
}
