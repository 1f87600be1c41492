//! The weekly mail: when it is due, who gets it, and what is left to it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::config::Config;
use crate::document::severity::Severity;
use crate::policy::grouping::Collecting;
use crate::policy::schedule::Schedule;
use crate::store::{Store, StoreError};
use crate::wording::mail::weekly;

/// `[mail] digest` and `collect`.
#[derive(Debug)]
pub struct Weekly {
    schedule: Schedule,
    zone: TimeZone,
    to: Vec<String>,
    collect: Option<Severity>,
}

impl Weekly {
    /// What the configuration says; `None` if it asks for no such mail.
    pub fn of(config: &Config) -> Option<Self> {
        Some(Self {
            schedule: config.mail.digest.clone()?,
            zone: config.timezone.clone(),
            to: config.mail.to.clone(),
            collect: config.mail.collect,
        })
    }

    /// Whether anything is left to it.
    pub(super) fn collects(&self) -> bool {
        self.collect.is_some()
    }

    /// What is left to it, and for whom.
    pub(super) fn collecting(&self) -> Option<Collecting<'_>> {
        let readers = &self.to;
        self.collect.map(|most| Collecting { most, readers })
    }

    /// The first time after this one.
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

    /// Composes it if it is due, from this domain on this machine. What was missed while nobody was
    /// running is told once.
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
        // A daemon that slept for years walks from tick to tick no longer than this.
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
