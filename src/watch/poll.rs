//! One poll: read what is known, fetch, confirm, decide, record.
//!
//! Nothing is written before the one transaction at the end, so being killed anywhere loses only
//! the poll: the next one sees the same difference. A confirming fetch is the only repetition; the
//! schedule is the retry.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::clock;
use crate::config::MailSettings;
use crate::fetch::{Fetcher, Request};
use crate::model::advance;
use crate::model::document::key_set_url;
use crate::model::failure::{Cause, Failure};
use crate::model::observation::{Observation, Outcome, Validators};
use crate::model::provider::{Provider, Target};
use crate::model::reading::{self, Confirmation, Difference, Reading};
use crate::model::transition::{Tracking, Transition};
use crate::store::{Alerting, Recorded, Store, StoreError};
use crate::watch::elsewhere;
use crate::watch::sight::{Stored, sight};

/// A target with what it takes to fetch it and to tell people about it.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Row of the target.
    pub target_id: i64,
    /// The target.
    pub target: Target,
    /// Where it is; `None` for a key set, which the provider's metadata names.
    pub url: Option<String>,
    /// Host the operator named: the one that may be anywhere.
    pub trusted_host: String,
    /// What else is configured; shared, as there may be thousands.
    pub provider: Arc<Provider>,
}

impl Watched {
    /// One document of a provider.
    pub fn of(provider: &Arc<Provider>, target: Target, target_id: i64) -> Self {
        let url = target.url.clone();
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
            provider: Arc::clone(provider),
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
    /// `[mail]`, for the recipients and the routes.
    pub mail: Arc<MailSettings>,
    /// `group_wait`, or zero for `check`.
    pub wait: SignedDuration,
}

impl Telling {
    /// Who is told of the events of a provider's transition, and when: `wait` counts from when it
    /// was confirmed, or one tick would be several mails where confirming takes longer.
    pub fn alerting(&self, provider: &str, transition: &Transition) -> Alerting {
        let each = transition.events.iter();
        let confirmed = each.filter_map(|event| event.circumstance.confirmed_at);
        let at = transition.tracking.last_poll_at.into_iter();
        let at = at.chain(confirmed).max().unwrap_or(Timestamp::UNIX_EPOCH);
        let told = transition.events.iter();
        let told = told.flat_map(|event| {
            [
                transition.severity_of_mail(event),
                event.held_back_severity(),
            ]
        });
        Alerting {
            due_at: at.saturating_add(self.wait).unwrap_or(at),
            recipients: told
                .map(|severity| (severity, self.mail.recipients(provider, severity)))
                .collect(),
        }
    }
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
    /// Polls a target once and records it; nothing if it is not known yet where it is.
    pub async fn poll(&self, watched: &Watched) -> Result<Option<PollReport>, StoreError> {
        let _coming = self.store.announce();
        let Some(mut report) = self.observe(watched).await? else {
            return Ok(None);
        };
        let report = match self.record(watched, report.transition.clone()).await {
            Ok(recorded) => {
                report.events = recorded.events;
                report.alerts = recorded.alerts;
                report
            }
            // `check` and the daemon may poll one target at the same time: the first one counts.
            Err(StoreError::Stale { .. }) => PollReport {
                superseded: true,
                ..report
            },
            Err(error) => return Err(error),
        };
        Ok(Some(report))
    }

    /// Polls a target once and decides, but records nothing; `None` if it is not known yet where it
    /// is.
    pub async fn observe(&self, watched: &Watched) -> Result<Option<PollReport>, StoreError> {
        let Some(place) = self.place(watched).await? else {
            return Ok(None);
        };
        let tracking = self.store.tracking(watched.target_id)?;
        let target = &watched.target;
        let observation = match &place {
            Place::At(url) => {
                let validators = tracking.baseline.is_some().then_some(&tracking.validators);
                self.fetch(watched, url, validators, false).await
            }
            Place::Nowhere => nowhere(clock::now()),
        };
        let observation = elsewhere::look(self, watched, &tracking, observation).await;
        let reading = reading::read(target, &tracking, &observation.outcome);
        let seen = (observation.clone(), reading);
        let past = Stored {
            store: &self.store,
            target_id: tracking.target_id,
            kind: target.kind,
        };
        let mut sighting = sight(&past, target, &tracking, seen)?;
        if must_confirm(&tracking, &sighting.difference) {
            let first = (&observation, &sighting.reading);
            sighting.confirmation = self.confirm(watched, &tracking, first).await;
        }
        let transition = advance::advance(target, &tracking, sighting);
        Ok(Some(PollReport {
            observation,
            transition,
            events: Vec::new(),
            alerts: 0,
            superseded: false,
            before: tracking,
        }))
    }

