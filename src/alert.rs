//! `alert test`: a sample through the real transport, to everybody who would be told of anything.

mod webhook;

use std::io::Write;
use std::pin::pin;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use tokio::sync::{AcquireError, Semaphore};

use crate::config::mailbox::Mailbox;
use crate::config::{Config, Route};
use crate::document::fingerprint::sha256_hex;
use crate::document::text::visible;
use crate::mailer::Mailer;
use crate::policy::mail::{Deferral, Delivery, MailKind, Message};
use crate::watch::flight::{MOMENT, MOST, YOUNG};
use crate::watch::wording::machine;
use crate::wording::mail::sample;

/// Sends a sample to all recipients of all routes and to every webhook, or to one recipient; whether
/// every one was taken.
pub async fn test(
    config: &Config,
    to: Option<String>,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let mail = &config.mail;
    let mailer = Mailer::with_envelope(
        &mail.transport,
        mail.envelope_from.as_ref().map(Mailbox::as_str),
    )
    .context("cannot prepare to mail")?;
    let (recipients, webhooks) = match to {
        Some(to) => (vec![(to, Vec::new())], &[][..]),
        None => (mail.everybody(), config.webhooks.as_slice()),
    };
    if recipients.is_empty() && webhooks.is_empty() {
        bail!(
            "there is nobody to send to: [mail] names nobody in \"to\", nor does a route, and there is \
             no [[webhook]]"
        );
    }
    let posts = webhook::posts(webhooks, now)?;
    let line = Arc::new(Line {
        mailer,
        places: Semaphore::new(MOST),
        begins: Semaphore::new(YOUNG),
    });
    let under_way: Vec<_> = recipients
        .into_iter()
        .map(|(recipient, routes)| {
            let message = sample_for(config, &recipient, now);
            let line = Arc::clone(&line);
            let delivery = tokio::spawn(async move { line.deliver(&message).await });
            (recipient, routes, delivery)
        })
        .collect();
    let mut all_sent = true;
    for (recipient, routes, delivery) in under_way {
        let routes: Vec<String> = routes
            .iter()
            .filter_map(|number| {
                let route = mail.routes.get(number.checked_sub(1)?)?;
                Some(words(*number, route))
            })
            .collect();
        let mut shown = visible(&recipient);
        if !routes.is_empty() {
            shown = format!("{shown} ({})", routes.join("; "));
        }
        let delivery = delivery.await.context("a delivery panicked")??;
        all_sent &= matches!(delivery, Delivery::Sent { .. });
        match delivery {
            Delivery::Sent { reply } => writeln!(out, "sent to {shown}: {reply}")?,
            Delivery::Deferred {
                reason,
                why: Deferral::Passing | Deferral::Silent,
                ..
            } => writeln!(out, "not sent to {shown}, may work later: {reason}")?,
            Delivery::Deferred { reason, .. } => writeln!(out, "not sent to {shown}: {reason}")?,
            Delivery::Refused { reason } => writeln!(out, "refused for {shown}: {reason}")?,
        }
        out.flush()?;
    }
    line.mailer.end_sessions().await;
    all_sent &= webhook::print_answers(posts, out).await?;
    Ok(all_sent)
}

/// Delivers several mails at once, as the courier does, so that a recipient at whom the server hangs
/// does not keep the others waiting.
struct Line {
    mailer: Mailer,
    /// Deliveries under way.
    places: Semaphore,
    /// Limits how many deliveries begin at the same time.
    begins: Semaphore,
}

impl Line {
    async fn deliver(&self, message: &Message) -> Result<Delivery, AcquireError> {
        let _place = self.places.acquire().await?;
        let begin = self.begins.acquire().await?;
        let mut delivery = pin!(self.mailer.deliver(message));
        if let Ok(done) = tokio::time::timeout(MOMENT, &mut delivery).await {
            return Ok(done);
        }
        drop(begin);
        Ok(delivery.await)
    }
}

/// The words that tell a route from others.
fn words(number: usize, route: &Route) -> String {
    let severity = route.severity.as_str();
    let providers = if route.providers.is_empty() {
        String::new()
    } else {
        format!(" of {}", route.providers.join(", "))
    };
    visible(&format!("route {number}: {severity}{providers}"))
}

fn sample_for(config: &Config, to: &str, now: Timestamp) -> Message {
    let (from, machine) = (&config.mail.from, machine());
    let seed = format!("{from} {to} {machine} {now}");
    let id: String = sha256_hex(seed.as_bytes()).chars().take(24).collect();
    let (content, severity) = sample::sample(&machine, now);
    Message {
        message_id: format!("<test.{id}@{}>", from.domain()),
        date: now,
        from: from.clone().into(),
        reply_to: config.mail.reply_to.clone().map(String::from),
        to: to.to_owned(),
        content,
        in_reply_to: None,
        references: Vec::new(),
        kind: MailKind::Test,
        severity,
        providers: vec![sample::PROVIDER.to_owned()],
        events: Vec::new(),
    }
}
