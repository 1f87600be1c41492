//! The weekly mail: when it is due, and who gets it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::wording::Wording;
use crate::config::Config;
use crate::policy::schedule::Schedule;
use crate::store::{Store, StoreError};
use crate::wording::mail::weekly;

/// `[mail] digest`.
#[derive(Debug)]
pub(super) struct Weekly {
    schedule: Schedule,
    zone: TimeZone,
    to: Vec<String>,
}

impl Weekly {
    /// What the configuration says; `None` if it asks for no such mail.
    pub(super) fn of(config: &Config) -> Option<Self> {
        Some(Self {
            schedule: config.mail.digest.clone()?,
            zone: config.timezone.clone(),
            to: config.mail.to.clone(),
        })
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

    /// Composes it if it is due. What was missed while nobody was running is told once.
    pub(super) async fn compose(
        &self,
        store: &Store,
        wording: &Wording,
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
        let domain = wording.from.domain().to_owned();
        let (machine, zone) = (wording.machine.clone(), self.zone.clone());
        store
            .compose_weekly((due, now), domain, self.to.clone(), move |week| {
                weekly::weekly(week, &machine, &zone)
            })
            .await
    }
}
