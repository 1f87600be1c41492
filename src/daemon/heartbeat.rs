//! The heartbeat: proves to somebody else that this daemon does its work.
//!
//! It is sent while the scheduler asks, every document was looked at within two intervals and the store
//! takes writes: a process that only lives proves nothing. Whoever listens is alarmed by silence, so
//! that trouble with it is one line in the log, and one when it is over.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};

use crate::clock;
use crate::config::Config;
use crate::policy::schedule::Schedule;
use crate::store::Store;
use crate::watch::watched::Watched;
use crate::webhook::{Sender, WebhookError};
use crate::wording::text::counted;

/// How late a poll may be for reasons of its own: it waits for others, and asks twice.
const MARGIN: SignedDuration = SignedDuration::from_secs(30);

/// What a configuration says of it.
pub(super) struct Settings {
    sender: Arc<Sender>,
    every: Duration,
}

impl Settings {
    /// `[heartbeat]`; `None` where there is none.
    pub(super) fn of(config: &Config) -> Result<Option<Self>, WebhookError> {
        let Some(heartbeat) = &config.heartbeat else {
            return Ok(None);
        };
        let every = Duration::try_from(heartbeat.every).unwrap_or(Duration::from_secs(300));
        Ok(Some(Self {
            sender: Arc::new(Sender::new(&heartbeat.receiver)?),
            every,
        }))
    }
}

/// What the daemon watches, as far as it says whether polls are on time.
pub(super) struct Work<'a> {
    /// Number of the schedule, and the target.
    pub(super) targets: &'a [(u64, Arc<Watched>)],
    pub(super) schedules: &'a HashMap<u64, Arc<Schedule>>,
    pub(super) spread: Duration,
    /// Whether the scheduler asks.
    pub(super) is_alive: bool,
}

/// Sends heartbeats.
#[derive(Default)]
pub(super) struct Heartbeat {
    settings: Option<(Arc<Sender>, Interval)>,
    /// When each target was looked at last, or came.
    attended: HashMap<i64, Timestamp>,
    beats: JoinSet<Result<(), String>>,
    is_failing: bool,
}

impl Heartbeat {
    /// Sends by these settings from now on, the first at once.
    pub(super) fn adopt(&mut self, settings: Option<Settings>, targets: &[(u64, Arc<Watched>)]) {
        self.settings = settings.map(|Settings { sender, every }| {
            let mut interval = tokio::time::interval(every);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            (sender, interval)
        });
        let before = std::mem::take(&mut self.attended);
        if self.settings.is_none() {
            return;
        }
        let now = clock::now();
        let since = |one: &Watched| before.get(&one.target_id).copied().unwrap_or(now);
        let targets = targets.iter();
        self.attended = targets
            .map(|(_, one)| (one.target_id, since(one)))
            .collect();
    }

    /// A target was looked at, whatever came of it.
    pub(super) fn attended(&mut self, target_id: i64) {
        if let Some(at) = self.attended.get_mut(&target_id) {
            *at = clock::now();
        }
    }

    /// Waits until one is due. It may be asked again and again.
    pub(super) async fn due(&mut self) {
        loop {
            let Some((_, interval)) = &mut self.settings else {
                return std::future::pending().await;
            };
            tokio::select! {
                _ = interval.tick() => return,
                Some(ended) = self.beats.join_next() => {
                    let panicked = |error| Err(format!("it panicked: {error}"));
                    self.note(ended.unwrap_or_else(panicked));
                }
            }
        }
    }

    /// Sends one, if all is as it should be and none is under way.
    pub(super) fn beat(&mut self, store: &Store, work: &Work<'_>) {
        let Some((sender, _)) = &self.settings else {
            return;
        };
        if let Some(trouble) = self.trouble(work, clock::now()) {
            self.note(Err(trouble));
            return;
        }
        if !self.beats.is_empty() {
            return;
        }
        let (sender, store) = (Arc::clone(sender), store.clone());
        self.beats.spawn(async move {
            let written = store.daemon_beat(clock::now()).await;
            written.map_err(|error| format!("the store takes no write: {error}"))?;
            sender.beat().await
        });
    }

    /// No further ones, nor any write for one.
    pub(super) async fn stop(&mut self) {
        self.settings = None;
        self.beats.shutdown().await;
    }

    fn trouble(&self, work: &Work<'_>, now: Timestamp) -> Option<String> {
        if !work.is_alive {
            return Some("the scheduler has stopped".to_owned());
        }
        let limits: HashMap<u64, Timestamp> = work
            .schedules
            .iter()
            .filter_map(|(number, schedule)| Some((*number, limit(schedule, work.spread, now)?)))
            .collect();
        let is_late = |(number, one): &&(u64, Arc<Watched>)| {
            let at = self.attended.get(&one.target_id);
            at.zip(limits.get(number))
                .is_some_and(|(at, limit)| at < limit)
        };
        match work.targets.iter().filter(is_late).count() {
            0 => None,
            late => Some(format!(
                "{} of {} overdue",
                counted(late as u64, "document"),
                work.targets.len()
            )),
        }
    }

    /// Says once that it fails, and once that it does no longer.
    fn note(&mut self, outcome: Result<(), String>) {
        match outcome {
            Ok(()) if self.is_failing => {
                self.is_failing = false;
                tracing::info!("heartbeats arrive again");
            }
            Ok(()) => {}
            Err(reason) => {
                if !self.is_failing {
                    tracing::warn!("no heartbeat: {reason}");
                }
                self.is_failing = true;
            }
        }
    }
}

/// What was last looked at before this is overdue: two ticks have passed since.
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
    use crate::watch::setup::{self, Keeping};

    #[test]
    fn a_document_is_overdue_when_two_ticks_and_the_spread_have_passed() {
        let schedule = Schedule::parse("*/15 * * * *", "UTC").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let spread = Duration::from_secs(60);
        let limit = |now| limit(&schedule, spread, at(now)).unwrap();
        assert_eq!(limit("2026-03-01T10:31:40Z"), at("2026-03-01T10:15:00Z"));
        assert_eq!(limit("2026-03-01T10:31:20Z"), at("2026-03-01T10:00:00Z"));
        // A spread is never more than half the interval.
        let wide = Duration::from_secs(3_600);
        let limit = super::limit(&schedule, wide, at("2026-03-01T10:40:00Z"));
        assert_eq!(limit, Some(at("2026-03-01T10:15:00Z")));
    }

    #[tokio::test]
    async fn no_heartbeat_is_sent_while_a_document_waits_for_its_poll_or_the_scheduler_is_dead() {
        let (_folder, config, store) = configured();
        let noon: Timestamp = "2026-03-01T12:00:01Z".parse().unwrap();
        let watched = setup::watched(&config, &store, Keeping::Exactly, noon);
        let one = watched.await.unwrap().remove(0);
        let mut heartbeat = Heartbeat::default();
        heartbeat.attended.insert(one.target_id, noon);
        let schedules = HashMap::from([(1, Arc::clone(&one.provider.schedule))]);
        let targets = [(1, one)];
        let mut work = Work {
            targets: &targets,
            schedules: &schedules,
            spread: config.fetch.spread,
            is_alive: true,
        };
        let after = |minutes| noon + SignedDuration::from_mins(minutes);
        assert_eq!(heartbeat.trouble(&work, after(30)), None);
        let late = heartbeat.trouble(&work, after(32));
        assert_eq!(late.as_deref(), Some("1 document of 1 overdue"));
        work.is_alive = false;
        assert!(heartbeat.trouble(&work, noon).is_some());
    }
}
