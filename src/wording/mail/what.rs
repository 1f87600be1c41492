//! What a subject is made of, as values: the words for what happened, how many more there are, and how
//! grave it is.

use super::phrase;
use super::words::{count, name};
use crate::document::severity::Severity;

/// How many words there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// All of them.
    Whole,
    /// Those that say something.
    Terse,
}

impl Width {
    /// The name of a member. The ending that says nothing is left out of
    /// `dpop_signing_alg_values_supported`, not of `scopes_supported`: `scopes` would be no name.
    pub(super) fn name(self, member: &str) -> String {
        match self {
            Self::Whole => name(member),
            Self::Terse => name(shortened(member)),
        }
    }

    /// What one value of a set is, where it has a name of its own.
    pub(super) fn noun(self, member: &str) -> Option<&'static str> {
        match (self, member) {
            (Self::Terse, "token_endpoint_auth_methods_supported") => Some("client auth method"),
            _ => phrase::noun(member),
        }
    }
}

fn shortened(member: &str) -> &str {
    let endings = ["_values_supported", "_supported"];
    let plain = endings
        .iter()
        .find_map(|ending| member.strip_suffix(ending));
    plain.filter(|it| it.contains('_')).unwrap_or(member)
}

/// What a subject begins with, behind the name of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// `WHO: `.
    Who,
    /// `DOWN WHO: `.
    Down,
    /// `BACK WHO `.
    Back,
    /// `TROUBLE HERE: `, whoever could not be polled.
    Here,
}

/// What happened, in the words of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct What {
    start: Start,
    whole: String,
    terse: String,
    more: usize,
}

impl What {
    /// Of words that can be said in two widths.
    pub(super) fn of(words: impl Fn(Width) -> String) -> Self {
        Self {
            start: Start::Who,
            whole: words(Width::Whole),
            terse: words(Width::Terse),
            more: 0,
        }
    }

    /// Of words that are what they are.
    pub(super) fn plain(words: impl Into<String>) -> Self {
        let whole = words.into();
        Self {
            start: Start::Who,
            terse: whole.clone(),
            whole,
            more: 0,
        }
    }

    /// Of words behind another start.
    pub(super) fn behind(start: Start, words: impl Into<String>) -> Self {
        Self {
            start,
            ..Self::plain(words)
        }
    }

    /// What a subject begins with.
    pub(super) fn start(&self) -> Start {
        self.start
    }

    /// With how many more there are.
    pub(super) fn and_more(self, more: usize) -> Self {
        Self { more, ..self }
    }

    /// Without how many more there are.
    pub(super) fn alone(&self) -> Self {
        self.clone().and_more(0)
    }

    /// With words before and behind it, and before how many more there are.
    pub(super) fn within(&self, before: &str, behind: &str) -> Self {
        Self {
            start: Start::Who,
            whole: format!("{before}{}{behind}", self.marked(&self.whole)),
            terse: format!("{before}{}{behind}", self.marked(&self.terse)),
            more: self.more,
        }
    }

    /// The words, and how it begins where that is not who.
    pub(super) fn words(&self, width: Width) -> String {
        self.marked(&self.behind_start(width))
    }

    /// The words that stand behind the start of a subject.
    pub(super) fn behind_start(&self, width: Width) -> String {
        let words = match width {
            Width::Whole => &self.whole,
            Width::Terse => &self.terse,
        };
        match self.more {
            0 => words.clone(),
            more => format!("{words}, +{} more", count(more)),
        }
    }

    fn marked(&self, words: &str) -> String {
        match self.start {
            Start::Who => words.to_owned(),
            Start::Down => format!("DOWN: {words}"),
            Start::Back => format!("BACK {words}"),
            Start::Here => format!("TROUBLE HERE: {words}"),
        }
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

    /// As it is written.
    pub(super) fn as_str(&self) -> &str {
        self.severity().as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shortened_only_as_far_as_it_stays_one() {
        let terse = |member| Width::Terse.name(member);
        assert_eq!(
            terse("dpop_signing_alg_values_supported"),
            "dpop_signing_alg"
        );
        assert_eq!(terse("grant_types_supported"), "grant_types");
        assert_eq!(terse("scopes_supported"), "scopes_supported");
        assert_eq!(terse("token_endpoint"), "token_endpoint");
    }
}
