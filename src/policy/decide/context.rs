//! What every event of a usable answer says besides what differs.

use jiff::Timestamp;

use crate::document::observation::Observation;
use crate::meaning::provider::Target;
use crate::policy::baseline::Baseline;
use crate::policy::event::{Provenance, Source};
use crate::policy::tracking::Tracking;

/// What every event of a usable answer is about.
pub(super) struct Context<'a> {
    pub(super) target: &'a Target,
    pub(super) tracking: &'a Tracking,
    pub(super) observation: &'a Observation,
    /// The baseline, if it is one of this target as it is configured now.
    pub(super) before: Option<&'a Baseline>,
    pub(super) is_first: bool,
    /// When the other document was last seen that this one tells of, too.
    pub(super) twin_seen_at: Option<Timestamp>,
    /// Where the answer before this one came from; `None` if the place of either is not known.
    pub(super) place: Option<&'a str>,
    /// When the second fetch saw the same, and when an earlier poll did.
    pub(super) confirmed_at: Option<Timestamp>,
    pub(super) candidate_since: Option<Timestamp>,
    /// Failed polls right before.
    pub(super) failures: u64,
}

impl Context<'_> {
    /// It in full: made only where there is an event, as most polls bring none.
    pub(super) fn provenance(&self) -> Provenance {
        Provenance {
            source: Source::of(self.observation),
            confirmed_at: self.confirmed_at,
            candidate_since: self.candidate_since,
            // What was good before was of somebody else.
            last_good_at: self.tracking.last_good_at.filter(|_| !self.is_first),
            failures: Some(self.failures).filter(|failures| *failures > 0),
            old_since: self.before.map(|baseline| baseline.first_seen_at),
            twin_seen_at: None,
        }
    }
}
