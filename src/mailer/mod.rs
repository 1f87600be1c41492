//! Hands one message to a transport and says what became of it.

mod connect;
mod error;
mod local;
mod mime;
mod reply;
mod server;
mod settings;
mod smtp;
mod stream;
mod words;

use std::net::{Ipv4Addr, Ipv6Addr};

pub use self::error::MailerError;
pub use self::mime::{is_address, mime};
use self::server::MailServer;
pub use self::settings::{Smtp, SmtpSecurity, Transport};
use crate::policy::mail::{Deferral, Delivery, Message};

/// Hands letters to the transport; several at a time share the sessions with a mail server.
#[derive(Debug)]
pub struct Mailer {
    transport: Transport,
    envelope_from: Option<String>,
    server: Option<MailServer>,
}

impl Mailer {
    /// Prepares the transport; nothing is sent. Bounces go to `From`.
    pub fn new(transport: &Transport) -> Result<Self, MailerError> {
        Self::with_envelope(transport, None)
    }

    /// Like `new`, with the address that bounces go to.
    pub fn with_envelope(
        transport: &Transport,
        envelope_from: Option<&str>,
    ) -> Result<Self, MailerError> {
        let server = match transport {
            Transport::Smtp(smtp) => Some(MailServer::new(smtp)?),
            Transport::File { .. } | Transport::Sendmail { .. } => None,
        };
        Ok(Self {
            transport: transport.clone(),
            envelope_from: envelope_from.map(str::to_owned),
            server,
        })
    }

    /// Delivers one message to its recipient. A session is kept for the next one until `rest`.
    pub async fn deliver(&self, message: &Message) -> Delivery {
        let bytes = match mime(message) {
            Ok(bytes) => bytes,
            // An address that is not valid means a wrong recipient; any other error is about us.
            Err(error) if !is_address(&message.to) => {
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
        let from = self.envelope_from.as_deref().unwrap_or(&message.from);
        match (&self.transport, &self.server) {
            (Transport::File { directory }, _) => local::file(directory, message, bytes).await,
            (Transport::Sendmail { command }, _) => {
                local::sendmail(command, from, &message.to, &bytes).await
            }
            (Transport::Smtp(_), Some(server)) => server.deliver(from, &message.to, &bytes).await,
            (Transport::Smtp(_), None) => Delivery::Deferred {
                reason: "the mail server is not prepared".to_owned(),
                before_data: true,
                why: Deferral::Standing,
            },
        }
    }

    /// Ends the open sessions, because there is nothing more to deliver for now, and lets a server that
    /// could not be reached be tried again.
    pub async fn end_sessions(&self) {
        if let Some(server) = &self.server {
            server.end_sessions().await;
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
