//! One thing that is wrong with a configuration, and where.
//!
//! What is missing is not told where it was meant: a key under another name or in another table is
//! one problem, and is not reported as missing as well.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::ops::Range;

use super::keys;
use super::source::Sources;
use super::walk::Lines;
use crate::document::text::{bounded, visible};

/// The longest text of a problem, in characters: whatever it quotes of the file, a person reads it.
const LONGEST: usize = 1000;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    span: Range<usize>,
    text: String,
    is_secret: bool,
}

impl Problem {
    /// A problem at a place, in bytes of the text: what, why and what to do, in one line.
    ///
    /// The words may quote the file. What would be a command to a terminal is escaped here, and what
    /// is longer than a person reads is cut, so that no caller can forget either.
    pub(super) fn new(span: Range<usize>, words: impl AsRef<str>) -> Self {
        Self {
            span,
            text: bounded(&visible(words.as_ref()), LONGEST),
            is_secret: false,
        }
    }

    /// A problem whose line is not repeated, because it may hold a secret.
    pub(super) fn beside_secret(span: Range<usize>, words: impl AsRef<str>) -> Self {
        Self {
            is_secret: true,
            ..Self::new(span, words)
        }
    }

    /// Its rank among all: by place, then by words.
    pub(super) fn rank(&self) -> (usize, &str) {
        (self.span.start, &self.text)
    }

    /// Its place, in bytes of the text.
    pub(super) fn span(&self) -> &Range<usize> {
        &self.span
    }

    /// Whether its line may hold a secret, so that it is not repeated.
    pub(super) fn is_secret(&self) -> bool {
        self.is_secret
    }

    /// What, why and what to do: one line, harmless.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// Problems found so far. A missing key is not reported if it was written under another name or in
/// another table: that is reported already, and one slip is to be one problem.
#[derive(Debug, Default)]
pub(super) struct Problems {
    /// The files that the text was put together from.
    sources: Sources,
    /// Made when a place is first told in words.
    lines: OnceCell<Lines>,
    found: RefCell<Vec<(Option<MissingKey>, Problem)>>,
    meant: RefCell<BTreeSet<MissingKey>>,
}

/// A key of the table that begins at this place; `None` for whichever table needs the key.
type MissingKey = (Option<usize>, String);

impl Problems {
    /// No problems yet, of a text that was put together from these files.
    pub(super) fn in_files(sources: &Sources) -> Self {
        Self {
            sources: sources.clone(),
            ..Self::default()
        }
    }

    /// A place of the text in words.
    pub(super) fn place(&self, text: &str, at: usize) -> String {
        let lines = self.lines.get_or_init(|| Lines::of(text));
        self.sources.place(text, lines, at)
    }

    pub(super) fn push(&self, problem: Problem) {
        self.found.borrow_mut().push((None, problem));
    }

    /// Adds the problem that the table at this place lacks a key it needs.
    pub(super) fn lack(&self, table: usize, key: &str, problem: Problem) {
        let lack = (Some(table), key.to_owned());
        self.found.borrow_mut().push((Some(lack), problem));
    }

    /// Notes that this key was meant, in the table at this place or in whichever needs it.
    pub(super) fn mean(&self, table: Option<usize>, key: &str) {
        self.meant.borrow_mut().insert((table, key.to_owned()));
    }

    pub(super) fn is_meant(&self, table: usize, key: &str) -> bool {
        let meant = self.meant.borrow();
        meant.contains(&(Some(table), key.to_owned())) || meant.contains(&(None, key.to_owned()))
    }

    /// All problems in the order in which they were found, without keys that are missing but were meant.
    pub(super) fn all(&self) -> Vec<Problem> {
        let found = self.found.borrow();
        let is_told = |lack: &MissingKey| lack.0.is_some_and(|table| self.is_meant(table, &lack.1));
        let wrong = found
            .iter()
            .filter(|(lack, _)| !lack.as_ref().is_some_and(is_told));
        wrong.map(|(_, problem)| problem.clone()).collect()
    }
}

/// The nearest of the known words, if it is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.collect();
    if keys::USES.contains(&word) && known.contains(&"uses") {
        return Some("uses");
    }
    if let Some(longer) = known
        .iter()
        .find(|one| word.len() > 3 && one.starts_with(word))
    {
        return Some(longer);
    }
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 2.max(candidate.len() / 3))
        // With more than half of it wrong there is no word left that could have been meant.
        .filter(|(distance, _)| distance * 2 <= word.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

/// A value of the file as it may be shown.
pub(super) fn shown(value: &str) -> String {
    bounded(&visible(value), 60)
}
