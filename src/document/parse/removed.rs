//! What stands in place of a secret.

/// What stands for private key material from here on.
pub const REMOVED: &str = "[removed by issuerwatch]";
