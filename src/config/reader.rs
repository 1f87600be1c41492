//! Reads a TOML table key by key and collects all that is wrong with it.

use std::ops::Range;

use jiff::SignedDuration;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::equivalent::of_value;
use super::problem::{Problem, Problems, shown};
use super::quantity::{DURATION, LONGEST, LONGEST_SHOWN, parse_duration};

/// One table of the file.
pub(super) struct Section<'a> {
    table: &'a DeTable<'a>,
    span: Range<usize>,
    problems: &'a Problems,
    text: &'a str,
    /// Whether missing keys are not reported, because the table they belong to was already reported.
    is_excused: bool,
}

/// A value with its place.
pub(super) type SpannedValue<'a> = &'a Spanned<DeValue<'a>>;

impl<'a> Section<'a> {
    pub(super) fn new(
        table: &'a DeTable<'a>,
        span: Range<usize>,
        problems: &'a Problems,
        text: &'a str,
    ) -> Self {
        Self {
            table,
            span,
            problems,
            text,
            is_excused: false,
        }
    }

    /// A table that is not there, or stands under another name or as something else.
    pub(super) fn absent(&self, empty: &'a DeTable<'a>, key: &str) -> Self {
        Self {
            table: empty,
            span: 0..0,
            problems: self.problems,
            text: self.text,
            is_excused: !self.is_absent(key),
        }
    }

    /// A place in words: `line 3`, with its file where there are several.
    pub(super) fn place(&self, at: usize) -> String {
        self.problems.place(self.text, at)
    }

    pub(super) fn problem(&self, span: Range<usize>, text: impl AsRef<str>) {
        self.problems.push(Problem::new(span, text));
    }

    /// Adds a problem whose line is not shown, because it may hold a secret.
    pub(super) fn secret_problem(&self, span: Range<usize>, text: impl AsRef<str>) {
        self.problems.push(Problem::beside_secret(span, text));
    }

    /// Reports that a key is missing, unless it was meant under another name or in another table.
    pub(super) fn lack(&self, key: &str, span: Range<usize>, text: impl AsRef<str>) {
        if self.get(key).is_some() || self.is_excused {
            return;
        }
        let problem = Problem::new(span, text);
        self.problems.lack(self.span.start, key, problem);
    }

    /// Whether nothing in this table is, or was meant to be, this key. Only when `know` was asked (`unknown.rs`).
    pub(super) fn is_absent(&self, key: &str) -> bool {
        self.get(key).is_none() && !self.problems.is_meant(self.span.start, key)
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub(super) fn get(&self, key: &str) -> Option<SpannedValue<'a>> {
        self.table.get(key)
    }

    /// The place of the value of a key; that of the table if the key is not there.
    pub(super) fn span_of(&self, key: &str) -> Range<usize> {
        self.get(key).map_or_else(|| self.span(), Spanned::span)
    }

    /// All keys and values.
    pub(super) fn entries(
        &self,
    ) -> impl Iterator<Item = (&'a Spanned<DeString<'a>>, &'a Spanned<DeValue<'a>>)> {
        self.table.iter()
    }

    /// Notes that this key of this table was meant.
    pub(super) fn mean(&self, key: &str) {
        self.problems.mean(Some(self.span.start), key);
    }

    /// Notes that this key was meant, of whichever table needs it.
    pub(super) fn mean_anywhere(&self, key: &str) {
        self.problems.mean(None, key);
    }

    fn type_error(&self, found: SpannedValue<'_>, key: &str, expected: &str) {
        self.problem(found.span(), format!("{key} must be {expected}"));
    }

