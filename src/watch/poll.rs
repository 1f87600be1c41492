//! One poll: read what is known, fetch, confirm, decide, record.
//!
//! Nothing is written before the one transaction at the end, so being killed anywhere loses only
//! the poll: the next one sees the same difference. A confirming fetch is the only repetition; the
//! schedule is the retry.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::clock;
use crate::fetch::{Fetcher, Request};
use crate::model::advance::{self, Sighting};
use crate::model::document::Document;
use crate::model::observation::{Observation, Validators};
use crate::model::provider::{Provider, Secret, Target};
use crate::model::reading::{self, Confirmation, Difference, Reading};
use crate::model::transition::{SeenBefore, Tracking, Transition};
use crate::store::{Alerting, Recorded, Store, StoreError};

/// A target with what it takes to fetch it and to tell people about it.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Row of the target.
    pub target_id: i64,
    /// The target; its `url` is known.
    pub target: Target,
    /// Where it is.
    pub url: String,
    /// Host the operator named: the one that may be anywhere.
    pub trusted_host: String,
    /// Sent to that host only.
    pub headers: Vec<(String, Secret)>,
    /// Other hosts that may resolve to addresses that are not public.
    pub allow_hosts: Vec<String>,
    /// Cron expression.
    pub schedule: String,
    /// Zone of the schedule.
    pub timezone: String,
}

impl Watched {
    /// One document of a provider, at `url`.
    pub fn of(provider: &Provider, target: Target, target_id: i64, url: String) -> Self {
        let named = provider
            .url
            .as_deref()
            .unwrap_or(provider.identity.as_str());
        let trusted_host = url::Url::parse(named)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default();
        Self {
            target_id,
            target,
            url,
            trusted_host,
            headers: provider.headers.clone(),
            allow_hosts: provider.allow_hosts.clone(),
            schedule: provider.schedule.clone(),
            timezone: provider.timezone.clone(),
        }
    }

    /// `provider/document`, as it is shown and logged.
    pub fn name(&self) -> String {
        format!("{}/{}", self.target.provider, self.target.kind)
    }
}

/// Who is told, and how soon after the event.
#[derive(Debug, Clone)]
pub struct Telling {
    /// `[mail] to`.
    pub to: Vec<String>,
    /// `group_wait`, or zero for `check`.
    pub wait: SignedDuration,
}

/// What one poll saw and decided.
#[derive(Debug, Clone)]
pub struct PollReport {
    /// The first fetch.
    pub observation: Observation,
    /// What is to be committed.
    pub transition: Transition,
    /// The numbers the events got; empty before or without recording.
    pub events: Vec<i64>,
    /// How many alerts were stored.
    pub alerts: usize,
    /// Whether another process recorded a poll of this target meanwhile: this one was dropped.
    pub superseded: bool,
    /// What was known before.
    pub before: Tracking,
}

/// Polls targets and records what comes of it.
#[derive(Debug, Clone)]
pub struct Poller {
    /// Where it is recorded.
    pub store: Store,
    /// How it is fetched.
    pub fetcher: Fetcher,
    /// Who is told.
    pub telling: Telling,
}

impl Poller {
    /// Polls a target once and records it.
    pub async fn poll(&self, watched: &Watched) -> Result<PollReport, StoreError> {
        let mut report = self.observe(watched).await?;
        match self.record(watched, report.transition.clone()).await {
            Ok(recorded) => {
                report.events = recorded.events;
                report.alerts = recorded.alerts;
                Ok(report)
            }
            // `check` and the daemon may poll one target at the same time: the first one counts.
            Err(StoreError::Stale { .. }) => Ok(PollReport {
                superseded: true,
                ..report
            }),
            Err(error) => Err(error),
        }
    }

    /// Polls a target once and decides, but records nothing.
    pub async fn observe(&self, watched: &Watched) -> Result<PollReport, StoreError> {
        let tracking = self.store.tracking(watched.target_id)?;
        let target = &watched.target;
        let validators = tracking.baseline.is_some().then_some(&tracking.validators);
        let observation = self.fetch(watched, validators, false).await;
        let reading = reading::read(target, &tracking, &observation.outcome);
        let (baseline, seen_before) = self.remember(watched, &tracking, &reading)?;
        let difference =
            reading::differ(target, &tracking, baseline.as_ref(), &observation, &reading);
        let confirmation = if must_confirm(&tracking, &difference) {
            self.confirm(watched, &tracking, (&observation, &reading))
                .await
        } else {
            Confirmation::NotNeeded
        };
        let sighting = Sighting {
            observation: observation.clone(),
            reading,
            difference,
            confirmation,
            baseline,
            seen_before,
        };
        let transition = advance::advance(target, &tracking, sighting);
        Ok(PollReport {
            observation,
            transition,
            events: Vec::new(),
            alerts: 0,
            superseded: false,
            before: tracking,
        })
    }

    /// Commits what was decided, with the alerts it causes.
    async fn record(
        &self,
        watched: &Watched,
        transition: Transition,
    ) -> Result<Recorded, StoreError> {
        let at = transition
            .tracking
            .last_poll_at
            .unwrap_or(Timestamp::UNIX_EPOCH);
        let due_at = at.saturating_add(self.telling.wait).unwrap_or(at);
        tracing::debug!(target_name = %watched.name(), events = transition.events.len(), "recording a poll");
        let alerting = Alerting {
            due_at,
            recipients: self.telling.to.clone(),
        };
        self.store.record(transition, alerting).await
    }

    async fn fetch(
        &self,
        watched: &Watched,
        validators: Option<&Validators>,
        fresh: bool,
    ) -> Observation {
        let request = Request {
            url: &watched.url,
            trusted_host: &watched.trusted_host,
            allow_hosts: &watched.allow_hosts,
            headers: &watched.headers,
            validators,
            fresh,
        };
        self.fetcher.observe(request, clock::now()).await
    }

    /// Loads what a new document is compared with; nothing for one that is known.
    fn remember(
        &self,
        watched: &Watched,
        tracking: &Tracking,
        reading: &Reading,
    ) -> Result<(Option<Document>, Option<SeenBefore>), StoreError> {
        let (Reading::Document(seen), Some(baseline)) = (reading, &tracking.baseline) else {
            return Ok((None, None));
        };
        let canonical = self.store.canonical(baseline.snapshot_id)?;
        let document = Document::from_canonical(watched.target.kind, &canonical);
        let fingerprint = seen.document.fingerprint();
        let before = self.store.seen_before(watched.target_id, fingerprint)?;
        Ok((document, before))
    }

    async fn confirm(
        &self,
        watched: &Watched,
        tracking: &Tracking,
        first: (&Observation, &Reading),
    ) -> Confirmation {
        let wait = Duration::try_from(watched.target.policy.confirm_after).unwrap_or_default();
        tokio::time::sleep(wait).await;
        // Unconditional and past caches: a 304 could come from the cache that showed the change.
        let second = self.fetch(watched, None, true).await;
        let reading = reading::read(&watched.target, tracking, &second.outcome);
        reading::confirm(first, (&second, &reading))
    }
}

fn must_confirm(tracking: &Tracking, difference: &Difference) -> bool {
    tracking.baseline.is_some() && difference.is_news(&tracking.state.findings)
}
