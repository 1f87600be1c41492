//! One target while it is played, and many of them decided side by side.
//!
//! A recording is mostly "nothing new". Such polls move only counters, so they are kept in memory
//! and written when something else is to be written for their target, or at the end: each of them
//! alone would cost more than deciding it.

use std::sync::Arc;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::source::Recorded;
use crate::model::advance;
use crate::model::document::Document;
use crate::model::kind::Kind;
use crate::model::provider::{Identity, Target};
use crate::model::reading::{self, Confirmation, Reading};
use crate::model::transition::{SnapshotStep, Tracking, Transition};
use crate::store::{Store, StoreError};
use crate::watch::poll::sight;

/// One target while it is played.
pub(super) struct Played {
    pub(super) target: Target,
    pub(super) tracking: Tracking,
    /// The last poll that brought nothing new, not yet written.
    pub(super) pending: Option<Transition>,
    /// The baseline, so that it is not read anew at every change.
    pub(super) baseline: Option<Arc<Document>>,
}

/// A target and what is seen of it next.
pub(super) struct Turn {
    /// The place of the target.
    pub(super) place: usize,
    pub(super) played: Played,
    pub(super) recorded: Recorded,
}

/// What a turn brought.
pub(super) struct Done {
    pub(super) place: usize,
    pub(super) played: Played,
    pub(super) step: Result<Step, StoreError>,
}

/// What is to be written.
#[derive(Default)]
pub(super) struct Step {
    /// The poll that was kept in memory, to be written first.
    pub(super) kept: Option<Transition>,
    /// What was decided, unless it is kept in turn.
    pub(super) decided: Option<Transition>,
}

/// Decides turns of different targets side by side, and returns what they brought in their order.
pub(super) fn decide(store: &Store, turns: Vec<Turn>) -> Vec<Done> {
    // To decide one document takes longer than to wake a thread; all else takes less.
    let documents = turns.iter().filter(|turn| turn.recorded.is_document());
    if documents.take(2).count() < 2 {
        return turns.into_iter().map(|turn| turn.play(store)).collect();
    }
    let turns = turns.into_par_iter();
    turns.map(|turn| turn.play(store)).collect()
}

impl Turn {
    fn play(self, store: &Store) -> Done {
        let Self {
            place,
            mut played,
            recorded,
        } = self;
        let step = played.step(store, recorded);
        Done {
            place,
            played,
            step,
        }
    }
}

impl Played {
    fn step(&mut self, store: &Store, recorded: Recorded) -> Result<Step, StoreError> {
        let Recorded {
            kind,
            observation,
            document,
            confirmed_at,
            ..
        } = recorded;
        let baseline = self.baseline.as_ref();
        let reading =
            reading::read_ahead(&self.target, &self.tracking, &observation.outcome, document);
        let seen = (observation, reading);
        let mut sighting = sight(store, &self.target, &self.tracking, seen, baseline)?;
        // A recording has no second fetch of its own; what it says of one is taken as said.
        if let Some(at) = confirmed_at.filter(|_| !sighting.difference.changes.is_empty()) {
            sighting.confirmation = Confirmation::Agreed { at };
        }
        let seen = match &sighting.reading {
            Reading::Document(seen) => Some(Arc::clone(&seen.document)),
            Reading::Unmodified { .. } | Reading::Failed(_) => None,
        };
        if let (None, Some(document)) = (&self.target.identity, &seen) {
            // A provider that nobody configured is what its first document says.
            let issuer = document.identity().map(str::to_owned);
            self.target.identity = issuer.map(|url| match kind {
                Kind::OauthProtectedResource => Identity::Resource(url),
                _ => Identity::Issuer(url),
            });
        }
        let mut transition = advance::advance(&self.target, &self.tracking, sighting);
        let is_new = matches!(transition.snapshot, SnapshotStep::New { .. });
        if transition.events.is_empty() && !is_new {
            return Ok(Step {
                kept: self.keep(transition),
                decided: None,
            });
        }
        if is_new {
            self.baseline = seen;
        }
        let kept = self.pending.take();
        if let Some(kept) = &kept {
            transition.tracking.revision = kept.tracking.revision + 1;
        }
        Ok(Step {
            kept,
            decided: Some(transition),
        })
    }

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
        self.tracking.follow(&transition.snapshot, None);
        self.pending = Some(transition);
        flushed
    }
}
