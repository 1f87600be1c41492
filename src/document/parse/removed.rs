//! What stands in place of a secret.

/// The text that replaces private key material wherever a document is kept or shown.
pub const REMOVED: &str = "[removed by issuerwatch]";