    /// Where a target is: what is configured, or what the metadata of the provider says now.
    async fn place(&self, watched: &Watched) -> Result<Option<Place>, StoreError> {
        if let Some(url) = &watched.url {
            return Ok(Some(Place::At(url.clone())));
        }
        let documents = self.store.metadata_of(&watched.target.provider)?;
        if documents.is_empty() {
            return Ok(None);
        }
        let named = documents.iter().find_map(|text| key_set_url(text));
        let Some(url) = named else {
            return Ok(Some(Place::Nowhere));
        };
        self.store.place(watched.target_id, url.clone()).await?;
        Ok(Some(Place::At(url)))
    }

    /// Commits what was decided, with the alerts it causes.
    async fn record(
        &self,
        watched: &Watched,
        transition: Transition,
    ) -> Result<Recorded, StoreError> {
        tracing::debug!(target_name = %watched.name(), events = transition.events.len(), "recording a poll");
        let mut alerting = self.telling.alerting(&watched.target.provider, &transition);
        // A slow answer is recorded later than it was asked for.
        let recorded = clock::now().saturating_add(self.telling.wait);
        alerting.due_at = alerting.due_at.max(recorded.unwrap_or(alerting.due_at));
        self.store.record(transition, alerting).await
    }

    pub(super) async fn fetch(
        &self,
        watched: &Watched,
        url: &str,
        validators: Option<&Validators>,
        fresh: bool,
    ) -> Observation {
        let request = Request {
            url,
            trusted_host: &watched.trusted_host,
            allow_hosts: &watched.provider.allow_hosts,
            headers: &watched.provider.headers,
            validators,
            fresh,
        };
        self.fetcher.observe(request, clock::now).await
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
        let second = self.fetch(watched, &first.0.url, None, true).await;
        let reading = reading::read(&watched.target, tracking, &second.outcome);
        reading::confirm(first, (&second, &reading))
    }
}

/// Where a target is.
enum Place {
    /// At this URL.
    At(String),
    /// The metadata names none.
    Nowhere,
}

/// What a poll sees of a key set that no metadata names.
fn nowhere(at: Timestamp) -> Observation {
    Observation {
        at,
        url: String::new(),
        final_url: None,
        outcome: Outcome::Failed(Failure::new(
            Cause::NotNamed,
            "the metadata names no jwks_uri",
        )),
        validators: Validators::default(),
        elapsed_ms: 0,
        chain: Vec::new(),
    }
}

fn must_confirm(tracking: &Tracking, difference: &Difference) -> bool {
    tracking.baseline.is_some() && difference.is_news(&tracking.state.findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailer::Transport;
    use crate::model::event::{Circumstance, EventKind, NewEvent};
    use crate::model::transition::SnapshotStep;

    #[test]
    fn an_alert_is_due_from_when_the_change_was_confirmed() {
        let telling = Telling {
            mail: Arc::new(MailSettings {
                transport: Transport::File {
                    directory: "mails".into(),
                },
                from: "a@b".to_owned(),
                to: vec!["you@b".to_owned()],
                routes: Vec::new(),
                group_wait: SignedDuration::from_secs(5),
                group_interval: SignedDuration::ZERO,
                digest: None,
                expire_after: SignedDuration::ZERO,
            }),
            wait: SignedDuration::from_secs(5),
        };
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let about = Circumstance {
            confirmed_at: Some(at(110)),
            ..Circumstance::default()
        };
        let event = NewEvent::new(at(100), EventKind::Changed, String::new(), about);
        let transition = |events| Transition {
            tracking: Tracking {
                last_poll_at: Some(at(100)),
                ..Tracking::new(1)
            },
            snapshot: SnapshotStep::Keep,
            events,
            values: Vec::new(),
        };
        let due_at = |events| telling.alerting("a", &transition(events)).due_at;
        assert_eq!(due_at(vec![event]), at(115));
        assert_eq!(due_at(Vec::new()), at(105));
    }
}
