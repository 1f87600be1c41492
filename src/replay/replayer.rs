//! Plays observations through the very same decisions as the daemon.
//!
//! One thread decides, in the order of the recording, while another one reads what comes (`read_ahead`) and
//! a third writes what was before (`batch_writer`). More that decide cost more than they bring, because what
//! one thread allocates and another frees makes them wait for each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;

use super::batch_writer::Batch;
use super::source::RecordedObservation;
use super::tally::Tally;
use super::target::{Numbers, ReplayTarget, ReplayTwin};
use super::target_history::PlayedHistory;
use crate::config::Provider;
use crate::document::name::DocumentName;
use crate::document::observation::Outcome;
use crate::meaning::judge::Judge;
use crate::meaning::provider::{Identity, Target};
use crate::meaning::provider_policy::Policy;
use crate::policy::announced::{self, KnownServer};
use crate::policy::tracking::Transition;
use crate::policy::twins::other_of;
use crate::store::{AlertPlan, Store, TargetSpec};
use crate::watch::alert_policy::AlertPolicy;

/// Plays observations into a store.
pub(super) struct Replayer {
    store: Store,
    alert_policy: AlertPolicy,
    /// Providers that the configuration names.
    named: HashMap<String, Arc<Provider>>,
    /// The policy of all providers that the configuration does not name.
    policy: Arc<Policy>,
    places: HashMap<String, BTreeMap<DocumentName, usize>>,
    /// The targets, each at the place that observations refer to.
    played: Vec<ReplayTarget>,
    /// The numbers that the store will give to the next event and snapshot.
    numbers: Numbers,
    /// The moment that was played last.
    last: Option<Timestamp>,
    pub(super) tally: Tally,
}

