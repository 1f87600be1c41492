//! How a target is, in a word.

use crate::terminal::Tone;

/// How a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    /// It was seen when it should have been.
    Good,
    /// It could not be had.
    Failing,
    /// Its answers disagree.
    Inconsistent,
    /// It should have been polled and was not.
    Overdue,
    /// It was never polled.
    Unknown,
    /// A key set that no metadata names any more.
    NotNamed,
    /// The configuration does not have it any more.
    NotWatched,
}

impl Health {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Failing => "failing",
            Self::Inconsistent => "inconsistent",
            Self::Overdue => "overdue",
            Self::Unknown => "unknown",
            Self::NotNamed => "not named",
            Self::NotWatched => "not watched",
        }
    }

    /// Whether somebody must look at it.
    pub(super) fn is_wrong(self) -> bool {
        matches!(self, Self::Failing | Self::Inconsistent | Self::Overdue)
    }

    pub(super) fn tone(self) -> Tone {
        match self {
            Self::Good => Tone::Good,
            Self::Failing | Self::Overdue => Tone::Bad,
            Self::Inconsistent | Self::Unknown => Tone::Doubtful,
            Self::NotNamed | Self::NotWatched => Tone::Plain,
        }
    }
}
