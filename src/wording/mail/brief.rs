//! An event in few words, for the weekly mail: an event itself may be large.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::headline::headline_of_all;
use super::page::Entry;
use super::words::{cut, name};
use super::{habit, keys, news};
use crate::document::severity::Severity;
use crate::policy::event::{Event, EventKind};

/// What happened, in few words.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// The event without its changes and findings.
    pub(super) event: Event,
    /// How grave it is.
    pub(super) severity: Option<Severity>,
    /// The words for it in the weekly mail.
    words: String,
}

impl Brief {
    /// An event in the words that a subject would have for it.
    pub fn of(event: &Event) -> Self {
        let alone = std::slice::from_ref(event);
        let words = match event.body.kind() {
            EventKind::Accepted | EventKind::FirstSeen => cut(&event.body.summary, 300),
            // Changes that were held back count too.
            EventKind::Changed => headline_of_all(event).map_or_else(
                || cut(&event.body.summary, 300),
                |headline| headline.what.words(),
            ),
            _ => {
                let text = news::text(news::kind_of(alone), alone, &event.provider, None, None);
                text.what.words()
            }
        };
        Self {
            words,
            severity: match event.body.kind() {
                // A finding that is cured is no longer grave.
                EventKind::Finding => event.body.told_severity(),
                _ => event.body.severity,
            },
            event: event.outline(),
        }
    }

    /// The habit that an event repeats, in few words; `None` if it repeats none.
    pub fn of_habit(event: &Event) -> Option<Self> {
        let changes = event.body.changes();
        let all_keys = keys::Turnover::of(changes.iter());
        let mut said = changes
            .iter()
            .map(|change| habit::subject(change, all_keys));
        Some(Self {
            words: said.find_map(|said| said)?,
            severity: event.body.severity,
            event: event.outline(),
        })
    }

    /// Number of the event.
    pub fn id(&self) -> i64 {
        self.event.id
    }

    /// Two lines of the mail.
    pub(super) fn entry(&self, label: &str, zone: &TimeZone) -> Entry {
        Entry {
            label: label.to_owned(),
            severity: self.severity,
            words: format!("{}: {}", name(&self.event.provider), self.words),
            under: vec![day(self.event.body.at, zone)],
        }
    }
}

/// `Fri 27 Nov 07:50 UTC`.
pub(super) fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%a %-d %b %H:%M %Z")
        .to_string()
}
