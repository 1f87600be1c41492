//! One document of a `check`: what its poll saw.

use crate::document::failure::Failure;
use crate::policy::tracking::PollOutcome;
use crate::terminal::Tone;
use crate::watch::report::{PollReport, PollWait};
use crate::watch::watched::WatchedTarget;

/// How it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckFormat {
    /// For people.
    Table,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    Jsonl,
}

/// What a poll saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowState {
    Changed,
    Unchanged,
    First,
    /// A change that the second fetch could not confirm, because it failed.
    Unconfirmed,
    /// Two fetches saw different documents.
    Inconsistent,
    Failed,
    /// The document was not polled, for this reason.
    Waits(PollWait),
}

impl RowState {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Changed => "changed",
            Self::First => "first seen",
            Self::Unconfirmed => "unconfirmed",
            Self::Inconsistent => "inconsistent",
            Self::Failed => "failed",
            Self::Waits(_) => "waits",
        }
    }

    pub(super) fn tone(self) -> Tone {
        match self {
            Self::Unchanged => Tone::Good,
            Self::Failed => Tone::Bad,
            Self::Inconsistent => Tone::Doubtful,
            Self::Changed | Self::First | Self::Unconfirmed | Self::Waits(_) => Tone::Plain,
        }
    }

    /// Whether the document could not be fetched, or what was fetched could not be confirmed.
    pub(super) fn is_failure(self) -> bool {
        matches!(self, Self::Unconfirmed | Self::Inconsistent | Self::Failed)
    }
}

/// One document with what was seen of it.
pub(super) struct CheckRow<'a> {
    pub(super) watched: &'a WatchedTarget,
    /// What the poll saw; `None` if the document was not polled.
    pub(super) report: Option<&'a PollReport>,
    pub(super) seen: RowState,
    /// How many people are told.
    pub(super) recipients: usize,
}

/// The failure of a poll that did not get the document; `None` if it got it.
pub(super) fn failure(report: &PollReport) -> Option<&Failure> {
    match &report.transition.outcome {
        PollOutcome::Failed(failure) | PollOutcome::Unconfirmed(failure) => Some(failure),
        PollOutcome::Answered | PollOutcome::Inconsistent | PollOutcome::NotPolled => None,
    }
}
