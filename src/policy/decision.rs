//! What was decided, before anything is said of it: facts and no sentence.

use super::event::NewEvent;
use super::tracking::Transition;
use crate::meaning::change::cut::cut;

/// What was decided, before anything is said of it.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Decision(Transition);

impl Decision {
    pub(super) fn new(transition: Transition) -> Self {
        Self(transition)
    }

    /// The decision with a summary for each event, to be recorded. The values of changes are cut only
    /// now: what is decided and said is decided and said of whole values.
    pub fn worded(self, summary: impl Fn(&NewEvent) -> String) -> Transition {
        let Self(mut transition) = self;
        for event in &mut transition.events {
            event.summary = summary(event);
            event.changes_mut().into_iter().flatten().for_each(cut);
        }
        transition
    }
}
