//! What is known of a target before a poll, and everything the poll wants committed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::baseline::{Answer, Baseline, Judgement};
use super::damping::Penalty;
use super::event::{EventBody, EventKind, FailedPoll, NewEvent};
pub use super::remembered::{Arrival, Candidate, Disagreement, ExpiryTold, PastState};
use crate::document::observation::{Certificate, Failure};
use crate::document::response_facts::{HeaderFacts, ResponseFacts};
use crate::document::severity::Severity;
use crate::meaning::change::Finding;
use crate::meaning::provider::Target;
use crate::meaning::rule::RuleName;
use crate::meaning::subject::Subject;

/// What the store knows of a target before a poll; small, as it is read before every poll.
///
/// The members of `state` are stored as one JSON value: only `decide` reads them.
#[derive(Debug, Clone, PartialEq)]
pub struct Tracking {
    /// Row of the target.
    pub target_id: i64,
    /// Counts transitions; a transition that was decided on an older revision is refused as stale.
    pub revision: i64,
    /// The document that the next one is compared with, and what is known about it.
    pub baseline: Option<Baseline>,
    /// The last poll, whether it succeeded or not.
    pub last_poll_at: Option<Timestamp>,
    /// The last poll that saw a usable document.
    pub last_good_at: Option<Timestamp>,
    /// How many polls were ever made.
    pub polls: u64,
    /// How many polls ever failed.
    pub failed_polls: u64,
    /// What only `decide` reads and writes. Shared, because most polls leave it as it is.
    pub state: Arc<State>,
}

impl Tracking {
    /// The tracking of a target of which nothing is known.
    pub fn new(target_id: i64) -> Self {
        Self {
            target_id,
            revision: 0,
            baseline: None,
            last_poll_at: None,
            last_good_at: None,
            polls: 0,
            failed_polls: 0,
            state: Arc::default(),
        }
    }

    /// The state, for modification.
    pub fn state_mut(&mut self) -> &mut State {
        Arc::make_mut(&mut self.state)
    }

    /// Remembers until when the server asked not to be polled; the state is changed only if it differs.
    pub fn wait_until(&mut self, until: Option<Timestamp>) {
        if self.state.retry_at != until {
            self.state_mut().retry_at = until;
        }
    }

    /// Gives the next poll the number of an event, so that later events can answer it. The state is
    /// changed only if it does not have the number yet.
    pub fn note(&mut self, kind: EventKind, id: i64) {
        match kind {
            EventKind::Changed => {
                if self.state.last_changed_event != Some(id) {
                    self.state_mut().last_changed_event = Some(id);
                }
                // What such an event tells of a certificate is told again before that ends.
                if self.state.expiry_told.iter().any(|it| it.event.is_none()) {
                    for warning in &mut self.state_mut().expiry_told {
                        warning.event.get_or_insert(id);
                    }
                }
                if self.state.past.iter().any(|past| past.ended_by.is_none()) {
                    for past in &mut self.state_mut().past {
                        past.ended_by.get_or_insert(id);
                    }
                }
            }
            EventKind::Failing => {
                // A reminder answers the event that told of it first.
                let outage = self.state.outage.as_ref();
                if outage.is_some_and(|outage| outage.event.is_none())
                    && let Some(outage) = &mut self.state_mut().outage
                {
                    outage.event = Some(id);
                }
            }
            EventKind::Damped => {
                let mut penalties = self.state.penalties.values();
                if penalties.any(Penalty::is_new) {
                    let suppressions = self.state_mut().penalties.values_mut();
                    for suppression in suppressions.filter_map(|it| it.suppression.as_mut()) {
                        suppression.event.get_or_insert(id);
                    }
                }
            }
            EventKind::Finding => self.state_mut().last_finding_event = Some(id),
            EventKind::FirstSeen
            | EventKind::Inconsistent
            | EventKind::Recovered
            | EventKind::Settled
            | EventKind::Accepted => {}
        }
    }

    /// The baseline, if it belongs to the identity for which the target is configured now.
    pub fn baseline_of(&self, target: &Target) -> Option<&Baseline> {
        let baseline = self.baseline.as_ref()?;
        (!baseline.judgement.judge.is_of_another(&target.judge)).then_some(baseline)
    }

