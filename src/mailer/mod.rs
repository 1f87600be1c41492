//! Layer 1: hands one letter to a transport and says what became of it.

use std::path::PathBuf;

use crate::model::provider::Secret;

/// How mail leaves: `[mail] transport`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// One `.eml` file a mail in this directory, which is made if it does not exist.
    File {
        /// The directory.
        directory: PathBuf,
    },
    /// A program that takes the mail on standard input: `command -i -f FROM -- TO`.
    Sendmail {
        /// Program and its fixed arguments.
        command: Vec<String>,
    },
    /// A mail server.
    Smtp(Smtp),
}

/// Where and how to reach a mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the session is protected.
    pub security: SmtpSecurity,
    /// User name for AUTH.
    pub user: Option<String>,
    /// Password for AUTH.
    pub password: Option<Secret>,
    /// PEM file with certificates trusted besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// How a session with a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (`smtps://`).
    Implicit,
    /// STARTTLS, and nothing is sent without it (`smtp://`).
    StartTls,
    /// None: `smtp://` to a loopback address.
    Plain,
}
