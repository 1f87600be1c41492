//! Plays observations through the very same decisions as the daemon.
//!
//! Targets that are seen in one moment are decided side by side; then what all of them brought is
//! written, in the order of the recording.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;

use super::played::{self, Done, Played, Turn};
use super::post::Post;
use super::source::Recorded;
use super::tally::Tally;
use crate::model::kind::Kind;
use crate::model::provider::{Policy, Provider, Target};
use crate::model::transition::Transition;
use crate::store::{Alerting, Store, TargetSpec};
use crate::watch::poll::Telling;

/// Plays observations into a store.
pub(super) struct Player {
    store: Store,
    telling: Telling,
    post: Post,
    /// Providers that the configuration names.
    named: HashMap<String, Arc<Provider>>,
    /// What holds for all others.
    policy: Arc<Policy>,
    places: HashMap<(String, Kind), usize>,
    /// Each target in its place; none while it is decided.
    played: Vec<Option<Played>>,
    /// The moment that was played last.
    last: Option<Timestamp>,
    pub(super) tally: Tally,
}

/// What is to be committed together.
#[derive(Default)]
struct Batch {
    /// Whose transitions these are, one for each.
    places: Vec<usize>,
    transitions: Vec<(Transition, Alerting)>,
}

impl Player {
    pub(super) fn new(
        store: Store,
        telling: Telling,
        post: Post,
        providers: &[Arc<Provider>],
        policy: Arc<Policy>,
    ) -> Self {
        let named = providers.iter().cloned();
        Self {
            store,
            telling,
            post,
            named: named.map(|it| (it.name.clone(), it)).collect(),
            policy,
            places: HashMap::new(),
            played: Vec::new(),
            last: None,
            tally: Tally::default(),
        }
    }

    /// Plays observations of one moment, after the mails that were due until then.
    pub(super) async fn play(&mut self, tick: Vec<Recorded>) -> anyhow::Result<()> {
        let mut seen = BTreeSet::new();
        let mut turns = Vec::new();
        for recorded in tick {
            let place = self.place(&recorded).await?;
            // A target that is seen twice in one moment is decided on what the first time brought.
            if !seen.insert(place) {
                seen = BTreeSet::from([place]);
                self.turn(std::mem::take(&mut turns)).await?;
            }
            turns.push((place, recorded));
        }
        self.turn(turns).await
    }

    /// Writes what was kept in memory, and lets the mails out that are due until `wait` later.
    pub(super) async fn finish(&mut self, wait: jiff::SignedDuration) -> anyhow::Result<()> {
        let mut batch = Batch::default();
        for (place, played) in self.played.iter_mut().enumerate() {
            if let Some(played) = played
                && let Some(pending) = played.pending.take()
            {
                let alerting = self.telling.alerting(&played.target.provider, &pending);
                batch.push(place, pending, alerting);
            }
        }
        self.write(batch).await?;
        if let Some(last) = self.last {
            let end = last.saturating_add(wait).unwrap_or(last);
            self.post.go_on(end, &mut self.tally).await?;
        }
        Ok(())
    }

    /// Plays observations of different targets.
    async fn turn(&mut self, turns: Vec<(usize, Recorded)>) -> anyhow::Result<()> {
        let Some(at) = turns.first().map(|(_, first)| first.observation.at) else {
            return Ok(());
        };
        if self.last.is_some_and(|last| last < at) {
            self.post.go_on(at, &mut self.tally).await?;
        }
        self.last = Some(at);
        let done = self.decide(turns)?;
        let batch = self.gather(done)?;
        self.write(batch).await
    }

    fn decide(&mut self, turns: Vec<(usize, Recorded)>) -> anyhow::Result<Vec<Done>> {
        let turns = turns.into_iter().map(|(place, recorded)| {
            let played = self.played.get_mut(place).and_then(Option::take);
            Ok(Turn {
                place,
                played: played.context("a target is lost")?,
                recorded,
            })
        });
        let turns = turns.collect::<anyhow::Result<_>>()?;
        Ok(played::decide(&self.store, turns))
    }

    /// Puts the targets back and gathers what they brought, in the order of the recording.
    fn gather(&mut self, done: Vec<Done>) -> anyhow::Result<Batch> {
        let mut batch = Batch::default();
        for done in done {
            let step = done.step?;
            self.tally.observations += 1;
            let provider = &done.played.target.provider;
            if let Some(kept) = step.kept {
                let alerting = self.telling.alerting(provider, &kept);
                batch.push(done.place, kept, alerting);
            }
            if let Some(decided) = step.decided {
                self.tally.count(&decided);
                let alerting = self.telling.alerting(provider, &decided);
                batch.push(done.place, decided, alerting);
            }
            if let Some(slot) = self.played.get_mut(done.place) {
                *slot = Some(done.played);
            }
        }
        Ok(batch)
    }

    /// Writes a batch and takes over what the store made of it.
    async fn write(&mut self, batch: Batch) -> anyhow::Result<()> {
        if batch.transitions.is_empty() {
            return Ok(());
        }
        let written = self.store.record_all(batch.transitions).await?;
        for (place, recorded) in batch.places.into_iter().zip(written) {
            self.tally.alerts += recorded.alerts;
            if let Some(Some(played)) = self.played.get_mut(place)
                && played.pending.is_none()
            {
                played.tracking = recorded.tracking;
            }
        }
        Ok(())
    }

    async fn place(&mut self, recorded: &Recorded) -> anyhow::Result<usize> {
        let key = (recorded.provider.clone(), recorded.kind);
        if let Some(place) = self.places.get(&key) {
            return Ok(*place);
        }
        let at = recorded.observation.at;
        let url = Some(recorded.observation.url.clone()).filter(|url| !url.is_empty());
        let spec = TargetSpec {
            provider: recorded.provider.clone(),
            kind: recorded.kind,
            url: url.clone(),
        };
        let target_id = self.store.add_target(spec, at).await?;
        let named = self.named.get(&recorded.provider);
        let has_identity = recorded.kind != Kind::Jwks;
        let target = Target {
            provider: recorded.provider.clone(),
            kind: recorded.kind,
            url,
            identity: named
                .map(|provider| provider.identity.clone())
                .filter(|_| has_identity),
            policy: named.map_or_else(
                || Arc::clone(&self.policy),
                |provider| Arc::clone(&provider.policy),
            ),
        };
        let place = self.played.len();
        self.played.push(Some(Played {
            target,
            tracking: self.store.tracking(target_id)?,
            pending: None,
            baseline: None,
        }));
        self.tally.target(&recorded.provider);
        self.places.insert(key, place);
        Ok(place)
    }
}

impl Batch {
    fn push(&mut self, place: usize, transition: Transition, alerting: Alerting) {
        self.places.push(place);
        self.transitions.push((transition, alerting));
    }
}