    pub(super) fn text(&self, key: &str) -> Option<Spanned<&'a str>> {
        self.text_that_is(key, "a string")
    }

    /// A string; `what` it is, for whoever wrote something else.
    pub(super) fn text_that_is(&self, key: &str, what: &str) -> Option<Spanned<&'a str>> {
        let found = self.get(key)?;
        match found.get_ref() {
            DeValue::String(text) => Some(Spanned::new(found.span(), text.as_ref())),
            _ => {
                self.type_error(found, key, what);
                None
            }
        }
    }

    /// A string, or the default one where the key is not there; `None` of what is no string, so that the
    /// default is not judged in its place.
    pub(super) fn text_or<'s>(&'s self, key: &str, default: &'s str) -> Option<&'s str> {
        match self.get(key) {
            Some(_) => self.text(key).map(Spanned::into_inner),
            None => Some(default),
        }
    }

    /// A path, or the default one; `None` if it is empty.
    pub(super) fn path<'s>(&'s self, key: &str, default: &'s str) -> Option<&'s str> {
        let path = self.text_or(key, default)?;
        if path.is_empty() {
            self.problem(self.span_of(key), format!("{key} is empty"));
            return None;
        }
        if let Some(hint) = tilde(path) {
            self.problem(
                self.span_of(key),
                format!("{key} \"{}\": {hint}", shown(path)),
            );
            return None;
        }
        Some(path)
    }

    /// A whole number between two bounds.
    pub(super) fn count(&self, key: &str, least: u32, most: u32) -> Option<u32> {
        let found = self.get(key)?;
        let number = match found.get_ref() {
            DeValue::Integer(number) => number
                .to_string()
                .parse()
                .ok()
                .filter(|number| (least..=most).contains(number)),
            _ => None,
        };
        if number.is_none() {
            self.type_error(
                found,
                key,
                &format!("a whole number from {least} to {most}"),
            );
        }
        number
    }

    pub(super) fn duration(&self, key: &str) -> Option<SignedDuration> {
        self.duration_at_most(key, LONGEST, LONGEST_SHOWN)
    }

    /// A duration up to the longest that makes sense, which is `shown` as people write it.
    pub(super) fn duration_at_most(
        &self,
        key: &str,
        longest: SignedDuration,
        shown: &str,
    ) -> Option<SignedDuration> {
        let text = self.text_that_is(key, DURATION)?;
        parse_duration(text.get_ref(), longest, shown)
            .map_err(|wrong| {
                let value = text.get_ref();
                let is_fine = value.ends_with("ms") || value.contains(['.', ',']);
                let least = if is_fine {
                    "; a second is the least"
                } else {
                    ""
                };
                let text = format!("{key} must be {wrong}{least}");
                self.problem(self.span_of(key), text);
            })
            .ok()
    }

    /// A duration longer than zero.
    pub(super) fn positive(&self, key: &str) -> Option<SignedDuration> {
        let duration = self.duration(key)?;
        if duration.is_zero() {
            self.problem(self.span_of(key), format!("{key} must be longer than 0s"));
            return None;
        }
        Some(duration)
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        let found = self.get(key)?;
        match found.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => {
                self.type_error(found, key, "true or false");
                None
            }
        }
    }

    /// Whether a key is an array without anything in it.
    pub(super) fn is_empty(&self, key: &str) -> bool {
        let found = self.get(key).map(Spanned::get_ref);
        matches!(found, Some(DeValue::Array(values)) if values.is_empty())
    }

    /// Whether a key is an array with this string in it.
    pub(super) fn holds(&self, key: &str, text: &str) -> bool {
        let Some(DeValue::Array(values)) = self.get(key).map(Spanned::get_ref) else {
            return false;
        };
        values
            .iter()
            .any(|one| matches!(one.get_ref(), DeValue::String(it) if it.as_ref() == text))
    }

    /// An array of strings, each with its place.
    pub(super) fn texts(&self, key: &str) -> Option<Vec<Spanned<&'a str>>> {
        let found = self.get(key)?;
        let DeValue::Array(values) = found.get_ref() else {
            let one = matches!(found.get_ref(), DeValue::String(_));
            let write = if one {
                format!(": write {key} = [\"...\"]")
            } else {
                String::new()
            };
            self.type_error(found, key, &format!("an array of strings{write}"));
            return None;
        };
        let mut texts = Vec::new();
        for value in values {
            match value.get_ref() {
                DeValue::String(text) => texts.push(Spanned::new(value.span(), text.as_ref())),
                _ => self.type_error(value, key, "an array of strings"),
            }
        }
        Some(texts)
    }

    /// A table inside this one.
    pub(super) fn child(&self, key: &str) -> Option<Section<'a>> {
        let found = self.get(key)?;
        match found.get_ref() {
            DeValue::Table(table) => {
                Some(Section::new(table, found.span(), self.problems, self.text))
            }
            _ => {
                let is_several = keys_of(found).is_some();
                let brackets = if is_several {
                    ": [...] instead of [[...]]"
                } else {
                    ""
                };
                self.type_error(found, key, &format!("a table{brackets}"));
                None
            }
        }
    }

    /// An array of tables inside this one, written `[[name]]`; empty if it is not there.
    pub(super) fn children(&self, key: &str, name: &str) -> Vec<Section<'a>> {
        let Some(found) = self.get(key) else {
            return Vec::new();
        };
        let DeValue::Array(values) = found.get_ref() else {
            self.problem(found.span(), format!("{key} must be written [[{name}]]"));
            return Vec::new();
        };
        let mut children = Vec::new();
        for value in values {
            match value.get_ref() {
                DeValue::Table(table) => {
                    children.push(Section::new(table, value.span(), self.problems, self.text));
                }
                _ => self.type_error(value, key, &format!("a table: [[{name}]]")),
            }
        }
        children
    }

    /// One of a few words.
    pub(super) fn choice<T>(
        &self,
        text: &Spanned<&str>,
        what: &str,
        known: &[&str],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let parsed = parse(text.get_ref());
        if parsed.is_none() {
            let hint = of_value(what, text.get_ref(), known);
            let value = shown(text.get_ref());
            self.problem(text.span(), format!("unknown {what} \"{value}\"; {hint}"));
        }
        parsed
    }
}

/// The keys of a table, or of the first of several.
pub(super) fn keys_of<'v>(value: &'v Spanned<DeValue<'_>>) -> Option<Vec<&'v str>> {
    let table = match value.get_ref() {
        DeValue::Table(table) => table,
        DeValue::Array(values) => match values.iter().next()?.get_ref() {
            DeValue::Table(table) => table,
            _ => return None,
        },
        _ => return None,
    };
    Some(table.keys().map(|key| key.get_ref().as_ref()).collect())
}

/// What is to be said of a path that a shell would have read otherwise.
pub(super) fn tilde(path: &str) -> Option<&'static str> {
    path.starts_with('~')
        .then_some("~ is not expanded: write the whole path")
}
