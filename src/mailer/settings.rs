//! How mail leaves, as it is configured.

use std::path::PathBuf;
use std::time::Duration;

use crate::meaning::provider::Secret;

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
    /// What EHLO says; else the name of this host if it is a full one, else its address.
    pub helo: Option<String>,
    /// PEM file with certificates trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Deadline of one step of a session; a whole mail may take five.
    pub step: Duration,
}

impl Smtp {
    /// The deadline of a step unless a test says otherwise: servers that greet late, to see who
    /// waits, do so for up to 20 s.
    pub const STEP: Duration = Duration::from_secs(30);
}

/// How a session with a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (`smtps://`).
    Implicit,
    /// STARTTLS, and nothing is sent without it (`smtp://`).
    StartTls,
    /// `smtp://` to a loopback address: STARTTLS where it is offered.
    Plain,
}
