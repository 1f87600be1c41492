//! An alert that waits to be mailed.

use jiff::Timestamp;

use super::outline::News;

/// The facts of an alert that decide about grouping it.
#[derive(Debug, Clone, Copy)]
pub struct WaitingAlert<'a> {
    /// The news that the alert tells.
    pub news: &'a News,
    /// The recipients of the alert.
    pub recipients: &'a [String],
    /// When the alert is due.
    pub due_at: Timestamp,
    /// Whether a summary is to tell of it.
    pub collected: bool,
    /// Whether it answers an event that was told in a mail at once.
    pub is_answer: bool,
}
