//! One line of history.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::damping::Movement;
use crate::document::kind::Kind;
use crate::document::observation::Failure;
use crate::document::severity::Severity;
use crate::meaning::change::{Change, Finding, FindingState};
use crate::meaning::diff::PatchText;

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// The first document of a target became its baseline.
    FirstSeen,
    /// The document changed.
    Changed,
    /// It could not be had or used for `failures_before_alert` polls in a row.
    Failing,
    /// Fetches seconds apart see different documents.
    Inconsistent,
    /// It is back.
    Recovered,
    /// Requirements are newly not met, or met again.
    Finding,
    /// A member changes so often that its changes are collected from now on.
    Damped,
    /// It has come to rest.
    Settled,
    /// Somebody said that an event was expected.
    Accepted,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::FirstSeen,
        Self::Changed,
        Self::Inconsistent,
        Self::Failing,
        Self::Recovered,
        Self::Finding,
        Self::Damped,
        Self::Settled,
        Self::Accepted,
    ];

    /// The text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstSeen => "first-seen",
            Self::Changed => "changed",
            Self::Inconsistent => "inconsistent",
            Self::Failing => "failing",
            Self::Recovered => "recovered",
            Self::Finding => "finding",
            Self::Damped => "damped",
            Self::Settled => "settled",
            Self::Accepted => "accepted",
        }
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A finding that came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingChange {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// Whether it is new or cured.
    pub state: FindingState,
}

/// A poll that is part of an outage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedPoll {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub failure: Failure,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
}

/// A member that is damped from now on, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restless {
    /// Its name.
    pub member: String,
    /// Of a damped member: the first of the changes that were counted. Of one that has come to rest:
    /// when it was damped.
    pub since: Timestamp,
    /// How many changes were counted, or held back.
    pub changes: u64,
    /// Values among those held back that were never seen before.
    pub new_values: u64,
    /// Its last change.
    pub last_change_at: Timestamp,
    /// Of a damped member: what came and went in the changes that were counted.
    #[serde(default, skip_serializing_if = "Movement::is_empty")]
    pub movement: Movement,
}

/// How large a document is, counted in what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentSize {
    /// Members of metadata.
    Members(u64),
    /// Keys of a key set.
    Keys(u64),
}

/// What an event tells beyond its changes. Which fields are set follows from the kind of event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Circumstance {
    /// The URL asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Where the answer came from, if redirects led elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_url: Option<String>,
    /// When the fetch that confirmed it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    /// The last good poll before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_good_at: Option<Timestamp>,
    /// When the state before began (its snapshot's first sighting).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_since: Option<Timestamp>,
    /// The event this one answers: the change it reverts, the outage it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<i64>,
    /// For a return: when the state it returns to was last seen before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned_to: Option<Timestamp>,
    /// Of a change: whether the poll before was so long ago that nobody can say how it happened.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_after_gap: bool,
    /// Of a first document: how large it is. Said in the summary and not stored.
    #[serde(skip)]
    pub size: Option<DocumentSize>,
    /// Of a document that is back: whether it is another one than before the outage.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_changed: bool,
    /// Of a document that is back: how grave its outage was, so that who heard of that hears of its
    /// end. It follows from the failures, and is not stored.
    #[serde(skip)]
    pub reach: Option<Severity>,
    /// Of an outage that lasts: how often it was told before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminder: Option<u64>,
    /// Of an outage: its first failed poll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// How many polls failed, in this outage or since the last good answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failures: Option<u64>,
    /// Of an outage: its latest polls, oldest first, at most 5.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed_polls: Vec<FailedPoll>,
    /// Of an inconsistent target: polls within a day whose fetches disagreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inconsistent_polls: Option<u64>,
    /// When one fetch of an earlier poll saw it first, if no second one of that poll confirmed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_since: Option<Timestamp>,
    /// Members that do not rest, or have come to rest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub restless: Vec<Restless>,
    /// The event that damped the members whose changes are held back here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_under: Option<i64>,
    /// Damped members of which a change is told all the same, because it may be an attack or is the
    /// way back from one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub told_all_the_same: Vec<String>,
    /// The reason given for an accepted event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An event as decided, before the store gives it a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewEvent {
    /// When it was observed.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// The gravest severity of its changes or findings; `None` for kinds that have none.
    pub severity: Option<Severity>,
    /// One line: `scope removed: billing:write; +1`. Our own words and member names and, where a set
    /// is short, escaped values; at most 200 characters. Made where the decision is worded, never read
    /// back.
    pub summary: String,
    /// What changed; the issuer first, then by severity, then by member.
    pub changes: Vec<Change>,
    /// Findings that came or went.
    pub findings: Vec<FindingChange>,
    /// RFC 6902 patch between the canonical documents; `None` where there is no document.
    pub patch: Option<PatchText>,
    /// What else there is to tell.
    pub circumstance: Circumstance,
    /// Whether somebody is to be told.
    pub alert: bool,
    /// When a summary is to tell of it, if values that were never seen were held back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary_at: Option<Timestamp>,
}

