//! What a digest is made of: the pieces, and what they leave of the events they tell of.

use std::collections::BTreeSet;

use super::subject_words::SubjectWords;
use super::words::counted;
use crate::document::severity::Severity;
use crate::meaning::change::order::LeadRank;
use crate::policy::event::Event;

/// What a digest says of events, made part by part: they may be too much to be read at once.
#[derive(Debug, Default)]
pub struct Digest {
    /// Without their changes, findings and patches.
    pub(super) events: Vec<Event>,
    pub(super) pieces: Vec<Piece>,
    /// By the number of their event.
    pub(super) notes: Vec<(i64, Vec<String>)>,
    /// How many events had one.
    pub(super) patches: usize,
}

impl Digest {
    /// The events, oldest first, without their changes and findings.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    pub(super) fn notes(&self) -> impl Iterator<Item = String> {
        self.notes.iter().flat_map(|(_, notes)| notes.clone())
    }
}

/// What one mail of a digest would have said.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) severity: Option<Severity>,
    /// Whether it has no rank, and its rank.
    pub(super) rank: (bool, Option<LeadRank>),
    /// What is said below its words where it is of one provider.
    pub(super) detail: Option<String>,
    /// Where the document stands, said where it is of one provider and grave.
    pub(super) url: Option<String>,
    pub(super) what: SubjectWords,
    pub(super) advice: Option<String>,
    pub(super) providers: Vec<String>,
    /// Details that tell two pieces of news apart if their words are equal.
    pub(super) news: BTreeSet<String>,
}

impl Piece {
    pub(super) fn who(&self) -> String {
        match self.providers.as_slice() {
            [one] => one.clone(),
            many => counted(u64::try_from(many.len()).unwrap_or(u64::MAX), "provider"),
        }
    }
}
