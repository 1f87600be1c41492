//! One message to one recipient, through real transports.

mod local;
mod outbox;
mod reuse;
mod session;
mod tls;
mod trouble;

use std::time::Duration;

use issuerwatch::document::severity::Severity;
use issuerwatch::mailer::{Mailer, Smtp as Server, SmtpSecurity, Transport};
use issuerwatch::policy::mail::{Delivery, MailContent, MailKind, Message};
use jiff::Timestamp;

use crate::support::smtp::Smtp;

fn message(to: &str) -> Message {
    Message {
        message_id: "<7.1@example.com>".to_owned(),
        date: Timestamp::UNIX_EPOCH,
        from: "issuerwatch <watch@example.com>".to_owned(),
        reply_to: None,
        to: to.to_owned(),
        content: MailContent {
            subject: "[issuerwatch] archera: scope removed (breaking)".to_owned(),
            text: "BREAKING  archera\n.a line that begins with a dot\n".to_owned(),
            html: "<!DOCTYPE html><html lang=\"en\"><body><p>BREAKING</p></body></html>\n"
                .to_owned(),
            patch: None,
            patches: Vec::new(),
            topic: None,
        },
        in_reply_to: None,
        references: Vec::new(),
        kind: MailKind::Changed,
        severity: Some(Severity::Breaking),
        providers: vec!["archera".to_owned()],
        events: vec![1],
    }
}

/// The server as it is configured; the deadline of a step is one that is worth waiting for.
fn configured(server: &Smtp, security: SmtpSecurity) -> Server {
    Server {
        host: "127.0.0.1".to_owned(),
        port: server.port,
        security,
        user: None,
        password: None,
        helo: None,
        ca_file: Some(server.ca_file.clone()),
        step: Duration::from_secs(20),
    }
}

fn plain(server: &Smtp) -> Server {
    configured(server, SmtpSecurity::Plain)
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work)
}

/// What becomes of letters to these recipients in one round.
fn deliver(server: &Server, recipients: &[&str]) -> Vec<Delivery> {
    let mailer = Mailer::new(&Transport::Smtp(server.clone())).unwrap();
    block_on(async {
        let mut deliveries = Vec::new();
        for recipient in recipients {
            deliveries.push(mailer.deliver(&message(recipient)).await);
        }
        mailer.end_sessions().await;
        deliveries
    })
}

/// The outcome on one line.
fn said(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Sent { reply } => format!("sent {reply}"),
        Delivery::Refused { reason } => format!("refused {reason}"),
        Delivery::Deferred {
            reason,
            before_data,
            ..
        } => {
            let when = if *before_data { "before" } else { "after" };
            format!("deferred {when} DATA: {reason}")
        }
    }
}

fn deliver_one(server: &Server) -> String {
    said(&deliver(server, &["a@example.com"])[0])
}
