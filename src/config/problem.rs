//! What is wrong with a configuration, and where.
//!
//! What is missing is not told where it was meant: a key under another name or in another table is
//! one problem, and is not reported as missing as well.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::keys;
use super::source::Sources;
use crate::document::path;
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

    /// Whether its line may hold a secret, so that it is not repeated.
    #[cfg(test)]
    pub(super) fn is_secret(&self) -> bool {
        self.is_secret
    }

    /// What, why and what to do: one line, harmless.
    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// Everything that is wrong with a configuration, in the order of the file.
#[derive(Debug, Clone)]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// Its text, for the excerpts; empty if it could not be read.
    pub text: String,
    /// Which part of the text is of which file.
    pub(super) sources: Sources,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            self.show(f, problem)?;
        }
        match self.problems.len() {
            1 => write!(f, "1 problem"),
            many => write!(f, "{many} problems"),
        }
    }
}

impl ConfigError {
    /// What is wrong with a file that has no text to show.
    pub(super) fn of_file(path: &Path, what: impl AsRef<str>) -> Self {
        Self::of(path, "", vec![Problem::new(0..0, what)])
    }

    /// What is wrong with one file.
    pub(super) fn of(path: &Path, text: &str, problems: Vec<Problem>) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            sources: Sources::of(path),
            problems,
        }
    }

    /// Each problem with its line and column, from 1, where it has a place; harmless. Of a file that is
    /// included the words name it.
    pub fn places(&self) -> Vec<(Option<(usize, usize)>, String)> {
        let place = |problem: &Problem| {
            let local = self.sources.local(&self.text, &problem.span);
            let before = local.text.get(..local.span.start).unwrap_or(local.text);
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            let column = before.get(start..).unwrap_or_default().chars().count();
            (before.matches('\n').count() + 1, column + 1)
        };
        let problems = self.problems.iter();
        let at = |problem| (!self.text.is_empty()).then(|| place(problem));
        let words = |one: &Problem| match self.sources.local(&self.text, &one.span).included {
            Some(path) => format!("{}: {}", path::visible(path), one.text),
            None => one.text.clone(),
        };
        problems.map(|one| (at(one), words(one))).collect()
    }

    fn show(&self, f: &mut fmt::Formatter<'_>, problem: &Problem) -> fmt::Result {
        let path = path::visible(&self.path);
        if self.text.is_empty() {
            return writeln!(f, "{path}: {}", problem.text);
        }
        let local = self.sources.local(&self.text, &problem.span);
        let path = path::visible(local.included.unwrap_or(&self.path));
        let before = local.text.get(..local.span.start).unwrap_or(local.text);
        let line = before.matches('\n').count();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(start..).unwrap_or_default().chars().count();
        writeln!(f, "{path}:{}:{}: {}", line + 1, column + 1, problem.text)?;
        let source = local.text.lines().nth(line).unwrap_or_default();
        let is_secret = problem.is_secret || may_hold_secret(before, source);
        if is_secret || source.chars().count() > 120 {
            return Ok(());
        }
        let number = (line + 1).to_string();
        let room = " ".repeat(number.len());
        let marked = local
            .text
            .get(local.span)
            .unwrap_or_default()
            .lines()
            .next()
            .unwrap_or_default();
        let width = marked.chars().count().max(1);
        // The value of an unknown key may be a secret, so what follows the place is left out.
        let shown: String = source.chars().take(column + width).collect();
        writeln!(f, "{room} |")?;
        writeln!(f, "{number} | {}", visible(&shown.replace('\t', " ")))?;
        writeln!(f, "{room} | {}{}", " ".repeat(column), "^".repeat(width))
    }
}

/// Problems found so far. A missing key is not reported if it was written under another name or in
/// another table: that is reported already, and one slip is to be one problem.
#[derive(Debug, Default)]
pub(super) struct Problems {
    /// The files that the text was put together from.
    sources: Sources,
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
        self.sources.place(text, at)
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

/// Whether a line may hold a secret although it must not: by its own words, or because it stands in
/// a table of headers.
fn may_hold_secret(before: &str, line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let table = before.lines().rev().find(|line| line.starts_with('['));
    ["password", "headers", "secret", "token", "authorization"]
        .iter()
        .any(|word| line.contains(word))
        || line
            .split_once("://")
            .is_some_and(|(_, rest)| rest.contains('@'))
        || table.is_some_and(|table| table.contains("headers"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Secrets};

    #[test]
    fn a_problem_is_read_at_a_glance_whatever_it_quotes() {
        let long = "x".repeat(20_000);
        for table in [
            format!("headers = {{ {long} = {{ 0env = \"KEY\" }} }}"),
            format!("headers = {{ \"{long}\u{e9}\" = \"1\" }}"),
            format!("{long} = 1"),
            format!("schedule = \"{long}\""),
            format!("uses = {{ scopes = [\"{long} {long}\"] }}"),
            format!("ignore = [\"{long}\"]"),
            format!("{long}: 1"),
        ] {
            let text =
                format!("[[provider]]\nname = \"a\"\nissuer = \"https://a.example\"\n{table}\n");
            let error = Config::of_text(&text, Path::new("c.toml"), Secrets::Unread).unwrap_err();
            for line in error.to_string().lines() {
                assert!(line.chars().count() <= 1100, "{table:.60}: {line:.200}");
            }
        }
    }
}
