//! The one place that reads the clock.

pub mod moment;

use jiff::Timestamp;

/// Now, to the second: what is stored, shown and hashed has no smaller unit. How long a fetch took is
/// measured apart, in milliseconds.
pub fn now() -> Timestamp {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the clock"
    )]
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}
