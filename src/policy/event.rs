//! Events, the entries of the history.

mod body;
mod facts;
mod kind;
pub mod stored;

use jiff::Timestamp;
use serde::Deserialize;

pub use self::body::{
    Accepted, Changed, Damped, EventBody, Failing, FindingsChanged, FirstSeen, Inconsistent,
    Recovered, Settled,
};
pub use self::facts::{
    DocumentSize, FailedPoll, FailedPolls, FindingChange, Provenance, Source, UnstableMember,
};
pub use self::kind::EventKind;
use crate::document::name::DocumentName;
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::diff::PatchText;
use crate::policy::habit;

/// An event as it was decided, before the store gives it a number.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "stored::Record")]
pub struct NewEvent {
    /// When the event was observed.
    pub at: Timestamp,
    /// The kind of the event, with the fields of that kind.
    pub body: EventBody,
    /// The gravest severity of its changes or findings; `None` for kinds that have none.
    pub severity: Option<Severity>,
    /// One line: `scope removed: billing:write; +1`. It has only words of this program, member names and,
    /// if a set is short, escaped values; at most 200 characters. It is made when the decision is worded,
    /// and never parsed.
    pub summary: String,
    /// Whether recipients are to be told of it.
    pub alert: bool,
    /// When a summary is to tell of it; `None` if no values never seen before were held back.
    pub summary_at: Option<Timestamp>,
}

impl NewEvent {
    /// A new event without a summary and without an alert.
    pub fn new(at: Timestamp, body: EventBody) -> Self {
        Self {
            at,
            body,
            severity: None,
            summary: String::new(),
            alert: false,
            summary_at: None,
        }
    }

    /// The kind of the event.
    pub fn kind(&self) -> EventKind {
        self.body.kind()
    }

    /// The changes of the event; empty for kinds that have none.
    pub fn changes(&self) -> &[Change] {
        match &self.body {
            EventBody::Changed(it) => &it.changes,
            EventBody::Inconsistent(it) => &it.changes,
            EventBody::Damped(it) => &it.changes,
            EventBody::Settled(it) => &it.changes,
            EventBody::FirstSeen(_)
            | EventBody::Failing(_)
            | EventBody::Recovered(_)
            | EventBody::Finding(_)
            | EventBody::Accepted(_) => &[],
        }
    }

    /// The changes of the event, for modification; `None` for kinds that have none.
    pub fn changes_mut(&mut self) -> Option<&mut Vec<Change>> {
        match &mut self.body {
            EventBody::Changed(it) => Some(&mut it.changes),
            EventBody::Inconsistent(it) => Some(&mut it.changes),
            EventBody::Damped(it) => Some(&mut it.changes),
            EventBody::Settled(it) => Some(&mut it.changes),
            EventBody::FirstSeen(_)
            | EventBody::Failing(_)
            | EventBody::Recovered(_)
            | EventBody::Finding(_)
            | EventBody::Accepted(_) => None,
        }
    }

    /// The findings that came or went; empty for kinds that have none.
    pub fn findings(&self) -> &[FindingChange] {
        match &self.body {
            EventBody::Finding(it) => &it.findings,
            EventBody::Inconsistent(it) => &it.findings,
            EventBody::FirstSeen(_)
            | EventBody::Changed(_)
            | EventBody::Failing(_)
            | EventBody::Recovered(_)
            | EventBody::Damped(_)
            | EventBody::Settled(_)
            | EventBody::Accepted(_) => &[],
        }
    }

    /// The same findings, for modification; `None` for kinds that have none.
    pub fn findings_mut(&mut self) -> Option<&mut Vec<FindingChange>> {
        match &mut self.body {
            EventBody::Finding(it) => Some(&mut it.findings),
            EventBody::Inconsistent(it) => Some(&mut it.findings),
            EventBody::FirstSeen(_)
            | EventBody::Changed(_)
            | EventBody::Failing(_)
            | EventBody::Recovered(_)
            | EventBody::Damped(_)
            | EventBody::Settled(_)
            | EventBody::Accepted(_) => None,
        }
    }

