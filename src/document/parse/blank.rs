//! Takes secrets out of the bytes they came in and changes nothing else, so that what is odd about the
//! bytes (a name that stands twice, a byte order mark) is still there in what is kept.
//!
//! Values are known by how many were begun before them, which the reader of the bytes counts too.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::Value;

use super::lenient;
use super::removed::REMOVED;

/// A place in the bytes from which a secret was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blank {
    /// A value.
    Value(usize),
    /// A part of a text, which is kept as this one.
    Part(usize, String),
    /// All elements of an array.
    Elements(usize),
    /// The name of a value.
    Name(usize),
}

/// The bytes without what was read as a secret in them; `None` if they are not the bytes that were
/// read.
pub fn blanked(bytes: &[u8], blanks: &[Blank]) -> Option<Vec<u8>> {
    let mut walk = JsonWalk {
        bytes,
        at: if bytes.starts_with(b"\xEF\xBB\xBF") {
            3
        } else {
            0
        },
        begun: 0,
        values: BTreeMap::new(),
        names: BTreeSet::new(),
        edits: Vec::new(),
    };
    for blank in blanks {
        match blank {
            Blank::Part(index, text) => {
                let text = || Value::from(text.as_str()).to_string();
                walk.values.entry(*index).or_insert_with(text);
            }
            Blank::Value(index) => {
                // Removing the array as a whole removes all of its elements as well.
                walk.values.entry(*index).or_insert_with(removed);
            }
            Blank::Elements(index) => {
                walk.values.insert(*index, format!("[{}]", removed()));
            }
            Blank::Name(index) => {
                walk.names.insert(*index);
            }
        }
    }
    walk.value(true)?;
    let mut kept = Vec::with_capacity(bytes.len());
    let mut copied = 0;
    for (place, text) in &walk.edits {
        kept.extend_from_slice(bytes.get(copied..place.start)?);
        kept.extend_from_slice(text.as_bytes());
        copied = place.end;
    }
    kept.extend_from_slice(bytes.get(copied..)?);
    Some(kept)
}

fn removed() -> String {
    format!("\"{REMOVED}\"")
}

/// A walk over JSON that is known to be valid, and no deeper than what is read.
struct JsonWalk<'a> {
    bytes: &'a [u8],
    at: usize,
    /// How many values were begun; the whole counts as the first.
    begun: usize,
    values: BTreeMap<usize, String>,
    names: BTreeSet<usize>,
    edits: Vec<(Range<usize>, String)>,
}

impl JsonWalk<'_> {
    fn peek(&mut self) -> Option<u8> {
        let rest = self.bytes.get(self.at..)?;
        self.at += rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        self.bytes.get(self.at).copied()
    }

    /// `is_counted` is false for what the reader takes for the digits of a number.
    fn value(&mut self, is_counted: bool) -> Option<()> {
        let first = self.peek()?;
        let (index, start, edits) = (self.begun, self.at, self.edits.len());
        self.begun += usize::from(is_counted);
        match first {
            b'{' => self.object()?,
            b'[' => self.array()?,
            b'"' => self.text()?,
            _ => {
                let rest = self.bytes.get(self.at..)?;
                let is_end = |byte: &u8| byte.is_ascii_whitespace() || b",]}".contains(byte);
                self.at += rest.iter().position(is_end).unwrap_or(rest.len());
            }
        }
        if let Some(text) = self.values.get(&index).filter(|_| is_counted) {
            self.edits.truncate(edits);
            self.edits.push((start..self.at, text.clone()));
        }
        Some(())
    }

    fn object(&mut self) -> Option<()> {
        self.at += 1;
        let mut is_first = true;
        while self.peek()? != b'}' {
            if self.peek()? == b',' {
                self.at += 1;
                self.peek()?;
            }
            let start = self.at;
            self.text()?;
            let name = start..self.at;
            let is_number = is_first && self.is_number(&name);
            is_first = false;
            if self.names.contains(&self.begun) {
                self.edits.push((name, removed()));
            }
            self.peek().filter(|byte| *byte == b':')?;
            self.at += 1;
            self.value(!is_number)?;
        }
        self.at += 1;
        Some(())
    }

    fn array(&mut self) -> Option<()> {
        self.at += 1;
        while self.peek()? != b']' {
            if self.peek()? == b',' {
                self.at += 1;
            }
            self.value(true)?;
        }
        self.at += 1;
        Some(())
    }

    fn text(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.bytes.get(self.at)? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(())
    }

    fn is_number(&self, name: &Range<usize>) -> bool {
        let text = self.bytes.get(name.clone()).unwrap_or_default();
        serde_json::from_slice::<String>(text).is_ok_and(|name| name == lenient::NUMBER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_is_taken_out_and_all_else_is_as_it_came() {
        let bytes =
            b"\xEF\xBB\xBF { \"a\" : [1, \"x\\\"y\", {\"b\":-1e5}],\n\"a\":{ } , \"c\":null}";
        let taken = |blanks: &[Blank]| {
            let kept = blanked(bytes, blanks).unwrap();
            String::from_utf8(kept).unwrap().replace(REMOVED, "-")
        };
        assert_eq!(taken(&[]).as_bytes(), bytes);
        let all = [
            Blank::Value(3),
            Blank::Value(5),
            Blank::Name(6),
            Blank::Name(7),
        ];
        let kept = "\u{FEFF} { \"a\" : [1, \"-\", {\"b\":\"-\"}],\n\"-\":{ } , \"-\":null}";
        assert_eq!(taken(&all), kept);
        let kept = "\u{FEFF} { \"a\" : [\"-\"],\n\"a\":{ } , \"c\":null}";
        assert_eq!(taken(&[Blank::Elements(1), Blank::Value(3)]), kept);
        assert_eq!(taken(&[Blank::Value(1), Blank::Elements(1)]), kept);
    }

    #[test]
    fn bytes_that_are_no_json_are_not_kept() {
        assert_eq!(blanked(b"{\"a\"", &[Blank::Value(1)]), None);
    }
}
