//! Layer 1: hands one letter to a transport and says what became of it.

mod connect;
mod local;
mod mime;
mod reply;
mod smtp;
mod stream;
mod words;

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

pub use self::mime::{is_address, mime};
use crate::meaning::provider::Secret;
use crate::policy::mail::{Deferral, Delivery, Letter};

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

/// Hands letters to the transport; several at a time share the sessions with a mail server.
#[derive(Debug)]
pub struct Mailer {
    transport: Transport,
    envelope_from: Option<String>,
    server: Option<smtp::Server>,
}

impl Mailer {
    /// Prepares the transport; nothing is sent. Bounces go to `From`.
    pub fn new(transport: &Transport) -> Result<Self, MailerError> {
        Self::with_envelope(transport, None)
    }

    /// The same, with the address that bounces go to.
    pub fn with_envelope(
        transport: &Transport,
        envelope_from: Option<&str>,
    ) -> Result<Self, MailerError> {
        let server = match transport {
            Transport::Smtp(smtp) => Some(smtp::Server::new(smtp)?),
            Transport::File { .. } | Transport::Sendmail { .. } => None,
        };
        Ok(Self {
            transport: transport.clone(),
            envelope_from: envelope_from.map(str::to_owned),
            server,
        })
    }

    /// Delivers one letter to its recipient. A session is kept for the next one until `rest`.
    pub async fn deliver(&self, letter: &Letter) -> Delivery {
        let bytes = match mime(letter) {
            Ok(bytes) => bytes,
            // An address that cannot be written to is no recipient; all else is about us.
            Err(error) if !is_address(&letter.to) => {
                return Delivery::Refused {
                    reason: error.to_string(),
                };
            }
            Err(error) => {
                return Delivery::Deferred {
                    reason: error.to_string(),
                    before_data: true,
                    why: Deferral::Standing,
                };
            }
        };
        let from = self.envelope_from.as_deref().unwrap_or(&letter.from);
        match (&self.transport, &self.server) {
            (Transport::File { directory }, _) => local::file(directory, letter, bytes).await,
            (Transport::Sendmail { command }, _) => {
                local::sendmail(command, from, &letter.to, &bytes).await
            }
            (Transport::Smtp(_), Some(server)) => server.deliver(from, &letter.to, &bytes).await,
            (Transport::Smtp(_), None) => Delivery::Deferred {
                reason: "the mail server is not prepared".to_owned(),
                before_data: true,
                why: Deferral::Standing,
            },
        }
    }

    /// There is nothing more to deliver for now: ends what is open, and lets a server that could not
    /// be reached be tried again.
    pub async fn rest(&self) {
        if let Some(server) = &self.server {
            server.rest().await;
        }
    }
}

/// Whether a text can stand in `helo`: a full host name, or an address literal.
pub fn is_helo(text: &str) -> bool {
    let literal = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    match literal {
        None => connect::is_full_name(text),
        Some(literal) => match literal.strip_prefix("IPv6:") {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => literal.parse::<Ipv4Addr>().is_ok(),
        },
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
