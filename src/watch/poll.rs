//! One poll: read what is known, fetch, confirm, decide, record.
//!
//! Nothing is written before the one transaction at the end, so being killed anywhere loses only
//! the poll: the next one sees the same difference. A poll that saw nothing new is committed with others,
//! up to a second later. A confirming fetch is the only repetition; the
//! schedule is the retry, also of a confirmation that failed.
//!
//! The confirming fetch looks the same as any other: the same headers, the same condition. So a server
//! cannot answer it differently; a cache in between is not bypassed. A key set is polled at the address
//! that the metadata gives now; if that is not known yet there is no poll, and if the metadata no longer
//! names one, the poll fails with that reason.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc::UnboundedSender;

use super::alert_policy::AlertPolicy;
use super::comparison::{StoredHistory, compare};
use super::confirming::PendingConfirmation;
use super::first_fetch::FirstFetch;
use super::offload::PollResources;
use super::report::{Gravity, PollReport, PollResponse, PollWait};
use super::twins::TwinLocks;
use super::unrecorded::Unrecorded;
use super::watched::WatchedTarget;
use super::{following, other_addresses};
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
use crate::store::{CommittedTransition, Scratch, Store, StoreError};
use crate::wording::summary;

/// A larger body is read aside, because hashing and parsing it needs the processor for a while.
const LARGE: usize = 32 << 10;

/// Whether it takes the processor a while to decide on a reading: a large document, or one that is compared with
/// another. The first documents of many targets are neither; each on a thread of its own, they would take memory
/// for the allocator of each.
fn is_long(tracking: &Tracking, reading: &Reading) -> bool {
    match reading {
        Reading::Document(parsed) => tracking.baseline.is_some() || parsed.body.len() > LARGE,
        Reading::Unmodified { .. } | Reading::Failed(_) => false,
    }
}

/// The caller that asks for a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollTrigger {
    /// The schedule, which will ask again.
    Schedule,
    /// A person, who wants the result now.
    Person,
}

/// Polls targets and records the results.
#[derive(Debug, Clone)]
pub struct Poller {
    /// The store in which results are recorded.
    pub store: Store,
    /// The fetcher by which documents are fetched.
    pub fetcher: Fetcher,
    /// The recipients of alerts, and when they are told.
    pub alert_policy: AlertPolicy,
    /// How long answers without a body are believed at most.
    pub revalidate_after: SignedDuration,
    /// The caller for whom polls are made.
    pub asker: PollTrigger,
    /// The turns in which the two documents of one authorization server are polled.
    pub turns: TwinLocks,
    /// Receives messages that a change is being confirmed, which takes a while.
    pub confirming: Option<UnboundedSender<PendingConfirmation>>,
    /// Where events that are told but not recorded are put aside, to be printed later.
    pub scratch: Option<Arc<Scratch>>,
}

impl Poller {
    /// Polls a target once and records it.
    pub async fn poll(&self, watched: &Arc<WatchedTarget>) -> Result<PollResponse, StoreError> {
        let _coming = self.store.announce();
        let _turn = self.turns.of(&watched.target).await;
        // It is held as long as the answer is.
        let mut resources = PollResources::default();
        let (known, mut report) = match self.observe_in(&mut resources, watched).await? {
            Ok(observed) => observed,
            Err(wait) => return Ok(PollResponse::Waits(wait)),
        };
        let has_news = !report.transition.events.is_empty();
        if has_news && following::is_left(&self.store, &watched.target)? {
            return Ok(PollResponse::Waits(PollWait::NotFollowed));
        }
        let outline = report.transition.outline();
        let whole = Arc::new(std::mem::replace(&mut report.transition, outline));
        let recorded = self.record(watched, &known, Arc::clone(&whole)).await;
        match recorded {
            Ok(recorded) => {
                report.events = recorded.events;
                report.alerts = recorded.alerts;
            }
            // `check` and the daemon may poll one target at the same time: the first to record counts.
            // The decision of the other is then only in its report.
            Err(StoreError::Stale { .. }) => {
                report.unrecorded = Unrecorded::of(&whole, self.scratch.as_ref());
            }
            Err(error) => return Err(error),
        }
        report.leads_elsewhere = following::follow(&self.fetcher, &self.store, watched).await?;
        Ok(PollResponse::Report(report))
    }

