//! Lines and columns of places in a text.
//!
//! A walk goes on from the last place, so that many places in their order take one pass over the text.

/// A way through the text of one file.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    text: &'a str,
    /// How far it came, in bytes.
    at: usize,
    /// Where the line begins that it came to.
    line_start: usize,
    place: Place,
    /// The last line before that one which begins a table.
    table: Option<&'a str>,
}

/// A place in a text, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    /// In characters.
    pub(super) column: usize,
}

impl<'a> Walk<'a> {
    /// At the beginning of a text.
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            line_start: 0,
            place: Place { line: 1, column: 1 },
            table: None,
        }
    }

    /// Goes to a byte of the text; one before the last place is looked for from the beginning.
    pub(super) fn go(&mut self, at: usize) -> Place {
        if at < self.at {
            *self = Self::of(self.text);
        }
        let to = at.min(self.text.len());
        let passed = self.text.get(self.at..to).unwrap_or_default();
        for part in passed.split_inclusive('\n') {
            self.at += part.len();
            if part.ends_with('\n') {
                let line = self.text.get(self.line_start..self.at);
                self.table = line.filter(|it| it.starts_with('[')).or(self.table);
                self.line_start = self.at;
                self.place.line += 1;
                self.place.column = 1;
            } else {
                self.place.column += part.chars().count();
            }
        }
        self.place
    }

    /// The line that it came to.
    pub(super) fn line(&self) -> &'a str {
        let rest = self.text.get(self.line_start..).unwrap_or_default();
        rest.lines().next().unwrap_or_default()
    }

    /// The last line before that one which begins a table.
    pub(super) fn table(&self) -> Option<&'a str> {
        self.table
    }
}

/// Where the lines of a text begin, for places in no order.
#[derive(Debug)]
pub(super) struct Lines {
    /// Behind each line break.
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        Self {
            starts: text.match_indices('\n').map(|(at, _)| at + 1).collect(),
        }
    }

    /// How many lines end before this byte.
    pub(super) fn before(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_same_by_whatever_way() {
        let text = "a = 1\r\n[b]\r\n\u{e9} = \u{6f22}x\n\nlast";
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let mut on = Walk::of(text);
        for at in places.iter().copied().chain([text.len(), text.len() + 9]) {
            let before = text.get(..at).unwrap_or(text);
            let last = before.rsplit('\n').next().unwrap_or_default();
            let there = Place {
                line: before.matches('\n').count() + 1,
                column: last.chars().count() + 1,
            };
            assert_eq!(Walk::of(text).go(at), there, "{at}");
            assert_eq!(on.go(at), there, "{at}");
            assert_eq!(Lines::of(text).before(at), there.line - 1, "{at}");
        }
        assert_eq!((on.line(), on.table()), ("last", Some("[b]\r\n")));
        assert_eq!(on.go(0), Place { line: 1, column: 1 });
        assert_eq!((on.line(), on.table()), ("a = 1", None));
    }
}
