//! Everything that is wrong with a configuration, as it is shown.

use std::fmt;
use std::path::{Path, PathBuf};

use super::problem::Problem;
use super::source::Sources;
use super::walk::{Place, Walk};
use crate::document::path;
use crate::document::text::visible;

/// How many problems are shown: who has more did not mean this file.
const MOST_SHOWN: usize = 100;

/// The longest line that is shown, in characters.
const LONGEST_LINE: usize = 120;

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
        for one in self.located().take(MOST_SHOWN) {
            writeln!(f, "{}", one.line())?;
            one.show_source(f)?;
        }
        if let Some(more) = self.more() {
            writeln!(f, "{more}")?;
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

    /// Each problem with its place.
    pub fn places(&self) -> Vec<ProblemPlace<'_>> {
        let mut all = Vec::with_capacity(self.problems.len());
        for one in self.located() {
            all.push(ProblemPlace {
                file: one.path,
                at: one.place.map(|it| (it.line, it.column)),
                words: one.problem.text(),
            });
        }
        all
    }

    /// One line for each problem, with its file and place, as many as are shown; and how many more there are.
    pub fn lines(&self) -> Vec<String> {
        let shown = self.located().take(MOST_SHOWN);
        shown.map(|one| one.line()).chain(self.more()).collect()
    }

    fn more(&self) -> Option<String> {
        let more = self.problems.len().checked_sub(MOST_SHOWN)?;
        (more > 0).then(|| format!("{}: {more} more", path::visible(&self.path)))
    }

    /// The problems with their places. They are in the order of the text, which is read once for all of
    /// them.
    fn located(&self) -> impl Iterator<Item = Located<'_>> {
        let mut walk = Walk::of("");
        let mut walked = None;
        self.problems.iter().map(move |problem| {
            let local = self.sources.local(&self.text, problem.span());
            let start = problem.span().start - local.span.start;
            if walked.replace(start) != Some(start) {
                walk = Walk::of(local.text);
            }
            let position = walk.go(local.span.start);
            let marked = local.text.get(local.span).unwrap_or_default();
            Located {
                problem,
                path: local.included.unwrap_or(&self.path),
                place: (!self.text.is_empty()).then_some(position),
                source: walk.line(),
                table: walk.table(),
                marked: marked.lines().next().unwrap_or_default(),
            }
        })
    }
}

/// A problem with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemPlace<'a> {
    /// The file.
    pub file: &'a Path,
    /// Line and column in it, from 1; `None` where it has no place.
    pub at: Option<(usize, usize)>,
    /// What, why and what to do: one line, harmless.
    pub words: &'a str,
}

/// A problem with the line of its file that has it.
struct Located<'a> {
    problem: &'a Problem,
    path: &'a Path,
    /// The place in its file; `None` if that has no text.
    place: Option<Place>,
    source: &'a str,
    /// The line that begins the table in which it stands.
    table: Option<&'a str>,
    /// What of the line is wrong.
    marked: &'a str,
}

impl Located<'_> {
    /// The form that editors read.
    fn line(&self) -> String {
        let (path, text) = (path::visible(self.path), self.problem.text());
        match self.place {
            Some(Place { line, column }) => format!("{path}:{line}:{column}: {text}"),
            None => format!("{path}: {text}"),
        }
    }

    /// The line of the file and a mark below it, unless it may hold a secret or is long.
    fn show_source(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(Place { line, column }) = self.place else {
            return Ok(());
        };
        let is_secret = self.problem.is_secret() || may_hold_secret(self.table, self.source);
        if is_secret || self.source.chars().count() > LONGEST_LINE {
            return Ok(());
        }
        let (number, before) = (line.to_string(), column - 1);
        let room = " ".repeat(number.len());
        let width = self.marked.chars().count().max(1);
        // The value of an unknown key may be a secret, so what follows the place is left out.
        let shown: String = self.source.chars().take(before + width).collect();
        writeln!(f, "{room} |")?;
        writeln!(f, "{number} | {}", visible(&shown.replace('\t', " ")))?;
        writeln!(f, "{room} | {}{}", " ".repeat(before), "^".repeat(width))
    }
}

/// Whether a line may hold a secret although it must not: by its own words, or because it stands in
/// a table of headers.
fn may_hold_secret(table: Option<&str>, line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    ["password", "headers", "secret", "token", "authorization"]
        .iter()
        .any(|word| line.contains(word))
        || line
            .split_once("://")
            .is_some_and(|(_, rest)| rest.contains('@'))
        || table.is_some_and(|table| table.contains("headers"))
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

    #[test]
    fn of_many_problems_the_first_are_shown_and_the_others_counted() {
        let unknown = |count: usize| {
            let keys: Vec<String> = (0..count).map(|at| format!("unknown{at} = 1\n")).collect();
            let error = Config::of_text(&keys.concat(), Path::new("c.toml"), Secrets::Unread);
            error.unwrap_err()
        };
        // Beside the keys, there is no provider and nobody to tell.
        let error = unknown(98);
        let text = error.to_string();
        assert!(!text.contains(" more\n"), "{text}");
        assert!(text.ends_with("\n100 problems"), "{text}");
        let error = unknown(20_000);
        let text = error.to_string();
        assert!(text.len() < 20_000, "{}", text.len());
        assert!(
            text.ends_with("\nc.toml: 19902 more\n20002 problems"),
            "{text}"
        );
        assert_eq!(error.lines().len(), 101);
        assert_eq!(error.places().len(), 20_002);
        let last = error.places().pop();
        assert_eq!(last.unwrap().at, Some((20_000, 1)));
    }
}
