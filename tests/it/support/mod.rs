//! Real servers on loopback, and the built binary.

pub(crate) mod program;
pub(crate) mod proxy;
pub(crate) mod receiver;
pub(crate) mod site;
pub(crate) mod smtp;

use std::time::{Duration, Instant};

/// Most time that a condition is waited for. So long that only what never comes reaches it: no test is
/// about how quick the machine is.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until `condition` holds.
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "gave up waiting until {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
