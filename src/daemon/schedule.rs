//! The scheduler: tokio-cron-scheduler with a metadata storage of our own.
//!
//! Its own computation of ticks freezes time zones at the offset of the day a job is made, ANDs day
//! of month and day of week, and stops for an hour when the clock steps back. So it is given a
//! storage that computes every next tick with `Schedule` and hands out only what is due, advancing
//! it under the same lock. A job only sends on a channel; there is one for each distinct expression
//! and zone.

use std::collections::HashMap;
use std::future::ready;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_cron_scheduler::job::job_data::{JobAndNextTick, JobStoredData};
use tokio_cron_scheduler::store::{DataStore, InitStore};
use tokio_cron_scheduler::{
    Job, JobScheduler, JobSchedulerError, MetaDataStorage, SimpleJobCode, SimpleNotificationCode,
    SimpleNotificationStore,
};
use uuid::Uuid;

use crate::schedule::Schedule;

/// Capacity of the scheduler's channels: due jobs beyond it would be dropped silently.
const CAPACITY: usize = 4_096;

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, JobSchedulerError>> + Send>>;

fn answer<T: Send + 'static>(value: T) -> Answer<T> {
    Box::pin(ready(Ok(value)))
}

#[derive(Default)]
struct Jobs {
    schedules: HashMap<Uuid, Schedule>,
    stored: HashMap<Uuid, JobStoredData>,
    seen: i64,
}

/// Where the scheduler keeps its jobs, and asks what is due.
#[derive(Clone)]
struct Storage {
    jobs: Arc<Mutex<Jobs>>,
    clock: fn() -> Timestamp,
}

impl Storage {
    fn lock(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Unix seconds of the next tick; 0, which is never due, if there is none.
fn next(schedule: &Schedule, now: Timestamp) -> u64 {
    let next = schedule.next_after(now).map(Timestamp::as_second);
    next.and_then(|next| u64::try_from(next).ok())
        .unwrap_or_default()
}

impl InitStore for Storage {
    fn init(&mut self) -> Answer<()> {
        answer(())
    }

    fn inited(&mut self) -> Answer<bool> {
        answer(true)
    }
}

impl DataStore<JobStoredData> for Storage {
    fn get(&mut self, id: Uuid) -> Answer<Option<JobStoredData>> {
        answer(self.lock().stored.get(&id).cloned())
    }

    fn add_or_update(&mut self, mut data: JobStoredData) -> Answer<()> {
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

    fn delete(&mut self, id: Uuid) -> Answer<()> {
        let mut jobs = self.lock();
        jobs.stored.remove(&id);
        jobs.schedules.remove(&id);
        answer(())
    }
}

impl MetaDataStorage for Storage {
    fn list_next_ticks(&mut self) -> Answer<Vec<JobAndNextTick>> {
        let now = (self.clock)();
        let mut guard = self.lock();
        let Jobs {
            schedules,
            stored,
            seen,
        } = &mut *guard;
        let second = now.as_second();
        let stepped_back = second < *seen - 1;
        *seen = second;
        let mut due = Vec::new();
        for (id, job) in stored.iter_mut() {
            let Some(schedule) = schedules.get(id) else {
                continue;
            };
            if stepped_back {
                job.next_tick = next(schedule, now);
            }
            let is_due =
                job.next_tick != 0 && i64::try_from(job.next_tick).is_ok_and(|tick| tick <= second);
            if is_due {
                due.push(JobAndNextTick {
                    id: job.id,
                    job_type: job.job_type,
                    next_tick: job.next_tick,
                    last_tick: None,
                });
                // Advanced under the lock: it cannot fire twice. Ticks that were missed while the
                // machine slept collapse into this one.
                job.next_tick = next(schedule, now);
            }
        }
        answer(due)
    }

    fn set_next_and_last_tick(
        &mut self,
        id: Uuid,
        _next: Option<DateTime<Utc>>,
        last: Option<DateTime<Utc>>,
    ) -> Answer<()> {
        if let Some(job) = self.lock().stored.get_mut(&id) {
            job.last_tick = last.and_then(|last| u64::try_from(last.timestamp()).ok());
        }
        answer(())
    }

    fn time_till_next_job(&mut self) -> Answer<Option<Duration>> {
        answer(None)
    }
}

/// A running scheduler; each tick of a schedule sends its position.
pub(super) struct Ticks {
    running: JobScheduler,
}

impl Ticks {
    /// Starts one job for each schedule. The channel gets positions in `schedules`.
    pub(super) async fn start(
        schedules: Vec<Schedule>,
        clock: fn() -> Timestamp,
        ticks: mpsc::UnboundedSender<usize>,
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
        for (position, schedule) in schedules.into_iter().enumerate() {
            let ticks = ticks.clone();
            // The expression is never used: the storage computes the ticks.
            let job = Job::new("0 0 0 1 1 *", move |_id, _scheduler| {
                // Nobody listens any more: the daemon is ending.
                ticks.send(position).unwrap_or_default();
            })?;
            storage.lock().schedules.insert(job.guid(), schedule);
            running.add(job).await?;
        }
        running.start().await?;
        Ok(Self { running })
    }

    /// Ends the scheduler.
    pub(super) async fn stop(mut self) {
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
        storage.lock().schedules.insert(id, schedule);
        let mut job = Job::new("0 0 0 1 1 *", |_, _| {}).unwrap();
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
}
