//! Plays observations through the very same decisions as the daemon.
//!
//! A recording is mostly "nothing new". Such polls move only counters, so they are kept in memory
//! and written when something else is to be written for their target, or at the end: each of them
//! alone would cost more than deciding it.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context as _;

use super::source::Recorded;
use super::tally::Tally;
use crate::model::advance;
use crate::model::document::Document;
use crate::model::kind::Kind;
use crate::model::provider::{Identity, Policy, Provider, Target};
use crate::model::reading::{Confirmation, Reading};
use crate::model::transition::{SnapshotStep, Tracking, Transition};
use crate::store::{Alerting, Store, TargetSpec};
use crate::watch::poll::{Telling, sight};

/// One target while it is played.
struct Played {
    target: Target,
    tracking: Tracking,
    /// The last poll that brought nothing new, not yet written.
    pending: Option<Transition>,
    /// The baseline, so that it is not read anew at every change.
    baseline: Option<Arc<Document>>,
}

/// Plays observations into a store.
pub(super) struct Player {
    store: Store,
    telling: Telling,
    /// Providers that the configuration names.
    named: HashMap<String, Arc<Provider>>,
    /// What holds for all others.
    policy: Arc<Policy>,
    places: HashMap<(String, Kind), usize>,
    played: Vec<Played>,
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
            tally: Tally::default(),
        }
    }

    /// Plays observations of one moment and commits what comes of them.
    pub(super) async fn play(&mut self, tick: Vec<Recorded>) -> anyhow::Result<()> {
        let mut batch = Batch::default();
        for recorded in tick {
            let place = self.place(&recorded).await?;
            // A target that is seen twice in one moment is decided on what the first time brought.
            if batch.touched.contains(&place) {
                self.commit(std::mem::take(&mut batch)).await?;
            }
            self.step(place, recorded, &mut batch)?;
        }
        self.commit(batch).await
    }

    /// Writes what was kept in memory.
    pub(super) async fn finish(&mut self) -> anyhow::Result<()> {
        let mut batch = Batch::default();
        for (place, played) in self.played.iter_mut().enumerate() {
            if let Some(pending) = played.pending.take() {
                let alerting = self.telling.alerting(&played.target.provider, &pending);
                batch.push(place, pending, alerting);
            }
        }
        self.commit(batch).await
    }

    fn step(&mut self, place: usize, recorded: Recorded, batch: &mut Batch) -> anyhow::Result<()> {
        let played = self.played.get_mut(place).context("a target is lost")?;
        self.tally.observations += 1;
        let mut sighting = sight(
            &self.store,
            &played.target,
            &played.tracking,
            recorded.observation,
            played.baseline.as_ref(),
        )?;
        // A recording has no second fetch of its own; what it says of one is taken as said.
        if let Some(at) = recorded
            .confirmed_at
            .filter(|_| !sighting.difference.changes.is_empty())
        {
            sighting.confirmation = Confirmation::Agreed { at };
        }
        let seen = match &sighting.reading {
            Reading::Document(seen) => Some(Arc::clone(&seen.document)),
            Reading::Unmodified { .. } | Reading::Failed(_) => None,
        };
        if played.target.identity.is_none()
            && let Reading::Document(seen) = &sighting.reading
        {
            // A provider that nobody configured is what its first document says.
            let issuer = seen.document.identity().map(str::to_owned);
            played.target.identity = issuer.map(|url| match recorded.kind {
                Kind::OauthProtectedResource => Identity::Resource(url),
                _ => Identity::Issuer(url),
            });
        }
        let transition = advance::advance(&played.target, &played.tracking, sighting);
        if transition.events.is_empty() && !matches!(transition.snapshot, SnapshotStep::New { .. })
        {
            if let Some(flushed) = played.keep(transition) {
                let alerting = self.telling.alerting(&played.target.provider, &flushed);
                batch.push(place, flushed, alerting);
            }
            return Ok(());
        }
        let mut transition = transition;
        if matches!(transition.snapshot, SnapshotStep::New { .. }) {
            played.baseline = seen;
        }
        if let Some(pending) = played.pending.take() {
            let alerting = self.telling.alerting(&played.target.provider, &pending);
            transition.tracking.revision = pending.tracking.revision + 1;
            batch.push(place, pending, alerting);
        }
        self.tally.count(&transition);
        let alerting = self.telling.alerting(&played.target.provider, &transition);
        batch.push(place, transition, alerting);
        Ok(())
    }

    async fn commit(&mut self, batch: Batch) -> anyhow::Result<()> {
        if batch.transitions.is_empty() {
            return Ok(());
        }
        let recorded = self.store.record_all(batch.transitions).await?;
        self.tally.alerts += recorded.iter().map(|it| it.alerts).sum::<usize>();
        for place in batch.touched {
            if let Some(played) = self.played.get_mut(place)
                && played.pending.is_none()
            {
                played.tracking = self.store.tracking(played.tracking.target_id)?;
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
        self.played.push(Played {
            target,
            tracking: self.store.tracking(target_id)?,
            pending: None,
            baseline: None,
        });
        self.tally.target(&recorded.provider);
        self.places.insert(key, place);
        Ok(place)
    }
}

impl Played {
    /// Keeps a poll that brought nothing new; returns the one before if both cannot be one.
    fn keep(&mut self, mut transition: Transition) -> Option<Transition> {
        let before = self.pending.take();
        let flushed = match (before, &mut transition.snapshot) {
            (Some(before), SnapshotStep::Seen { body, .. }) => match before.snapshot {
                SnapshotStep::Seen { body: earlier, .. } => {
                    *body = body.take().or(earlier);
                    None
                }
                SnapshotStep::Keep | SnapshotStep::New { .. } => Some(before),
            },
            (Some(before), _) if before.snapshot == SnapshotStep::Keep => None,
            (before, _) => before,
        };
        if let Some(flushed) = &flushed {
            transition.tracking.revision = flushed.tracking.revision + 1;
        }
        self.tracking = transition.tracking.clone();
        if let (SnapshotStep::Seen { at, body }, Some(baseline)) =
            (&transition.snapshot, &mut self.tracking.baseline)
        {
            baseline.last_seen_at = *at;
            if let Some(body) = body {
                baseline.last_body.clone_from(body);
            }
        }
        self.pending = Some(transition);
        flushed
    }
}

/// What is to be committed together.
#[derive(Default)]
struct Batch {
    touched: Vec<usize>,
    transitions: Vec<(Transition, Alerting)>,
}

impl Batch {
    fn push(&mut self, place: usize, transition: Transition, alerting: Alerting) {
        if !self.touched.contains(&place) {
            self.touched.push(place);
        }
        self.transitions.push((transition, alerting));
    }
}
