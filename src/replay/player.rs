//! Plays observations through the very same decisions as the daemon.
//!
//! Targets that are seen in one moment are decided side by side; what all of them brought is written
//! in the order of the recording (`scribe`), while the next moment is decided.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;

use super::past::Remembered;
use super::played::{self, Numbers, Played, Step, Turn};
use super::scribe::Batch;
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
    /// Providers that the configuration names.
    named: HashMap<String, Arc<Provider>>,
    /// What holds for all others.
    policy: Arc<Policy>,
    places: HashMap<(String, Kind), usize>,
    /// Each target in its place; none while it is decided.
    played: Vec<Option<Box<Played>>>,
    /// What the store will call what comes next.
    numbers: Numbers,
    /// The moment that was played last.
    last: Option<Timestamp>,
    pub(super) tally: Tally,
}

impl Player {
    pub(super) fn new(
        store: Store,
        telling: Telling,
        providers: &[Arc<Provider>],
        policy: Arc<Policy>,
    ) -> Self {
        let named = providers.iter().cloned();
        Self {
            store,
            telling,
            named: named.map(|it| (it.name.clone(), it)).collect(),
            policy,
            places: HashMap::new(),
            played: Vec::new(),
            numbers: Numbers {
                event: 1,
                snapshot: 1,
            },
            last: None,
            tally: Tally::default(),
        }
    }

    /// Plays observations of one moment and returns what is to be written of them.
    pub(super) async fn play(&mut self, tick: Vec<Recorded>) -> anyhow::Result<Vec<Batch>> {
        let mut seen = BTreeSet::new();
        let mut turns = Vec::new();
        let mut batches = Vec::new();
        for recorded in tick {
            let place = self.place(&recorded).await?;
            // A target that is seen twice in one moment is decided on what the first time brought.
            if !seen.insert(place) {
                seen = BTreeSet::from([place]);
                batches.extend(self.turn(std::mem::take(&mut turns))?);
            }
            turns.push((place, recorded));
        }
        batches.extend(self.turn(turns)?);
        Ok(batches)
    }

    /// What was kept in memory, to be written in the end.
    pub(super) fn rest(&mut self) -> Option<Batch> {
        let first_event = self.numbers.event;
        let pending = self.played.iter_mut().flatten().filter_map(|played| {
            let pending = played.flush()?;
            let alerting = self.telling.alerting(&played.target.provider, &pending);
            Some((pending, alerting))
        });
        Some(Batch {
            at: self.last?,
            first_event,
            transitions: pending.collect(),
        })
    }

    /// Plays observations of different targets.
    fn turn(&mut self, turns: Vec<(usize, Recorded)>) -> anyhow::Result<Option<Batch>> {
        let Some(at) = turns.first().map(|(_, first)| first.observation.at) else {
            return Ok(None);
        };
        self.last = Some(at);
        self.tally.observations += turns.len() as u64;
        let (mut documents, mut steps) = (Vec::new(), Vec::new());
        for (order, (place, recorded)) in turns.into_iter().enumerate() {
            let slot = self.played.get_mut(place).context("a target is lost")?;
            if recorded.is_document() {
                documents.push(Turn {
                    order,
                    place,
                    played: slot.take().context("a target is lost")?,
                    recorded,
                });
                continue;
            }
            // To decide what brings no document takes less than to hand it over.
            let played = slot.as_mut().context("a target is lost")?;
            steps.push((order, place, played.step(recorded)?));
        }
        for done in played::decide(documents) {
            if let Some(slot) = self.played.get_mut(done.place) {
                *slot = Some(done.played);
            }
            steps.push((done.order, done.place, done.step?));
        }
        steps.retain(|(_, _, step)| !step.is_empty());
        steps.sort_unstable_by_key(|(order, _, _)| *order);
        self.gather(at, steps)
    }

    /// Gathers what turns brought, in the order of the recording.
    fn gather(
        &mut self,
        at: Timestamp,
        steps: Vec<(usize, usize, Step)>,
    ) -> anyhow::Result<Option<Batch>> {
        let first_event = self.numbers.event;
        let mut transitions = Vec::new();
        for (_, place, step) in steps {
            let played = self.played.get_mut(place).and_then(Option::as_mut);
            let played = played.context("a target is lost")?;
            if let Some(kept) = step.kept {
                let alerting = self.telling.alerting(&played.target.provider, &kept);
                transitions.push((kept, alerting));
            }
            if let Some(decided) = step.decided {
                let decided = played.follow(decided, &mut self.numbers);
                self.tally.count(&decided);
                let provider = played.target.provider.clone();
                let alerting = self.telling.alerting(&provider, &decided);
                let mut changes = decided.events.iter().flat_map(|event| &event.changes);
                let is_key_set_moved = changes.any(|change| change.member == "jwks_uri");
                transitions.push((decided, alerting));
                // The mail tells whether its keys are the same.
                if is_key_set_moved {
                    transitions.extend(self.kept_of(&provider, Kind::Jwks));
                }
            }
        }
        // Mails that are due leave at their time whenever the clock is looked at next.
        Ok((!transitions.is_empty()).then_some(Batch {
            at,
            first_event,
            transitions,
        }))
    }

    /// What was kept in memory of a target.
    fn kept_of(&mut self, provider: &str, kind: Kind) -> Option<(Transition, Alerting)> {
        let place = self.places.get(&(provider.to_owned(), kind))?;
        let played = self.played.get_mut(*place)?.as_mut()?;
        let kept = played.flush()?;
        let alerting = self.telling.alerting(provider, &kept);
        Some((kept, alerting))
    }

    /// Notes where a target is now, if the recording says so.
    async fn moved(&mut self, place: usize, url: &str) -> anyhow::Result<()> {
        let played = self.played.get_mut(place).and_then(Option::as_mut);
        let played = played.context("a target is lost")?;
        if !url.is_empty() && played.target.url.as_deref() != Some(url) {
            played.target.url = Some(url.to_owned());
            let target_id = played.tracking.target_id;
            self.store.place(target_id, url.to_owned()).await?;
        }
        Ok(())
    }

    async fn place(&mut self, recorded: &Recorded) -> anyhow::Result<usize> {
        let key = (recorded.provider.clone(), recorded.kind);
        if let Some(place) = self.places.get(&key).copied() {
            self.moved(place, &recorded.observation.url).await?;
            return Ok(place);
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
        self.played.push(Some(Box::new(Played {
            target,
            tracking: self.store.tracking(target_id)?,
            pending: None,
            past: Remembered::default(),
        })));
        self.tally.target(&recorded.provider);
        self.places.insert(key, place);
        Ok(place)
    }
}
