//! One poll: read what is known, fetch, confirm, decide, record.
//!
//! Nothing is written before the one transaction at the end, so being killed anywhere loses only
//! the poll: the next one sees the same difference. A confirming fetch is the only repetition; the
//! schedule is the retry, also of a confirmation that failed.
//!
//! The confirming fetch cannot be told from any other: the same headers, the same condition. So a
//! server cannot answer it differently, and a cache in between is not passed. A key set is polled
//! where the metadata says it is now; if that is not known yet there is no poll, and if the
//! metadata names none any more the poll fails with these words.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc::UnboundedSender;

use super::alert_policy::AlertPolicy;
use super::aside::Share;
use super::confirming::Confirming;
use super::report::{Gravity, PollReport, Polled, Wait};
use super::sight::{Stored, sight};
use super::twins::{Turns, twins};
use super::unrecorded::Unrecorded;
use super::waiting::First;
use super::watched::Watched;
use super::{elsewhere, following};
use crate::clock;
use crate::document::canonical::named_url;
use crate::document::fingerprint::sha256_half;
use crate::document::observation::{Observation, Outcome};
use crate::fetch::Fetcher;
use crate::policy::baseline::Question;
use crate::policy::decide::{confirm, decide};
use crate::policy::reading::{self, Confirmation, Reading};
use crate::policy::sighting::Sighting;
use crate::policy::tracking::{Tracking, Transition};
use crate::store::{Recorded, Scratch, Store, StoreError};
use crate::wording::summary;

/// A body that is larger is read aside: hashing and parsing it takes the processor for a while.
const LARGE: usize = 32 << 10;

/// Who asks for a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The schedule, which comes again.
    Schedule,
    /// Somebody who wants to know now.
    Person,
}

/// Polls targets and records what comes of it.
#[derive(Debug, Clone)]
pub struct Poller {
    /// Where it is recorded.
    pub store: Store,
    /// How it is fetched.
    pub fetcher: Fetcher,
    /// Who is told.
    pub alert_policy: AlertPolicy,
    /// Longest time that answers without a body are believed.
    pub revalidate_after: SignedDuration,
    /// Whose polls they are.
    pub asker: Asker,
    /// In which order the two documents of one authorization server are polled.
    pub turns: Turns,
    /// Who is told that a change is being confirmed, which takes a while.
    pub confirming: Option<UnboundedSender<Confirming>>,
    /// Where what is told and not recorded is put aside, for who prints it later.
    pub scratch: Option<Arc<Scratch>>,
}

impl Poller {
    /// Polls a target once and records it.
    pub async fn poll(&self, watched: &Arc<Watched>) -> Result<Polled, StoreError> {
        let _coming = self.store.announce();
        let _turn = self.turns.of(&watched.target).await;
        // As long as what came is in hand.
        let mut share = Share::default();
        let mut report = match self.observe_in(&mut share, watched).await? {
            Polled::Report(report) => report,
            Polled::Waits(wait) => return Ok(Polled::Waits(wait)),
        };
        let outline = report.transition.outline();
        let whole = Arc::new(std::mem::replace(&mut report.transition, outline));
        let recorded = self.record(watched, Arc::clone(&whole)).await;
        match recorded {
            Ok(recorded) => {
                report.events = recorded.events;
                report.alerts = recorded.alerts;
            }
            // `check` and the daemon may poll one target at the same time: the first one counts.
            // What it decided is only in the report then.
            Err(StoreError::Stale { .. }) => {
                report.unrecorded = Unrecorded::of(&whole, self.scratch.as_ref());
            }
            Err(error) => return Err(error),
        }
        report.leads_elsewhere = following::follow(&self.fetcher, &self.store, watched).await?;
        Ok(Polled::Report(report))
    }

    /// Polls a target once and decides, but records nothing.
    pub async fn observe(&self, watched: &Watched) -> Result<Polled, StoreError> {
        let mut share = Share::default();
        let mut polled = self.observe_in(&mut share, watched).await?;
        if let Polled::Report(report) = &mut polled {
            report.unrecorded = Unrecorded::of(&report.transition, self.scratch.as_ref());
            report.transition = report.transition.outline();
        }
        Ok(polled)
    }

    async fn observe_in(&self, share: &mut Share, watched: &Watched) -> Result<Polled, StoreError> {
        let url = match self.address(watched).await? {
            Ok(url) => url,
            Err(wait) => return Ok(Polled::Waits(wait)),
        };
        let tracking = self.store.tracking(watched.target_id)?;
        let until = tracking
            .state
            .retry_at
            .filter(|until| *until > clock::now());
        if let (Asker::Schedule, Some(until)) = (self.asker, until) {
            return Ok(Polled::Waits(Wait::Until(until)));
        }
        let mut poll = Poll {
            poller: self,
            share,
            watched,
            question: Question {
                request: sha256_half(&format!("{} {url}", watched.headers)).into(),
                revalidate_after: self.revalidate_after,
            },
            url,
            tracking: &tracking,
        };
        let mut sighting = poll.sighting().await?;
        sighting.twins = twins(&self.store, &watched.target, &tracking)?;
        let observation = sighting.observation.clone();
        let is_new = matches!(sighting.reading, Reading::Document(_));
        let decided = || decide(&watched.target, &tracking, sighting).worded(summary::of);
        let transition = if is_new {
            share.in_turn(decided).await
        } else {
            decided()
        };
        let each = transition.events.iter();
        let told = each.map(|event| Gravity {
            told: event.told_severity(),
            of_mail: transition.severity_of_mail(event),
        });
        let known = tracking.baseline.as_ref();
        Ok(Polled::Report(Box::new(PollReport {
            observation,
            told: told.collect(),
            transition,
            events: Vec::new(),
            unrecorded: None,
            alerts: 0,
            leads_elsewhere: false,
            known_since: known.map(|known| known.first_seen_at),
        })))
    }

