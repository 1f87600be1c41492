//! What is wrong with a file that is no TOML: where, and what to write. The words of the parser are
//! passed on and not looked into; what is said besides follows from what stands at the place.

use toml::de::{DeTable, DeValue, Error};

use super::problem::{Problem, shown};

/// Turns an error of the TOML parser into a problem with a hint.
pub(super) fn problem(text: &str, error: &Error) -> Problem {
    let span = error.span().unwrap_or_default();
    let key = key_at(text, span.start, span.end);
    let named = key.map_or_else(String::new, |key| format!(" \"{}\"", shown(key)));
    let first = key
        .and_then(|key| first(text, key, span.start))
        .map_or_else(String::new, |line| format!(" (first on line {line})"));
    let hint = hint(text, span.start).map_or_else(String::new, |hint| format!("; {hint}"));
    let words = format!("{}{named}{first}{hint}", error.message());
    // In a text that is not TOML it cannot be told which parts are secrets.
    Problem::beside_secret(span, words)
}

fn line_before(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    before.rsplit('\n').next().unwrap_or_default()
}

/// The key at a place, if it is one: what stands behind a `=` may be a secret.
fn key_at(text: &str, start: usize, end: usize) -> Option<&str> {
    let key = text.get(start..end)?;
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "_-\"".contains(c);
    let before = line_before(text, start).trim_start();
    let is_in_place = before
        .chars()
        .all(|c| is_bare(c) || matches!(c, '[' | '.' | ' ' | '\t'));
    let follows = text.get(end..)?.trim_start_matches([' ', '\t']);
    let is_key = before.starts_with('[') || follows.starts_with(['=', '.']);
    (!key.is_empty() && key.chars().all(is_bare) && is_in_place && is_key)
        .then(|| key.trim_matches('"'))
}

/// The line on which a key or table stood before, from 1.
fn first(text: &str, key: &str, at: usize) -> Option<usize> {
    let (table, _) = DeTable::parse_recoverable(text);
    let mut found = None;
    places(table.get_ref(), key, at, &mut found);
    let found = found?;
    let between = text.get(found..at)?;
    // The search stops at a heading, because a key of another table is another key.
    let is_heading = line_before(text, at).trim_start().starts_with('[');
    let is_other = between
        .lines()
        .skip(1)
        .any(|line| line.trim_start().starts_with('['));
    (is_heading || !is_other)
        .then(|| text.get(..found).unwrap_or_default().matches('\n').count() + 1)
}

/// Finds the last place before another one at which a key of this name stands.
fn places(table: &DeTable<'_>, key: &str, before: usize, found: &mut Option<usize>) {
    for (name, value) in table {
        let start = name.span().start;
        if name.get_ref().as_ref() == key && start < before && found.is_none_or(|at| at < start) {
            *found = Some(start);
        }
        match value.get_ref() {
            DeValue::Table(inner) => places(inner, key, before, found),
            DeValue::Array(values) => {
                for value in values {
                    if let DeValue::Table(inner) = value.get_ref() {
                        places(inner, key, before, found);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A hint for people who wrote the syntax of another format.
fn hint(text: &str, at: usize) -> Option<&'static str> {
    let rest = text.get(at..).unwrap_or_default();
    let before = line_before(text, at);
    let line = before.trim_start();
    let here = rest.split(['\n', '#']).next().unwrap_or_default().trim();
    let is_one_of = |words: &[&str]| words.iter().any(|word| here.eq_ignore_ascii_case(word));
    if ["<<<<<<<", "=======", ">>>>>>>"]
        .iter()
        .any(|mark| line.starts_with(mark) || here.starts_with(mark))
    {
        return Some("a merge was not finished here");
    }
    if line.starts_with("//") || here.starts_with("//") || here.starts_with(';') {
        return Some("a comment begins with #");
    }
    if here.starts_with([
        '\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{ab}',
    ]) {
        return Some("write straight quotes: \"...\"");
    }
    if here.starts_with(':') || before.trim_end().ends_with(':') {
        return Some("between a key and its value stands =");
    }
    if is_one_of(&["true", "false", "yes", "no", "on", "off"]) {
        return Some("write true or false, in lower case and without quotes");
    }
    if is_one_of(&["null", "nil", "none"]) {
        return Some("what has no value is left out");
    }
    let value = before.split_once('=').map(|(_, value)| value.trim_start());
    if value.is_some_and(|value| value.starts_with('"') && value.contains('\\')) {
        return Some("a backslash begins an escape: write '...' or \\\\");
    }
    if value == Some("") && !here.is_empty() && !here.starts_with(['"', '\'', '[', '{']) {
        return Some("text stands in quotes: \"...\"");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        problem(text, &DeTable::parse(text).unwrap_err())
            .text()
            .to_owned()
    }

    #[test]
    fn a_key_that_stands_twice_is_named_with_the_line_it_stood_on_first() {
        for (text, end) in [
            (
                "[mail]\nfrom = \"a\"\nto = []\nfrom = \"b\"\n",
                " \"from\" (first on line 2)",
            ),
            ("[mail]\n[store]\n[mail]\n", " \"mail\""),
            ("a = 1\n\"a\" = 2\n", " \"a\" (first on line 1)"),
            (
                "[[provider]]\n[provider.uses]\n[provider.uses]\n",
                " \"uses\"",
            ),
        ] {
            assert!(said(text).ends_with(end), "{}", said(text));
        }
    }

    #[test]
    fn what_may_be_a_secret_is_not_repeated() {
        for text in [
            "password = s3cret\n",
            "password = \"a\" s3cret\n",
            "password: s3cret\n",
            "password s3cret\n",
            "password = { env = s3cret }\n",
            "password = \"s3cret\n",
            "password = \"s3cret\\q\"\n",
        ] {
            assert!(!said(text).contains("s3cret"), "{}", said(text));
            assert!(problem(text, &DeTable::parse(text).unwrap_err()).is_secret());
        }
    }

    #[test]
    fn what_another_format_would_say_is_answered_with_what_to_write() {
        for (text, hint) in [
            ("to: [\"x\"]\n", "between a key and its value stands ="),
            ("mail:\n  to: x\n", "between a key and its value stands ="),
            ("// a comment\n", "a comment begins with #"),
            ("to = [\u{201c}a@b\u{201d}]\n", "write straight quotes"),
            ("damping = True\n", "write true or false"),
            ("damping = yes\n", "write true or false"),
            ("digest = null\n", "what has no value is left out"),
            ("path = \"C:\\Users\\x\"\n", "a backslash begins an escape"),
            ("<<<<<<< HEAD\n", "a merge was not finished"),
            ("schedule = */15 * * * *\n", "text stands in quotes"),
            ("spread = 15m\n", "text stands in quotes"),
        ] {
            assert!(said(text).contains(hint), "{text}: {}", said(text));
        }
    }
}
