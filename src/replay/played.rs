//! One target while it is played, and many of them decided side by side.
//!
//! A recording is mostly "nothing new". Such polls move only counters, so they are kept in memory
//! and written when something else is to be written for their target, or at the end: each of them
//! alone would cost more than deciding it.

use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::source::Recorded;
use crate::model::advance;
use crate::model::document::Document;
use crate::model::kind::Kind;
use crate::model::provider::{Identity, Target};
use crate::model::reading::{Confirmation, Reading};
use crate::model::transition::{SnapshotStep, Tracking, Transition};
use crate::store::{Store, StoreError};
use crate::watch::poll::sight;

/// Most threads that decide: what they bring is written by one.
const THREADS: usize = 4;

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
    /// Its place in the recording.
    pub(super) order: usize,
    /// The place of the target.
    pub(super) place: usize,
    pub(super) played: Played,
    pub(super) recorded: Recorded,
}

/// What a turn brought.
pub(super) struct Done {
    pub(super) order: usize,
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

/// Decides turns of different targets, in whatever order.
pub(super) fn decide(store: &Store, turns: Vec<Turn>) -> Vec<Done> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    // To decide one document takes longer than to start a thread; all else takes less.
    let documents = turns.iter().filter(|turn| turn.recorded.is_document());
    if cores == 1 || documents.take(2).count() < 2 {
        return turns.into_iter().map(|turn| turn.play(store)).collect();
    }
    let queue = Mutex::new(turns.into_iter());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        let mut done = Vec::new();
        while let Some(turn) = next() {
            done.push(turn.play(store));
        }
        done
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..cores.min(THREADS)).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    })
}

impl Turn {
    fn play(self, store: &Store) -> Done {
        let Self {
            order,
            place,
            mut played,
            recorded,
        } = self;
        let step = played.step(store, recorded);
        Done {
            order,
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
            confirmed_at,
            ..
        } = recorded;
        let baseline = self.baseline.as_ref();
        let mut sighting = sight(store, &self.target, &self.tracking, observation, baseline)?;
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