    /// Requirements that the baseline does not meet.
    pub fn findings(&self) -> &[Finding] {
        let baseline = self.baseline.as_ref();
        baseline.map_or(&[], |baseline| &baseline.judgement.findings)
    }

    /// Whether fetches disagree: those of the last poll did, or people were told so within a day.
    pub fn is_inconsistent(&self, last_poll_at: Timestamp) -> bool {
        let known = self.state.disagreement.as_ref();
        known.is_some_and(|known| {
            known.announced || !known.told.is_empty() || known.polls.last() == Some(&last_poll_at)
        })
    }

    /// Moves the baseline as the store does; `snapshot_id` is the row of a new one.
    pub fn follow(&mut self, step: &SnapshotStep, snapshot_id: Option<i64>) {
        match (step, snapshot_id, &mut self.baseline) {
            (SnapshotStep::Keep, ..) => {}
            (SnapshotStep::Missed, _, baseline) => {
                if let Some(baseline) = baseline {
                    baseline.answer.condition = None;
                }
            }
            (SnapshotStep::Seen(seen), _, baseline) => {
                if let Some(baseline) = baseline {
                    baseline.last_seen_at = seen.at;
                    baseline.answer.clone_from(&seen.answer);
                    baseline.judgement = Arc::clone(&seen.judgement);
                }
            }
            (SnapshotStep::New(new), Some(snapshot_id), baseline) => {
                *baseline = Some(Baseline {
                    snapshot_id,
                    fingerprint: Arc::from(new.fingerprint.as_str()),
                    first_seen_at: new.seen.at,
                    last_seen_at: new.seen.at,
                    answer: new.seen.answer.clone(),
                    judgement: Arc::clone(&new.seen.judgement),
                });
            }
            (SnapshotStep::New(_), None, _) => {}
        }
    }
}

/// What `decide` remembers of a target from poll to poll.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The current outage, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outage: Option<Outage>,
    /// The candidate: a state that one fetch saw and no second one has confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Candidate>,
    /// Polls whose fetches disagreed, if one did within the last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disagreement: Option<Disagreement>,
    /// The time until which the server asked not to be polled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    /// Where the last good answer came from, if redirects led elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_url: Option<String>,
    /// The certificate chain of the last good answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Certificate>,
    /// The certificates of CAs that issued one of its certificates, by their SHA-256, the latest last; bounded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issuing: Vec<String>,
    /// The facts about the document that the headers of the last good answer stated.
    #[serde(skip_serializing_if = "HeaderFacts::is_empty")]
    pub facts: HeaderFacts,
    /// Certificates whose end was told, the latest last; bounded, as several servers may answer in turns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expiry_told: Vec<ExpiryTold>,
    /// The penalties of members that change often, by member.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[serde(rename = "flaps")]
    pub penalties: BTreeMap<Subject, Penalty>,
    /// Rules whose changes of severity `security` were seen here before.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub security_rules: BTreeSet<RuleName>,
    /// Findings of severity `security` that were told, by hash; bounded.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub told_findings: BTreeSet<String>,
    /// Changes that somebody said were expected, as fingerprints.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<String>,
    /// The latest past states, kept only if members are ignored: an ignored member that is new at every
    /// request would hide that everything else returned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub past: Vec<PastState>,
    /// When changes that can be a habit happened, by member, oldest first; bounded.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub repeated: BTreeMap<Subject, Vec<Timestamp>>,
    /// When values came that were never there before, for some days, by member and hash; bounded.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub arrivals: BTreeMap<Subject, BTreeMap<String, Arrival>>,
    /// For earlier changes, seconds between the last good poll and the change, oldest first; bounded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub between_polls: Vec<i64>,
    /// The last `changed` event, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_changed_event: Option<i64>,
    /// The last `finding` event, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_finding_event: Option<i64>,
    /// How many entries about names and kinds of keys are remembered, which is bounded.
    #[serde(skip_serializing_if = "is_zero")]
    pub remembered_of_keys: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// An outage: polls that failed in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outage {
    /// When the first of them was made.
    pub since: Timestamp,
    /// How many polls failed.
    pub failures: u64,
    /// Whether the `failing` event was recorded.
    pub announced: bool,
    /// The `failing` event, once the store has numbered it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub event: Option<i64>,
    /// The latest failed polls, oldest first.
    pub polls: Vec<FailedPoll>,
    /// How many reminders were sent because the outage lasts.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub reminders: u64,
    /// Whether somebody said that the outage was expected.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub accepted: bool,
    /// Whether it was told that a document came which could not be read whole.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub hidden: bool,
}

