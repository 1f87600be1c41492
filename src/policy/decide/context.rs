//! What every event of a usable answer says besides the differences.

use jiff::Timestamp;

use crate::document::observation::Observation;
use crate::meaning::provider::Target;
use crate::policy::baseline::Baseline;
use crate::policy::event::{Provenance, Source};
use crate::policy::tracking::Tracking;

/// What the events of one usable answer have in common.
pub(super) struct Context<'a> {
    pub(super) target: &'a Target,
    pub(super) tracking: &'a Tracking,
    pub(super) observation: &'a Observation,
    /// The baseline, if it belongs to the identity for which the target is configured now.
    pub(super) before: Option<&'a Baseline>,
    pub(super) is_first: bool,
    /// When the other document was last seen, if this one tells of both.
    pub(super) twin_seen_at: Option<Timestamp>,
    /// Where the answer before this one came from; `None` if one of the two places is not known.
    pub(super) place: Option<&'a str>,
    /// When the second fetch saw the same, and when an earlier poll did.
    pub(super) confirmed_at: Option<Timestamp>,
    pub(super) candidate_since: Option<Timestamp>,
    /// How many polls failed right before this one.
    pub(super) failures: u64,
}

impl Context<'_> {
    /// Where the document was asked for: a line of a recording that saw nothing new need not say it.
    fn source(&self) -> Source {
        let mut source = Source::of(self.observation);
        let known = || self.target.url.as_deref().map(str::to_owned);
        source.url = source.url.or_else(known);
        source
    }

    /// The full provenance: made only for an event, as most polls bring no event.
    pub(super) fn provenance(&self) -> Provenance {
        Provenance {
            source: self.source(),
            confirmed_at: self.confirmed_at,
            candidate_since: self.candidate_since,
            // If the identity is new, the last good poll was of another one.
            last_good_at: self.tracking.last_good_at.filter(|_| !self.is_first),
            failures: Some(self.failures).filter(|failures| *failures > 0),
            old_since: self.before.map(|baseline| baseline.first_seen_at),
            twin_seen_at: None,
        }
    }
}
