//! An event as it is stored and hashed: one flat record, whatever its kind.
//!
//! This form is older than the structs of each kind and is hashed as text: the names, their order and
//! which empty fields are left out must never change.

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use super::NewEvent;
use super::body::{
    Accepted, Changed, Damped, EventBody, Failing, FindingsChanged, FirstSeen, Inconsistent,
    Recovered, Settled,
};
use super::facts::{FailedPoll, FailedPolls, FindingChange, Provenance, Source, UnstableMember};
use super::kind::EventKind;
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::diff::PatchText;
use crate::meaning::subject::Subject;

/// Everything that is stored of events besides changes, findings and patch. The kind of the event
/// determines which fields are set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Circumstance {
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    final_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_good_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    returned_to: Option<Timestamp>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_after_gap: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_changed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reminder: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failures: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed_polls: Vec<FailedPoll>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inconsistent_polls: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    candidate_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    restless: Vec<UnstableMember>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_under: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    told_all_the_same: Vec<Subject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    twin_seen_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remind_at: Option<Timestamp>,
}

/// An event as it is read, before it is checked that its fields fit its kind.
#[derive(Debug, Deserialize)]
pub struct Record {
    /// When it was observed.
    pub at: Timestamp,
    /// The kind that the record claims.
    pub kind: EventKind,
    /// The gravest severity in the event, if it has one.
    pub severity: Option<Severity>,
    /// The summary of the event in one line.
    pub summary: String,
    /// The changes of the event.
    pub changes: Vec<Change>,
    /// Findings that came or went.
    pub findings: Vec<FindingChange>,
    /// The RFC 6902 patch between the canonical documents.
    pub patch: Option<PatchText>,
    /// All other fields that are stored.
    pub circumstance: Circumstance,
    /// Whether somebody was to be told.
    pub alert: bool,
    /// When a summary was to tell of the event.
    #[serde(default)]
    pub summary_at: Option<Timestamp>,
}

/// Why a stored record is not a valid event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoEvent {
    /// A field is missing that this kind of event must have.
    #[error("an event of kind {} without {what}", kind.as_str())]
    Lacks {
        /// Kind of the event.
        kind: EventKind,
        /// Name of the missing field.
        what: &'static str,
    },
    /// A field is set that this kind of event cannot have.
    #[error("an event of kind {} with {what}", kind.as_str())]
    Surplus {
        /// Kind of the event.
        kind: EventKind,
        /// Name of the surplus field.
        what: &'static str,
    },
}

impl TryFrom<Record> for NewEvent {
    type Error = NoEvent;

    fn try_from(mut record: Record) -> Result<Self, NoEvent> {
        let body = record.take_body()?;
        let kind = body.kind();
        let surplus = |what| NoEvent::Surplus { kind, what };
        // The body would not keep these, so nobody would see them. A patch alone is ignored: early
        // versions stored one with every event, and without two documents it says nothing.
        if !record.changes.is_empty() {
            return Err(surplus("changes"));
        }
        if !record.findings.is_empty() {
            return Err(surplus("findings"));
        }
        Ok(Self {
            at: record.at,
            body,
            severity: record.severity,
            summary: record.summary,
            alert: record.alert,
            summary_at: record.summary_at,
        })
    }
}

impl Record {
    /// Takes the fields that the kind needs; any field left in the record afterwards is a surplus.
    fn take_body(&mut self) -> Result<EventBody, NoEvent> {
        let mut about = std::mem::take(&mut self.circumstance);
        let kind = self.kind;
        let lacks = |what| NoEvent::Lacks { kind, what };
        let (answers, last_good_at, old_since) =
            (about.answers, about.last_good_at, about.old_since);
        Ok(match (kind, about.inconsistent_polls) {
            (EventKind::FirstSeen, _) => EventBody::FirstSeen(FirstSeen {
                provenance: about.take_provenance(),
                size: None,
            }),
            (EventKind::Changed, _) => EventBody::Changed(Changed {
                provenance: about.take_provenance(),
                changes: std::mem::take(&mut self.changes),
                patch: self.patch.take(),
                answers,
                returned_to: about.returned_to,
                is_after_gap: about.is_after_gap,
                held_under: about.held_under,
                told_all_the_same: about.told_all_the_same,
            }),
            // Early versions stored answers that disagree as a failure.
            (EventKind::Inconsistent, polls) | (EventKind::Failing, polls @ Some(_)) => {
                EventBody::Inconsistent(Inconsistent {
                    source: about.take_source(),
                    last_good_at,
                    old_since,
                    polls: polls.ok_or_else(|| lacks("inconsistent_polls"))?,
                    changes: std::mem::take(&mut self.changes),
                    findings: std::mem::take(&mut self.findings),
                    patch: self.patch.take(),
                })
            }
            (EventKind::Failing, None) => EventBody::Failing(Failing {
                source: about.take_source(),
                last_good_at,
                old_since,
                answers,
                failed: about.take_failed(kind)?,
                reminder: about.reminder,
                remind_at: about.remind_at,
            }),
            (EventKind::Recovered, _) => EventBody::Recovered(Recovered {
                source: about.take_source(),
                last_good_at,
                answers,
                failed: about.take_failed(kind)?,
                is_changed: about.is_changed,
                reach: None,
            }),
            (EventKind::Finding, _) => EventBody::Finding(FindingsChanged {
                provenance: about.take_provenance(),
                findings: std::mem::take(&mut self.findings),
                answers,
            }),
            (EventKind::Damped, _) => EventBody::Damped(Damped {
                provenance: about.take_provenance(),
                changes: std::mem::take(&mut self.changes),
                patch: self.patch.take(),
                answers,
                members: about.restless,
            }),
            (EventKind::Settled, _) => EventBody::Settled(Settled {
                provenance: about.take_provenance(),
                changes: std::mem::take(&mut self.changes),
                answers,
                members: about.restless,
            }),
            (EventKind::Accepted, _) => EventBody::Accepted(Accepted {
                event: answers.ok_or_else(|| lacks("answers"))?,
                reason: about.reason.ok_or_else(|| lacks("reason"))?,
            }),
        })
    }
}

