//! The report of a poll, to be printed or logged.

use jiff::Timestamp;

use super::unrecorded::Unrecorded;
use crate::document::observation::Observation;
use crate::document::severity::Severity;
use crate::policy::tracking::Transition;
use crate::wording::text::utc;

/// What one poll saw and what was decided.
#[derive(Debug, Clone)]
pub struct PollReport {
    /// The first fetch.
    pub observation: Observation,
    /// The outline of the decision. The full one is in the store, or in `unrecorded`; `check` keeps all
    /// reports until it prints them.
    pub transition: Transition,
    /// The events that are told but were not recorded, to be printed.
    pub unrecorded: Option<Unrecorded>,
    /// For each event, the severities at which it is told.
    pub told: Vec<Gravity>,
    /// The numbers of the events; empty if they were not recorded.
    pub events: Vec<i64>,
    /// How many alerts were stored.
    pub alerts: usize,
    /// Whether the document leads to other targets than those watched, so that they must be found anew.
    pub leads_elsewhere: bool,
    /// When the baseline before this poll was first seen.
    pub known_since: Option<Timestamp>,
}

/// The severities of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gravity {
    /// The gravest severity in what a mail at once tells of it.
    pub told: Option<Severity>,
    /// The severity of the whole mail, by which its recipients are found.
    pub of_mail: Option<Severity>,
}

/// The result of asking for a poll.
#[derive(Debug, Clone)]
pub enum PollResponse {
    /// The poll was made.
    Report(Box<PollReport>),
    /// The poll was not made, because there is no address to ask or the server must not be asked yet.
    Waits(PollWait),
}

impl PollResponse {
    /// Whether the document leads to other targets than those watched.
    pub fn leads_elsewhere(&self) -> bool {
        matches!(self, Self::Report(report) if report.leads_elsewhere)
    }
}

/// Why a poll is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollWait {
    /// The metadata that names the key set has not been read yet.
    ForMetadata,
    /// The metadata names no key set. If it did before, that change was the news.
    NotNamed,
    /// The resource that led to it named it no longer when the poll ended. That is the news: what the
    /// server did beside it concerns nobody who follows the resource.
    NotFollowed,
    /// The server asked not to be polled before this time (`Retry-After`).
    Until(Timestamp),
}

impl std::fmt::Display for PollWait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ForMetadata => f.write_str("the metadata that names it has not been read yet"),
            Self::NotNamed => f.write_str("the metadata names no jwks_uri"),
            Self::NotFollowed => f.write_str("the resource no longer names it"),
            Self::Until(at) => write!(f, "the server asked to wait until {}", utc(*at)),
        }
    }
}
