//! What is known of a target before a poll, and everything the poll wants committed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::change::Finding;
use super::damping::Flap;
use super::event::{EventKind, FailedPoll, NewEvent};
use super::observation::{Certificate, Validators};
use super::severity::Severity;

/// What the store knows of a target; small, read before every poll.
///
/// The members of `state` are stored as one JSON value: only `advance` reads them.
#[derive(Debug, Clone, PartialEq)]
pub struct Tracking {
    /// Row of the target.
    pub target_id: i64,
    /// Counts transitions; one that was decided on an older revision is refused as stale.
    pub revision: i64,
    /// What the next document is compared with.
    pub baseline: Option<Baseline>,
    /// For the next request.
    pub validators: Validators,
    /// The last poll, whatever came of it.
    pub last_poll_at: Option<Timestamp>,
    /// The last poll that saw a usable document.
    pub last_good_at: Option<Timestamp>,
    /// Polls ever.
    pub polls: u64,
    /// Failed polls ever.
    pub failed_polls: u64,
    /// What only `advance` reads and writes. Shared, because most polls leave it as it is.
    pub state: Arc<State>,
}

impl Tracking {
    /// Of a target of which nothing is known.
    pub fn new(target_id: i64) -> Self {
        Self {
            target_id,
            revision: 0,
            baseline: None,
            validators: Validators::default(),
            last_poll_at: None,
            last_good_at: None,
            polls: 0,
            failed_polls: 0,
            state: Arc::default(),
        }
    }

    /// The state, to be changed.
    pub fn state_mut(&mut self) -> &mut State {
        Arc::make_mut(&mut self.state)
    }

    /// Lets the next poll know the number of an event, so that what comes after can answer it.
    /// Touches the state only if it does not say so yet.
    pub fn note(&mut self, kind: EventKind, id: i64) {
        match kind {
            EventKind::Changed => {
                if self.state.last_changed_event != Some(id) {
                    self.state_mut().last_changed_event = Some(id);
                }
                if self.state.past.iter().any(|past| past.ended_by.is_none()) {
                    for past in &mut self.state_mut().past {
                        past.ended_by.get_or_insert(id);
                    }
                }
            }
            EventKind::Failing => {
                let outage = self.state.outage.as_ref();
                if outage.is_some_and(|outage| outage.event != Some(id))
                    && let Some(outage) = &mut self.state_mut().outage
                {
                    outage.event = Some(id);
                }
            }
            EventKind::Damped => {
                let mut flaps = self.state.flaps.values();
                let is_new = |flap: &Flap| flap.hold.as_ref().is_some_and(|it| it.event.is_none());
                if flaps.any(is_new) {
                    let holds = self.state_mut().flaps.values_mut();
                    for hold in holds.filter_map(|flap| flap.hold.as_mut()) {
                        hold.event.get_or_insert(id);
                    }
                }
            }
            EventKind::FirstSeen
            | EventKind::Recovered
            | EventKind::Finding
            | EventKind::Settled
            | EventKind::Accepted => {}
        }
    }

    /// Moves the baseline as the store does; `snapshot_id` is the row of a new one.
    pub fn follow(&mut self, step: &SnapshotStep, snapshot_id: Option<i64>) {
        match (step, snapshot_id, &mut self.baseline) {
            (SnapshotStep::Seen { at, body }, _, Some(baseline)) => {
                baseline.last_seen_at = *at;
                if let Some(body) = body {
                    baseline.last_body = Arc::from(body.as_str());
                }
            }
            (
                SnapshotStep::New {
                    at,
                    fingerprint,
                    body_sha256,
                    ..
                },
                Some(snapshot_id),
                baseline,
            ) => {
                *baseline = Some(Baseline {
                    snapshot_id,
                    fingerprint: Arc::from(fingerprint.as_str()),
                    last_body: Arc::from(body_sha256.as_str()),
                    first_seen_at: *at,
                    last_seen_at: *at,
                });
            }
            (SnapshotStep::Keep | SnapshotStep::Seen { .. } | SnapshotStep::New { .. }, _, _) => {}
        }
    }
}

