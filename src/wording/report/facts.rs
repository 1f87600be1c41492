//! What a report is made of, as it was read.

use jiff::Timestamp;

use crate::document::name::DocumentName;
use crate::document::severity::Severity;
use crate::policy::event::{Event, EventBody};
use crate::policy::key_life::KeyLife;

/// The time and severity of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportEvent {
    /// When it was observed.
    pub at: Timestamp,
    /// The gravest severity of what the event tells; `None` for events that have no severity.
    pub severity: Option<Severity>,
}

/// An outage that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportOutage {
    /// The first poll that failed.
    pub from: Timestamp,
    /// The poll that found the document again; `None` if it is not back.
    pub to: Option<Timestamp>,
}

/// What is known of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportDocument {
    /// Its kind.
    pub kind: DocumentName,
    /// Since when it was watched.
    pub since: Timestamp,
    /// Until when: the last poll.
    pub until: Timestamp,
    /// Its outages, oldest first.
    pub outages: Vec<ReportOutage>,
}

/// What is known of a provider.
#[derive(Debug, Clone)]
pub struct ReportProvider {
    /// Its name.
    pub name: String,
    /// What `history` is asked for to see all of it: the provider, or some of its documents.
    pub history_names: Vec<String>,
    /// Its documents.
    pub documents: Vec<ReportDocument>,
    /// All that happened in the time of the report, oldest first.
    pub moments: Vec<ReportEvent>,
    /// The keys it ever had, the latest first.
    pub keys: Vec<KeyLife>,
    /// What happened last, newest first.
    pub events: Vec<Event>,
}

/// The time that a report is about, and how much there is to fit into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportFrame {
    /// The begin of the time.
    pub from: Timestamp,
    /// Its end: the last poll.
    pub until: Timestamp,
    /// What was asked for as begin, if something was.
    pub since: Option<Timestamp>,
    /// When the report is made.
    pub made_at: Timestamp,
    /// How many providers it is about.
    pub providers: usize,
}

impl ReportFrame {
    /// Most events of a provider that are worth reading: a few providers have room for more.
    pub fn most_events(&self) -> usize {
        (6_000 / self.providers.max(1)).clamp(20, 200)
    }
}

/// The outages that events tell of. Reminders belong to the outage they remind of.
pub fn outages(events: &[Event]) -> Vec<ReportOutage> {
    let mut outages: Vec<ReportOutage> = Vec::new();
    for event in events {
        let open = outages.last_mut().filter(|last| last.to.is_none());
        match (&event.body.body, open) {
            (EventBody::Recovered(_), Some(open)) => open.to = Some(event.body.at),
            (EventBody::Recovered(it), None) => outages.push(ReportOutage {
                from: it.failed.since,
                to: Some(event.body.at),
            }),
            (EventBody::Failing(it), None) => outages.push(ReportOutage {
                from: it.failed.since,
                to: None,
            }),
            _ => {}
        }
    }
    outages
}
