//! Decides whether the daemon does its work, from what it has done: the heartbeat stops if not, and
//! `/healthz` reports it. Pure.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::attendance::Attendance;
use crate::policy::schedule::Schedule;
use crate::watch::watched::WatchedTarget;
use crate::wording::text::counted;

/// How late a poll may be in normal operation: it waits for others, and fetches twice.
const MARGIN: SignedDuration = SignedDuration::from_secs(30);

/// The watched targets with their schedules. Shared, so that readers outside of the event loop do not
/// hold it up.
#[derive(Debug, Clone, Default)]
pub(super) struct WatchedSchedules {
    /// The targets, each with the number of its schedule.
    pub(super) targets: Arc<[(u64, Arc<WatchedTarget>)]>,
    pub(super) schedules: Arc<HashMap<u64, Arc<Schedule>>>,
    /// The longest offset of a poll within its interval.
    pub(super) spread: Duration,
}

impl WatchedSchedules {
    /// For each target in order, whether it was not looked at for two intervals.
    pub(super) fn overdue<'a>(
        &'a self,
        attendance: &'a Attendance,
        now: Timestamp,
    ) -> impl Iterator<Item = bool> + 'a {
        // Computed once for all targets of a schedule, of which there may be thousands.
        let schedules = self.schedules.iter();
        let limits: HashMap<u64, Timestamp> = schedules
            .filter_map(|(number, schedule)| Some((*number, limit(schedule, self.spread, now)?)))
            .collect();
        self.targets.iter().map(move |(number, one)| {
            let known = attendance.of(one.target_id);
            known
                .zip(limits.get(number))
                .is_some_and(|(known, limit)| known.at < *limit)
        })
    }
}

/// A reason why the daemon is not well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HealthTrouble {
    /// The scheduler no longer asks what is due.
    Stopped,
    /// Some documents, `late` of `all`, were not looked at in time.
    Overdue { late: usize, all: usize },
}

impl fmt::Display for HealthTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("the scheduler has stopped"),
            Self::Overdue { late, all } => {
                write!(f, "{} of {all} overdue", counted(*late as u64, "document"))
            }
        }
    }
}

/// Checks whether polls are on time. Whether the store takes writes is found out by writing to it.
pub(super) fn trouble(
    is_alive: bool,
    work: &WatchedSchedules,
    attendance: &Attendance,
    now: Timestamp,
) -> Option<HealthTrouble> {
    if !is_alive {
        return Some(HealthTrouble::Stopped);
    }
    let late = work.overdue(attendance, now).filter(|it| *it).count();
    let all = work.targets.len();
    (late > 0).then_some(HealthTrouble::Overdue { late, all })
}

/// A target last looked at before this is overdue, because two ticks have passed since.
fn limit(schedule: &Schedule, spread: Duration, now: Timestamp) -> Option<Timestamp> {
    let interval = schedule.interval_at(now)?;
    let spread = SignedDuration::try_from(spread).ok()?.min(interval / 2);
    let due = now.checked_sub(spread.checked_add(MARGIN)?).ok()?;
    schedule.previous_before(schedule.previous_before(due)?)
}

#[cfg(test)]
mod tests {
    use super::super::tests::configured;
    use super::*;
    use crate::watch::setup::{self, TargetSync};

    #[test]
    fn a_document_is_overdue_when_two_ticks_and_the_spread_have_passed() {
        let schedule = Schedule::parse("*/15 * * * *", "UTC").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let spread = Duration::from_secs(60);
        let limit = |now| limit(&schedule, spread, at(now)).unwrap();
        assert_eq!(limit("2026-03-01T10:31:40Z"), at("2026-03-01T10:15:00Z"));
        assert_eq!(limit("2026-03-01T10:31:20Z"), at("2026-03-01T10:00:00Z"));
        // The spread counts with at most half the interval.
        let wide = Duration::from_secs(3_600);
        let limit = super::limit(&schedule, wide, at("2026-03-01T10:40:00Z"));
        assert_eq!(limit, Some(at("2026-03-01T10:15:00Z")));
    }

    #[tokio::test]
    async fn it_is_not_well_while_a_document_waits_for_its_poll_or_the_scheduler_is_dead() {
        let (_folder, config, store) = configured();
        let noon: Timestamp = "2026-03-01T12:00:01Z".parse().unwrap();
        let watched = setup::watched(&config, &store, TargetSync::Exactly, noon);
        let one = watched.await.unwrap().remove(0);
        let mut attendance = Attendance::default();
        attendance.adopt(true, std::iter::once(one.target_id), noon);
        let schedule = Arc::clone(&one.provider.schedule);
        let work = WatchedSchedules {
            targets: vec![(1, one)].into(),
            schedules: Arc::new(HashMap::from([(1, schedule)])),
            spread: config.fetch.spread,
        };
        let after = |minutes| noon + SignedDuration::from_mins(minutes);
        let trouble = |is_alive, now| trouble(is_alive, &work, &attendance, now);
        assert_eq!(trouble(true, after(30)), None);
        let late = trouble(true, after(32)).unwrap();
        assert_eq!(late, HealthTrouble::Overdue { late: 1, all: 1 });
        assert_eq!(late.to_string(), "1 document of 1 overdue");
        assert_eq!(trouble(false, noon), Some(HealthTrouble::Stopped));
    }
}
