//! The chain of the history: each event's hash covers its content and the hash before it.

use super::fingerprint::sha256_hex;

/// What the first event is chained to.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The hash of an event: SHA-256 over the hash before it, a line feed, and its content.
pub fn event_hash(previous: &str, content: &str) -> String {
    sha256_hex(format!("{previous}\n{content}").as_bytes())
}
