//! The class of a failure, as JSON and metrics name it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a poll did not succeed: the class, as named in JSON and in metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The name has no address.
    Unresolved,
    /// No connection, or it broke.
    Unreachable,
    /// No TLS session that can be trusted.
    Tls,
    /// A deadline passed.
    Timeout,
    /// A status other than 200 (or 304 to a conditional request).
    Status,
    /// Too many redirects, or one that may not be followed.
    Redirect,
    /// More bytes than `max_body`, or more of something than is read.
    TooLarge,
    /// Not JSON.
    NotJson,
    /// JSON, but not an object.
    NotAnObject,
    /// An address that may not be reached.
    Blocked,
    /// 304 to a request that was not conditional.
    UnexpectedNotModified,
}

impl FailureKind {
    /// All classes.
    pub const ALL: [Self; 11] = [
        Self::Unresolved,
        Self::Unreachable,
        Self::Tls,
        Self::Timeout,
        Self::Status,
        Self::Redirect,
        Self::TooLarge,
        Self::NotJson,
        Self::NotAnObject,
        Self::Blocked,
        Self::UnexpectedNotModified,
    ];

    /// The text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unresolved => "unresolved",
            Self::Unreachable => "unreachable",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Status => "status",
            Self::Redirect => "redirect",
            Self::TooLarge => "too-large",
            Self::NotJson => "not-json",
            Self::NotAnObject => "not-an-object",
            Self::Blocked => "blocked",
            Self::UnexpectedNotModified => "unexpected-not-modified",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
