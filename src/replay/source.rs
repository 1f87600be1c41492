//! Reads a recording on a thread of its own, tick by tick, and never more than a few ticks ahead.

use std::io::{BufRead, Read as _};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use crate::model::document::Document;
use crate::model::kind::Kind;
use crate::model::observation::{Failure, Observation, Outcome};
use crate::model::reading;
use crate::model::recording::Line;

/// Longest line: a body of 1 MiB in which every byte is escaped fits.
const LINE_BYTES: u64 = 8 * 1024 * 1024;
/// Most observations handed over at once.
const TICK: usize = 2048;
/// Ticks read ahead.
const AHEAD: usize = 4;

/// One observation with its place.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) provider: String,
    pub(super) kind: Kind,
    pub(super) observation: Observation,
    /// What the bytes of the observation are, if it has any: read ahead of what is decided.
    pub(super) document: Option<Result<Arc<Document>, Failure>>,
    pub(super) confirmed_at: Option<Timestamp>,
    pub(super) unrecorded: u64,
}

impl Recorded {
    /// Whether a document came, which takes longer to decide than that none did.
    pub(super) fn is_document(&self) -> bool {
        matches!(self.observation.outcome, Outcome::Body { .. })
    }
}

/// What the reader hands over.
#[derive(Debug)]
pub(super) enum Part {
    /// Observations of one moment, or a part of them.
    Tick(Vec<Recorded>),
    /// A line that is none, with what is wrong.
    Bad(String),
    /// The recording cannot be read on.
    Broken(String),
}

/// Starts reading.
pub(super) fn read(input: Box<dyn BufRead + Send>) -> anyhow::Result<Receiver<Part>> {
    let (parts, received) = sync_channel(AHEAD);
    thread::Builder::new()
        .name("recording".to_owned())
        .spawn(move || {
            let mut lines = Lines::new(input);
            let mut tick: Vec<Recorded> = Vec::new();
            loop {
                let part = match lines.next() {
                    Ok(None) => break,
                    Ok(Some(recorded)) => {
                        let at = tick.first().map(|first| first.observation.at);
                        let is_next = at.is_some_and(|at| at != recorded.observation.at);
                        let full = if is_next || tick.len() >= TICK {
                            std::mem::take(&mut tick)
                        } else {
                            Vec::new()
                        };
                        tick.push(recorded);
                        if full.is_empty() {
                            continue;
                        }
                        Part::Tick(full)
                    }
                    Err(Trouble::Bad(what)) => Part::Bad(what),
                    Err(Trouble::Broken(what)) => Part::Broken(what),
                };
                let is_broken = matches!(part, Part::Broken(_));
                // Whoever listened has given up: so do we.
                if parts.send(part).is_err() || is_broken {
                    return;
                }
            }
            if !tick.is_empty() {
                drop(parts.send(Part::Tick(tick)));
            }
        })
        .context("no thread to read the recording")?;
    Ok(received)
}

enum Trouble {
    Bad(String),
    Broken(String),
}

struct Lines {
    input: Box<dyn BufRead + Send>,
    number: u64,
    last_at: Option<Timestamp>,
    buffer: Vec<u8>,
}

impl Lines {
    fn new(input: Box<dyn BufRead + Send>) -> Self {
        Self {
            input,
            number: 0,
            last_at: None,
            buffer: Vec::new(),
        }
    }

    fn next(&mut self) -> Result<Option<Recorded>, Trouble> {
        loop {
            self.buffer.clear();
            let mut bounded = (&mut self.input).take(LINE_BYTES);
            let read = bounded.read_until(b'\n', &mut self.buffer);
            let read = read.map_err(|error| {
                Trouble::Broken(format!("line {}: cannot be read: {error}", self.number + 1))
            })?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            let is_whole = self.buffer.last() == Some(&b'\n');
            if !is_whole && self.buffer.len() as u64 >= LINE_BYTES {
                return Err(Trouble::Broken(format!(
                    "line {}: longer than {} MiB",
                    self.number,
                    LINE_BYTES >> 20
                )));
            }
            if self.buffer.trim_ascii().is_empty() {
                continue;
            }
            return match self.recorded() {
                Ok(recorded) => Ok(Some(recorded)),
                Err(error) if is_whole => {
                    Err(Trouble::Bad(format!("line {}: {error}", self.number)))
                }
                Err(error) => Err(Trouble::Bad(format!(
                    "line {}: the recording ends in the middle of a line ({error})",
                    self.number
                ))),
            };
        }
    }

    fn recorded(&mut self) -> anyhow::Result<Recorded> {
        let line: Line = serde_json::from_slice(&self.buffer).map_err(|error| {
            // serde_json counts lines of its own input, which is always line 1.
            let text = error
                .to_string()
                .replace(" at line 1 column ", " at column ");
            anyhow::anyhow!("{}", crate::model::text::visible(&text))
        })?;
        if let Some(last) = self.last_at.filter(|last| line.at < *last) {
            bail!(
                "{} is older than the line before ({last}): a recording is sorted, oldest first",
                line.at
            );
        }
        let (at, provider, kind) = (line.at, line.provider.clone(), line.document);
        let (confirmed_at, unrecorded) = (line.confirmed_at, line.unrecorded);
        let observation = line.observation().map_err(anyhow::Error::msg)?;
        self.last_at = Some(at);
        Ok(Recorded {
            provider,
            kind,
            document: reading::parsed(kind, &observation.outcome),
            observation,
            confirmed_at,
            unrecorded,
        })
    }
}
