//! What went wrong with a session, in words that say what to do. Decided on the types of errors.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use lettre::transport::smtp::Error;
use rustls::CertificateError as Certificate;
use rustls::pki_types::UnixTime;

use super::reply::SessionStep;
use super::settings::{Smtp, SmtpSecurity};
use super::stream::{Endless, TooEarly};
use crate::document::text::{bounded, visible};

/// Who has to act before the mail can be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Responsible {
    /// Nobody: the trouble passes by itself, so the mail is only tried again.
    Passing,
    /// Somebody must mend the configuration or the server.
    Standing,
    /// Somebody must mend the certificate of the server.
    Certificate,
}

/// The words for a server that did not answer within `limit`.
pub(super) fn silence(smtp: &Smtp, step: SessionStep, limit: Duration) -> String {
    let (seconds, step_words) = (limit.as_secs_f32(), step.words());
    let hint = match (step, smtp.security, smtp.port) {
        (SessionStep::Connect, SmtpSecurity::StartTls | SmtpSecurity::Plain, 465) => {
            "; port 465 speaks TLS from the first byte: write smtps://"
        }
        _ => "",
    };
    format!("the mail server did not answer within {seconds} s ({step_words}){hint}")
}

/// What the server said, or why it could not be heard, in words; and who has to act.
pub(super) fn words(smtp: &Smtp, step: SessionStep, error: &Error) -> (String, Responsible) {
    let (text, blame) = plain(smtp, step, error);
    (bounded(&visible(&text), 300), blame)
}

fn plain(smtp: &Smtp, step: SessionStep, error: &Error) -> (String, Responsible) {
    let mut innermost = None;
    let mut cause = error.source();
    while let Some(current) = cause {
        if let Some(tls) = current.downcast_ref::<rustls::Error>() {
            return tls_words(smtp, step, tls);
        }
        if let Some(io) = current.downcast_ref::<io::Error>()
            && let Some(found) = io_words(smtp, step, io)
        {
            return found;
        }
        innermost = Some(current.to_string());
        cause = current.source();
    }
    let said = innermost.unwrap_or_else(|| error.to_string());
    match error.status() {
        Some(code) if !said.starts_with(&code.to_string()) => {
            (format!("{code} {said}"), Responsible::Passing)
        }
        Some(_) => (said, Responsible::Passing),
        None if error.is_response() => {
            let asked = step.words();
            let text = format!(
                "the mail server ended the session without a reply, or with none that is SMTP \
                 ({asked}: {said})"
            );
            (text, Responsible::Passing)
        }
        None => (said, Responsible::Passing),
    }
}

/// Words for an I/O error. A TLS error is wrapped in one or two of them, and their `source` skips it.
fn io_words(smtp: &Smtp, step: SessionStep, error: &io::Error) -> Option<(String, Responsible)> {
    if let Some(inner) = error.get_ref() {
        if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
            return Some(tls_words(smtp, step, tls));
        }
        if inner.is::<TooEarly>() {
            let text = "the mail server, or somebody between, sent answers before the TLS \
                        handshake: they are not believed";
            return Some((text.to_owned(), Responsible::Standing));
        }
        if inner.is::<Endless>() {
            return Some((
                "the reply is no SMTP: a line without end".to_owned(),
                Responsible::Passing,
            ));
        }
        if let Some(inner) = inner.downcast_ref::<io::Error>() {
            return io_words(smtp, step, inner);
        }
    }
    // Everything else that is read from the server is lines of text.
    (error.kind() == io::ErrorKind::InvalidData).then(|| {
        let asked = step.words();
        let text = format!("the reply of the mail server is no SMTP: it is no text ({asked})");
        (text, Responsible::Passing)
    })
}

fn tls_words(smtp: &Smtp, step: SessionStep, error: &rustls::Error) -> (String, Responsible) {
    let certificate = match error {
        rustls::Error::InvalidCertificate(certificate) => certificate,
        rustls::Error::InvalidMessage(_) if step == SessionStep::StartTls => {
            let text = "what came after STARTTLS is no TLS: the session is not believed";
            return (text.to_owned(), Responsible::Standing);
        }
        rustls::Error::InvalidMessage(_) => {
            let port = smtp.port;
            let text = format!(
                "the mail server does not speak TLS from the first byte on port {port}: write \
                 smtp:// for a port that begins in plain text (STARTTLS, usually 587)"
            );
            return (text, Responsible::Standing);
        }
        other => {
            let text = format!("no TLS session with the mail server: {other}");
            return (text, Responsible::Standing);
        }
    };
    let text = match certificate {
        Certificate::Expired => "has expired".to_owned(),
        Certificate::ExpiredContext { not_after, .. } => format!("expired on {}", day(*not_after)),
        Certificate::NotValidYet => "is not valid yet".to_owned(),
        Certificate::NotValidYetContext { not_before, .. } => {
            format!("is not valid before {}", day(*not_before))
        }
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            let host = &smtp.host;
            format!("is not for {host}: name the server in url as its certificate does")
        }
        Certificate::UnknownIssuer => {
            "is not signed by a trusted CA: name the CA's with ca_file in [mail]".to_owned()
        }
        Certificate::Revoked => "was revoked".to_owned(),
        // What a self-signed one is refused for once it is trusted: it says that it is a CA.
        Certificate::Other(_) => {
            "cannot be used for a server, as one that is self-signed or a CA's own: have one \
             signed by a CA, and name the CA's with ca_file in [mail]"
                .to_owned()
        }
        other => format!("is not valid: {other}"),
    };
    let text = format!("the certificate of the mail server {text}");
    (text, Responsible::Certificate)
}

fn day(at: UnixTime) -> String {
    let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
    let at = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    at.strftime("%Y-%m-%d").to_string()
}