    /// Polls a target once and decides, without recording anything.
    pub async fn observe(&self, watched: &WatchedTarget) -> Result<PollResponse, StoreError> {
        let mut resources = PollResources::default();
        let mut report = match self.observe_in(&mut resources, watched).await? {
            Ok((_known, report)) => report,
            Err(wait) => return Ok(PollResponse::Waits(wait)),
        };
        report.unrecorded = Unrecorded::of(&report.transition, self.scratch.as_ref());
        report.transition = report.transition.outline();
        Ok(PollResponse::Report(report))
    }

    /// Polls and decides; returns what was known and the whole decision on it.
    async fn observe_in(
        &self,
        resources: &mut PollResources,
        watched: &WatchedTarget,
    ) -> Result<Result<(Tracking, Box<PollReport>), PollWait>, StoreError> {
        let url = match self.address(watched).await? {
            Ok(url) => url,
            Err(wait) => return Ok(Err(wait)),
        };
        let tracking = self.store.tracking(watched.target_id)?;
        let until = tracking
            .state
            .retry_at
            .filter(|until| *until > clock::now());
        if let (PollTrigger::Schedule, Some(until)) = (self.asker, until) {
            return Ok(Err(PollWait::Until(until)));
        }
        let mut poll = PollUnderWay {
            poller: self,
            resources,
            watched,
            question: Question {
                request: sha256_half(&format!("{} {url}", watched.headers)).into(),
                revalidate_after: self.revalidate_after,
            },
            url,
            tracking: &tracking,
        };
        let mut sighting = poll.sighting().await?;
        sighting.twins = self
            .turns
            .twins(&self.store, &watched.target, &tracking, &sighting)?;
        sighting.announced = following::announced(&self.store, &watched.target, &sighting)?;
        let observation = sighting.observation.clone();
        let is_long = is_long(&tracking, &sighting.reading);
        let decided = || decide(&watched.target, &tracking, sighting).worded(summary::of);
        let transition = if is_long {
            resources.in_turn(decided).await
        } else {
            decided()
        };
        let each = transition.events.iter();
        let gravities = each.map(|event| Gravity {
            told: event.told_severity(),
            of_mail: transition.severity_of_mail(event),
        });
        let known = tracking.baseline.as_ref();
        let report = Box::new(PollReport {
            observation,
            told: gravities.collect(),
            transition,
            events: Vec::new(),
            unrecorded: None,
            alerts: 0,
            leads_elsewhere: false,
            known_since: known.map(|known| known.first_seen_at),
        });
        Ok(Ok((tracking, report)))
    }

    /// The address of a target: from the configuration, or from the current metadata of the provider.
    async fn address(
        &self,
        watched: &WatchedTarget,
    ) -> Result<Result<String, PollWait>, StoreError> {
        if let Some(url) = watched.url() {
            return Ok(Ok(url.to_owned()));
        }
        let (provider, kind) = (&watched.target.provider, &watched.target.kind);
        let identity = watched.target.judge.identity.as_deref();
        let documents = self.store.metadata_of(provider, identity, kind)?;
        if documents.is_empty() {
            return Ok(Err(PollWait::ForMetadata));
        }
        let mut leading = documents.iter();
        let named = leading.find_map(|(from, text)| named_url(from.kind(), kind.kind(), text));
        let Some(url) = named else {
            return Ok(Err(PollWait::NotNamed));
        };
        self.store.set_url(watched.target_id, url.clone()).await?;
        Ok(Ok(url))
    }

    /// Records a decision together with the alerts it causes.
    async fn record(
        &self,
        watched: &WatchedTarget,
        known: &Tracking,
        transition: Arc<Transition>,
    ) -> Result<CommittedTransition, StoreError> {
        tracing::debug!(target_name = %watched.name(), events = transition.events.len(), "recording a poll");
        let mut alert_plan = self
            .alert_policy
            .plan_for(&watched.target.provider, &transition);
        // A slow answer is recorded some time after it was asked for.
        let recorded = clock::now().saturating_add(self.alert_policy.wait);
        alert_plan.due_at = alert_plan.due_at.max(recorded.unwrap_or(alert_plan.due_at));
        self.store.record_poll(known, transition, alert_plan).await
    }
}

