//! How output looks on a terminal: its width, its colors, its lines.

use std::io::IsTerminal as _;

use console::{Style as Look, measure_text_width, truncate_str};

use crate::document::severity::Severity;

/// How output is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether colors repeat what the words say.
    pub is_colored: bool,
    /// Columns to fit, on a terminal; `None` for a pipe, which gets everything.
    pub width: Option<usize>,
}

/// What the color of a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Somebody must look at it.
    Bad,
    /// The state is not known.
    Doubtful,
    /// The word has no tone and no color.
    Plain,
}

impl Style {
    /// For standard output: `choice` is `auto`, `always` or `never`.
    pub fn of_stdout(choice: &str) -> Self {
        let is_terminal = std::io::stdout().is_terminal();
        let is_wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|name| name == "dumb");
        let is_colored = match choice {
            "always" => true,
            "never" => false,
            _ => is_terminal && is_wanted && !is_dumb,
        };
        let columns = std::env::var("COLUMNS")
            .ok()
            .and_then(|text| text.parse().ok());
        let width = || columns.or_else(console_width).unwrap_or(80);
        Self {
            is_colored,
            width: is_terminal.then(width),
        }
    }

    /// The severity as a word.
    pub fn severity(self, severity: Severity) -> String {
        let look = match severity {
            Severity::Security => Look::new().red().bold(),
            Severity::Breaking => Look::new().red(),
            Severity::Notice => Look::new().yellow(),
            Severity::Info => Look::new().cyan(),
        };
        self.colored(severity.as_str(), look)
    }

    /// A word as it looks; whether there are colors was decided before, and not by the library.
    fn colored(self, word: &str, look: Look) -> String {
        look.force_styling(self.is_colored)
            .apply_to(word)
            .to_string()
    }

    /// How something is, or what became of it, as a word.
    pub fn toned(self, word: &str, tone: Tone) -> String {
        let look = match tone {
            Tone::Good => Look::new().green(),
            Tone::Bad => Look::new().red(),
            Tone::Doubtful => Look::new().yellow(),
            Tone::Plain => return word.to_owned(),
        };
        self.colored(word, look)
    }

    /// A value as pieces that fit beside an indent, every character kept; one piece for a pipe.
    pub fn folded(self, text: &str, indent: usize) -> Vec<String> {
        let Some(width) = self.width else {
            return vec![text.to_owned()];
        };
        let room = width.saturating_sub(indent).max(1);
        let mut pieces: Vec<String> = Vec::new();
        for c in text.chars() {
            let columns = measure_text_width(c.encode_utf8(&mut [0; 4]));
            match pieces.last_mut() {
                Some(piece) if measure_text_width(piece) + columns <= room => piece.push(c),
                Some(_) | None => pieces.push(c.to_string()),
            }
        }
        pieces
    }

    /// Text as lines that fit beside an indent; one line for a pipe, none for no text.
    pub fn wrap(self, text: &str, indent: usize) -> Vec<String> {
        let Some(width) = self.width else {
            return Some(text.to_owned())
                .filter(|it| !it.is_empty())
                .into_iter()
                .collect();
        };
        let room = width.saturating_sub(indent);
        let mut lines: Vec<String> = Vec::new();
        let words = text.split(' ').filter(|word| !word.is_empty());
        // A word that is wider than the terminal goes over several lines.
        for word in words.flat_map(|word| self.folded(word, indent)) {
            match lines.last_mut() {
                Some(line) if measure_text_width(line) + 1 + measure_text_width(&word) <= room => {
                    line.push(' ');
                    line.push_str(&word);
                }
                Some(_) | None => lines.push(word),
            }
        }
        lines
    }

    /// A hash: whole for a pipe, its ends on a terminal.
    pub fn hash(self, hash: &str) -> String {
        match (
            self.width,
            hash.get(..6),
            hash.get(hash.len().saturating_sub(2)..),
        ) {
            (Some(_), Some(start), Some(end)) => format!("{start}...{end}"),
            _ => hash.to_owned(),
        }
    }

    /// Cuts a line to the width of the terminal.
    pub fn fit(self, line: &str) -> String {
        match self.width {
            Some(width) => truncate_str(line, width, "...").into_owned(),
            None => line.to_owned(),
        }
    }
}

fn console_width() -> Option<usize> {
    Some(usize::from(console::Term::stdout().size_checked()?.1))
}

/// How many columns a text takes, whatever its colors.
pub fn width_of(text: &str) -> usize {
    measure_text_width(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NARROW: Style = Style {
        is_colored: false,
        width: Some(12),
    };
    const PIPE: Style = Style {
        is_colored: false,
        width: None,
    };

    #[test]
    fn a_line_on_a_terminal_fits_however_long_its_words_are_and_a_pipe_gets_it_whole() {
        let text = "see  https://a.example/very/long now";
        let lines = NARROW.wrap(text, 2);
        assert!(lines.iter().all(|line| line.len() <= 10), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        assert_eq!(PIPE.wrap(text, 2), [text]);
    }

    #[test]
    fn a_value_that_is_folded_keeps_every_character() {
        let value = "a  b   with blanks that count";
        let pieces = NARROW.folded(value, 2);
        assert!(pieces.iter().all(|piece| piece.chars().count() <= 10));
        assert_eq!(pieces.concat(), value);
        assert_eq!(PIPE.folded(value, 2), [value]);
    }

    #[test]
    fn a_character_that_takes_two_columns_counts_as_two() {
        assert_eq!(
            NARROW.folded("\u{6f22}\u{5b57}\u{6f22}", 8),
            ["\u{6f22}\u{5b57}", "\u{6f22}"]
        );
        assert_eq!(
            NARROW.fit("\u{6f22}\u{5b57}\u{6f22}\u{5b57}\u{6f22}\u{5b57}"),
            "\u{6f22}\u{5b57}\u{6f22}\u{5b57}\u{6f22}\u{5b57}"
        );
        assert_eq!(
            NARROW.fit("\u{6f22}\u{5b57}\u{6f22}\u{5b57}\u{6f22}\u{5b57}a"),
            "\u{6f22}\u{5b57}\u{6f22}\u{5b57}..."
        );
    }

    #[test]
    fn a_line_that_is_colored_already_is_cut_where_it_is_seen_to_be_too_long() {
        let line = "\u{1b}[31mbreaking\u{1b}[0m word";
        assert_eq!(console::strip_ansi_codes(&NARROW.fit(line)), "breaking ...");
    }
}
