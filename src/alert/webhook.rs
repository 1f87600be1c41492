//! The sample as it is posted to webhooks.

use std::io::Write;

use anyhow::Context as _;
use jiff::Timestamp;
use tokio::task::JoinHandle;

use crate::config::webhook::Webhook;
use crate::document::fingerprint::sha256_hex;
use crate::document::text::visible;
use crate::policy::webhook::{Obstacle, PostResult};
use crate::watch::wording::machine;
use crate::webhook::{Post, Sender};
use crate::wording::mail::sample;
use crate::wording::webhook::{Notification, body};

/// Begins to post to all of them, side by side; each once, whatever it is told of.
pub(super) fn posts(
    webhooks: &[Webhook],
    now: Timestamp,
) -> anyhow::Result<Vec<(String, JoinHandle<PostResult>)>> {
    let Some(event) = sample::event(now) else {
        return Ok(Vec::new());
    };
    let machine = machine();
    let mut posts: Vec<(String, JoinHandle<PostResult>)> = Vec::new();
    for webhook in webhooks {
        if posts.iter().any(|(known, _)| *known == webhook.name) {
            continue;
        }
        let (format, sender) = (webhook.format, Sender::new(&webhook.receiver)?);
        let seed = format!("{} {machine} {now}", webhook.name);
        let hash: String = sha256_hex(seed.as_bytes()).chars().take(24).collect();
        let id = format!("test_{hash}");
        let notification = Notification {
            event: &event,
            answered: None,
            id: &id,
            machine: &machine,
            is_test: true,
        };
        let body = body(format, &notification)?;
        let post = tokio::spawn(async move {
            let post = Post {
                id: &id,
                at: now,
                media_type: format.media_type(),
                body: &body,
            };
            sender.post(post).await
        });
        posts.push((webhook.name.clone(), post));
    }
    Ok(posts)
}

/// Says of each what the receiver answered; whether every one was taken.
pub(super) async fn print_answers(
    posts: Vec<(String, JoinHandle<PostResult>)>,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let mut all_sent = true;
    for (name, post) in posts {
        let posted = post.await.context("a post panicked")?;
        let name = format!("webhook {}", visible(&name));
        all_sent &= matches!(posted, PostResult::Sent { .. });
        match posted {
            PostResult::Sent { reply } => writeln!(out, "sent to {name}: {reply}")?,
            PostResult::Deferred {
                reason,
                why: Obstacle::Receiver,
                ..
            } => writeln!(out, "not sent to {name}, may work later: {reason}")?,
            PostResult::Deferred { reason, .. } => writeln!(out, "not sent to {name}: {reason}")?,
            PostResult::Refused { reason } => writeln!(out, "refused by {name}: {reason}")?,
        }
        out.flush()?;
    }
    Ok(all_sent)
}
