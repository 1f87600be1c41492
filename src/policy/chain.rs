//! The chain of the history: each event's hash covers its content and the hash before it.
//!
//! The content is hashed as the text that is stored, not as the value it stands for: two texts of
//! one value would otherwise be indistinguishable, and what is read is the text.

use crate::document::fingerprint::sha256_hex_of;

/// The hash that stands before the first event.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The hash of an event: SHA-256 over the hash before it, a line feed, and its canonical JSON.
///
/// A hash has a fixed length, so no two pairs give the same input.
pub fn event_hash(previous: &str, content: &str) -> String {
    let parts = [previous, "\n", content];
    sha256_hex_of(parts.iter().map(|part| part.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::fingerprint::sha256_hex;

    #[test]
    fn the_hash_covers_the_content_and_the_hash_before() {
        let first = event_hash(GENESIS, r#"{"event":1}"#);
        assert_eq!(first, event_hash(GENESIS, r#"{"event":1}"#));
        assert_ne!(first, event_hash(GENESIS, r#"{"event":2}"#));
        assert_ne!(first, event_hash(&first, r#"{"event":1}"#));
    }

    #[test]
    fn the_hash_never_changes_between_versions() {
        assert_eq!(
            event_hash(GENESIS, "{}"),
            sha256_hex(format!("{}\n{{}}", "0".repeat(64)).as_bytes())
        );
    }
}
