//! The one place that reads the clock.

use jiff::Timestamp;

/// Now, to the second: what is stored, shown and hashed has no smaller unit.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}
