//! How grave a change is, and which group of members it belongs to.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How grave a change or finding is. Ordered: `Info` is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Behavior may differ.
    Notice,
    /// Clients fail.
    Breaking,
    /// May be an attack, or weakens protection.
    Security,
}

impl Severity {
    /// All severities, the gravest first.
    pub const ALL: [Self; 4] = [Self::Security, Self::Breaking, Self::Notice, Self::Info];

    /// The text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Breaking => "breaking",
            Self::Security => "security",
        }
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|severity| severity.as_str() == text)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A group of members, as `alert_on` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// issuer, every `*_endpoint`, `jwks_uri` and other URLs that clients call.
    Endpoints,
    /// `scopes_supported`.
    Scopes,
    /// Response types and modes, grants, client authentication, PKCE, algorithms, feature switches.
    Methods,
    /// The key set.
    Keys,
    /// Claims, locales, documentation, policy, UI, and members that are not registered.
    Other,
}

impl Group {
    /// All groups, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::Endpoints,
        Self::Scopes,
        Self::Methods,
        Self::Keys,
        Self::Other,
    ];

    /// The text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Endpoints => "endpoints",
            Self::Scopes => "scopes",
            Self::Methods => "methods",
            Self::Keys => "keys",
            Self::Other => "other",
        }
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.as_str() == text)
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
