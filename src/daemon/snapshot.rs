//! A copy of what the event loop knows, so that readers do not hold the loop up.

use super::attendance::Attendance;
use super::health::WatchedSchedules;

/// A copy of what the event loop knows at one moment.
#[derive(Debug)]
pub(super) struct LoopSnapshot {
    /// Whether the scheduler still asks what is due.
    pub(super) is_alive: bool,
    pub(super) work: WatchedSchedules,
    pub(super) attendance: Attendance,
}
