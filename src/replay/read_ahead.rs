//! Reads the recording on a thread of its own, while what stands before is decided.
//!
//! What follows from a line alone is done here: the line is parsed, and so is a body unless it is the
//! one that its target had before. It is handed over in batches, because one thread that waits for the
//! other at every line takes longer than both lines.

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use anyhow::Context as _;

use super::source::{self, RecordedObservation, RecordingItem};
use crate::document::name::DocumentName;
use crate::document::observation::Outcome;
use crate::policy::reading::BodyRead;

/// Batches that may wait to be decided.
const AHEAD: usize = 2;
/// A batch is handed over once it has so many moments, or bytes of lines. Parsed bodies take ten times the
/// bytes of their lines, so batches of 512 KiB took 10 MiB more and saved nothing.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 64 * 1024;

/// A recording that is read ahead, part by part.
pub(super) struct ReadAhead {
    batches: Receiver<Vec<RecordingItem>>,
    batch: std::vec::IntoIter<RecordingItem>,
    thread: Option<JoinHandle<()>>,
}

impl ReadAhead {
    /// Starts reading. Bodies are parsed ahead if that is how all targets need them.
    pub(super) fn start(input: Box<dyn BufRead + Send>, parses: bool) -> anyhow::Result<Self> {
        let (hand_over, batches) = sync_channel(AHEAD);
        let thread = thread::Builder::new()
            .name("reader".to_owned())
            .spawn(move || read(input, parses, &hand_over))
            .context("no thread to read the recording")?;
        Ok(Self {
            batches,
            batch: Vec::new().into_iter(),
            thread: Some(thread),
        })
    }
}

impl Iterator for ReadAhead {
    type Item = RecordingItem;

    fn next(&mut self) -> Option<RecordingItem> {
        loop {
            if let Some(item) = self.batch.next() {
                return Some(item);
            }
            match self.batches.recv() {
                Ok(batch) => self.batch = batch.into_iter(),
                Err(_ended) => {
                    // A recording of which the rest was not read must not look like one that has ended.
                    let ended = self.thread.take()?.join();
                    let broken = |_| RecordingItem::Broken("reading panicked".to_owned());
                    return ended.err().map(broken);
                }
            }
        }
    }
}

/// Reads until the end, or until nobody asks any more.
fn read(input: Box<dyn BufRead + Send>, parses: bool, hand_over: &SyncSender<Vec<RecordingItem>>) {
    let mut bodies = LatestBodies::default();
    let (mut batch, mut bytes) = (Vec::with_capacity(BATCH), 0);
    for mut item in source::read(input) {
        if let RecordingItem::Tick(tick, length) = &mut item {
            bytes += *length;
            for recorded in tick.iter_mut().filter(|_| parses) {
                bodies.read(recorded);
            }
        }
        // What ends a replay is told at once, and not when a batch is full.
        let is_trouble = !matches!(item, RecordingItem::Tick(..));
        batch.push(item);
        if is_trouble || batch.len() >= BATCH || bytes >= BATCH_BYTES {
            bytes = 0;
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
            if hand_over.send(full).is_err() {
                return;
            }
        }
    }
    // If nobody asks any more, the replay has been given up.
    drop(hand_over.send(batch));
}

/// The hashes of the bodies that came last, by provider and document.
#[derive(Default)]
struct LatestBodies(HashMap<String, BTreeMap<DocumentName, String>>);

impl LatestBodies {
    /// Reads a body: parses it only if it is another one than that before, as most that are the same
    /// are known.
    fn read(&mut self, recorded: &mut RecordedObservation) {
        let Outcome::Body {
            content_type,
            bytes,
        } = &recorded.observation.outcome
        else {
            return;
        };
        let body = BodyRead::hash(bytes);
        let known = self.0.get_mut(&recorded.provider);
        let latest = known.and_then(|it| it.get_mut(&recorded.kind));
        let is_known = latest.as_ref().is_some_and(|it| **it == body.sha256);
        match latest {
            Some(latest) if !is_known => latest.clone_from(&body.sha256),
            Some(_) => {}
            None => {
                let known = self.0.entry(recorded.provider.clone()).or_default();
                known.insert(recorded.kind.clone(), body.sha256.clone());
            }
        }
        recorded.body = Some(if is_known {
            body
        } else {
            body.parsed(recorded.kind.kind(), bytes, content_type.as_deref())
        });
    }
}
