//! Times as the history prints them.

use jiff::Timestamp;

/// With seconds, in UTC: what is printed can be typed.
pub(super) fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
