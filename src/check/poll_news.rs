//! What a poll tells, as it is printed.

use anyhow::Context as _;

use crate::meaning::change::Finding;
use crate::policy::event::NewEvent;
use crate::store::Store;
use crate::watch::offload::on_own_thread;
use crate::watch::report::PollReport;

/// What a poll tells: read from the store, or from where it was put aside, one document at a time, as all
/// of them together may be as large as all documents.
#[derive(Default)]
pub(super) struct PollNews {
    pub(super) events: Vec<NewEvent>,
    pub(super) findings: Vec<Finding>,
}

impl PollNews {
    /// Where documents were decided on, it is read: the memory that they took is free there.
    pub(super) fn of(store: &Store, report: &PollReport) -> anyhow::Result<Self> {
        if report.transition.events.is_empty() {
            return Ok(Self::default());
        }
        on_own_thread(|| Self::read(store, report))
    }

    fn read(store: &Store, report: &PollReport) -> anyhow::Result<Self> {
        if let Some(unrecorded) = &report.unrecorded {
            let told = unrecorded.read();
            let (events, findings) = told.context("cannot read what was put aside")?;
            return Ok(Self { events, findings });
        }
        let events = store.events(&report.events)?;
        let known = store.tracking(report.transition.tracking.target_id)?;
        Ok(Self {
            events: events.into_iter().map(|event| event.body).collect(),
            findings: known.findings().to_vec(),
        })
    }
}