/// What `advance` remembers of a target from poll to poll.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The outage that lasts, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outage: Option<Outage>,
    /// Polls in a row whose two fetches disagreed.
    #[serde(skip_serializing_if = "is_zero")]
    pub inconsistent_polls: u64,
    /// Where the last good answer came from, if redirects led elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_url: Option<String>,
    /// Requirements the baseline does not meet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// The chain of the last good answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Certificate>,
    /// How restless its members are, by member.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub flaps: BTreeMap<String, Flap>,
    /// Rules whose changes of severity `security` were seen here before.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub security_rules: BTreeSet<String>,
    /// Changes that somebody said were expected, as fingerprints.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<String>,
    /// The latest states that are over, kept only where something is ignored: a member that is new
    /// at every request would hide that all else returned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub past: Vec<PastState>,
    /// The last `changed` event, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_changed_event: Option<i64>,
    /// How much is remembered of names and kinds of keys: it is bounded.
    #[serde(skip_serializing_if = "is_zero")]
    pub remembered_of_keys: u64,
}

/// A state that is over, as it looks without what is ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastState {
    /// SHA-256 of its visible part, hexadecimal.
    pub visible: String,
    /// When the state that followed it was first seen.
    pub ended_at: Timestamp,
    /// The event that ended it, once the store has numbered it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_by: Option<i64>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Polls that failed in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outage {
    /// The first of them.
    pub since: Timestamp,
    /// How many.
    pub failures: u64,
    /// Whether the `failing` event was recorded.
    pub announced: bool,
    /// That event, once the store has numbered it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub event: Option<i64>,
    /// The latest, oldest first.
    pub polls: Vec<FailedPoll>,
    /// Whether somebody said that it was expected.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub accepted: bool,
}

/// The snapshot the next document is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// Row of the snapshot.
    pub snapshot_id: i64,
    /// SHA-256 of the canonical document, hexadecimal. Shared, as most polls leave it as it is.
    pub fingerprint: Arc<str>,
    /// SHA-256 of the body that was seen last and stood for it, hexadecimal: a body that differs
    /// only in form is not parsed twice.
    pub last_body: Arc<str>,
    /// When this state was first seen.
    pub first_seen_at: Timestamp,
    /// When it was last seen.
    pub last_seen_at: Timestamp,
}

/// What the poll does to the snapshots of the target.
#[derive(Debug, Clone, PartialEq)]
pub enum SnapshotStep {
    /// Nothing usable was seen.
    Keep,
    /// The baseline was seen again at this time, as this body.
    Seen {
        /// When.
        at: Timestamp,
        /// SHA-256 of the body, if one came.
        body: Option<String>,
    },
    /// A new state: it becomes the baseline.
    New {
        /// When.
        at: Timestamp,
        /// The canonical document as JSON text.
        canonical: String,
        /// SHA-256 of `canonical`, hexadecimal.
        fingerprint: String,
        /// The bytes received, less secrets.
        body: Vec<u8>,
        /// SHA-256 of `body`, hexadecimal.
        stored_sha256: String,
        /// SHA-256 of the bytes received, hexadecimal, before secrets were replaced.
        body_sha256: String,
        /// The media type it came with.
        content_type: Option<String>,
    },
}

/// Everything one poll wants committed, together or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    /// What is known now. Its `baseline` is still the one before: `snapshot` says what becomes of it.
    /// Its `revision` is the one it was decided on.
    pub tracking: Tracking,
    /// What becomes of the snapshots.
    pub snapshot: SnapshotStep,
    /// What happened, in order.
    pub events: Vec<NewEvent>,
    /// Values to be known from now on: member and token.
    pub values: Vec<(String, String)>,
}

impl Transition {
    /// The severity by which the recipients of an event's mail at once are found: all that one poll
    /// brings is one mail, but for an outage and its end.
    pub fn severity_of_mail(&self, event: &NewEvent) -> Option<Severity> {
        if event.is_of_outage() {
            return event.severity;
        }
        let told = self.events.iter();
        let told = told.filter(|other| other.alert && !other.is_of_outage());
        told.filter_map(NewEvent::told_severity).max()
    }
}

/// An earlier time at which a fingerprint was the state of this target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenBefore {
    /// Row of the snapshot.
    pub snapshot_id: i64,
    /// When it was first seen as that snapshot.
    pub first_seen_at: Timestamp,
    /// When it was last seen as that snapshot.
    pub last_seen_at: Timestamp,
    /// When the state that followed it was first seen.
    pub ended_at: Timestamp,
    /// The event that ended it, which a return answers.
    pub ended_by: Option<i64>,
}
