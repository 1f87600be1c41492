//! Times as the history prints them.

use jiff::Timestamp;

/// A time with seconds, in UTC, in a form that the commands also read.
pub(super) fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
