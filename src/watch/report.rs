//! What came of a poll, for whoever prints or logs it.

use jiff::Timestamp;

use super::unrecorded::Unrecorded;
use crate::document::observation::Observation;
use crate::document::severity::Severity;
use crate::policy::tracking::Transition;
use crate::wording::text::utc;

/// What one poll saw and decided.
#[derive(Debug, Clone)]
pub struct PollReport {
    /// The first fetch.
    pub observation: Observation,
    /// The outline of what was decided: the store has the rest, or what is `unrecorded`. `check` keeps all
    /// reports until it prints them.
    pub transition: Transition,
    /// What is told and was not recorded, for who prints it.
    pub unrecorded: Option<Unrecorded>,
    /// How grave each event is, to whoever is told of it.
    pub told: Vec<Gravity>,
    /// The numbers the events got; empty before or without recording.
    pub events: Vec<i64>,
    /// How many alerts were stored.
    pub alerts: usize,
    /// Whether the document leads to something else than what is watched: the targets are to be found anew.
    pub leads_elsewhere: bool,
    /// Since when the baseline of before was there.
    pub known_since: Option<Timestamp>,
}

/// How grave an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gravity {
    /// What a mail at once tells of it.
    pub told: Option<Severity>,
    /// The whole mail: by this its recipients are found.
    pub of_mail: Option<Severity>,
}

/// What came of asking for a poll.
#[derive(Debug, Clone)]
pub enum Polled {
    /// It was made.
    Report(Box<PollReport>),
    /// It was not: there is nothing to ask for.
    Waits(Wait),
}

impl Polled {
    /// Whether the document leads to something else than what is watched.
    pub fn leads_elsewhere(&self) -> bool {
        matches!(self, Self::Report(report) if report.leads_elsewhere)
    }
}

/// Why there is nothing to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The metadata that names the key set has not been read yet.
    ForMetadata,
    /// The metadata names no key set. If it did before, that change was the news.
    NotNamed,
    /// The server asked to be left alone until then (`Retry-After`).
    Until(Timestamp),
}

impl std::fmt::Display for Wait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ForMetadata => f.write_str("the metadata that names it has not been read yet"),
            Self::NotNamed => f.write_str("the metadata names no jwks_uri"),
            Self::Until(at) => write!(f, "the server asked to wait until {}", utc(*at)),
        }
    }
}
