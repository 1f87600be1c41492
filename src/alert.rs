//! `alert test`: a sample through the real transport.

use std::io::Write;

use anyhow::Context as _;
use jiff::Timestamp;

use crate::config::Config;
use crate::mailer::{self, Mailer};
use crate::model::fingerprint::sha256_hex;
use crate::model::letter::{Content, Delivery, Letter, MailKind};
use crate::model::severity::Severity;
use crate::model::text::{utc, visible};
use crate::watch::wording::machine;

/// Sends a sample to all recipients, or to one; whether every one was taken.
pub async fn test(
    config: &Config,
    to: Option<String>,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let mailer = Mailer::new(&config.mail.transport).context("cannot prepare to mail")?;
    let recipients = to.map_or_else(|| config.mail.to.clone(), |to| vec![to]);
    let mut all_sent = true;
    for recipient in recipients {
        let letter = sample(&config.mail.from, &recipient, &machine(), now);
        let shown = visible(&recipient);
        match mailer.deliver(&letter).await {
            Delivery::Sent { reply } => writeln!(out, "sent to {shown}: {reply}")?,
            Delivery::Deferred { reason, .. } => {
                all_sent = false;
                writeln!(out, "not sent to {shown}, may work later: {reason}")?;
            }
            Delivery::Refused { reason } => {
                all_sent = false;
                writeln!(out, "refused for {shown}: {reason}")?;
            }
        }
    }
    Ok(all_sent)
}

fn sample(from: &str, to: &str, machine: &str, now: Timestamp) -> Letter {
    let seed = format!("{from} {to} {machine} {now}");
    let id: String = sha256_hex(seed.as_bytes()).chars().take(24).collect();
    let machine = visible(machine);
    let text = format!(
        "TEST  This is what an alert of issuerwatch looks like; nothing has changed.\n\
         Sent {} by issuerwatch on {machine}.\nDo: nothing. If you can read this, alerts reach you.\n",
        utc(now)
    );
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    Letter {
        message_id: format!("<test.{id}@{}>", mailer::domain(from)),
        date: now,
        from: from.to_owned(),
        to: to.to_owned(),
        content: Content {
            subject: "[issuerwatch] test: this is what an alert looks like (info)".to_owned(),
            html: format!(
                "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
                 <title>test</title></head><body><p style=\"white-space:pre-line\">{escaped}</p>\
                 </body></html>\n"
            ),
            text,
            patch: None,
        },
        in_reply_to: None,
        references: Vec::new(),
        kind: MailKind::Test,
        severity: Some(Severity::Info),
        providers: Vec::new(),
        events: Vec::new(),
    }
}