/// What the poll does to the baseline of the target.
#[derive(Debug, Clone, PartialEq)]
pub enum SnapshotStep {
    /// Nothing changes, because no answer came.
    Keep,
    /// The server sent a document that is not the baseline and was not believed: the baseline stays, but
    /// later requests may not be conditional on it.
    Missed,
    /// The baseline was seen again.
    Seen(JudgedAnswer),
    /// A new state: it becomes the baseline.
    New(Box<NewSnapshot>),
}

/// One sighting of a document: when, in which answer, and with which findings.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedAnswer {
    /// When the document was seen.
    pub at: Timestamp,
    /// The answer in which it came.
    pub answer: Answer,
    /// The findings in it.
    pub judgement: Arc<Judgement>,
}

/// A state to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSnapshot {
    /// The sighting of the state.
    pub seen: JudgedAnswer,
    /// The canonical document as JSON text.
    pub canonical: String,
    /// SHA-256 of `canonical`, hexadecimal.
    pub fingerprint: String,
    /// The bytes received, less secrets.
    pub body: Vec<u8>,
    /// SHA-256 of `body`, hexadecimal.
    pub body_sha256: String,
    /// The media type it came with.
    pub content_type: Option<String>,
}

/// The result of a poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PollOutcome {
    /// The document was seen: as known, or new and confirmed.
    Answered,
    /// One fetch saw a change, and the one that was to confirm it failed.
    Unconfirmed(Failure),
    /// Two fetches saw different documents.
    Inconsistent,
    /// Nothing usable came.
    Failed(Failure),
    /// No poll was made: somebody said something about an event.
    NotPolled,
}

/// Everything one poll wants committed, together or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    /// What is known now. Its `baseline` is still the one before: `snapshot` says what becomes of it.
    /// Its `revision` is the one it was decided on.
    pub tracking: Tracking,
    /// The step that the baseline takes.
    pub snapshot: SnapshotStep,
    /// The result of the poll.
    pub outcome: PollOutcome,
    /// What happened, in order.
    pub events: Vec<NewEvent>,
    /// Values that are remembered from now on, as member and token.
    pub values: Vec<(Subject, String)>,
    /// What is known besides the document from now on; set only if it differs from before.
    pub response_facts: Option<ResponseFacts>,
}

impl Transition {
    /// The transition without what can be read from the store once it is recorded.
    #[must_use]
    pub fn outline(&self) -> Self {
        Self {
            tracking: Tracking {
                baseline: None,
                ..self.tracking.clone()
            },
            snapshot: SnapshotStep::Keep,
            outcome: self.outcome.clone(),
            events: self.events.iter().map(NewEvent::outline).collect(),
            values: Vec::new(),
            response_facts: None,
        }
    }

    /// Requirements that the baseline does not meet once this is committed.
    pub fn findings(&self) -> &[Finding] {
        match &self.snapshot {
            SnapshotStep::Keep | SnapshotStep::Missed => self.tracking.findings(),
            SnapshotStep::Seen(seen) => &seen.judgement.findings,
            SnapshotStep::New(new) => &new.seen.judgement.findings,
        }
    }

    /// The severity by which the recipients of an event's mail at once are found. All events of one poll
    /// are one mail, except an outage and its end.
    pub fn severity_of_mail(&self, event: &NewEvent) -> Option<Severity> {
        if event.is_of_outage() {
            let reach = match &event.body {
                EventBody::Recovered(recovered) => recovered.reach,
                _ => None,
            };
            return reach.or(event.severity);
        }
        let is_told = |other: &&NewEvent| other.alert && !other.is_of_outage();
        let alerting = self.events.iter().filter(is_told);
        alerting.filter_map(NewEvent::told_severity).max()
    }
}

/// An earlier time at which a fingerprint was the state of this target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenBefore {
    /// When the state that followed it was first seen.
    pub ended_at: Timestamp,
    /// The event that ended it, which a return answers.
    pub ended_by: Option<i64>,
}
