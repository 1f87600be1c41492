//! What a subject is made of, as values: the words for what happened, how many more there are, and how
//! grave it is.

use super::words::counted;
use crate::document::severity::Severity;

/// How many words there is room for. Names are never shortened, because a shortened name cannot be
/// searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SubjectWidth {
    /// All of them.
    Whole,
    /// The gravest alone.
    Terse,
}

/// What a subject begins with, behind the name of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SubjectStart {
    /// `WHO: `.
    Who,
    /// `DOWN WHO: `.
    Down,
    /// `DOWN WHO `, before how long.
    DownFor,
    /// `BACK WHO `.
    Back,
    /// `REVERTED WHO: `.
    Reverted,
    /// `SETTLED WHO: `.
    Settled,
    /// `TROUBLE HERE: `, whoever could not be polled.
    Here,
}

/// What happened, in the words of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SubjectWords {
    start: SubjectStart,
    whole: String,
    terse: String,
    more: usize,
}

impl SubjectWords {
    /// The given words, in full and short form alike, behind the name of the provider.
    pub(super) fn plain(words: impl Into<String>) -> Self {
        let whole = words.into();
        Self {
            start: SubjectStart::Who,
            terse: whole.clone(),
            whole,
            more: 0,
        }
    }

    /// The given words behind another start of the subject.
    pub(super) fn behind(start: SubjectStart, words: impl Into<String>) -> Self {
        Self {
            start,
            ..Self::plain(words)
        }
    }

    /// What a subject begins with.
    pub(super) fn start(&self) -> SubjectStart {
        self.start
    }

    /// The same words, followed by the number of further changes.
    pub(super) fn and_more(self, more: usize) -> Self {
        Self { more, ..self }
    }

    /// With a second fact behind it, where there is room.
    pub(super) fn and(self, second: Option<&str>) -> Self {
        match second {
            Some(second) => Self {
                whole: format!("{}, {second}", self.whole),
                ..self
            },
            None => self,
        }
    }

    /// The same words with a different second fact.
    pub(super) fn with(self, second: &str) -> Self {
        Self {
            whole: self.terse.clone(),
            ..self
        }
        .and(Some(second))
    }

    /// The same words without the number of further changes.
    pub(super) fn alone(&self) -> Self {
        self.clone().and_more(0)
    }

    /// With words before and behind it, and before how many more there are.
    pub(super) fn within(&self, before: &str, behind: &str) -> Self {
        Self {
            start: SubjectStart::Who,
            whole: format!("{before}{}{behind}", self.marked(&self.whole)),
            terse: format!("{before}{}{behind}", self.marked(&self.terse)),
            more: self.more,
        }
    }

    /// The same words in a subject that says that the change was reverted.
    pub(super) fn reverted(&self, behind: &str) -> Self {
        Self {
            start: SubjectStart::Reverted,
            ..self.within("", behind)
        }
    }

    /// The words, with their start unless that is the name of the provider.
    pub(super) fn words(&self, width: SubjectWidth) -> String {
        self.marked(&self.behind_start(width))
    }

    /// The words that stand behind the start of a subject.
    pub(super) fn behind_start(&self, width: SubjectWidth) -> String {
        let words = match width {
            SubjectWidth::Whole => &self.whole,
            SubjectWidth::Terse => &self.terse,
        };
        match self.more {
            0 => words.clone(),
            more => {
                let more = u64::try_from(more).unwrap_or(u64::MAX);
                format!("{words}, and {}", others(more))
            }
        }
    }

    fn marked(&self, words: &str) -> String {
        match self.start {
            SubjectStart::Who => words.to_owned(),
            SubjectStart::Down => format!("DOWN: {words}"),
            SubjectStart::DownFor => format!("DOWN {words}"),
            SubjectStart::Back => format!("BACK {words}"),
            SubjectStart::Reverted => format!("REVERTED: {words}"),
            SubjectStart::Settled => format!("SETTLED: {words}"),
            SubjectStart::Here => format!("TROUBLE HERE: {words}"),
        }
    }
}

fn others(number: u64) -> String {
    match number {
        1 => "1 other piece of news".to_owned(),
        many => format!("{} of news", counted(many, "other piece")),
    }
}

/// What a subject says in parentheses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Remark {
    /// How grave it is.
    Severity(Severity),
}

impl Remark {
    /// How grave it says that it is.
    pub(super) fn severity(&self) -> Severity {
        match self {
            Self::Severity(severity) => *severity,
        }
    }

    /// The remark as it is written in the subject.
    pub(super) fn as_str(&self) -> &str {
        self.severity().as_str()
    }
}
