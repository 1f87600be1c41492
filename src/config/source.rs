//! Which part of a text is of which file: a configuration and what it includes are read as one text.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::walk::Lines;
use crate::document::path;

/// The files of one text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sources {
    /// The configuration file itself, whose text comes first.
    main: PathBuf,
    /// The included files, each with the place where its text begins, ascending.
    included: Vec<(usize, PathBuf)>,
}

/// A part of the text as its file has it.
#[derive(Debug)]
pub(super) struct SourcePart<'a> {
    /// The file, where it is not the one that includes others.
    pub(super) included: Option<&'a Path>,
    pub(super) text: &'a str,
    pub(super) span: Range<usize>,
}

impl Sources {
    /// The sources of a file that includes no other yet.
    pub(super) fn of(main: &Path) -> Self {
        Self {
            main: main.to_owned(),
            included: Vec::new(),
        }
    }

    /// Adds a file whose text begins at `start`.
    pub(super) fn push(&mut self, start: usize, path: PathBuf) {
        self.included.push((start, path));
    }

    /// The file that includes others, and those.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let included = self.included.iter().map(|(_, path)| path.clone());
        std::iter::once(self.main.clone()).chain(included).collect()
    }

    /// A part of the text as its file has it.
    pub(super) fn local<'a>(&'a self, text: &'a str, span: &Range<usize>) -> SourcePart<'a> {
        let after = self
            .included
            .partition_point(|(start, _)| *start <= span.start);
        let own = after.checked_sub(1).and_then(|at| self.included.get(at));
        let start = own.map_or(0, |(start, _)| *start);
        let end = self.included.get(after).map_or(text.len(), |next| next.0);
        SourcePart {
            included: own.map(|(_, path)| path.as_path()),
            text: text.get(start..end).unwrap_or_default(),
            span: span.start - start..span.end.saturating_sub(start),
        }
    }

    /// A place in words: `line 3`, with its file where there are several. `lines` are those of the text.
    pub(super) fn place(&self, text: &str, lines: &Lines, at: usize) -> String {
        let local = self.local(text, &(at..at));
        let line = lines.before(at) - lines.before(at - local.span.start) + 1;
        if self.included.is_empty() {
            return format!("line {line}");
        }
        let path = local.included.unwrap_or(&self.main);
        format!("line {line} of {}", path::visible(path))
    }
}
