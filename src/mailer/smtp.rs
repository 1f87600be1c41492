//! SMTP, driven step by step: one session for the mails of one round, one recipient a mail.
//!
//! We give the commands ourselves, so that we know whether an attempt ended before DATA: only then
//! may a mail be composed anew. A session is kept for the next mail only if every command had the
//! reply it must have; after anything else it is dropped, so that a late reply can never stand for
//! another mail. A permanent reply to MAIL, RCPT, DATA or the mail itself refuses the mail; what is
//! wrong with the server or our account never does.

use std::time::Duration;

use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;

use super::{MailerError, Smtp, SmtpSecurity};
use crate::model::letter::Delivery;
use crate::model::text::{bounded, visible};

/// Deadline of one mail, in deadlines of one step: scanning a mail after its end takes longest.
const STEPS: u32 = 5;
/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_secs(2);

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

/// Why a mail was not delivered.
struct Trouble {
    reason: String,
    /// The server refused this mail or this recipient for good.
    refused: bool,
    before_data: bool,
    /// The session is over: nothing more can be said in it.
    broken: bool,
}

/// A session with a server, opened by its first mail.
pub(super) struct Session<'a> {
    server: &'a Server,
    connection: Option<AsyncSmtpConnection>,
    /// Why the server could not be reached: it is not tried again for every mail that waits.
    down: Option<String>,
}

impl Session<'_> {
    /// Delivers one mail to one recipient.
    pub(super) async fn deliver(&mut self, from: &str, to: &str, mime: &[u8]) -> Delivery {
        if let Some(down) = &self.down {
            return Delivery::Deferred {
                reason: down.clone(),
                before_data: true,
            };
        }
        let limit = self.server.smtp.step * STEPS;
        let mut in_data = false;
        let attempt = self.attempt(from, to, mime, &mut in_data);
        match tokio::time::timeout(limit, attempt).await {
            Ok(Ok(reply)) => Delivery::Sent { reply },
            Ok(Err(trouble)) if trouble.refused => Delivery::Refused {
                reason: trouble.reason,
            },
            Ok(Err(trouble)) => Delivery::Deferred {
                reason: trouble.reason,
                before_data: trouble.before_data,
            },
            Err(_elapsed) => Delivery::Deferred {
                reason: silence(limit),
                before_data: !in_data,
            },
        }
    }

    /// Says goodbye. What was delivered stays delivered whatever comes of it.
    pub(super) async fn end(self) {
        if let Some(mut connection) = self.connection {
            drop(tokio::time::timeout(FAREWELL, connection.quit()).await);
        }
    }

    async fn attempt(
        &mut self,
        from: &str,
        to: &str,
        mime: &[u8],
        in_data: &mut bool,
    ) -> Result<String, Trouble> {
        let (from, to) = (bare(from)?, bare(to)?);
        // Taken out while it is used: an attempt that is given up in the middle leaves none behind.
        if let Some(mut connection) = self.connection.take() {
            match self.server.begin(&mut connection, &from).await {
                Ok(()) => return self.finish(connection, to, mime, in_data).await,
                // The server has ended the session since the last mail: a new one says more.
                Err(trouble) if trouble.broken => {}
                Err(trouble) => {
                    self.keep(connection).await;
                    return Err(trouble);
                }
            }
        }
        let mut connection = match self.server.connect().await {
            Ok(connection) => connection,
            Err(trouble) => {
                self.down = Some(trouble.reason.clone());
                return Err(trouble);
            }
        };
        if let Err(trouble) = self.server.begin(&mut connection, &from).await {
            if !trouble.broken {
                self.keep(connection).await;
            }
            return Err(trouble);
        }
        self.finish(connection, to, mime, in_data).await
    }

    /// Everything after MAIL; keeps the session if it can be used again.
    async fn finish(
        &mut self,
        mut connection: AsyncSmtpConnection,
        to: Address,
        mime: &[u8],
        in_data: &mut bool,
    ) -> Result<String, Trouble> {
        let sent = self
            .server
            .transfer(&mut connection, to, mime, in_data)
            .await;
        match &sent {
            Ok(_) => self.connection = Some(connection),
            Err(trouble) if !trouble.broken => self.keep(connection).await,
            Err(_broken) => {}
        }
        sent
    }

    /// Clears a session in which a mail was refused; one that does not clear is dropped.
    async fn keep(&mut self, mut connection: AsyncSmtpConnection) {
        let cleared = self.server.step(connection.command(Rset)).await;
        if cleared.is_ok_and(|reply| reply.has_code(250)) {
            self.connection = Some(connection);
        }
    }
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

    /// A session; nothing is said before its first mail.
    pub(super) fn session(&self) -> Session<'_> {
        Session {
            server: self,
            connection: None,
            down: None,
        }
    }

    async fn begin(
        &self,
        connection: &mut AsyncSmtpConnection,
        from: &Address,
    ) -> Result<(), Trouble> {
        let sender = Mail::new(Some(from.clone()), Vec::new());
        let reply = self.step(connection.command(sender)).await?;
        expect(&reply, &["250"])
    }

    async fn transfer(
        &self,
        connection: &mut AsyncSmtpConnection,
        to: Address,
        mime: &[u8],
        in_data: &mut bool,
    ) -> Result<String, Trouble> {
        let recipient = Rcpt::new(to, Vec::new());
        let reply = self.step(connection.command(recipient)).await?;
        expect(&reply, &["250", "251", "252"])?;
        let reply = self.step(connection.command(Data)).await?;
        expect(&reply, &["354"])?;
        *in_data = true;
        // Under the deadline of the whole mail alone: it is scanned before it is taken.
        let reply = connection.message(mime).await.map_err(|error| {
            let trouble = about_mail(&error);
            // Without a reply nobody knows whether it arrived.
            Trouble {
                before_data: !trouble.broken || error.is_transient(),
                ..trouble
            }
        })?;
        let said: Vec<&str> = reply.message().collect();
        let said = visible(&format!("{} {}", reply.code(), said.join(" ")));
        // A reply to something else, and so no word about this mail.
        expect(&reply, &["250"]).map_err(|trouble| Trouble {
            before_data: false,
            ..trouble
        })?;
        Ok(bounded(&said, 300))
    }

    /// One command under the deadline of a step.
    async fn step(
        &self,
        work: impl Future<Output = Result<Response, Error>>,
    ) -> Result<Response, Trouble> {
        self.timely(work).await?.map_err(|error| about_mail(&error))
    }

    async fn timely<T>(&self, work: impl Future<Output = T>) -> Result<T, Trouble> {
        let limit = self.smtp.step;
        tokio::time::timeout(limit, work)
            .await
            .map_err(|_elapsed| later(&silence(limit)))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let hello = ClientId::default();
        let implicit = match self.smtp.security {
            SmtpSecurity::Implicit => self.tls.clone(),
            SmtpSecurity::StartTls | SmtpSecurity::Plain => None,
        };
        let address = (self.smtp.host.as_str(), self.smtp.port);
        let connecting = AsyncSmtpConnection::connect_tokio1(address, None, &hello, implicit, None);
        let mut connection = self
            .timely(connecting)
            .await?
            .map_err(|error| about_server(&error))?;
        if let (SmtpSecurity::StartTls, Some(tls)) = (self.smtp.security, &self.tls) {
            if !connection.can_starttls() {
                return Err(later("the mail server does not offer STARTTLS"));
            }
            self.timely(connection.starttls(tls.clone(), &hello))
                .await?
                .map_err(|error| about_server(&error))?;
        }
        if let (Some(user), Some(password)) = (&self.smtp.user, &self.smtp.password) {
            let credentials = Credentials::new(user.clone(), password.reveal().to_owned());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            if !mechanisms
                .iter()
                .any(|one| connection.server_info().supports_auth_mechanism(*one))
            {
                return Err(later("the mail server offers neither AUTH PLAIN nor LOGIN"));
            }
            self.timely(connection.auth(&mechanisms, &credentials))
                .await?
                .map_err(|error| about_server(&error))?;
        }
        Ok(connection)
    }
}

