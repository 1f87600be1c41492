//! A decision as facts, before any text is made about it.

use super::event::NewEvent;
use super::tracking::Transition;
use crate::meaning::change::cut::cut;

/// A decision as facts, before any text is made about it.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Decision(Transition);

impl Decision {
    pub(super) fn new(transition: Transition) -> Self {
        Self(transition)
    }

    /// Gives each event a summary, so that the decision can be recorded. The values of changes are cut
    /// only now, so that decisions and summaries are made from whole values.
    pub fn worded(self, summary: impl Fn(&NewEvent) -> String) -> Transition {
        let Self(mut transition) = self;
        for event in &mut transition.events {
            event.summary = summary(event);
            event.changes_mut().into_iter().flatten().for_each(cut);
        }
        transition
    }
}