impl NewEvent {
    /// An event that tells nothing yet but that it happened.
    pub fn new(at: Timestamp, kind: EventKind, about: Circumstance) -> Self {
        Self {
            at,
            kind,
            severity: None,
            summary: String::new(),
            changes: Vec::new(),
            findings: Vec::new(),
            patch: None,
            circumstance: about,
            alert: false,
            summary_at: None,
        }
    }

    /// What is left when nobody looks at what it tells: no changes, no findings, no patch.
    #[must_use]
    pub fn outline(&self) -> Self {
        Self {
            at: self.at,
            kind: self.kind,
            severity: self.severity,
            summary: self.summary.clone(),
            changes: Vec::new(),
            findings: Vec::new(),
            patch: None,
            circumstance: self.circumstance.clone(),
            alert: self.alert,
            summary_at: self.summary_at,
        }
    }

    /// The gravest severity of what a mail at once tells of it: what is held back, was expected or
    /// is cured makes no mail grave.
    pub fn told_severity(&self) -> Option<Severity> {
        let told = |change: &&Change| !change.damped && !change.accepted;
        let new = |moved: &&FindingChange| moved.state == FindingState::New;
        match self.kind {
            EventKind::Changed => {
                let told = self.changes.iter().filter(told);
                told.map(|change| change.severity).max()
            }
            EventKind::Finding => {
                let new = self.findings.iter().filter(new);
                new.map(|moved| moved.finding.severity).max()
            }
            EventKind::FirstSeen
            | EventKind::Inconsistent
            | EventKind::Failing
            | EventKind::Recovered
            | EventKind::Damped
            | EventKind::Settled
            | EventKind::Accepted => self.severity,
        }
    }

    /// The gravest severity of what a summary tells of it.
    pub fn held_back_severity(&self) -> Option<Severity> {
        let held_back = self.changes.iter().filter(|change| change.damped);
        held_back.map(|change| change.severity).max()
    }

    /// Whether it tells of the first document of its target: no poll before it was good.
    pub fn is_of_first_document(&self) -> bool {
        self.kind == EventKind::Finding && self.circumstance.last_good_at.is_none()
    }

    /// Whether it begins or ends an outage: such mails are threads of their own.
    pub fn is_of_outage(&self) -> bool {
        matches!(self.kind, EventKind::Failing | EventKind::Recovered)
    }
}

impl Event {
    /// What is left when nobody looks at what it tells.
    #[must_use]
    pub fn outline(&self) -> Self {
        Self {
            provider: self.provider.clone(),
            hash: self.hash.clone(),
            body: self.body.outline(),
            ..*self
        }
    }
}

/// An event as the store holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its number, from 1, without gaps.
    pub id: i64,
    /// Name of the provider.
    pub provider: String,
    /// Kind of the document.
    pub document: Kind,
    /// Snapshot before.
    pub from_snapshot: Option<i64>,
    /// Snapshot after.
    pub to_snapshot: Option<i64>,
    /// When it was accepted, if it was.
    pub acknowledged: Option<Timestamp>,
    /// What happened (its `alert` is whether recipients were to be told).
    pub body: NewEvent,
    /// SHA-256 over its canonical content and the hash before it, hexadecimal.
    pub hash: String,
}
