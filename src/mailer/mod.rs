//! Layer 1: hands one letter to a transport and says what became of it.

mod local;
mod mime;
mod smtp;

use std::path::PathBuf;
use std::time::Duration;

pub use self::mime::{is_address, mime};
use crate::model::letter::{Delivery, Letter};
use crate::model::provider::Secret;

/// Mail cannot be sent as configured: a local error.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// TLS cannot be prepared.
    #[error("cannot prepare TLS for the mail server: {0}")]
    Tls(String),
    /// An address or header is not valid.
    #[error("the mail cannot be written: {0}")]
    Address(String),
}

/// Hands letters to the transport.
#[derive(Debug)]
pub struct Mailer {
    transport: Transport,
    server: Option<smtp::Server>,
}

impl Mailer {
    /// Prepares the transport; nothing is sent.
    pub fn new(transport: &Transport) -> Result<Self, MailerError> {
        let server = match transport {
            Transport::Smtp(smtp) => Some(smtp::Server::new(smtp)?),
            Transport::File { .. } | Transport::Sendmail { .. } => None,
        };
        Ok(Self {
            transport: transport.clone(),
            server,
        })
    }

    /// Begins a round: letters that follow each other share a session with the mail server.
    pub fn open(&self) -> Round<'_> {
        Round {
            transport: &self.transport,
            session: self.server.as_ref().map(smtp::Server::session),
        }
    }

    /// Delivers one letter to its recipient.
    pub async fn deliver(&self, letter: &Letter) -> Delivery {
        let mut round = self.open();
        let delivery = round.deliver(letter).await;
        round.end().await;
        delivery
    }
}

/// Deliveries one after the other.
pub struct Round<'a> {
    transport: &'a Transport,
    session: Option<smtp::Session<'a>>,
}

impl Round<'_> {
    /// Delivers one letter to its recipient.
    pub async fn deliver(&mut self, letter: &Letter) -> Delivery {
        let bytes = match mime(letter) {
            Ok(bytes) => bytes,
            Err(error) => {
                return Delivery::Refused {
                    reason: error.to_string(),
                };
            }
        };
        match (self.transport, &mut self.session) {
            (Transport::File { directory }, _) => local::file(directory, letter, &bytes).await,
            (Transport::Sendmail { command }, _) => local::sendmail(command, letter, &bytes).await,
            (Transport::Smtp(_), Some(session)) => {
                session.deliver(&letter.from, &letter.to, &bytes).await
            }
            (Transport::Smtp(_), None) => Delivery::Deferred {
                reason: "the mail server is not prepared".to_owned(),
                before_data: true,
            },
        }
    }

    /// Ends the session, if there is one.
    pub async fn end(self) {
        if let Some(session) = self.session {
            session.end().await;
        }
    }
}

/// The host part of an address.
pub fn domain(address: &str) -> &str {
    mime::domain(address)
}

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
    /// None: `smtp://` to a loopback address.
    Plain,
}
