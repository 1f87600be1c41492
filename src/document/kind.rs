//! The kinds of documents that are followed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kind of a document. Its text form is the one used in configuration, SQL, mails and JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Authorization server metadata, RFC 8414.
    OauthAuthorizationServer,
    /// OpenID provider metadata, OpenID Connect Discovery 1.0.
    OpenidConfiguration,
    /// Protected resource metadata, RFC 9728.
    OauthProtectedResource,
    /// A key set, RFC 7517.
    Jwks,
}

impl Kind {
    /// All kinds, in the order in which they are shown.
    pub const ALL: [Self; 4] = [
        Self::OauthAuthorizationServer,
        Self::OpenidConfiguration,
        Self::OauthProtectedResource,
        Self::Jwks,
    ];

    /// The text form, which is also the last segment of the well-known path.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OauthAuthorizationServer => "oauth-authorization-server",
            Self::OpenidConfiguration => "openid-configuration",
            Self::OauthProtectedResource => "oauth-protected-resource",
            Self::Jwks => "jwks",
        }
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
