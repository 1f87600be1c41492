//! The facts of an event that decide about grouping, without its changes.
//!
//! Many alerts may wait at a time, and the changes of one event may take some megabytes. So this is made
//! once, when the event is recorded, and grouping reads only this.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fingerprint::{FingerprintedEvent, alike, event_hash, exactly};
use crate::document::name::DocumentName;
use crate::document::severity::Severity;
use crate::policy::event::{Event, EventBody, EventKind, NewEvent};

/// The facts of an event that grouping needs.
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
    /// The kind of the event.
    pub kind: EventKind,
    /// Whether the target had no state before the event.
    pub is_first: bool,
    /// The event that this one answers.
    pub answers: Option<i64>,
    /// The event that damped the members whose changes are held back here.
    pub held_under: Option<i64>,
    /// The gravest severity in what a mail at once tells of the event.
    pub told: Option<Severity>,
    /// The gravest severity in what a summary tells of the event.
    pub held_back: Option<Severity>,
    /// Fingerprint across providers without the values of keys.
    pub(super) alike: String,
    /// Fingerprint across providers of everything except their hosts.
    pub(super) exact: String,
    /// Whether the last good poll was so long before that it is not known how it happened.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_after_gap: bool,
    /// Bytes of the event as it is stored, which is what reading it costs.
    pub size: usize,
}

impl News {
    /// Makes the news of an event with this number; `is_first` if the target had no state before.
    pub fn of(
        id: i64,
        provider: &str,
        document: &DocumentName,
        is_first: bool,
        body: &NewEvent,
        size: usize,
    ) -> Self {
        let about = FingerprintedEvent {
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
            is_after_gap: body.is_after_gap(),
            told: body.told_severity(),
            held_back: body.held_back_severity(),
            alike: event_hash(&about, alike),
            exact: event_hash(&about, exactly),
            size,
        }
    }

    /// Makes the news of an event that was read from the store.
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
