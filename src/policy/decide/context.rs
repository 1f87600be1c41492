//! What every event of a usable answer says besides the differences.

use jiff::Timestamp;

use crate::document::observation::Observation;
use crate::meaning::change::FindingState;
use crate::meaning::provider::Target;
use crate::meaning::rule::Rule;
use crate::policy::baseline::Baseline;
use crate::policy::event::{EventBody, FindingChange, NewEvent, Provenance, Source};
use crate::policy::tracking::Tracking;
use crate::policy::twins::Twins;

/// What the events of one usable answer have in common.
pub(super) struct Context<'a> {
    pub(super) target: &'a Target,
    pub(super) tracking: &'a Tracking,
    pub(super) observation: &'a Observation,
    /// The baseline, if it belongs to the identity for which the target is configured now.
    pub(super) before: Option<&'a Baseline>,
    pub(super) is_first: bool,
    /// The other document, if this one tells of both.
    pub(super) twins: Option<Twins>,
    /// Where the answer before this one came from; `None` if one of the two places is not known.
    pub(super) place: Option<&'a str>,
    /// When the second fetch saw the same, and when an earlier poll did.
    pub(super) confirmed_at: Option<Timestamp>,
    pub(super) candidate_since: Option<Timestamp>,
    /// How many polls failed right before this one.
    pub(super) failures: u64,
}

/// Where the answer before this one came from; `None` if one of the two places is not known.
pub(super) fn answered_from<'a>(
    observation: &'a Observation,
    redirected: Option<&'a str>,
) -> Option<&'a str> {
    let requested = observation.url.as_deref()?;
    Some(redirected.unwrap_or(requested))
}

impl Context<'_> {
    /// Findings with the event that they follow: the change of the document that no longer agrees with the
    /// other one, or what told of a finding that is over. Beside a mailed change they stand in its thread.
    pub(super) fn following(&self, mut event: NewEvent, is_beside_a_change: bool) -> NewEvent {
        if let (EventBody::Finding(found), false) = (&mut event.body, is_beside_a_change) {
            found.answers = self.followed(&found.findings);
        }
        event
    }

    fn followed(&self, moved: &[FindingChange]) -> Option<i64> {
        let own = &self.tracking.state;
        let is_of_two = |it: &FindingChange| {
            it.state == FindingState::New && it.finding.rule == Rule::TwinsDisagree
        };
        if moved.iter().any(is_of_two) {
            let (twins, before) = (self.twins.as_ref()?, self.before?);
            return if twins.first_seen_at >= before.first_seen_at {
                twins.changed_by
            } else {
                own.last_changed_event
            };
        }
        let mut over = moved.iter().filter(|it| it.state == FindingState::Cured);
        over.next().and(own.last_finding_event)
    }

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
