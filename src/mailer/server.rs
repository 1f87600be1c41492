//! A mail server as configured: what it is asked over, each step under its deadline, and what a step
//! that failed means.

use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, TlsParameters, TlsParametersBuilder,
};

use super::error::MailerError;
use super::reply::{self, ReplyMeaning, SessionStep};
use super::settings::{Smtp, SmtpSecurity};
use super::words::{self, Responsible};
use crate::policy::mail::Deferral;

/// A session that has begun and can take mails.
pub(super) struct Session {
    pub(super) connection: AsyncSmtpConnection,
    /// Largest mail the server takes, in bytes; 0 where it names none. `None` where it does not heed
    /// sizes.
    pub(super) size: Option<usize>,
}

/// A mail server as configured, with the sessions that are open.
pub(super) struct MailServer {
    pub(super) smtp: Smtp,
    pub(super) tls: Option<TlsParameters>,
    pub(super) kept: Mutex<Vec<Session>>,
    /// How many mails are in a session just now.
    pub(super) talking: AtomicUsize,
    /// Whether the server is away, so that it is not tried again for every mail that waits.
    pub(super) reach: Mutex<Reachability>,
}

/// Whether the server can be reached, as far as was seen since the last rest.
#[derive(Default)]
pub(super) struct Reachability {
    /// Failures since the last session that began well.
    pub(super) failures: u32,
    /// Why the server is taken to be away; `None` while it is not.
    pub(super) away: Option<(String, Deferral)>,
}

impl std::fmt::Debug for MailServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("smtp", &self.smtp)
            .finish_non_exhaustive()
    }
}

/// Why a mail was not delivered.
pub(super) struct DeliveryTrouble {
    pub(super) reason: String,
    /// What to make of it; `None` where there is no such recipient.
    pub(super) why: Option<Deferral>,
    pub(super) before_data: bool,
    /// Whether the session is over, so that no more commands can be sent in it.
    pub(super) broken: bool,
    /// Whether the server's certificate could not be verified.
    pub(super) is_certificate: bool,
}

/// Trouble that ends a session in which nothing was transferred.
pub(super) fn later(reason: &str, why: Deferral) -> DeliveryTrouble {
    DeliveryTrouble {
        reason: reason.to_owned(),
        why: Some(why),
        before_data: true,
        broken: true,
        is_certificate: false,
    }
}

impl MailServer {
    pub(super) fn new(smtp: &Smtp) -> Result<Self, MailerError> {
        Ok(Self {
            smtp: smtp.clone(),
            tls: tls(smtp)?,
            kept: Mutex::default(),
            talking: AtomicUsize::new(0),
            reach: Mutex::default(),
        })
    }

    /// One command under the deadline of a step.
    pub(super) async fn step<T>(
        &self,
        step: SessionStep,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, DeliveryTrouble> {
        let done = self.timely(step, work).await?;
        done.map_err(|error| self.about(step, &error))
    }

    pub(super) async fn timely<T>(
        &self,
        step: SessionStep,
        work: impl Future<Output = T>,
    ) -> Result<T, DeliveryTrouble> {
        let limit = self.smtp.step;
        let done = tokio::time::timeout(limit, work).await;
        done.map_err(|_elapsed| self.silence(step, limit))
    }

    pub(super) fn silence(&self, step: SessionStep, limit: Duration) -> DeliveryTrouble {
        let why = if step >= SessionStep::Sender {
            Deferral::Silent
        } else {
            Deferral::Passing
        };
        later(&words::silence(&self.smtp, step, limit), why)
    }

    /// The trouble that an error of the server or the network at a step means.
    pub(super) fn about(&self, step: SessionStep, error: &Error) -> DeliveryTrouble {
        let code: Option<u16> = error.status().map(Into::into);
        let (reason, blame) = words::words(&self.smtp, step, error);
        let why = match code {
            None if blame == Responsible::Passing => Some(Deferral::Passing),
            None => Some(Deferral::Standing),
            Some(code) => {
                let said = std::error::Error::source(error).map(ToString::to_string);
                match reply::meaning(step, code, &said.unwrap_or_default()) {
                    ReplyMeaning::NoSuchRecipient => None,
                    ReplyMeaning::TooBig => Some(Deferral::TooBig),
                    ReplyMeaning::Passing => Some(Deferral::Passing),
                    ReplyMeaning::Standing => Some(Deferral::Standing),
                }
            }
        };
        DeliveryTrouble {
            reason,
            why,
            before_data: true,
            // 421 and 521 announce that the server ends the session.
            broken: matches!(code, None | Some(421 | 521)) || step <= SessionStep::Hello,
            is_certificate: blame == Responsible::Certificate,
        }
    }
}

/// What TLS needs to know of the server. A machine without any CA may still be asked by its own
/// programs.
fn tls(smtp: &Smtp) -> Result<Option<TlsParameters>, MailerError> {
    let failed = |error: &dyn std::fmt::Display| MailerError::Tls(error.to_string());
    let mut builder = TlsParametersBuilder::new(smtp.host.clone());
    if let Some(path) = &smtp.ca_file {
        let pem = std::fs::read(path).map_err(|error| failed(&error))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| failed(&error))?;
        builder = builder.add_root_certificate(certificate);
    }
    match builder.build() {
        Err(_) if smtp.security == SmtpSecurity::Plain && smtp.ca_file.is_none() => Ok(None),
        built => built.map(Some).map_err(|error| failed(&error)),
    }
}