/// The state of one poll under way.
struct PollUnderWay<'a> {
    poller: &'a Poller,
    resources: &'a mut PollResources,
    watched: &'a WatchedTarget,
    url: String,
    question: Question,
    tracking: &'a Tracking,
}

impl PollUnderWay<'_> {
    /// Fetches, and confirms a difference with a second fetch.
    async fn sighting(&mut self) -> Result<Sighting, StoreError> {
        let target = &self.watched.target;
        let observation = self.fetch().await;
        let fetcher = &self.poller.fetcher;
        let found = other_addresses::look(fetcher, self.watched, self.tracking, observation).await;
        let (observation, reading) = self.read(found).await;
        let mut first = self.compare(observation, reading).await?;
        first.question = Some(self.question.clone());
        if let Some(confirmation) = confirm::of_first(target, self.tracking, &first) {
            first.confirmation = confirmation;
            return Ok(first);
        }
        let first = FirstFetch::of(first, self.poller.store.path());
        self.resources.give_back();
        let wait = Duration::try_from(target.policy.confirm_after).unwrap_or_default();
        self.say(PendingConfirmation::Began { after: wait });
        tokio::time::sleep(wait).await;
        let observation = self.fetch().await;
        self.say(PendingConfirmation::Ended);
        let (observation, reading) = self.read(observation).await;
        let second = self.compare(observation, reading).await?;
        let (first, second) = match first.agreed(second) {
            Ok(both) => return Ok(both),
            Err(both) => *both,
        };
        let Some((observation, reading, question)) = first.again(target) else {
            // The disk does not return the first fetch: it is only known that it was different.
            return Ok(Sighting {
                confirmation: Confirmation::Disagreed { other: None },
                ..second
            });
        };
        let mut first = self.compare(observation, reading).await?;
        first.question = question;
        Ok(confirm::of_both(target, self.tracking, first, second))
    }

    fn say(&self, step: PendingConfirmation) {
        if let Some(listener) = &self.poller.confirming {
            // If the listener is gone, the message is not needed.
            drop(listener.send(step));
        }
    }

    /// Makes a fetch. The confirming one is like any other, so that it cannot be answered differently:
    /// the same address, the same headers, the same condition.
    async fn fetch(&mut self) -> Observation {
        let baseline = self.tracking.baseline_of(&self.watched.target);
        let judge = &self.watched.target.judge;
        let judged = baseline.filter(|known| known.judgement.judge == *judge);
        let now = clock::now();
        let condition = judged.and_then(|known| known.answer.condition(&self.question, now));
        let request = self.watched.request(&self.url, condition);
        let fetcher = &self.poller.fetcher;
        let memory = &mut self.resources.memory;
        let observation = fetcher.observe_in(memory, request, clock::now).await;
        other_addresses::earlier(fetcher, self.watched, observation).await
    }

    /// Reads the observation; its bytes are moved into the reading.
    async fn read(&mut self, mut observation: Observation) -> (Observation, Reading) {
        let target = &self.watched.target;
        let size = match &observation.outcome {
            Outcome::Body { bytes, .. } => bytes.len(),
            Outcome::Unmodified | Outcome::Failed(_) => 0,
        };
        let read = || reading::read(target, self.tracking, &observation.outcome);
        let reading = if size > LARGE {
            self.resources.in_turn(read).await
        } else {
            read()
        };
        observation.outcome.forget_bytes();
        (observation, reading)
    }

    /// Compares the reading with what is known.
    async fn compare(
        &mut self,
        observation: Observation,
        reading: Reading,
    ) -> Result<Sighting, StoreError> {
        let target = &self.watched.target;
        let history = StoredHistory {
            store: &self.poller.store,
            target_id: self.tracking.target_id,
            kind: target.kind.kind(),
            in_order: target.policy.ignores_places(),
        };
        let is_long = is_long(self.tracking, &reading);
        let comparison = || compare(&history, target, self.tracking, observation, reading);
        if is_long {
            self.resources.in_turn(comparison).await
        } else {
            comparison()
        }
    }
}