/// A reply that is positive but not to this command: the two sides do not mean the same any more.
fn expect(reply: &Response, codes: &[&str]) -> Result<(), Trouble> {
    let code = reply.code().to_string();
    if codes.contains(&code.as_str()) {
        return Ok(());
    }
    let said: Vec<&str> = reply.message().collect();
    let said = bounded(&visible(&said.join(" ")), 200);
    Err(later(&format!("unexpected reply {code} {said}")))
}

fn silence(limit: Duration) -> String {
    let seconds = limit.as_secs_f32();
    format!("the mail server did not answer within {seconds} s")
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
            broken: false,
        })
}

fn later(reason: &str) -> Trouble {
    Trouble {
        reason: reason.to_owned(),
        refused: false,
        before_data: true,
        broken: true,
    }
}

fn about_server(error: &Error) -> Trouble {
    later(&words(error))
}

/// What the server or the network said about this mail. Codes about the protocol or the account are
/// about us: another server, another password may take the mail.
fn about_mail(error: &Error) -> Trouble {
    let code = error.status().map(|code| code.to_string());
    let code = code.as_deref().unwrap_or_default();
    let is_ours = matches!(
        code,
        "500" | "502" | "503" | "504" | "521" | "530" | "534" | "535" | "538"
    );
    Trouble {
        reason: words(error),
        refused: error.is_permanent() && !is_ours,
        before_data: true,
        // 421 and 521 announce that the server ends the session.
        broken: matches!(code, "" | "421" | "521"),
    }
}

/// What the server said, or the innermost cause: what lettre puts around it says less.
fn words(error: &Error) -> String {
    let mut said = None;
    let mut cause = std::error::Error::source(error);
    while let Some(current) = cause {
        said = Some(current.to_string());
        cause = current.source();
    }
    let said = said.unwrap_or_else(|| error.to_string());
    let text = match error.status() {
        None if said == "incomplete response" => {
            "the mail server ended the session without a reply".to_owned()
        }
        Some(code) if !said.starts_with(&code.to_string()) => format!("{code} {said}"),
        _ => said,
    };
    bounded(&visible(&text), 300)
}
