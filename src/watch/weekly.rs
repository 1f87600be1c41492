//! The weekly mail: when it is due, its recipients, and which news is left to it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::config::Config;
use crate::document::severity::Severity;
use crate::policy::grouping::CollectPolicy;
use crate::policy::schedule::Schedule;
use crate::store::{Store, StoreError};
use crate::wording::mail::weekly;

/// The settings `[mail] digest` and `collect`.
#[derive(Debug)]
pub struct Weekly {
    schedule: Schedule,
    zone: TimeZone,
    to: Vec<String>,
    collect: Option<Severity>,
}

impl Weekly {
    /// The settings in a configuration; `None` if it has no weekly mail.
    pub fn of(config: &Config) -> Option<Self> {
        Some(Self {
            schedule: config.mail.digest.clone()?,
            zone: config.timezone.clone(),
            to: config.mail.to.clone(),
            collect: config.mail.collect,
        })
    }

    /// Whether any news is left to it.
    pub(super) fn collects(&self) -> bool {
        self.collect.is_some()
    }

    /// Which news is left to it, and for which recipients.
    pub(super) fn collecting(&self) -> Option<CollectPolicy<'_>> {
        let readers = &self.to;
        self.collect.map(|most| CollectPolicy { most, readers })
    }

    /// The next time after this one at which it is due.
    pub(super) fn next_after(&self, at: Timestamp) -> Option<Timestamp> {
        self.schedule.next_after(at)
    }

    /// When it is due next.
    pub(super) fn next(
        &self,
        store: &Store,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let since = store.weekly_since(now)?;
        Ok(since.and_then(|since| self.schedule.next_after(since)))
    }

    /// Composes it if it is due, with this domain and machine name. If several were missed while the
    /// daemon did not run, only one is sent.
    pub(super) async fn compose(
        &self,
        store: &Store,
        domain: &str,
        machine: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(since) = store.weekly_since(now)? else {
            return Ok(());
        };
        let mut due = None;
        let mut next = self.schedule.next_after(since);
        // After years of sleep, at most this many missed ticks are walked through.
        for _ in 0..1000 {
            let Some(tick) = next.filter(|tick| *tick <= now) else {
                break;
            };
            due = Some(tick);
            next = self.schedule.next_after(tick);
        }
        let Some(due) = due else {
            return Ok(());
        };
        let (machine, zone) = (machine.to_owned(), self.zone.clone());
        store
            .compose_weekly(due, now, domain.to_owned(), self.to.clone(), move |week| {
                weekly::weekly(week, &machine, &zone)
            })
            .await
    }
}
