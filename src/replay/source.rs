//! Reads a recording, moment by moment.
//!
//! The pipe is made wider where it can be: who unpacks a recording in pieces of 1 MiB and writes
//! them into a pipe of 64 KiB takes turns with the replay that reads it.

use std::fmt::Display;
use std::io::{BufRead, Read as _};

use jiff::Timestamp;

use crate::document::name::DocumentName;
use crate::document::observation::Observation;
use crate::document::recording::RecordingLine;
use crate::document::text::visible;
use crate::policy::reading::BodyRead;

/// Longest line: a body of 1 MiB in which every byte is escaped fits.
const LINE_BYTES: u64 = 8 * 1024 * 1024;
/// The UTF-8 byte order mark that some programs write at the start of a text.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// Lines in a row that may be older than one before them.
const OLDER_LINES: u64 = 100;
/// Most polls that a line may count without holding them.
const UNRECORDED: u64 = 1_000_000_000;
/// Most observations handed over at once, and the most bytes of lines, beside a last one.
const TICK: usize = 2048;
const TICK_BYTES: usize = 16 * 1024 * 1024;

/// One observation with its place.
#[derive(Debug)]
pub(super) struct RecordedObservation {
    pub(super) provider: String,
    pub(super) kind: DocumentName,
    pub(super) observation: Observation,
    /// How far its body was read ahead.
    pub(super) body: Option<BodyRead>,
    pub(super) confirmed_at: Option<Timestamp>,
    pub(super) candidate_since: Option<Timestamp>,
    pub(super) unrecorded: u64,
}

/// What the reader hands over.
#[derive(Debug)]
pub(super) enum RecordingItem {
    /// Observations of one moment, or a part of them, and how many bytes their lines have.
    Tick(Vec<RecordedObservation>, usize),
    /// A line that is not an observation, with what is wrong with it.
    Bad(String),
    /// The rest of the recording cannot be read, for this reason.
    Broken(String),
}

/// A recording, part by part.
pub(super) struct RecordingParts {
    lines: RecordingLines,
    /// Observations of the moment that is being read.
    tick: Vec<RecordedObservation>,
    /// Bytes of the lines that they stand in.
    tick_bytes: usize,
    is_over: bool,
}

/// Starts reading.
pub(super) fn read(input: Box<dyn BufRead + Send>) -> RecordingParts {
    RecordingParts {
        lines: RecordingLines::new(input),
        tick: Vec::new(),
        tick_bytes: 0,
        is_over: false,
    }
}

impl Iterator for RecordingParts {
    type Item = RecordingItem;

    fn next(&mut self) -> Option<RecordingItem> {
        while !self.is_over {
            match self.lines.next() {
                Ok(Some(recorded)) => {
                    let at = self.tick.first().map(|first| first.observation.at);
                    let is_next = at.is_some_and(|at| at != recorded.observation.at);
                    let is_full = self.tick.len() >= TICK || self.tick_bytes >= TICK_BYTES;
                    let length = self.lines.buffer.len();
                    if is_next || is_full {
                        let room = Vec::with_capacity(self.tick.len());
                        let full = std::mem::replace(&mut self.tick, room);
                        let bytes = std::mem::replace(&mut self.tick_bytes, length);
                        self.tick.push(recorded);
                        return Some(RecordingItem::Tick(full, bytes));
                    }
                    self.tick_bytes += length;
                    self.tick.push(recorded);
                }
                Ok(None) => self.is_over = true,
                Err(LineTrouble::Bad(what)) => return Some(RecordingItem::Bad(what)),
                Err(LineTrouble::Broken(what)) => {
                    self.is_over = true;
                    return Some(RecordingItem::Broken(what));
                }
            }
        }
        let rest = std::mem::take(&mut self.tick);
        (!rest.is_empty()).then_some(RecordingItem::Tick(rest, self.tick_bytes))
    }
}

enum LineTrouble {
    Bad(String),
    Broken(String),
}

/// What is wrong with a line.
enum LineProblem {
    /// It is older than the one before.
    Older(String),
    /// It ends where more must come.
    CutOff(String),
    Otherwise(String),
}

struct RecordingLines {
    input: Box<dyn BufRead + Send>,
    number: u64,
    last_at: Option<Timestamp>,
    /// The number of the line that had the latest time.
    last_line: u64,
    /// Lines in a row that are older.
    older_lines: u64,
    buffer: Vec<u8>,
}

impl RecordingLines {
    fn new(input: Box<dyn BufRead + Send>) -> Self {
        Self {
            input,
            number: 0,
            last_at: None,
            last_line: 0,
            older_lines: 0,
            buffer: Vec::new(),
        }
    }

