//! What the event loop knows at a moment, so that readers do not hold it up.

use super::attendance::Attendance;
use super::health::Work;

/// What the event loop knows at a moment.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// Whether the scheduler asks.
    pub(super) is_alive: bool,
    pub(super) work: Work,
    pub(super) attendance: Attendance,
}
