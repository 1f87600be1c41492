//! One target while it is played.
//!
//! A recording is mostly "nothing new". Such polls move only counters and times, which are written with
//! what is decided next for their target, when a mail about a moved key set or an outage asks, or at the
//! end: each of them alone would cost more than deciding it.

use std::sync::Arc;

use super::source::RecordedObservation;
use super::target_history::PlayedHistory;
use crate::document::canonical::Document;
use crate::document::kind::Kind;
use crate::meaning::judge::Judge;
use crate::meaning::provider::{Identity, Target};
use crate::policy::announced::{self, KnownServer};
use crate::policy::decide::decide;
use crate::policy::event::{EventKind, NewEvent};
use crate::policy::reading::{self, Confirmation, Reading};
use crate::policy::sighting::Sighting;
use crate::policy::tracking::{SnapshotStep, Tracking, Transition};
use crate::policy::twins::{JudgedPair, Twins, other_baseline};
use crate::store::StoreError;
use crate::watch::comparison::{TargetHistory as _, compare};
use crate::wording::summary;

/// One target while it is played.
pub(super) struct ReplayTarget {
    pub(super) target: Target,
    pub(super) tracking: Tracking,
    /// The last poll that brought nothing new, not yet written.
    pub(super) pending: Option<Transition>,
    pub(super) history: PlayedHistory,
    /// It and the other document of its authorization server, as they were judged last.
    pub(super) judged_pair: Option<JudgedPair>,
}

/// What is known of the other document of the same authorization server.
pub(super) type ReplayTwin = (Tracking, Arc<Document>);

/// What was decided, and the new state if it brought one.
pub(super) struct ReplayDecision {
    pub(super) transition: Transition,
    document: Option<Arc<Document>>,
}

/// The numbers that a new store will give: nobody else writes to it.
pub(super) struct Numbers {
    /// The number of the next event.
    pub(super) event: i64,
    /// The number of the next snapshot.
    pub(super) snapshot: i64,
}

impl ReplayDecision {
    /// Whether a member changed.
    pub(super) fn changes(&self, member: &str) -> bool {
        let events = self.transition.events.iter();
        let mut changes = events.flat_map(NewEvent::changes);
        changes.any(|change| change.subject == member)
    }

    /// Whether an outage is told of, or its end.
    pub(super) fn is_of_outage(&self) -> bool {
        let mut events = self.transition.events.iter();
        events.any(|event| matches!(event.kind(), EventKind::Failing | EventKind::Recovered))
    }
}

impl ReplayTarget {
    /// Decides what was recorded next of it; returns what is to be written, unless it is kept.
    pub(super) fn step(
        &mut self,
        recorded: RecordedObservation,
        twin: Option<ReplayTwin>,
        servers: &[KnownServer],
    ) -> Result<Option<ReplayDecision>, StoreError> {
        let RecordedObservation {
            kind,
            observation,
            body,
            confirmed_at,
            candidate_since,
            unrecorded,
            ..
        } = recorded;
        let reading =
            reading::read_further(&self.target, &self.tracking, &observation.outcome, body);
        if let (None, Reading::Document(parsed)) = (&self.target.identity, &reading) {
            self.identify(kind.kind(), &parsed.document);
        }
        let mut sighting = compare(
            &self.history,
            &self.target,
            &self.tracking,
            observation,
            reading,
        )?;
        sighting.unrecorded = unrecorded;
        sighting.twins = match twin {
            Some(twin) => self.twins(&twin, &sighting)?,
            None => None,
        };
        sighting.announced = announced::of_sighting(&self.target, &sighting, servers);
        // A recording has no second fetch of its own; what it says of one is taken as said.
        sighting.confirmation = match (confirmed_at, candidate_since) {
            (Some(at), _) => Confirmation::Agreed { at },
            (None, Some(first_seen_at)) => Confirmation::Earlier { first_seen_at },
            (None, None) => Confirmation::NotNeeded,
        };
        let seen = match &sighting.reading {
            Reading::Document(parsed) => Some(Arc::clone(&parsed.document)),
            Reading::Unmodified { .. } | Reading::Failed(_) => None,
        };
        let transition = decide(&self.target, &self.tracking, sighting).worded(summary::of);
        let is_new = matches!(transition.snapshot, SnapshotStep::New { .. });
        if transition.events.is_empty() && transition.response_facts.is_none() && !is_new {
            self.keep(transition);
            return Ok(None);
        }
        // The kept poll is dropped, because the new state includes it.
        self.pending = None;
        Ok(Some(ReplayDecision {
            transition,
            document: seen.filter(|_| is_new),
        }))
    }

