//! An alert that waits to be mailed.

use jiff::Timestamp;

use super::outline::News;

/// What decides about grouping an alert.
#[derive(Debug, Clone, Copy)]
pub struct Waiting<'a> {
    /// What is told.
    pub news: &'a News,
    /// To whom.
    pub recipients: &'a [String],
    /// When it is due.
    pub due_at: Timestamp,
    /// Whether a summary is to tell of it.
    pub collected: bool,
    /// Whether it answers an event that a mail told of at once.
    pub is_answer: bool,
}
