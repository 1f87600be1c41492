//! Progress messages of a poll about its second fetch, for showing it to a user.

use std::time::Duration;

/// A change that is being confirmed by a second fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PendingConfirmation {
    /// The second fetch will be made after a delay.
    Began {
        /// The delay, from `confirm_after`.
        after: Duration,
    },
    /// The second fetch was made.
    Ended,
}
