//! What a poll says of a second fetch on its way, for whoever shows how far it is.

use std::time::Duration;

/// A change is confirmed by a second fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirming {
    /// It is going to be made after so long.
    Began {
        /// `confirm_after`.
        after: Duration,
    },
    /// It was made.
    Ended,
}