    /// Both documents of its authorization server, as it tells of them now.
    fn twins(
        &mut self,
        twin: &ReplayTwin,
        sighting: &Sighting,
    ) -> Result<Option<Twins>, StoreError> {
        let (other, of_other) = twin;
        let is_known = self.tracking.baseline_of(&self.target).is_some();
        let Some(known) = other_baseline(&self.target, other).filter(|_| is_known) else {
            return Ok(None);
        };
        let own = match sighting.document(&self.target, self.tracking.findings()) {
            Some(seen) => Some(Arc::clone(seen)),
            None => self.known()?,
        };
        let Some(own) = own else { return Ok(None) };
        let pair = JudgedPair::name(own.fingerprint(), of_other.fingerprint(), &self.target);
        let judged = match self.judged_pair.take() {
            Some(judged) if judged.found(&pair).is_some() => judged,
            Some(_) | None => JudgedPair::judge(pair.clone(), &own, of_other, &self.target),
        };
        let found = judged.found(&pair);
        self.judged_pair = Some(judged);
        Ok(found.map(|found| Twins::of(found, known, &other.state)))
    }

    /// The document that is its baseline, if there is one.
    fn known(&self) -> Result<Option<Arc<Document>>, StoreError> {
        match &self.tracking.baseline {
            Some(baseline) => self.history.document(baseline.snapshot_id),
            None => Ok(None),
        }
    }

    /// What is known of it, for the other document of the same authorization server.
    pub(super) fn as_twin(&self) -> Result<Option<ReplayTwin>, StoreError> {
        let known = self.known()?;
        Ok(known.map(|document| (self.tracking.clone(), document)))
    }

    /// Takes the identity of a provider that is not configured from its first document.
    fn identify(&mut self, kind: Kind, document: &Document) {
        let Some(said) = document.identity() else {
            return;
        };
        self.target.judge = Judge::of(Some(said), None, &self.target.policy);
        self.target.identity = Identity::named_by(kind, said).of(kind);
    }

    /// Takes over what was decided, with the numbers that the store will give, and returns what is
    /// to be written.
    pub(super) fn follow(&mut self, decided: ReplayDecision, numbers: &mut Numbers) -> Transition {
        let ReplayDecision {
            mut transition,
            document,
        } = decided;
        for event in &transition.events {
            transition.tracking.note(event.kind(), numbers.event);
            numbers.event += 1;
        }
        let mut after = transition.tracking.clone();
        let is_new = matches!(transition.snapshot, SnapshotStep::New { .. });
        after.follow(&transition.snapshot, is_new.then_some(numbers.snapshot));
        after.revision += 1;
        numbers.snapshot += i64::from(is_new);
        self.history
            .follow(&self.tracking, &mut transition, &after, document);
        self.tracking = after;
        transition
    }

    /// Takes the poll that is kept, to be written now.
    pub(super) fn flush(&mut self) -> Option<Transition> {
        let kept = self.pending.take()?;
        self.tracking.revision = kept.tracking.revision + 1;
        Some(kept)
    }

    /// Keeps a poll that brought nothing new. It replaces the one kept before, whose counts it includes.
    fn keep(&mut self, transition: Transition) {
        self.tracking = transition.tracking.clone();
        self.tracking.follow(&transition.snapshot, None);
        self.pending = Some(transition);
    }
}
