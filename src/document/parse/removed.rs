//! What stands in place of a secret.

/// The text that replaces private key material wherever a document is kept or shown.
pub const REMOVED: &str = "[removed by issuerwatch]";
/// What stands in place of a secret within a URL, which it leaves one that can be read.
pub(super) const REMOVED_IN_URL: &str = "[removed-by-issuerwatch]";
/// What stands in place of a text in which a password or another secret was, and no key.
pub(super) const REMOVED_PASSWORD: &str = "[password removed by issuerwatch]";
