//! One SMTP session for one mail, driven step by step.
//!
//! We give the commands ourselves, so that we know whether an attempt ended before DATA: only then
//! may a mail be composed anew. Every session is ended after its mail: one that broke can never
//! answer for the next one. A reply to MAIL, RCPT or DATA that is permanent refuses the mail; what
//! is wrong with the server or our account never does.

use std::time::Duration;

use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;

use super::{MailerError, Smtp, SmtpSecurity};
use crate::model::letter::Delivery;
use crate::model::text::{bounded, visible};

/// Deadline of all steps up to the end of the mail.
const WHOLE: Duration = Duration::from_secs(60);
/// Deadline of one step.
const STEP: Duration = Duration::from_secs(10);

/// A mail server as configured.
pub(super) struct Server {
    smtp: Smtp,
    tls: Option<TlsParameters>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("smtp", &self.smtp)
            .finish_non_exhaustive()
    }
}

/// Why a session did not deliver.
struct Trouble {
    reason: String,
    /// The server refused this mail or this recipient for good.
    refused: bool,
    before_data: bool,
}

impl Server {
    pub(super) fn new(smtp: &Smtp) -> Result<Self, MailerError> {
        let tls = match smtp.security {
            SmtpSecurity::Plain => None,
            SmtpSecurity::Implicit | SmtpSecurity::StartTls => Some(tls(smtp)?),
        };
        Ok(Self {
            smtp: smtp.clone(),
            tls,
        })
    }

    /// Delivers one mail to one recipient.
    pub(super) async fn deliver(&self, from: &str, to: &str, mime: &[u8]) -> Delivery {
        let mut in_data = false;
        let session = self.session(from, to, mime, &mut in_data);
        match tokio::time::timeout(WHOLE, session).await {
            Ok(Ok(reply)) => Delivery::Sent { reply },
            Ok(Err(trouble)) if trouble.refused => Delivery::Refused {
                reason: trouble.reason,
            },
            Ok(Err(trouble)) => Delivery::Deferred {
                reason: trouble.reason,
                before_data: trouble.before_data,
            },
            Err(_elapsed) => Delivery::Deferred {
                reason: format!(
                    "the mail server did not answer within {} s",
                    WHOLE.as_secs()
                ),
                before_data: !in_data,
            },
        }
    }

    async fn session(
        &self,
        from: &str,
        to: &str,
        mime: &[u8],
        in_data: &mut bool,
    ) -> Result<String, Trouble> {
        let (from, to) = (bare(from)?, bare(to)?);
        let mut connection = self.connect().await?;
        let sender = Mail::new(Some(from), Vec::new());
        step(connection.command(sender))
            .await?
            .map_err(|error| about_mail(&error))?;
        let recipient = Rcpt::new(to, Vec::new());
        step(connection.command(recipient))
            .await?
            .map_err(|error| about_mail(&error))?;
        step(connection.command(Data))
            .await?
            .map_err(|error| about_mail(&error))?;
        *in_data = true;
        let reply = connection.message(mime).await.map_err(|error| {
            // Without a reply nobody knows whether it arrived.
            let answered = error.is_permanent() || error.is_transient();
            Trouble {
                before_data: answered,
                ..about_mail(&error)
            }
        })?;
        let said: Vec<&str> = reply.message().collect();
        let said = bounded(
            &visible(&format!("{} {}", reply.code(), said.join(" "))),
            300,
        );
        // The mail is delivered: that the farewell fails changes nothing.
        drop(tokio::time::timeout(Duration::from_secs(2), connection.quit()).await);
        Ok(said)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let hello = ClientId::default();
        let implicit = match self.smtp.security {
            SmtpSecurity::Implicit => self.tls.clone(),
            SmtpSecurity::StartTls | SmtpSecurity::Plain => None,
        };
        let address = (self.smtp.host.as_str(), self.smtp.port);
        let connecting =
            AsyncSmtpConnection::connect_tokio1(address, Some(STEP), &hello, implicit, None);
        let mut connection = step(connecting)
            .await?
            .map_err(|error| about_server(&error))?;
        if let (SmtpSecurity::StartTls, Some(tls)) = (self.smtp.security, &self.tls) {
            if !connection.can_starttls() {
                return Err(later("the mail server does not offer STARTTLS"));
            }
            step(connection.starttls(tls.clone(), &hello))
                .await?
                .map_err(|error| about_server(&error))?;
        }
        if let (Some(user), Some(password)) = (&self.smtp.user, &self.smtp.password) {
            let credentials = Credentials::new(user.clone(), password.reveal().to_owned());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            step(connection.auth(&mechanisms, &credentials))
                .await?
                .map_err(|error| about_server(&error))?;
        }
        Ok(connection)
    }
}

async fn step<T>(work: impl Future<Output = T>) -> Result<T, Trouble> {
    tokio::time::timeout(STEP, work).await.map_err(|_elapsed| {
        later(&format!(
            "the mail server did not answer within {} s",
            STEP.as_secs()
        ))
    })
}

fn tls(smtp: &Smtp) -> Result<TlsParameters, MailerError> {
    let failed = |error: &dyn std::fmt::Display| MailerError::Tls(error.to_string());
    let mut builder = TlsParametersBuilder::new(smtp.host.clone());
    if let Some(path) = &smtp.ca_file {
        let pem = std::fs::read(path).map_err(|error| failed(&error))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| failed(&error))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|error| failed(&error))
}

fn bare(address: &str) -> Result<Address, Trouble> {
    let mailbox: Result<Mailbox, _> = address.parse();
    mailbox
        .map(|mailbox| mailbox.email)
        .map_err(|error| Trouble {
            reason: format!("the address is not valid: {error}"),
            refused: true,
            before_data: true,
        })
}

fn later(reason: &str) -> Trouble {
    Trouble {
        reason: reason.to_owned(),
        refused: false,
        before_data: true,
    }
}

fn about_server(error: &Error) -> Trouble {
    later(&words(error))
}

fn about_mail(error: &Error) -> Trouble {
    let code = error.status().map(|code| code.to_string());
    let is_ours = matches!(code.as_deref(), Some("530" | "534" | "535"));
    Trouble {
        reason: words(error),
        refused: error.is_permanent() && !is_ours,
        before_data: true,
    }
}

/// An error with its causes on one line.
fn words(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(current) = cause {
        let inner = current.to_string();
        if !text.contains(&inner) {
            text = format!("{text}: {inner}");
        }
        cause = current.source();
    }
    bounded(&visible(&text), 300)
}
