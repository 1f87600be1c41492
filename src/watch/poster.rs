//! Posts to webhooks: turns waiting alerts into posts, and delivers them or gives them up.
//!
//! As with mail, every step is committed before the next begins, so a kill at any time at worst repeats a
//! post: the same bytes under the same id. Only one post to a receiver is under way at a time, so that
//! events arrive in order, and a receiver that hangs delays only its own posts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::flight::{DeliveryResult, Flight};
use super::offload::in_turn;
use super::orphan::{OrphanLog, Successor, successor};
use crate::clock;
use crate::config::Config;
use crate::config::webhook::Webhook;
use crate::policy::channel::Channel;
use crate::policy::retry::next_post;
use crate::policy::webhook::{Obstacle, PostResult};
use crate::store::{PostClaim, Store, StoreError};
use crate::webhook::{Post, Sender, WebhookError};
use crate::wording::webhook::{self, Notification, WebhookFormat};

/// How long the lease of a claimed delivery lasts: longer than any attempt can take.
const LEASE: SignedDuration = SignedDuration::from_mins(2);

/// Posts events to webhooks.
#[derive(Debug)]
pub(super) struct Poster {
    store: Store,
    /// The webhooks of the configuration.
    webhooks: Vec<Webhook>,
    /// Format and sender of each webhook by its name.
    senders: BTreeMap<String, (WebhookFormat, Sender)>,
    machine: String,
    expire_after: SignedDuration,
    /// Hash of the settings by which posts are sent.
    settings: String,
    is_adopted: AtomicBool,
}

impl Poster {
    /// A poster for the webhooks of a configuration. It exists even without any, to hand on or refuse posts
    /// whose webhook left the configuration.
    pub(super) fn new(store: Store, config: &Config, machine: String) -> Result<Self, PosterError> {
        let mut senders = BTreeMap::new();
        for webhook in &config.webhooks {
            let sender = Sender::new(&webhook.receiver)?;
            // Webhooks of one name differ only in which events they take.
            senders.insert(webhook.name.clone(), (webhook.format, sender));
        }
        let settings = config.hash_of_webhooks(&store.key()?);
        Ok(Self {
            store,
            webhooks: config.webhooks.clone(),
            senders,
            machine,
            expire_after: config.mail.expire_after,
            settings,
            is_adopted: AtomicBool::new(false),
        })
    }

