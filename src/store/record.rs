//! Commits the decision of one poll: snapshot, events, alerts and tracking, together or not at all.
//!
//! Stored rows are not rewritten, because events are chained. A secret in a form that an earlier version
//! did not recognise stays in what that version stored, but it is not passed on, because baselines are
//! read without it.

use std::sync::Arc;

use rusqlite::{OptionalExtension as _, params};

use super::alert::{AlertPlan, alert, drop_accepted_alerts, drop_summary_alerts};
use super::document;
use super::error::{StoreError, doing, unwritable};
use super::event;
use super::handle::Store;
use super::packed::Packer;
use super::row::{EventContent, StateHashes, kind, millis};
use super::seen_value::SeenValues;
use super::tracking::{keep_detail, keep_pulse};
use super::tx::Tx;
use crate::document::name::DocumentName;
use crate::document::response_facts::ResponseFacts;
use crate::policy::baseline::Baseline;
use crate::policy::event::{EventKind, NewEvent};
use crate::policy::grouping::News;
use crate::policy::seen_again::SeenAgain;
use crate::policy::tracking::{SnapshotStep, Tracking, Transition};

/// What was committed by one transition.
#[derive(Debug, Clone, PartialEq)]
pub struct CommittedTransition {
    /// Numbers of the events, in order.
    pub events: Vec<i64>,
    /// How many alerts were stored.
    pub alerts: usize,
    /// What is known of the target afterwards.
    pub tracking: Tracking,
}

impl Store {
    /// Commits a transition; `Stale` if another process moved the target since it was read.
    pub async fn record(
        &self,
        transition: Transition,
        alert_plan: AlertPlan,
    ) -> Result<CommittedTransition, StoreError> {
        self.record_shared(Arc::new(transition), alert_plan).await
    }

    /// The same for a transition that the caller shares, because it may be large. Once this has returned,
    /// the store holds no reference to it.
    pub async fn record_shared(
        &self,
        transition: Arc<Transition>,
        alert_plan: AlertPlan,
    ) -> Result<CommittedTransition, StoreError> {
        self.writer
            .run(move |tx| {
                let mut means = RecordingMeans::default();
                let committed = record(tx, &transition, &alert_plan, &mut means)?;
                means.values.write(tx)?;
                Ok(committed)
            })
            .await
    }

    /// Records a poll that was decided on what was known. One that saw nothing new is acknowledged before
    /// it is committed (`deferred`), any other once it is.
    pub async fn record_poll(
        &self,
        known: &Tracking,
        transition: Arc<Transition>,
        alert_plan: AlertPlan,
    ) -> Result<CommittedTransition, StoreError> {
        if let Some(seen) = SeenAgain::of(known, &transition) {
            let tracking = seen.tracking.clone();
            if self.writer.defer(seen)? {
                return Ok(CommittedTransition {
                    events: Vec::new(),
                    alerts: 0,
                    tracking,
                });
            }
        }
        self.record_shared(transition, alert_plan).await
    }

    /// Commits several transitions in order, together or not at all, except values seen, of which some are
    /// kept back in `means`. It gives the transitions back so that the thread that made them frees them:
    /// freeing memory of another thread makes both wait for the allocator.
    pub async fn record_all(
        &self,
        transitions: Vec<(Transition, AlertPlan)>,
        mut means: RecordingMeans,
    ) -> Result<RecordedBatch, StoreError> {
        self.writer
            .run(move |tx| {
                let each = transitions.iter();
                let committed = each
                    .map(|(transition, plan)| record(tx, transition, plan, &mut means))
                    .collect::<Result<_, _>>()?;
                means.values.write_if_many(tx)?;
                Ok(RecordedBatch {
                    committed,
                    spent: transitions,
                    means,
                })
            })
            .await
    }
}

/// What was committed, and what was lent for it.
#[derive(Debug)]
pub struct RecordedBatch {
    /// What each transition brought.
    pub committed: Vec<CommittedTransition>,
    /// The transitions.
    pub spent: Vec<(Transition, AlertPlan)>,
    /// What it was recorded with.
    pub means: RecordingMeans,
}

/// What recording needs besides the transitions, kept from one batch to the next.
#[derive(Debug, Default)]
pub struct RecordingMeans {
    packer: Packer,
    pub(super) values: SeenValues,
}

impl RecordingMeans {
    /// The values that are still to be written.
    pub fn into_values(self) -> SeenValues {
        self.values
    }
}

