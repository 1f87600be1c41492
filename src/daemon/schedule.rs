//! The scheduler: tokio-cron-scheduler with a metadata storage of our own.
//!
//! Its own computation of ticks freezes time zones at the offset of the day a job is made, ANDs day of
//! month and day of week, and stops for an hour when the clock steps back. So it gets a storage that
//! computes every next tick with `Schedule` and hands out only jobs that are due, advancing them under
//! the same lock. A job only sends on a channel; there is one for each distinct expression and zone.

use std::collections::HashMap;
use std::future::ready;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_cron_scheduler::job::job_data::{JobAndNextTick, JobStoredData};
use tokio_cron_scheduler::store::{DataStore, InitStore};
use tokio_cron_scheduler::{
    JobScheduler, JobSchedulerError, MetaDataStorage, SimpleJobCode, SimpleNotificationCode,
    SimpleNotificationStore,
};
use uuid::Uuid;

use crate::policy::schedule::Schedule;

/// Capacity of the scheduler's channels: more due jobs at once would be dropped silently.
/// Their room is taken at the start, some 160 bytes for each job and channel.
const CAPACITY: usize = 512;
/// The most jobs handed out at once; the others are due again half a second later. So the channels are
/// never full, even if their readers are a while behind.
const AT_ONCE: usize = CAPACITY / 4;
/// The scheduler asks twice a second; if it has not asked for this long, it is dead.
const SILENCE: Duration = Duration::from_secs(10);

type SchedulerReply<T> = Pin<Box<dyn Future<Output = Result<T, JobSchedulerError>> + Send>>;

fn answer<T: Send + 'static>(value: T) -> SchedulerReply<T> {
    Box::pin(ready(Ok(value)))
}

#[derive(Default)]
struct TickJobs {
    schedules: HashMap<Uuid, Arc<Schedule>>,
    stored: HashMap<Uuid, JobStoredData>,
    seen: i64,
    asked_at: Option<Instant>,
}

/// The storage that the scheduler keeps its jobs in and asks for due ones.
#[derive(Clone)]
struct Storage {
    jobs: Arc<Mutex<TickJobs>>,
    clock: fn() -> Timestamp,
}

impl Storage {
    fn lock(&self) -> MutexGuard<'_, TickJobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The next tick in Unix seconds; 0, which is never due, if there is none.
fn next(schedule: &Schedule, now: Timestamp) -> u64 {
    let next = schedule.next_after(now).map(Timestamp::as_second);
    next.and_then(|next| u64::try_from(next).ok())
        .unwrap_or_default()
}

impl InitStore for Storage {
    fn init(&mut self) -> SchedulerReply<()> {
        answer(())
    }

    fn inited(&mut self) -> SchedulerReply<bool> {
        answer(true)
    }
}

impl DataStore<JobStoredData> for Storage {
    fn get(&mut self, id: Uuid) -> SchedulerReply<Option<JobStoredData>> {
        answer(self.lock().stored.get(&id).cloned())
    }

    fn add_or_update(&mut self, mut data: JobStoredData) -> SchedulerReply<()> {
        let now = (self.clock)();
        let mut jobs = self.lock();
        let id = data.id.as_ref().map(Uuid::from);
        let Some((id, schedule)) = id.and_then(|id| Some((id, jobs.schedules.get(&id)?))) else {
            return Box::pin(ready(Err(JobSchedulerError::CantAdd)));
        };
        data.next_tick = next(schedule, now);
        jobs.stored.insert(id, data);
        answer(())
    }

