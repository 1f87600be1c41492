//! What is kept of a certificate of the chain that was verified.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One certificate of the chain that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// SHA-256 over the DER, hexadecimal.
    pub sha256: String,
    /// SHA-1 over the DER, hexadecimal: what cloud providers pin.
    pub sha1: String,
    /// The CA that issued it, made visible.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub issuer: Option<String>,
    /// The name of its subject, made visible.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<String>,
    /// When it begins.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub starts_at: Option<Timestamp>,
    /// When it expires.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
}
