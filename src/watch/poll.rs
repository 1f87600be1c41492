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

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::UnboundedSender;

use super::sight::{Stored, sight};
use super::telling::{Confirming, Telling};
use super::watched::Watched;
use super::{aside, elsewhere};
use crate::clock;
use crate::document::canonical::key_set_url;
use crate::document::fingerprint::sha256_half;
use crate::document::observation::{Observation, Outcome};
use crate::fetch::{Fetcher, Room};
use crate::policy::baseline::Question;
use crate::policy::decide::{confirm, decide};
use crate::policy::reading::{self, Reading};
use crate::policy::sighting::Sighting;
use crate::policy::tracking::{SnapshotStep, Tracking, Transition};
use crate::store::{Recorded, Store, StoreError};
use crate::wording::summary;
use crate::wording::text::utc;

/// A body that is larger is read aside: hashing and parsing it takes the processor for a while.
const LARGE: usize = 32 << 10;

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
    /// What was known before.
    pub before: Tracking,
}

/// What came of asking for a poll.
#[derive(Debug, Clone)]
pub enum Polled {
    /// It was made.
    Report(Box<PollReport>),
    /// It was not: there is nothing to ask for.
    Waits(Wait),
}

/// Why there is nothing to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The metadata that names the key set has not been read yet.
    ForMetadata,
    /// The metadata names no key set. If it did before, that change was the news.
    NotNamed,
    /// The server asked to be left alone until then (`Retry-After`).
    Until(Timestamp),
}

impl std::fmt::Display for Wait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ForMetadata => f.write_str("the metadata that names it has not been read yet"),
            Self::NotNamed => f.write_str("the metadata names no jwks_uri"),
            Self::Until(at) => write!(f, "the server asked to wait until {}", utc(*at)),
        }
    }
}

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
    pub telling: Telling,
    /// Longest time that answers without a body are believed.
    pub revalidate_after: SignedDuration,
    /// Whose polls they are.
    pub asker: Asker,
    /// Who is told that a change is being confirmed, which takes a while.
    pub confirming: Option<UnboundedSender<Confirming>>,
}

impl Poller {
    /// Polls a target once and records it.
    pub async fn poll(&self, watched: &Watched) -> Result<Polled, StoreError> {
        let _coming = self.store.announce();
        // As long as what came is in hand.
        let mut room = Room::default();
        let mut report = match self.observe_in(&mut room, watched).await? {
            Polled::Report(report) => report,
            Polled::Waits(wait) => return Ok(Polled::Waits(wait)),
        };
        // The document, its values and the patch are for the store alone: nobody who reads the report
        // asks for them, and `check` keeps all reports until it prints them.
        let decided = &mut report.transition;
        let snapshot = std::mem::replace(&mut decided.snapshot, SnapshotStep::Keep);
        let values = std::mem::take(&mut decided.values);
        let transition = Transition {
            snapshot,
            values,
            ..decided.clone()
        };
        for event in &mut decided.events {
            event.patch = None;
        }
        match self.record(watched, transition).await {
            Ok(recorded) => {
                report.events = recorded.events;
                report.alerts = recorded.alerts;
            }
            // `check` and the daemon may poll one target at the same time: the first one counts.
            Err(StoreError::Stale { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(Polled::Report(report))
    }

    /// Polls a target once and decides, but records nothing.
    pub async fn observe(&self, watched: &Watched) -> Result<Polled, StoreError> {
        self.observe_in(&mut Room::default(), watched).await
    }

    async fn observe_in(&self, room: &mut Room, watched: &Watched) -> Result<Polled, StoreError> {
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
            room,
            watched,
            question: Question {
                request: sha256_half(&format!("{} {url}", watched.headers)).into(),
                revalidate_after: self.revalidate_after,
            },
            url,
            tracking: &tracking,
        };
        let sighting = poll.sighting().await?;
        let observation = sighting.observation.clone();
        let is_new = matches!(sighting.reading, Reading::Document(_));
        let decided = || decide(&watched.target, &tracking, sighting).worded(summary::of);
        let transition = if is_new {
            aside::in_turn(decided).await
        } else {
            decided()
        };
        Ok(Polled::Report(Box::new(PollReport {
            observation,
            transition,
            events: Vec::new(),
            alerts: 0,
            before: tracking,
        })))
    }

    /// Where a target is: what is configured, or what the metadata of the provider says now.
    async fn address(&self, watched: &Watched) -> Result<Result<String, Wait>, StoreError> {
        if let Some(url) = &watched.url {
            return Ok(Ok(url.clone()));
        }
        let identity = watched.target.judge.identity.as_deref();
        let documents = self.store.metadata_of(&watched.target.provider, identity)?;
        if documents.is_empty() {
            return Ok(Err(Wait::ForMetadata));
        }
        let named = documents.iter().find_map(|text| key_set_url(text));
        let Some(url) = named else {
            return Ok(Err(Wait::NotNamed));
        };
        self.store.place(watched.target_id, url.clone()).await?;
        Ok(Ok(url))
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
}

/// One poll under way.
struct Poll<'a> {
    poller: &'a Poller,
    room: &'a mut Room,
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
        let mut first = self.see(found).await?;
        first.question = Some(self.question.clone());
        if let Some(confirmation) = confirm::of_first(target, self.tracking, &first) {
            first.confirmation = confirmation;
            return Ok(first);
        }
        let wait = Duration::try_from(target.policy.confirm_after).unwrap_or_default();
        self.say(Confirming::Began { after: wait });
        tokio::time::sleep(wait).await;
        let observation = self.fetch().await;
        self.say(Confirming::Ended);
        let second = self.see(observation).await?;
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
        fetcher.observe_in(self.room, request, clock::now).await
    }

    /// Holds what was fetched against what is known.
    async fn see(&self, mut observation: Observation) -> Result<Sighting, StoreError> {
        let target = &self.watched.target;
        let size = match &observation.outcome {
            Outcome::Body { bytes, .. } => bytes.len(),
            Outcome::Unmodified | Outcome::Failed(_) => 0,
        };
        let read = || reading::read(target, self.tracking, &observation.outcome);
        let reading = if size > LARGE {
            aside::in_turn(read).await
        } else {
            read()
        };
        observation.outcome.forget_bytes();
        let past = Stored {
            store: &self.poller.store,
            target_id: self.tracking.target_id,
            kind: target.kind,
            in_order: target.policy.ignores_places(),
        };
        let is_new = matches!(reading, Reading::Document(_));
        let seen = || sight(&past, target, self.tracking, (observation, reading));
        if is_new {
            aside::in_turn(seen).await
        } else {
            seen()
        }
    }
}