    fn delete(&mut self, id: Uuid) -> SchedulerReply<()> {
        let mut jobs = self.lock();
        jobs.stored.remove(&id);
        jobs.schedules.remove(&id);
        answer(())
    }
}

impl MetaDataStorage for Storage {
    fn list_next_ticks(&mut self) -> SchedulerReply<Vec<JobAndNextTick>> {
        let now = (self.clock)();
        let mut guard = self.lock();
        let TickJobs {
            schedules,
            stored,
            seen,
            asked_at,
        } = &mut *guard;
        *asked_at = Some(Instant::now());
        let second = now.as_second();
        let stepped_back = second < *seen - 1;
        *seen = second;
        if stepped_back {
            for (id, job) in stored.iter_mut() {
                job.next_tick = schedules.get(id).map_or(0, |one| next(one, now));
            }
        }
        let mut due: Vec<(u64, Uuid)> = stored
            .iter()
            .filter(|(_, job)| job.next_tick != 0)
            .filter(|(_, job)| i64::try_from(job.next_tick).is_ok_and(|tick| tick <= second))
            .map(|(id, job)| (job.next_tick, *id))
            .collect();
        // The oldest come first, so that a job that was left out last time is not left out again.
        due.sort_unstable();
        due.truncate(AT_ONCE);
        let mut handed_out = Vec::with_capacity(due.len());
        for (_, id) in due {
            let (Some(job), Some(schedule)) = (stored.get_mut(&id), schedules.get(&id)) else {
                continue;
            };
            handed_out.push(JobAndNextTick {
                id: job.id,
                job_type: job.job_type,
                // The scheduler drops a tick later than the clock it read before asking: a tick in the
                // second that has just begun would be lost. Any time in the past works.
                next_tick: 1,
                last_tick: None,
            });
            // It is advanced under the lock, so it cannot fire twice. Several ticks that were missed
            // while the machine slept become one.
            job.next_tick = next(schedule, now);
        }
        answer(handed_out)
    }

    fn set_next_and_last_tick(
        &mut self,
        id: Uuid,
        _next: Option<DateTime<Utc>>,
        last: Option<DateTime<Utc>>,
    ) -> SchedulerReply<()> {
        if let Some(job) = self.lock().stored.get_mut(&id) {
            job.last_tick = last.and_then(|last| u64::try_from(last.timestamp()).ok());
        }
        answer(())
    }

    fn time_till_next_job(&mut self) -> SchedulerReply<Option<Duration>> {
        answer(None)
    }
}

/// A job of the scheduler: its schedule, and the number that its ticks send.
struct TickJob {
    number: u64,
    id: Uuid,
    schedule: Arc<Schedule>,
}

/// A running scheduler; each tick of a schedule sends its number.
pub(super) struct Ticks {
    running: JobScheduler,
    storage: Storage,
    ticks: mpsc::UnboundedSender<u64>,
    jobs: Vec<TickJob>,
    numbers: u64,
}

impl Ticks {
    /// Starts the scheduler without jobs.
    pub(super) async fn start(
        clock: fn() -> Timestamp,
        ticks: mpsc::UnboundedSender<u64>,
    ) -> Result<Self, JobSchedulerError> {
        let storage = Storage {
            jobs: Arc::default(),
            clock,
        };
        let running = JobScheduler::new_with_storage_and_code(
            Box::new(storage.clone()),
            Box::new(SimpleNotificationStore::default()),
            Box::new(SimpleJobCode::default()),
            Box::new(SimpleNotificationCode::default()),
            CAPACITY,
        )
        .await?;
        running.start().await?;
        storage.lock().asked_at = Some(Instant::now());
        Ok(Self {
            running,
            storage,
            ticks,
            jobs: Vec::new(),
            numbers: 0,
        })
    }

    /// Makes the jobs those of `schedules` and returns their numbers in that order. A schedule that was
    /// there before keeps its job, its next tick and its number. The scheduler itself is never replaced,
    /// because it leaks the memory of its jobs.
    pub(super) async fn set(
        &mut self,
        schedules: &[Arc<Schedule>],
    ) -> Result<Vec<u64>, JobSchedulerError> {
        let is_kept = |job: &TickJob| schedules.contains(&job.schedule);
        let (kept, gone) = self.jobs.drain(..).partition::<Vec<TickJob>, _>(is_kept);
        self.jobs = kept;
        for job in gone {
            self.running.remove(&job.id).await?;
        }
        let mut numbers = Vec::with_capacity(schedules.len());
        for schedule in schedules {
            let known = self.jobs.iter().find(|job| job.schedule == *schedule);
            numbers.push(match known {
                Some(job) => job.number,
                None => self.add(Arc::clone(schedule)).await?,
            });
        }
        Ok(numbers)
    }

    async fn add(&mut self, schedule: Arc<Schedule>) -> Result<u64, JobSchedulerError> {
        self.numbers += 1;
        let (number, ticks) = (self.numbers, self.ticks.clone());
        // This expression is not used, because the storage computes the ticks.
        let job = tokio_cron_scheduler::Job::new("0 0 0 1 1 *", move |_id, _scheduler| {
            // If the receiver is gone, the daemon is ending.
            ticks.send(number).unwrap_or_default();
        })?;
        let id = job.guid();
        self.storage
            .lock()
            .schedules
            .insert(id, Arc::clone(&schedule));
        self.running.add(job).await?;
        self.jobs.push(TickJob {
            number,
            id,
            schedule,
        });
        Ok(number)
    }

