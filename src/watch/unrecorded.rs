//! The events of a poll that were not recorded, put aside until they are printed.
//!
//! `check` prints after all polls. The events of 64 documents may take some hundred megabytes.

use std::io;
use std::sync::Arc;

use crate::meaning::change::Finding;
use crate::policy::event::NewEvent;
use crate::policy::tracking::Transition;
use crate::store::{Scratch, ScratchEntry};

/// The events and findings of a poll that was not recorded.
#[derive(Debug, Clone)]
pub struct Unrecorded {
    scratch: Arc<Scratch>,
    put: ScratchEntry,
}

impl Unrecorded {
    /// Puts the events and findings aside; `None` if there are none or they will not be printed.
    pub(super) fn of(transition: &Transition, scratch: Option<&Arc<Scratch>>) -> Option<Self> {
        let scratch = scratch.filter(|_| !transition.events.is_empty())?;
        let stored = (&transition.events, transition.findings());
        // Serializing cannot fail, because the store serializes the same types.
        let text = serde_json::to_vec(&stored).ok()?;
        Some(Self {
            scratch: Arc::clone(scratch),
            put: scratch.put(text),
        })
    }

    /// The events, and all findings.
    pub fn read(&self) -> io::Result<(Vec<NewEvent>, Vec<Finding>)> {
        Ok(serde_json::from_slice(&self.scratch.get(&self.put)?)?)
    }
}
