//! What decides about grouping an event, without what it tells.
//!
//! Many alerts wait at a time, and the changes of one event may be of some megabytes: so this is made
//! once, when the event is recorded, and whoever groups never sees more.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fingerprint::{About, alike, event_hash, exactly};
use crate::document::name::DocumentName;
use crate::document::severity::Severity;
use crate::policy::event::{Event, EventBody, EventKind, NewEvent};

/// An event as far as grouping needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// Number of the event.
    pub id: i64,
    /// Name of the provider.
    pub provider: String,
    /// Kind of the document.
    pub document: DocumentName,
    /// When it was observed.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// Whether no state was there before.
    pub is_first: bool,
    /// The event this one answers.
    pub answers: Option<i64>,
    /// The event that damped what is held back here.
    pub held_under: Option<i64>,
    /// The gravest severity of what a mail at once tells of it.
    pub told: Option<Severity>,
    /// The gravest severity of what a summary tells of it.
    pub held_back: Option<Severity>,
    /// What is the same in the news of two providers, whatever keys they have.
    pub(super) alike: String,
    /// What is the same in the news of two providers to the letter, but for their hosts.
    pub(super) exact: String,
    /// Bytes of the event as it is stored: what it costs to read.
    pub size: usize,
}

impl News {
    /// Of an event with this number; `is_first` where no state was there before.
    pub fn of(
        id: i64,
        provider: &str,
        document: &DocumentName,
        is_first: bool,
        body: &NewEvent,
        size: usize,
    ) -> Self {
        let about = About {
            id,
            provider,
            document,
            body,
        };
        Self {
            id,
            provider: provider.to_owned(),
            document: document.clone(),
            at: body.at,
            kind: body.kind(),
            is_first,
            answers: body.answers(),
            held_under: match &body.body {
                EventBody::Changed(changed) => changed.held_under,
                _ => None,
            },
            told: body.told_severity(),
            held_back: body.held_back_severity(),
            alike: event_hash(&about, alike),
            exact: event_hash(&about, exactly),
            size,
        }
    }

    /// Of an event that was read.
    pub fn of_event(event: &Event, size: usize) -> Self {
        let is_first = event.from_snapshot.is_none();
        Self::of(
            event.id,
            event.provider.as_str(),
            &event.document,
            is_first,
            &event.body,
            size,
        )
    }
}