    /// Whether the scheduler has recently asked what is due.
    pub(super) fn is_alive(&self) -> bool {
        let asked_at = self.storage.lock().asked_at;
        asked_at.is_some_and(|at| at.elapsed() < SILENCE)
    }

    /// Ends the scheduler; an error is only logged.
    pub(super) async fn stop(&mut self) {
        if let Err(error) = self.running.shutdown().await {
            tracing::debug!("the scheduler did not end: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    static NOW: AtomicI64 = AtomicI64::new(0);

    fn clock() -> Timestamp {
        Timestamp::from_second(NOW.load(Ordering::SeqCst)).unwrap()
    }

    #[tokio::test]
    async fn a_jump_forward_is_one_tick_and_a_step_back_loses_none() {
        let mut storage = Storage {
            jobs: Arc::default(),
            clock,
        };
        let id = Uuid::new_v4();
        let schedule = Schedule::parse("0 * * * *", "UTC").unwrap();
        NOW.store(1_800_000_100, Ordering::SeqCst);
        storage.lock().schedules.insert(id, Arc::new(schedule));
        let mut job = tokio_cron_scheduler::Job::new("0 0 0 1 1 *", |_, _| {}).unwrap();
        let mut data = job.job_data().unwrap();
        data.id = Some(id.into());
        storage.add_or_update(data).await.unwrap();
        let mut due = async |at: i64| {
            NOW.store(at, Ordering::SeqCst);
            storage.list_next_ticks().await.unwrap().len()
        };
        assert_eq!(due(1_800_000_200).await, 0);
        assert_eq!(due(1_800_003_600).await, 1, "the hour");
        assert_eq!(due(1_800_003_601).await, 0, "once");
        assert_eq!(
            due(1_800_030_000).await,
            1,
            "seven hours at once are one tick"
        );
        assert_eq!(due(1_800_010_000).await, 0, "the clock steps back");
        assert_eq!(due(1_800_010_800).await, 1, "and the next hour counts");
    }

    fn noon() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    #[tokio::test]
    async fn no_more_is_handed_out_at_once_than_the_channels_take() {
        let mut storage = Storage {
            jobs: Arc::default(),
            clock: noon,
        };
        for _ in 0..300 {
            let mut job = tokio_cron_scheduler::Job::new("0 0 0 1 1 *", |_, _| {}).unwrap();
            let mut data = job.job_data().unwrap();
            let schedule = Schedule::parse("0 * * * *", "UTC").unwrap();
            storage
                .lock()
                .schedules
                .insert(job.guid(), Arc::new(schedule));
            data.id = Some(job.guid().into());
            storage.add_or_update(data).await.unwrap();
        }
        let due_at = u64::try_from(noon().as_second()).unwrap();
        for job in storage.lock().stored.values_mut() {
            job.next_tick = due_at;
        }
        let mut handed_out = Vec::new();
        for _ in 0..4 {
            handed_out.push(storage.list_next_ticks().await.unwrap().len());
        }
        assert_eq!(handed_out, [128, 128, 44, 0]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_schedule_that_stays_keeps_its_number_and_one_that_went_ticks_no_more() {
        static LATER: AtomicI64 = AtomicI64::new(1_800_000_000);
        fn later() -> Timestamp {
            Timestamp::from_second(LATER.load(Ordering::SeqCst)).unwrap()
        }
        let of = |expression: &str| Arc::new(Schedule::parse(expression, "UTC").unwrap());
        let (sender, mut ticked) = mpsc::unbounded_channel();
        let mut ticks = Ticks::start(later, sender).await.unwrap();
        assert!(ticks.is_alive());
        let first = [of("0 * * * *"), of("0 0 * * *")];
        assert_eq!(ticks.set(&first).await.unwrap(), [1, 2]);
        let second = [of("0 0 * * *"), of("0 1 * * *")];
        assert_eq!(ticks.set(&second).await.unwrap(), [2, 3]);
        LATER.fetch_add(86_400, Ordering::SeqCst);
        let mut numbers = [ticked.recv().await.unwrap(), ticked.recv().await.unwrap()];
        numbers.sort_unstable();
        assert_eq!(numbers, [2, 3]);
        ticks.stop().await;
        ticks.storage.lock().asked_at = Instant::now().checked_sub(SILENCE);
        assert!(!ticks.is_alive(), "it does not ask any more");
    }
}
