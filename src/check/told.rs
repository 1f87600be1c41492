//! What a poll tells, as it is printed.

use crate::meaning::change::Finding;
use crate::policy::event::NewEvent;
use crate::store::{Store, StoreError};
use crate::watch::report::PollReport;

/// What a poll tells: read from the store where it was recorded, one document at a time, as all of them
/// together may be as large as all documents.
pub(super) struct Told {
    pub(super) events: Vec<NewEvent>,
    pub(super) findings: Vec<Finding>,
}

impl Told {
    pub(super) fn of(store: &Store, report: &PollReport) -> Result<Self, StoreError> {
        let transition = &report.transition;
        if report.events.is_empty() {
            return Ok(Self {
                events: transition.events.clone(),
                findings: transition.findings().to_vec(),
            });
        }
        let events = store.events(&report.events)?;
        let known = store.tracking(transition.tracking.target_id)?;
        Ok(Self {
            events: events.into_iter().map(|event| event.body).collect(),
            findings: known.findings().to_vec(),
        })
    }
}