fn record(
    tx: &Tx<'_>,
    transition: &Transition,
    alert_plan: &AlertPlan,
    means: &mut RecordingMeans,
) -> Result<CommittedTransition, StoreError> {
    let Transition {
        tracking,
        snapshot,
        outcome: _,
        events,
        values,
        response_facts,
    } = transition;
    let mut tracking = tracking.clone();
    let target_id = tracking.target_id;
    let from = baseline(tx, target_id, tracking.revision)?;
    let known = tracking.baseline.as_ref();
    if from != known.map(|baseline| baseline.snapshot_id) {
        let what = format!("target {target_id} was decided on another state than {from:?}");
        return Err(StoreError::Corrupt { what });
    }
    let new = new_snapshot(tx, target_id, snapshot, &mut means.packer)?;
    let to = new.or(from);
    // A first document has no state before it, even if an earlier identity had one.
    let is_first = |event: &NewEvent| event.kind() == EventKind::FirstSeen;
    let before = from.filter(|_| !events.iter().any(is_first));
    let (mut numbers, mut alerts) = (Vec::new(), 0);
    if !events.is_empty() {
        let (provider, document) = target(tx, target_id)?;
        for body in events {
            let (from_snapshot, to_snapshot) = snapshots(body, before, to);
            let mut content = EventContent {
                event: 0,
                provider: provider.clone(),
                document: document.clone(),
                from_snapshot,
                to_snapshot,
                state_hashes: state_hashes(snapshot, new.filter(|_| to_snapshot == new)),
                body,
            };
            let (id, size) = event::append(tx, target_id, &mut content)?;
            tracking.note(body.kind(), id);
            match body.kind() {
                EventKind::Settled => drop_summary_alerts(tx, &tracking)?,
                EventKind::Accepted => drop_accepted_alerts(tx, &tracking)?,
                EventKind::FirstSeen
                | EventKind::Changed
                | EventKind::Inconsistent
                | EventKind::Failing
                | EventKind::Recovered
                | EventKind::Finding
                | EventKind::Damped => {}
            }
            let severity = transition.severity_of_mail(body);
            if body.alert || body.summary_at.is_some() {
                let is_first = from_snapshot.is_none();
                let news = News::of(id, &provider, &document, is_first, body, size);
                alerts += alert(tx, &news, body, severity, alert_plan)?;
            }
            numbers.push(id);
        }
    }
    if let (Some(_), Some(old)) = (new, &tracking.baseline) {
        let changed = tracking.state.last_changed_event;
        let ended_by = changed.filter(|id| numbers.contains(id));
        end(tx, old, snapshot, ended_by)?;
    }
    tracking.follow(snapshot, new);
    means.values.add(target_id, values);
    keep_response_facts(tx, &tracking, response_facts.as_ref())?;
    let revision = tracking.revision;
    if !keep_pulse(tx, &tracking, revision, revision + 1)? {
        return Err(StoreError::Stale { target_id });
    }
    keep_detail(tx, &tracking, to)?;
    tracking.revision += 1;
    Ok(CommittedTransition {
        events: numbers,
        alerts,
        tracking,
    })
}

/// The snapshot of the baseline; `Stale` if the revision that the decision was made on has passed.
fn baseline(tx: &Tx<'_>, target_id: i64, revision: i64) -> Result<Option<i64>, StoreError> {
    tx.prepare_cached(
        "SELECT snapshot_id FROM tracking JOIN tracking_detail USING (target_id)
         WHERE target_id = ?1 AND revision = ?2",
    )
    .and_then(|mut statement| {
        statement
            .query_row(params![target_id, revision], |row| row.get(0))
            .optional()
    })
    .map_err(doing("checking the revision"))?
    .ok_or(StoreError::Stale { target_id })
}

fn target(tx: &Tx<'_>, target_id: i64) -> Result<(String, DocumentName), StoreError> {
    tx.prepare_cached("SELECT provider, document FROM target WHERE id = ?1")
        .and_then(|mut statement| {
            statement.query_row([target_id], |row| Ok((row.get(0)?, kind(row)?)))
        })
        .map_err(doing("reading a target"))
}

/// The snapshots before and after an event.
fn snapshots(event: &NewEvent, from: Option<i64>, to: Option<i64>) -> (Option<i64>, Option<i64>) {
    match event.kind() {
        EventKind::FirstSeen => (None, to),
        EventKind::Changed | EventKind::Finding => (from, to),
        // The other document was not believed, so there is no snapshot of it.
        EventKind::Inconsistent => (from, None),
        EventKind::Failing
        | EventKind::Recovered
        | EventKind::Damped
        | EventKind::Settled
        | EventKind::Accepted => (None, None),
    }
}

/// The hashes of the document and of the bytes of a state that is stored with an event.
fn state_hashes(step: &SnapshotStep, stored: Option<i64>) -> Option<StateHashes> {
    match (step, stored) {
        (SnapshotStep::New(new), Some(_)) => Some(StateHashes {
            to_fingerprint: new.fingerprint.clone(),
            to_body: new.body_sha256.clone(),
        }),
        _ => None,
    }
}

fn keep_response_facts(
    tx: &Tx<'_>,
    tracking: &Tracking,
    response_facts: Option<&ResponseFacts>,
) -> Result<(), StoreError> {
    let (Some(facts), Some(at)) = (response_facts, tracking.last_poll_at) else {
        return Ok(());
    };
    let text = serde_json::to_string(facts).map_err(unwritable("what was seen beside"))?;
    tx.prepare_cached("INSERT OR REPLACE INTO beside (target_id, at, beside) VALUES (?1, ?2, ?3)")
        .and_then(|mut statement| statement.execute(params![tracking.target_id, millis(at), text]))
        .map_err(doing("storing what was seen beside a document"))?;
    Ok(())
}

fn new_snapshot(
    tx: &Tx<'_>,
    target_id: i64,
    step: &SnapshotStep,
    packer: &mut Packer,
) -> Result<Option<i64>, StoreError> {
    let SnapshotStep::New(new) = step else {
        return Ok(None);
    };
    document::keep(tx, target_id, new, packer).map(Some)
}

/// Ends the state before; when it was last seen moves from tracking to its row.
fn end(
    tx: &Tx<'_>,
    old: &Baseline,
    step: &SnapshotStep,
    ended_by: Option<i64>,
) -> Result<(), StoreError> {
    let SnapshotStep::New(new) = step else {
        return Ok(());
    };
    tx.prepare_cached(
        "UPDATE snapshot SET ended_at = ?2, ended_by = ?3, last_seen_at = ?4 WHERE id = ?1",
    )
    .and_then(|mut statement| {
        statement.execute(params![
            old.snapshot_id,
            millis(new.seen.at),
            ended_by,
            millis(old.last_seen_at)
        ])
    })
    .map_err(doing("ending a snapshot"))?;
    Ok(())
}