    /// When the next work is due.
    pub(super) fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.store.next_post_due(now)
    }

    /// Makes deliveries that are due and starts as many as there are places for and `goes_on` allows.
    pub(super) async fn take_up(
        self: &Arc<Self>,
        flight: &mut Flight,
        goes_on: impl Fn() -> bool,
    ) -> Result<(), StoreError> {
        let now = clock::now();
        if !self.is_adopted.load(Ordering::Relaxed) {
            let settings = self.settings.clone();
            let adopted = self.store.adopt_settings(Channel::Webhook, settings, now);
            let due = adopted.await?;
            self.is_adopted.store(true, Ordering::Relaxed);
            if due > 0 {
                tracing::info!(
                    "[[webhook]] is another one: {due} posts that waited are tried at once"
                );
            }
        }
        let is_due = self.next_due(now)?.is_some_and(|due| due <= now);
        if is_due {
            self.store.compose_posts(now).await?;
        }
        self.place_orphans(flight.recipients(Channel::Webhook), now)
            .await?;
        if self.next_due(now)?.is_none_or(|due| due > now) {
            return Ok(());
        }
        while goes_on() && flight.has_room(Channel::Webhook) {
            let busy = flight.recipients(Channel::Webhook);
            let again = flight.has_room_for_again(Channel::Webhook);
            let claim = self.store.claim_post(clock::now(), LEASE, busy, again);
            let Some(claim) = claim.await? else {
                break;
            };
            let (name, is_again) = (claim.webhook.clone(), claim.attempts > 1);
            let poster = Arc::clone(self);
            flight.begin(Channel::Webhook, name, is_again, async move {
                poster.deliver(claim).await
            });
        }
        Ok(())
    }

    /// Hands on, or refuses, the posts whose webhook left the configuration. Those of a webhook that is
    /// `busy` may just be taken there, so they wait until that has ended.
    async fn place_orphans(&self, busy: Vec<String>, now: Timestamp) -> Result<(), StoreError> {
        let configured = self.senders.keys().chain(&busy);
        let names: Vec<&str> = configured.map(String::as_str).collect();
        let mut log = OrphanLog::default();
        while let Some(orphan) = self.store.orphaned_post(&names)? {
            let found = self.store.events(&[orphan.event_id])?;
            let event = found.first().ok_or_else(|| StoreError::Corrupt {
                what: format!("event {} of a post is not there", orphan.event_id),
            })?;
            let successor = successor(&orphan, event, &self.webhooks);
            log.add(&orphan.webhook, &successor);
            match successor {
                Successor::One(name) => self.store.hand_on(&orphan, name, now).await?,
                Successor::Unclear(reason) => {
                    let refused = PostResult::Refused { reason };
                    let id = orphan.delivery_id;
                    self.store.settle_post(id, refused, now, None).await?;
                }
            }
        }
        log.tell();
        Ok(())
    }

    async fn deliver(&self, mut claim: PostClaim) -> Result<DeliveryResult, StoreError> {
        let posted = match self.senders.get(&claim.webhook) {
            Some((format, sender)) => self.post(&mut claim, *format, sender).await?,
            // It became due again since the orphans were placed; the next round places it.
            None => PostResult::Deferred {
                reason: "its [[webhook]] left the configuration".to_owned(),
                why: Obstacle::Standing,
                retry_at: None,
            },
        };
        let now = clock::now();
        let next = match &posted {
            PostResult::Deferred { retry_at, .. } => {
                let (attempts, composed_at) = (claim.attempts, claim.composed_at);
                next_post(attempts, composed_at, now, *retry_at, self.expire_after)
            }
            PostResult::Sent { .. } | PostResult::Refused { .. } => None,
        };
        let delivered = log(&claim, &posted, next);
        self.store
            .settle_post(claim.delivery_id, posted, now, next)
            .await?;
        Ok(delivered)
    }

    async fn post(
        &self,
        claim: &mut PostClaim,
        format: WebhookFormat,
        sender: &Sender,
    ) -> Result<PostResult, StoreError> {
        let body = match claim.body.take() {
            Some(body) => body,
            None => {
                // Only one is made at a time, because an event may take some megabytes.
                let body = in_turn(|| self.body(claim, format)).await?;
                let kept = self.store.keep_body(claim.delivery_id, body.clone());
                kept.await?;
                body
            }
        };
        let post = Post {
            id: &claim.message_id,
            at: clock::now(),
            media_type: format.media_type(),
            body: &body,
        };
        Ok(sender.post(post).await)
    }

    fn body(&self, claim: &PostClaim, format: WebhookFormat) -> Result<String, StoreError> {
        let lost = |what: &dyn std::fmt::Display| StoreError::Corrupt {
            what: format!("event {} cannot be posted: {what}", claim.event_id),
        };
        let found = self.store.events(&[claim.event_id])?;
        let event = found.first().ok_or_else(|| lost(&"it is not there"))?;
        // It is read only if the format needs it, because it may be as large.
        let answered_id = event
            .body
            .answers()
            .filter(|_| format == WebhookFormat::Alertmanager);
        let answered = self.store.events(answered_id.as_slice())?;
        let notification = Notification {
            event,
            answered: answered.first(),
            id: &claim.message_id,
            machine: &self.machine,
            is_test: false,
        };
        webhook::body(format, &notification).map_err(|error| lost(&error))
    }
}

/// Logs an attempt; level error means that somebody must act.
fn log(claim: &PostClaim, posted: &PostResult, next: Option<Timestamp>) -> DeliveryResult {
    let (id, attempts, event) = (claim.delivery_id, claim.attempts, claim.event_id);
    match (posted, next) {
        (PostResult::Sent { reply }, _) => {
            tracing::info!(delivery = id, attempts, "posted event {event}: {reply}");
            DeliveryResult::Sent
        }
        (PostResult::Deferred { reason, why, .. }, Some(_)) => {
            let what = format!("post {id} of event {event} is deferred");
            match why {
                Obstacle::Standing => tracing::error!(delivery = id, attempts, "{what}: {reason}"),
                Obstacle::Receiver => tracing::warn!(delivery = id, attempts, "{what}: {reason}"),
            }
            DeliveryResult::Deferred(reason.clone())
        }
        (PostResult::Deferred { reason, .. } | PostResult::Refused { reason }, _) => {
            tracing::error!(
                delivery = id,
                attempts,
                "post {id} of event {event} is given up: {reason}"
            );
            DeliveryResult::Lost(reason.clone())
        }
    }
}

/// Why no poster can be made for a configuration.
#[derive(Debug, thiserror::Error)]
pub enum PosterError {
    /// The sender for a webhook cannot be prepared.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