impl Circumstance {
    fn take_source(&mut self) -> Source {
        Source {
            url: self.url.take().filter(|url| !url.is_empty()),
            final_url: self.final_url.take(),
        }
    }

    fn take_provenance(&mut self) -> Provenance {
        Provenance {
            source: self.take_source(),
            confirmed_at: self.confirmed_at,
            candidate_since: self.candidate_since,
            last_good_at: self.last_good_at,
            failures: self.failures,
            old_since: self.old_since,
            twin_seen_at: self.twin_seen_at,
        }
    }

    fn take_failed(&mut self, kind: EventKind) -> Result<FailedPolls, NoEvent> {
        let lacks = |what| NoEvent::Lacks { kind, what };
        Ok(FailedPolls {
            since: self.failing_since.ok_or_else(|| lacks("failing_since"))?,
            count: self.failures.ok_or_else(|| lacks("failures"))?,
            latest: std::mem::take(&mut self.failed_polls),
        })
    }

    fn of_source(source: &Source) -> Self {
        Self {
            // An unknown URL was once stored as an empty text, which is part of the hash.
            url: Some(source.url.clone().unwrap_or_default()),
            final_url: source.final_url.clone(),
            ..Self::default()
        }
    }

    fn of_provenance(seen: &Provenance) -> Self {
        Self {
            confirmed_at: seen.confirmed_at,
            candidate_since: seen.candidate_since,
            last_good_at: seen.last_good_at,
            failures: seen.failures,
            old_since: seen.old_since,
            twin_seen_at: seen.twin_seen_at,
            ..Self::of_source(&seen.source)
        }
    }

    fn of_failed(source: &Source, failed: &FailedPolls) -> Self {
        Self {
            failing_since: Some(failed.since),
            failures: Some(failed.count),
            failed_polls: failed.latest.clone(),
            ..Self::of_source(source)
        }
    }

    fn of(body: &EventBody) -> Self {
        match body {
            EventBody::FirstSeen(it) => Self::of_provenance(&it.provenance),
            EventBody::Changed(it) => Self {
                answers: it.answers,
                returned_to: it.returned_to,
                is_after_gap: it.is_after_gap,
                held_under: it.held_under,
                told_all_the_same: it.told_all_the_same.clone(),
                ..Self::of_provenance(&it.provenance)
            },
            EventBody::Inconsistent(it) => Self {
                last_good_at: it.last_good_at,
                old_since: it.old_since,
                inconsistent_polls: Some(it.polls),
                ..Self::of_source(&it.source)
            },
            EventBody::Failing(it) => Self {
                last_good_at: it.last_good_at,
                old_since: it.old_since,
                answers: it.answers,
                reminder: it.reminder,
                remind_at: it.remind_at,
                ..Self::of_failed(&it.source, &it.failed)
            },
            EventBody::Recovered(it) => Self {
                last_good_at: it.last_good_at,
                answers: it.answers,
                is_changed: it.is_changed,
                ..Self::of_failed(&it.source, &it.failed)
            },
            EventBody::Finding(it) => Self {
                answers: it.answers,
                ..Self::of_provenance(&it.provenance)
            },
            EventBody::Damped(it) => Self {
                answers: it.answers,
                restless: it.members.clone(),
                ..Self::of_provenance(&it.provenance)
            },
            EventBody::Settled(it) => Self {
                answers: it.answers,
                restless: it.members.clone(),
                ..Self::of_provenance(&it.provenance)
            },
            EventBody::Accepted(it) => Self {
                answers: Some(it.event),
                reason: Some(it.reason.clone()),
                ..Self::default()
            },
        }
    }
}

impl Serialize for NewEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct WrittenRecord<'a> {
            at: Timestamp,
            kind: EventKind,
            severity: Option<Severity>,
            summary: &'a str,
            changes: &'a [Change],
            findings: &'a [FindingChange],
            patch: Option<&'a PatchText>,
            circumstance: Circumstance,
            alert: bool,
            #[serde(skip_serializing_if = "Option::is_none")]
            summary_at: Option<Timestamp>,
        }
        let written = WrittenRecord {
            at: self.at,
            kind: self.kind(),
            severity: self.severity,
            summary: &self.summary,
            changes: self.changes(),
            findings: self.findings(),
            patch: self.patch(),
            circumstance: Circumstance::of(&self.body),
            alert: self.alert,
            summary_at: self.summary_at,
        };
        written.serialize(serializer)
    }
}