    fn next(&mut self) -> Result<Option<RecordedObservation>, LineTrouble> {
        loop {
            self.buffer.clear();
            let mut bounded = (&mut self.input).take(LINE_BYTES);
            let read = bounded
                .read_until(b'\n', &mut self.buffer)
                .map_err(|error| {
                    LineTrouble::Broken(format!(
                        "line {}: cannot be read: {error}",
                        self.number + 1
                    ))
                })?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            let is_whole = self.buffer.last() == Some(&b'\n');
            if !is_whole && self.buffer.len() as u64 >= LINE_BYTES {
                self.skip_line()?;
                let what = format!("longer than {} MiB", LINE_BYTES >> 20);
                return Err(self.bad(what));
            }
            if self.number == 1 && self.buffer.starts_with(BYTE_ORDER_MARK) {
                self.buffer.drain(..BYTE_ORDER_MARK.len());
            }
            if self.buffer.trim_ascii().is_empty() {
                continue;
            }
            return match self.recorded() {
                Ok(recorded) => Ok(Some(recorded)),
                Err(LineProblem::Older(what)) => Err(self.older(what)),
                Err(LineProblem::CutOff(what)) if !is_whole => Err(self.bad(format!(
                    "the recording ends in the middle of a line ({what})"
                ))),
                Err(LineProblem::CutOff(what) | LineProblem::Otherwise(what)) => {
                    Err(self.bad(what))
                }
            };
        }
    }

    fn bad(&self, what: impl Display) -> LineTrouble {
        LineTrouble::Bad(format!("line {}: {what}", self.number))
    }

    /// One line with a time far ahead makes all after it older: that loses more than a line.
    fn older(&mut self, what: String) -> LineTrouble {
        self.older_lines += 1;
        if self.older_lines < OLDER_LINES {
            return self.bad(what);
        }
        LineTrouble::Broken(format!(
            "line {}: {what}; so are {OLDER_LINES} lines in a row: look at the time of line {}",
            self.number, self.last_line
        ))
    }

    /// Passes over the rest of a line that is too long to be read.
    fn skip_line(&mut self) -> Result<(), LineTrouble> {
        loop {
            self.buffer.clear();
            let mut bounded = (&mut self.input).take(LINE_BYTES);
            match bounded.read_until(b'\n', &mut self.buffer) {
                Ok(0) => return Ok(()),
                Ok(_) if self.buffer.last() == Some(&b'\n') => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(LineTrouble::Broken(format!("cannot be read: {error}"))),
            }
        }
    }

    /// What is wrong with a line that cannot be read: no JSON, or members that are something else.
    fn unreadable(&self, error: &serde_json::Error) -> LineProblem {
        if error.is_data()
            && let Ok(object) = serde_json::from_slice(&self.buffer)
        {
            return LineProblem::Otherwise(RecordingLine::wrong(&object));
        }
        // serde_json counts lines of its own input, which is always line 1.
        let text = error
            .to_string()
            .replace(" at line 1 column ", " at column ");
        let text = visible(&text);
        if error.is_eof() {
            LineProblem::CutOff(text)
        } else {
            LineProblem::Otherwise(format!("no JSON: {text}"))
        }
    }

    fn recorded(&mut self) -> Result<RecordedObservation, LineProblem> {
        // Only objects are read, because serde would also read an array as the fields in order.
        if self.buffer.trim_ascii_start().first() != Some(&b'{') {
            return Err(LineProblem::Otherwise("not a JSON object".to_owned()));
        }
        let line: RecordingLine =
            serde_json::from_slice(&self.buffer).map_err(|error| self.unreadable(&error))?;
        if let Some(last) = self.last_at.filter(|last| line.at < *last) {
            return Err(LineProblem::Older(format!(
                "{} is older than the line before ({last}): a recording is sorted, oldest first",
                line.at
            )));
        }
        let (at, kind) = (line.at, line.document.clone());
        let (confirmed_at, unrecorded) = (line.confirmed_at, line.unrecorded);
        let candidate_since = line.candidate_since;
        if unrecorded > UNRECORDED {
            let what = format!("\"unrecorded\" is more than {UNRECORDED}");
            return Err(LineProblem::Otherwise(what));
        }
        let observation = line.observation();
        let (provider, observation) =
            observation.map_err(|what| LineProblem::Otherwise(what.to_owned()))?;
        (self.last_at, self.last_line) = (Some(at), self.number);
        self.older_lines = 0;
        Ok(RecordedObservation {
            provider,
            kind,
            observation,
            body: None,
            confirmed_at,
            candidate_since,
            unrecorded,
        })
    }
}