    /// Where a target is: what is configured, or what the metadata of the provider says now.
    async fn address(&self, watched: &Watched) -> Result<Result<String, Wait>, StoreError> {
        if let Some(url) = &watched.url {
            return Ok(Ok(url.clone()));
        }
        let (provider, kind) = (&watched.target.provider, &watched.target.kind);
        let identity = watched.target.judge.identity.as_deref();
        let documents = self.store.metadata_of(provider, identity, kind)?;
        if documents.is_empty() {
            return Ok(Err(Wait::ForMetadata));
        }
        let mut leading = documents.iter();
        let named = leading.find_map(|(from, text)| named_url(from.kind(), kind.kind(), text));
        let Some(url) = named else {
            return Ok(Err(Wait::NotNamed));
        };
        self.store.set_url(watched.target_id, url.clone()).await?;
        Ok(Ok(url))
    }

    /// Commits what was decided, with the alerts it causes.
    async fn record(
        &self,
        watched: &Watched,
        transition: Arc<Transition>,
    ) -> Result<Recorded, StoreError> {
        tracing::debug!(target_name = %watched.name(), events = transition.events.len(), "recording a poll");
        let mut alert_plan = self
            .alert_policy
            .plan_for(&watched.target.provider, &transition);
        // A slow answer is recorded later than it was asked for.
        let recorded = clock::now().saturating_add(self.alert_policy.wait);
        alert_plan.due_at = alert_plan.due_at.max(recorded.unwrap_or(alert_plan.due_at));
        self.store.record_shared(transition, alert_plan).await
    }
}

/// One poll under way.
struct Poll<'a> {
    poller: &'a Poller,
    share: &'a mut Share,
    watched: &'a Watched,
    url: String,
    question: Question,
    tracking: &'a Tracking,
}

impl Poll<'_> {
    /// Fetches, and where something differs makes sure of it.
    async fn sighting(&mut self) -> Result<Sighting, StoreError> {
        let target = &self.watched.target;
        let observation = self.fetch().await;
        let fetcher = &self.poller.fetcher;
        let found = elsewhere::look(fetcher, self.watched, self.tracking, observation).await;
        let (observation, reading) = self.read(found).await;
        let mut first = self.compare(observation, reading).await?;
        first.question = Some(self.question.clone());
        if let Some(confirmation) = confirm::of_first(target, self.tracking, &first) {
            first.confirmation = confirmation;
            return Ok(first);
        }
        let first = First::of(first, self.poller.store.path());
        self.share.give_back();
        let wait = Duration::try_from(target.policy.confirm_after).unwrap_or_default();
        self.say(Confirming::Began { after: wait });
        tokio::time::sleep(wait).await;
        let observation = self.fetch().await;
        self.say(Confirming::Ended);
        let (observation, reading) = self.read(observation).await;
        let second = self.compare(observation, reading).await?;
        let (first, second) = match first.agreed(second) {
            Ok(both) => return Ok(both),
            Err(both) => *both,
        };
        let Some((observation, reading, question)) = first.again(target) else {
            // The disk does not give it back: all that is known is that it was another.
            return Ok(Sighting {
                confirmation: Confirmation::Disagreed { other: None },
                ..second
            });
        };
        let mut first = self.compare(observation, reading).await?;
        first.question = question;
        Ok(confirm::of_both(target, self.tracking, first, second))
    }

    fn say(&self, step: Confirming) {
        if let Some(listener) = &self.poller.confirming {
            // Who does not listen any more need not be told.
            drop(listener.send(step));
        }
    }

    /// The confirming fetch is like any other, so that nobody can answer it otherwise: the same
    /// address, the same headers, the same condition.
    async fn fetch(&mut self) -> Observation {
        let baseline = self.tracking.baseline_of(&self.watched.target);
        let judge = &self.watched.target.judge;
        let judged = baseline.filter(|known| known.judgement.judge == *judge);
        let now = clock::now();
        let condition = judged.and_then(|known| known.answer.condition(&self.question, now));
        let request = self.watched.request(&self.url, condition);
        let fetcher = &self.poller.fetcher;
        let room = &mut self.share.room;
        let observation = fetcher.observe_in(room, request, clock::now).await;
        elsewhere::earlier(fetcher, self.watched, observation).await
    }

    /// Reads what was fetched; its bytes are in the reading then.
    async fn read(&mut self, mut observation: Observation) -> (Observation, Reading) {
        let target = &self.watched.target;
        let size = match &observation.outcome {
            Outcome::Body { bytes, .. } => bytes.len(),
            Outcome::Unmodified | Outcome::Failed(_) => 0,
        };
        let read = || reading::read(target, self.tracking, &observation.outcome);
        let reading = if size > LARGE {
            self.share.in_turn(read).await
        } else {
            read()
        };
        observation.outcome.forget_bytes();
        (observation, reading)
    }

    /// Holds what was read against what is known.
    async fn compare(
        &mut self,
        observation: Observation,
        reading: Reading,
    ) -> Result<Sighting, StoreError> {
        let target = &self.watched.target;
        let past = Stored {
            store: &self.poller.store,
            target_id: self.tracking.target_id,
            kind: target.kind.kind(),
            in_order: target.policy.ignores_places(),
        };
        let is_new = matches!(reading, Reading::Document(_));
        let seen = || sight(&past, target, self.tracking, observation, reading);
        if is_new {
            self.share.in_turn(seen).await
        } else {
            seen()
        }
    }
}
