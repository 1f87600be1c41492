//! The bodies of events: one struct for each kind of event, with exactly the fields of that kind.

use jiff::Timestamp;

use super::facts::{DocumentSize, FailedPolls, FindingChange, Provenance, Source, UnstableMember};
use super::kind::EventKind;
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::diff::PatchText;
use crate::meaning::subject::Subject;

/// The first document of a target became its baseline.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FirstSeen {
    /// Where it was seen.
    pub provenance: Provenance,
    /// How large the document is. The summary says it; it is not stored.
    pub size: Option<DocumentSize>,
}

/// The document changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changed {
    /// Where and when the new state was seen.
    pub provenance: Provenance,
    /// What changed; the issuer first, then by severity, then by member.
    pub changes: Vec<Change>,
    /// RFC 6902 patch between the canonical documents, if there are two.
    pub patch: Option<PatchText>,
    /// The event that this one reverts, or that told of the same certificate before.
    pub answers: Option<i64>,
    /// For a return, when the state that it returns to was last seen before.
    pub returned_to: Option<Timestamp>,
    /// Whether the last good poll was so long ago that it is not known how the change happened.
    pub is_after_gap: bool,
    /// The event that damped the members whose changes are held back here.
    pub held_under: Option<i64>,
    /// Damped members of which a change is told anyway, because it may be an attack or undoes one.
    pub told_all_the_same: Vec<Subject>,
}

/// Fetches seconds apart see different documents.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inconsistent {
    /// Where the first of them came from.
    pub source: Source,
    /// The last good poll before this one.
    pub last_good_at: Option<Timestamp>,
    /// When the baseline, which stays, was first seen.
    pub old_since: Option<Timestamp>,
    /// How many polls within a day had fetches that disagreed.
    pub polls: u64,
    /// How the documents that were seen differ from the baseline.
    pub changes: Vec<Change>,
    /// Findings of severity `security` that these documents would bring.
    pub findings: Vec<FindingChange>,
    /// RFC 6902 patch from the baseline to what the first fetch saw.
    pub patch: Option<PatchText>,
}

/// The document could not be had or used for `failures_before_alert` polls in a row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Failing {
    /// Where the document should have come from.
    pub source: Source,
    /// The last good poll.
    pub last_good_at: Option<Timestamp>,
    /// When the last good state was first seen.
    pub old_since: Option<Timestamp>,
    /// For a reminder, the event that told of the outage first.
    pub answers: Option<i64>,
    /// The polls that failed.
    pub failed: FailedPolls,
    /// How often the outage was told before; `None` if this is the first time.
    pub reminder: Option<u64>,
    /// From when on it is told again, if it lasts; `None` if this is the last time.
    pub remind_at: Option<Timestamp>,
}

/// The document is back after an outage that was told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recovered {
    /// Where it came from.
    pub source: Source,
    /// The last good poll before the outage.
    pub last_good_at: Option<Timestamp>,
    /// The event that told of the outage.
    pub answers: Option<i64>,
    /// The polls that failed.
    pub failed: FailedPolls,
    /// Whether it is another document than before the outage.
    pub is_changed: bool,
    /// How grave the outage was, so that those who were told of it are told of its end. It is computed
    /// from the failures and not stored.
    pub reach: Option<Severity>,
}

/// Requirements are newly not met, or met again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FindingsChanged {
    /// Where and when the document was seen.
    pub provenance: Provenance,
    /// Findings that came or went.
    pub findings: Vec<FindingChange>,
    /// The event that they follow: what told of a finding that is over, or the change after which two
    /// documents disagree.
    pub answers: Option<i64>,
}

/// Members change so often that their changes are collected from now on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Damped {
    /// Where and when the last change was seen.
    pub provenance: Provenance,
    /// The changes that this event stands for.
    pub changes: Vec<Change>,
    /// RFC 6902 patch of that change, unless an event in the same mail has it.
    pub patch: Option<PatchText>,
    /// The changed event before this one, if there was one.
    pub answers: Option<i64>,
    /// The members that are damped.
    pub members: Vec<UnstableMember>,
}

/// Damped members have come to rest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settled {
    /// Where and when they were seen at rest.
    pub provenance: Provenance,
    /// The net change since they were damped.
    pub changes: Vec<Change>,
    /// The event that damped them.
    pub answers: Option<i64>,
    /// The members that have come to rest.
    pub members: Vec<UnstableMember>,
}

/// Somebody said that an event was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Number of the event that was expected.
    pub event: i64,
    /// The reason that was given for it.
    pub reason: String,
}

/// The fields of an event, by its kind.
#[derive(Debug, Clone, PartialEq)]
pub enum EventBody {
    /// The first document of a target became its baseline.
    FirstSeen(FirstSeen),
    /// The document changed.
    Changed(Changed),
    /// Fetches seconds apart see different documents.
    Inconsistent(Inconsistent),
    /// The document could not be had or used for `failures_before_alert` polls in a row.
    Failing(Failing),
    /// The document is back after an outage that was told.
    Recovered(Recovered),
    /// Requirements are newly not met, or met again.
    Finding(FindingsChanged),
    /// Members change so often that their changes are collected from now on.
    Damped(Damped),
    /// Damped members have come to rest.
    Settled(Settled),
    /// Somebody said that an event was expected.
    Accepted(Accepted),
}

impl EventBody {
    /// The kind of the event.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::FirstSeen(_) => EventKind::FirstSeen,
            Self::Changed(_) => EventKind::Changed,
            Self::Inconsistent(_) => EventKind::Inconsistent,
            Self::Failing(_) => EventKind::Failing,
            Self::Recovered(_) => EventKind::Recovered,
            Self::Finding(_) => EventKind::Finding,
            Self::Damped(_) => EventKind::Damped,
            Self::Settled(_) => EventKind::Settled,
            Self::Accepted(_) => EventKind::Accepted,
        }
    }

    /// The body without changes, findings and patch. They are never copied, because they may be large.
    #[must_use]
    pub(super) fn outline(&self) -> Self {
        match self {
            Self::FirstSeen(_) | Self::Failing(_) | Self::Recovered(_) | Self::Accepted(_) => {
                self.clone()
            }
            Self::Changed(it) => Self::Changed(Changed {
                provenance: it.provenance.clone(),
                changes: Vec::new(),
                patch: None,
                told_all_the_same: it.told_all_the_same.clone(),
                ..*it
            }),
            Self::Inconsistent(it) => Self::Inconsistent(Inconsistent {
                source: it.source.clone(),
                changes: Vec::new(),
                findings: Vec::new(),
                patch: None,
                ..*it
            }),
            Self::Finding(it) => Self::Finding(FindingsChanged {
                provenance: it.provenance.clone(),
                findings: Vec::new(),
                ..*it
            }),
            Self::Damped(it) => Self::Damped(Damped {
                provenance: it.provenance.clone(),
                changes: Vec::new(),
                patch: None,
                members: it.members.clone(),
                ..*it
            }),
            Self::Settled(it) => Self::Settled(Settled {
                provenance: it.provenance.clone(),
                changes: Vec::new(),
                members: it.members.clone(),
                ..*it
            }),
        }
    }
}