impl Replayer {
    pub(super) fn new(
        store: Store,
        alert_policy: AlertPolicy,
        providers: &[Arc<Provider>],
        policy: Arc<Policy>,
    ) -> Self {
        let named = providers.iter().cloned();
        Self {
            store,
            alert_policy,
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

    /// Plays observations of one moment and returns what is to be written of them, in their order.
    pub(super) async fn play(
        &mut self,
        tick: Vec<RecordedObservation>,
    ) -> anyhow::Result<Option<Batch>> {
        let Some(at) = tick.first().map(|first| first.observation.at) else {
            return Ok(None);
        };
        self.last = Some(at);
        let first_event = self.numbers.event;
        let mut transitions = Vec::new();
        let mut moved = BTreeSet::new();
        for recorded in tick {
            let place = self.target_of(&recorded).await?;
            self.tally.observations += 1;
            let twin = self.twin_of(&recorded)?;
            let servers = self.servers_of(&recorded);
            let played = self.played.get_mut(place).context("a target is lost")?;
            if let Some(decided) = played.step(recorded, twin, &servers)? {
                let provider = &played.target.provider;
                let alert_plan = self.alert_policy.plan_for(provider, &decided.transition);
                let leads = played.target.kind.row().leads.iter();
                let named = leads.filter(|(_, kind)| kind.is_named_by_another());
                let changed = named.filter(|(member, _)| decided.changes(member));
                let name = &played.target.kind;
                moved.extend(
                    changed.map(|(_, kind)| (provider.clone(), name.of_same_issuer(*kind))),
                );
                // The mail about an outage tells how its other documents are.
                if decided.is_of_outage() {
                    let all = self
                        .places
                        .get(provider)
                        .into_iter()
                        .flat_map(BTreeMap::keys);
                    let others = all.filter(|kind| *kind != name);
                    moved.extend(others.map(|kind| (provider.clone(), kind.clone())));
                }
                let decided = played.follow(decided, &mut self.numbers);
                self.tally.count(&decided);
                transitions.push((decided, alert_plan));
            }
        }
        // The mail about a key set that moved tells whether its keys are the same.
        for (provider, kind) in moved {
            transitions.extend(self.kept_of(&provider, &kind));
        }
        // Mails that are due leave at their time whenever the clock is looked at next.
        Ok((!transitions.is_empty()).then_some(Batch {
            at,
            first_event,
            transitions,
        }))
    }

    /// The other document of the same authorization server, for the one that tells of both.
    fn twin_of(&self, recorded: &RecordedObservation) -> anyhow::Result<Option<ReplayTwin>> {
        let places = self.places.get(&recorded.provider);
        let other = other_of(&recorded.kind).filter(|_| places.is_some_and(|it| it.len() > 1));
        let place = other.and_then(|name| places?.get(&name));
        match place.and_then(|place| self.played.get(*place)) {
            Some(played) => Ok(played.as_twin()?),
            None => Ok(None),
        }
    }

    /// The servers of a resource as they are known, if it is one and shows a document.
    fn servers_of(&self, recorded: &RecordedObservation) -> Vec<KnownServer> {
        let is_read = matches!(recorded.observation.outcome, Outcome::Body { .. });
        if !is_read || !announced::tells(&recorded.kind) {
            return Vec::new();
        }
        let places = self.places.get(&recorded.provider).into_iter().flatten();
        let servers = places.filter_map(|(name, place)| {
            let played = self.played.get(*place)?;
            KnownServer::of(name, &played.tracking, recorded.observation.at)
        });
        servers.collect()
    }

    /// Takes all polls that were kept in memory, to be written at the end.
    pub(super) fn flush_all(&mut self) -> Option<Batch> {
        let first_event = self.numbers.event;
        let pending = self.played.iter_mut().filter_map(|played| {
            let pending = played.flush()?;
            let alert_plan = self
                .alert_policy
                .plan_for(&played.target.provider, &pending);
            Some((pending, alert_plan))
        });
        Some(Batch {
            at: self.last?,
            first_event,
            transitions: pending.collect(),
        })
    }

    /// Takes the poll of a target that was kept in memory.
    fn kept_of(&mut self, provider: &str, kind: &DocumentName) -> Option<(Transition, AlertPlan)> {
        let place = self.places.get(provider)?.get(kind)?;
        let played = self.played.get_mut(*place)?;
        let kept = played.flush()?;
        let alert_plan = self.alert_policy.plan_for(provider, &kept);
        Some((kept, alert_plan))
    }

    /// Notes where a target is now, if the recording says so.
    async fn moved(&mut self, place: usize, url: Option<&str>) -> anyhow::Result<()> {
        let played = self.played.get_mut(place).context("a target is lost")?;
        if let Some(url) = url
            && played.target.url.as_deref() != Some(url)
        {
            played.target.url = Some(url.into());
            let target_id = played.tracking.target_id;
            self.store.set_url(target_id, url.to_owned()).await?;
        }
        Ok(())
    }

    async fn target_of(&mut self, recorded: &RecordedObservation) -> anyhow::Result<usize> {
        let places = self.places.get(&recorded.provider);
        if let Some(place) = places.and_then(|it| it.get(&recorded.kind)).copied() {
            self.moved(place, recorded.observation.url.as_deref())
                .await?;
            return Ok(place);
        }
        let at = recorded.observation.at;
        let url = recorded.observation.url.clone();
        let spec = TargetSpec {
            provider: recorded.provider.clone(),
            kind: recorded.kind.clone(),
            url: url.clone(),
            formerly: Vec::new(),
        };
        let target_id = self.store.add_target(spec, at).await?;
        let named = self.named.get(&recorded.provider);
        let policy = named.map_or_else(
            || Arc::clone(&self.policy),
            |provider| Arc::clone(&provider.policy),
        );
        let identity = named.map(|provider| &provider.identity);
        let (whose, configured) = (recorded.kind.issuer(), identity.map(Identity::as_str));
        let target = Target {
            provider: recorded.provider.clone(),
            kind: recorded.kind.clone(),
            url: url.map(Arc::from),
            // A recording says where it was asked, and an address that moved is no other identity.
            judge: Judge::of(whose.or(configured), None, &policy),
            identity: Identity::of_document(&recorded.kind, identity),
            policy,
        };
        let place = self.played.len();
        self.played.push(ReplayTarget {
            target,
            tracking: self.store.tracking(target_id)?,
            pending: None,
            history: PlayedHistory::default(),
            judged_pair: None,
        });
        self.tally.target(&recorded.provider);
        let places = self.places.entry(recorded.provider.clone());
        places.or_default().insert(recorded.kind.clone(), place);
        Ok(place)
    }
}