    /// The RFC 6902 patch between the canonical documents, if the event has one.
    pub fn patch(&self) -> Option<&PatchText> {
        match &self.body {
            EventBody::Changed(it) => it.patch.as_ref(),
            EventBody::Inconsistent(it) => it.patch.as_ref(),
            EventBody::Damped(it) => it.patch.as_ref(),
            EventBody::FirstSeen(_)
            | EventBody::Failing(_)
            | EventBody::Recovered(_)
            | EventBody::Finding(_)
            | EventBody::Settled(_)
            | EventBody::Accepted(_) => None,
        }
    }

    /// The same patch, for modification; `None` for kinds that have none.
    pub fn patch_mut(&mut self) -> Option<&mut Option<PatchText>> {
        match &mut self.body {
            EventBody::Changed(it) => Some(&mut it.patch),
            EventBody::Inconsistent(it) => Some(&mut it.patch),
            EventBody::Damped(it) => Some(&mut it.patch),
            EventBody::FirstSeen(_)
            | EventBody::Failing(_)
            | EventBody::Recovered(_)
            | EventBody::Finding(_)
            | EventBody::Settled(_)
            | EventBody::Accepted(_) => None,
        }
    }

    /// Where the answer came from; `None` for an event that records what somebody said.
    pub fn source(&self) -> Option<&Source> {
        match &self.body {
            EventBody::Inconsistent(it) => Some(&it.source),
            EventBody::Failing(it) => Some(&it.source),
            EventBody::Recovered(it) => Some(&it.source),
            EventBody::FirstSeen(_)
            | EventBody::Changed(_)
            | EventBody::Finding(_)
            | EventBody::Damped(_)
            | EventBody::Settled(_) => self.provenance().map(|seen| &seen.source),
            EventBody::Accepted(_) => None,
        }
    }

    /// Where and when the document was seen; `None` if no document was seen and believed.
    pub fn provenance(&self) -> Option<&Provenance> {
        match &self.body {
            EventBody::FirstSeen(it) => Some(&it.provenance),
            EventBody::Changed(it) => Some(&it.provenance),
            EventBody::Finding(it) => Some(&it.provenance),
            EventBody::Damped(it) => Some(&it.provenance),
            EventBody::Settled(it) => Some(&it.provenance),
            EventBody::Inconsistent(_)
            | EventBody::Failing(_)
            | EventBody::Recovered(_)
            | EventBody::Accepted(_) => None,
        }
    }

    /// The last good poll before it, if there was one.
    pub fn last_good_at(&self) -> Option<Timestamp> {
        match &self.body {
            EventBody::Inconsistent(it) => it.last_good_at,
            EventBody::Failing(it) => it.last_good_at,
            EventBody::Recovered(it) => it.last_good_at,
            EventBody::FirstSeen(_)
            | EventBody::Changed(_)
            | EventBody::Finding(_)
            | EventBody::Damped(_)
            | EventBody::Settled(_)
            | EventBody::Accepted(_) => self.provenance()?.last_good_at,
        }
    }

    /// When the state before it was first seen, if that is known.
    pub fn old_since(&self) -> Option<Timestamp> {
        match &self.body {
            EventBody::Inconsistent(it) => it.old_since,
            EventBody::Failing(it) => it.old_since,
            EventBody::FirstSeen(_)
            | EventBody::Changed(_)
            | EventBody::Recovered(_)
            | EventBody::Finding(_)
            | EventBody::Damped(_)
            | EventBody::Settled(_)
            | EventBody::Accepted(_) => self.provenance()?.old_since,
        }
    }

    /// The event that this one answers: the change it reverts, the outage it ends, or the warning it repeats.
    pub fn answers(&self) -> Option<i64> {
        match &self.body {
            EventBody::Changed(it) => it.answers,
            EventBody::Failing(it) => it.answers,
            EventBody::Recovered(it) => it.answers,
            EventBody::Damped(it) => it.answers,
            EventBody::Settled(it) => it.answers,
            EventBody::Accepted(it) => Some(it.event),
            EventBody::Finding(it) => it.answers,
            EventBody::FirstSeen(_) | EventBody::Inconsistent(_) => None,
        }
    }

    /// For a return, when the state that it returns to was last seen before.
    pub fn returned_to(&self) -> Option<Timestamp> {
        match &self.body {
            EventBody::Changed(it) => it.returned_to,
            _ => None,
        }
    }

