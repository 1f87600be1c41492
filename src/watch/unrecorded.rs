//! What a poll tells that is recorded nowhere, put aside until it is printed.
//!
//! `check` prints when all is polled. What 64 documents tell at once may be some hundred megabytes.

use std::io;
use std::sync::Arc;

use crate::meaning::change::Finding;
use crate::policy::event::NewEvent;
use crate::policy::tracking::Transition;
use crate::store::{Put, Scratch};

/// Events and findings of a poll that was not recorded.
#[derive(Debug, Clone)]
pub struct Unrecorded {
    scratch: Arc<Scratch>,
    put: Put,
}

impl Unrecorded {
    /// Puts aside what is told, if anything is; nothing where nobody is to print it.
    pub(super) fn of(transition: &Transition, scratch: Option<&Arc<Scratch>>) -> Option<Self> {
        let scratch = scratch.filter(|_| !transition.events.is_empty())?;
        let told = (&transition.events, transition.findings());
        // What the store would write is always written.
        let text = serde_json::to_vec(&told).ok()?;
        Some(Self {
            scratch: Arc::clone(scratch),
            put: scratch.put(text),
        })
    }

    /// What is told: the events, and all that was found.
    pub fn read(&self) -> io::Result<(Vec<NewEvent>, Vec<Finding>)> {
        Ok(serde_json::from_slice(&self.scratch.get(&self.put)?)?)
    }
}
