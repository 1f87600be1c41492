//! What a subject is made of, as values: the words for what happened, how many more there are, and how
//! grave it is.

use super::words::count;
use crate::document::severity::Severity;

/// What a subject begins with, behind the name of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SubjectStart {
    /// `WHO: `.
    Who,
    /// `DOWN WHO: `.
    Down,
    /// `DOWN `, before words that name each provider.
    DownEach,
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
    /// The words, the fullest first; never empty. Names of members are left out whole and never shortened,
    /// because a shortened name cannot be searched for.
    forms: Vec<String>,
    more: More,
}

/// How many further pieces of news there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct More {
    /// All of them.
    pub(super) all: usize,
    /// Those that are as grave as the one that is told; nothing where that is not grave.
    pub(super) as_grave: Option<usize>,
}

impl SubjectWords {
    /// The given words behind the name of the provider, whatever room there is.
    pub(super) fn plain(words: impl Into<String>) -> Self {
        Self::of_forms(vec![words.into()])
    }

    /// The fullest of these words for which there is room.
    pub(super) fn of_forms(forms: Vec<String>) -> Self {
        Self {
            start: SubjectStart::Who,
            forms,
            more: More::default(),
        }
    }

    /// The given words behind another start of the subject.
    pub(super) fn behind(start: SubjectStart, words: impl Into<String>) -> Self {
        Self::plain(words).after(start)
    }

    /// The same words behind another start of the subject.
    pub(super) fn after(self, start: SubjectStart) -> Self {
        Self { start, ..self }
    }

    /// What a subject begins with.
    pub(super) fn start(&self) -> SubjectStart {
        self.start
    }

    /// The same words, followed by how many further pieces of news there are.
    pub(super) fn and_more(self, more: More) -> Self {
        Self { more, ..self }
    }

    /// With a second fact behind it, where there is room.
    pub(super) fn and(self, second: Option<&str>) -> Self {
        let seconds = second.map(str::to_owned);
        self.and_first(seconds.as_slice())
    }

    /// With the first of these behind it for which there is room, whichever words that takes.
    pub(super) fn and_first(self, seconds: &[String]) -> Self {
        let each = seconds.iter();
        let both = each.flat_map(|second| {
            let forms = self.forms.iter();
            forms.map(move |form| format!("{form}, {second}"))
        });
        let mut forms: Vec<String> = both.collect();
        forms.extend(self.forms.iter().cloned());
        Self { forms, ..self }
    }

    /// The same, but fuller words come before a second fact.
    pub(super) fn and_after(self, second: &str) -> Self {
        let each = self.forms.into_iter();
        let forms = each.flat_map(|form| [format!("{form}, {second}"), form]);
        Self {
            forms: forms.collect(),
            ..self
        }
    }

    /// The same, or others where there is too little room for them.
    pub(super) fn or(mut self, others: &Self) -> Self {
        self.forms.extend(others.forms.iter().cloned());
        self
    }

    /// The same words without the number of further changes.
    pub(super) fn alone(&self) -> Self {
        self.clone().and_more(More::default())
    }

    /// With words before and behind it, and before how many more there are.
    pub(super) fn within(&self, before: &str, behind: &str) -> Self {
        let each = self.forms.iter();
        let forms = each.map(|words| format!("{before}{}{behind}", self.marked(words)));
        Self {
            start: SubjectStart::Who,
            forms: forms.collect(),
            more: self.more,
        }
    }

    /// The same words in a subject that says that the change was reverted.
    pub(super) fn reverted(&self, behind: &str) -> Self {
        self.within("", behind).after(SubjectStart::Reverted)
    }

    /// The fullest words, with their start unless that is the name of the provider.
    pub(super) fn words(&self) -> String {
        self.marked(&self.fitting(usize::MAX))
    }

    /// The fullest words of at most so many characters that stand behind the start of a subject, where need
    /// be with long identifiers shortened; the shortest where none are.
    pub(super) fn fitting(&self, room: usize) -> String {
        let forms = || self.forms.iter().map(|words| self.counted(words));
        let each = || {
            forms().flat_map(|words| {
                let short = with_short_identifiers(&words);
                [words, short]
            })
        };
        let fits = |words: &String| words.chars().count() <= room;
        let shortest = || each().min_by_key(|words| words.chars().count());
        each().find(fits).or_else(shortest).unwrap_or_default()
    }

    fn counted(&self, words: &str) -> String {
        match self.more.all {
            0 => words.to_owned(),
            _ => format!("{words}, and {}", others(self.more)),
        }
    }

    fn marked(&self, words: &str) -> String {
        match self.start {
            SubjectStart::Who => words.to_owned(),
            SubjectStart::Down => format!("DOWN: {words}"),
            SubjectStart::DownEach | SubjectStart::DownFor => format!("DOWN {words}"),
            SubjectStart::Back => format!("BACK {words}"),
            SubjectStart::Reverted => format!("REVERTED: {words}"),
            SubjectStart::Settled => format!("SETTLED: {words}"),
            SubjectStart::Here => format!("TROUBLE HERE: {words}"),
        }
    }
}

/// Longer identifiers are shortened where there is no room for them.
const IDENTIFIER: usize = 40;
/// How much of them is left.
const KEPT: usize = 20;

/// The words with long identifiers shortened, such as a scope that has a UUID: the body has them whole. Names of
/// members are never shortened: one searches for them.
fn with_short_identifiers(words: &str) -> String {
    let is_identifier = |word: &str| word.chars().any(|it| matches!(it, ':' | '/' | '-' | '.'));
    let shortened = |word: &str| match word.chars().count() {
        IDENTIFIER.. if is_identifier(word) => {
            let kept: String = word.chars().take(KEPT).collect();
            let comma = if word.ends_with(',') { "," } else { "" };
            format!("{kept}...{comma}")
        }
        _ => word.to_owned(),
    };
    let each: Vec<String> = words.split(' ').map(shortened).collect();
    each.join(" ")
}

/// `4 others as grave`, `9 others, 2 as grave`: a number alone says nothing of what is below.
fn others(more: More) -> String {
    let others = match more.all {
        1 => "1 other".to_owned(),
        many => format!("{} others", count(many)),
    };
    match (more.as_grave, more.all) {
        (Some(0), _) => format!("{others}, less grave"),
        (Some(grave), all) if grave == all => format!("{others} as grave"),
        (Some(grave), _) => format!("{others}, {} as grave", count(grave)),
        (None, 1) => "1 other piece of news".to_owned(),
        (None, many) => format!("{} other pieces of news", count(many)),
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