    /// Whether the last good poll was so long before that it is not known what happened in between. A change
    /// knows it by what is usual for its target; an event that does not keep that is judged by the time alone.
    pub fn is_after_gap(&self) -> bool {
        match &self.body {
            EventBody::Changed(it) => it.is_after_gap,
            EventBody::Settled(_) => self
                .last_good_at()
                .is_some_and(|last| habit::is_gap(self.at.duration_since(last), &[])),
            EventBody::FirstSeen(_)
            | EventBody::Inconsistent(_)
            | EventBody::Failing(_)
            | EventBody::Recovered(_)
            | EventBody::Finding(_)
            | EventBody::Damped(_)
            | EventBody::Accepted(_) => false,
        }
    }

    /// The polls that failed; set for an outage and for its end.
    pub fn failed(&self) -> Option<&FailedPolls> {
        match &self.body {
            EventBody::Failing(it) => Some(&it.failed),
            EventBody::Recovered(it) => Some(&it.failed),
            _ => None,
        }
    }

    /// The members that are damped or have come to rest.
    pub fn unstable_members(&self) -> &[UnstableMember] {
        match &self.body {
            EventBody::Damped(it) => &it.members,
            EventBody::Settled(it) => &it.members,
            _ => &[],
        }
    }

    /// The event without its changes, findings and patch, for callers that do not read them.
    #[must_use]
    pub fn outline(&self) -> Self {
        Self {
            body: self.body.outline(),
            summary: self.summary.clone(),
            ..*self
        }
    }

    /// The gravest severity in what a mail at once tells of the event. Changes that are held back or
    /// expected and findings that are cured do not count.
    pub fn told_severity(&self) -> Option<Severity> {
        let told = |change: &&Change| !change.damped && !change.accepted;
        let new = |moved: &&FindingChange| moved.is_news();
        match &self.body {
            EventBody::Changed(it) => {
                let told = it.changes.iter().filter(told);
                told.map(|change| change.severity).max()
            }
            EventBody::Finding(it) => {
                let new = it.findings.iter().filter(new);
                new.map(|moved| moved.finding.severity).max()
            }
            EventBody::FirstSeen(_)
            | EventBody::Inconsistent(_)
            | EventBody::Failing(_)
            | EventBody::Recovered(_)
            | EventBody::Damped(_)
            | EventBody::Settled(_)
            | EventBody::Accepted(_) => self.severity,
        }
    }

    /// The gravest severity in what a summary tells of the event.
    pub fn held_back_severity(&self) -> Option<Severity> {
        let held_back = self.changes().iter().filter(|change| change.damped);
        held_back.map(|change| change.severity).max()
    }

    /// Whether the event is about the first document of its target: no earlier poll was good.
    pub fn is_of_first_document(&self) -> bool {
        matches!(&self.body, EventBody::Finding(it) if it.provenance.last_good_at.is_none())
    }

    /// Whether it begins or ends an outage: such mails are threads of their own.
    pub fn is_of_outage(&self) -> bool {
        self.failed().is_some()
    }
}

/// Whether something changed and all that did was seen after a gap in the polling; each event is given as
/// its kind and whether it was.
pub fn all_after_gap(events: impl IntoIterator<Item = (EventKind, bool)>) -> bool {
    let is_changed = |(kind, _): &(EventKind, bool)| *kind == EventKind::Changed;
    let mut changed = events.into_iter().filter(is_changed).peekable();
    changed.peek().is_some() && changed.all(|(_, is_after_gap)| is_after_gap)
}

impl Event {
    /// The record without changes, findings and patch.
    #[must_use]
    pub fn outline(&self) -> Self {
        Self {
            provider: self.provider.clone(),
            hash: self.hash.clone(),
            document: self.document.clone(),
            body: self.body.outline(),
            ..*self
        }
    }
}

/// An event as the store holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Number of the event, from 1, without gaps.
    pub id: i64,
    /// Name of the provider.
    pub provider: String,
    /// Kind of the document.
    pub document: DocumentName,
    /// Snapshot before the event.
    pub from_snapshot: Option<i64>,
    /// Snapshot after the event.
    pub to_snapshot: Option<i64>,
    /// When the event was accepted as expected, if it was.
    pub acknowledged: Option<Timestamp>,
    /// What was decided; its `alert` says whether recipients were to be told.
    pub body: NewEvent,
    /// SHA-256 over the canonical content and the hash of the event before, hexadecimal.
    pub hash: String,
}

#[cfg(test)]
mod tests;
