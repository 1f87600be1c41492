//! The courier: turns waiting alerts into mails, and delivers them or gives them up.
//!
//! Every step is committed before the next begins, so a kill at any time at worst repeats a mail: the
//! same message, byte for byte. It is worded at the claim, so that a late mail can say how late it is; it
//! is worded anew only if every attempt is known to have ended before DATA.
//!
//! Several deliveries are under way at a time, one to each recipient, so a recipient whose server hangs
//! delays only his own mails: a delivery that hangs gives up its place to the next after a moment, and
//! news is composed meanwhile. Posts to webhooks (`poster`) are under way at the same time, and take no
//! places of mails.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::flight::{DeliveryResult, DeliveryRun, Flight};
use super::offload::in_turn;
use super::poster::{Poster, PosterError};
use super::watched::WatchedTarget;
use super::weekly::Weekly;
use super::widespread;
use super::wording::{self, MailContext};
use crate::clock;
use crate::config::Config;
use crate::config::mailbox::Mailbox;
use crate::mailer::Mailer;
use crate::policy::channel::Channel;
use crate::policy::mail::{Deferral, Delivery, MailContent};
use crate::policy::retry::next_attempt;
use crate::store::{Claim, Store, StoreError};
use crate::wording::mail::{Polling, ProviderContext};

/// How long the lease of a claimed delivery lasts: longer than any attempt can take.
const LEASE: SignedDuration = SignedDuration::from_mins(4);
/// Delivers mails, and posts to webhooks.
#[derive(Debug)]
pub struct Courier {
    store: Store,
    mailer: Mailer,
    poster: Arc<Poster>,
    wording: MailContext,
    watched: Vec<Arc<WatchedTarget>>,
    expire_after: SignedDuration,
    /// Hash of the settings by which mails are sent.
    settings: String,
    is_adopted: AtomicBool,
}

impl Courier {
    /// A courier for the mails of a configuration.
    pub fn new(
        store: Store,
        config: &Config,
        watched: Vec<Arc<WatchedTarget>>,
    ) -> Result<Self, CourierError> {
        let mail = &config.mail;
        let mailer = Mailer::with_envelope(
            &mail.transport,
            mail.envelope_from.as_ref().map(Mailbox::as_str),
        )?;
        let settings = mail.hash(&store.key()?);
        let poster = Poster::new(store.clone(), config, wording::machine())?;
        Ok(Self {
            store,
            mailer,
            poster: Arc::new(poster),
            wording: MailContext {
                from: mail.from.clone(),
                reply_to: mail.reply_to.clone(),
                machine: wording::machine(),
                wait: mail.group_wait,
                interval: mail.group_interval,
                weekly: Weekly::of(config).map(Arc::new),
            },
            watched,
            expire_after: mail.expire_after,
            settings,
            is_adopted: AtomicBool::new(false),
        })
    }

    /// The same for a process that ends after one round: nothing waits for late-comers.
    #[must_use]
    pub fn for_once(mut self) -> Self {
        self.wording.wait = SignedDuration::ZERO;
        self.wording.interval = SignedDuration::ZERO;
        self
    }

    /// Path of the store.
    pub fn store_path(&self) -> &Path {
        self.store.path()
    }

    /// When the next work is due.
    pub fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let now = clock::now();
        let mail = self.store.next_due()?;
        let weekly = match &self.wording.weekly {
            Some(weekly) => weekly.next(&self.store, now)?,
            None => None,
        };
        let posts = self.poster.next_due(now)?;
        Ok(mail.into_iter().chain(weekly).chain(posts).min())
    }

    /// Composes what is due and tries each delivery that is due once.
    pub async fn round(self: &Arc<Self>) -> Result<DeliveryRun, StoreError> {
        let mut flight = Flight::default();
        loop {
            self.take_up(&mut flight, || true).await?;
            if flight.is_empty() {
                break;
            }
            flight.landed().await?;
        }
        self.end_sessions().await;
        Ok(flight.round)
    }

    /// Composes what is due and starts as many deliveries as there are places for and `goes_on` allows.
    pub async fn take_up(
        self: &Arc<Self>,
        flight: &mut Flight,
        goes_on: impl Fn() -> bool,
    ) -> Result<(), StoreError> {
        // Posts come first, because starting them takes no time, while composing mails may.
        self.poster.take_up(flight, &goes_on).await?;
        let now = clock::now();
        if !self.is_adopted.load(Ordering::Relaxed) {
            let settings = self.settings.clone();
            let due = self
                .store
                .adopt_settings(Channel::Mail, settings, now)
                .await?;
            self.is_adopted.store(true, Ordering::Relaxed);
            if due > 0 {
                tracing::info!("[mail] is another one: {due} mails that waited are tried at once");
            }
        }
        self.wording.compose_due(&self.store, now).await?;
        if let Some(weekly) = &self.wording.weekly {
            let from = self.wording.from.domain();
            let machine = self.wording.machine.as_str();
            weekly.compose(&self.store, from, machine, now).await?;
        }
        while goes_on() && flight.has_room(Channel::Mail) {
            let busy = flight.recipients(Channel::Mail);
            let again = flight.has_room_for_again(Channel::Mail);
            let claim = self.store.claim_except(clock::now(), LEASE, busy, again);
            let Some(claim) = claim.await? else {
                break;
            };
            let (recipient, is_again) = (claim.recipient.clone(), claim.attempts > 1);
            let courier = Arc::clone(self);
            flight.begin(Channel::Mail, recipient, is_again, async move {
                courier.deliver(claim).await
            });
        }
        Ok(())
    }

    /// Closes the mail sessions, when nothing is left to deliver for now.
    pub async fn end_sessions(&self) {
        self.mailer.end_sessions().await;
    }

    /// The text of a mail, made with what is known of its providers.
    fn compose(&self, claim: &Claim, now: Timestamp) -> Result<MailContent, StoreError> {
        let news = claim.events.iter();
        let names: BTreeSet<&str> = news.map(|news| news.provider.as_str()).collect();
        let mut providers: Vec<ProviderContext> = Vec::new();
        for one in &self.watched {
            let name = one.target.provider.as_str();
            // The documents of a provider are adjacent: the first one represents the provider.
            if !names.contains(name) || providers.last().is_some_and(|last| last.name == name) {
                continue;
            }
            providers.push(ProviderContext {
                name: name.to_owned(),
                watched: Some(Polling {
                    schedule_words: one.provider.schedule.words(),
                    since: self.store.watched_since(one.target_id).ok().unwrap_or(now),
                }),
                declares_use: one.target.policy.uses.is_some(),
                used_endpoints: one.target.policy.used_endpoints(),
            });
        }
        let is_widespread = widespread::is_widespread(&self.store, &self.watched, claim)?;
        let store = &self.store;
        self.wording
            .compose(store, claim, &providers, is_widespread, now)
    }

    async fn deliver(&self, mut claim: Claim) -> Result<DeliveryResult, StoreError> {
        let now = clock::now();
        // What an earlier attempt left stays in the claim: it may have arrived, so it is kept as it is.
        let composed;
        let message = if let Some(left) = &claim.message {
            left
        } else {
            let content = match claim.content.take() {
                Some(content) => content,
                None => {
                    // Only one is composed at a time, because composing takes the memory of its
                    // events.
                    in_turn(|| self.compose(&claim, now)).await?
                }
            };
            composed = self.wording.message(&claim, content, now);
            self.store
                .keep_message(claim.delivery_id, composed.clone())
                .await?;
            &composed
        };
        let delivery = self.mailer.deliver(message).await;
        let now = clock::now();
        let next = match &delivery {
            // A smaller form may be accepted at once.
            Delivery::Deferred {
                why: Deferral::TooBig,
                ..
            } if claim.form.smaller().is_some() => Some(now),
            Delivery::Deferred { .. } => {
                next_attempt(claim.attempts, claim.composed_at, now, self.expire_after)
            }
            Delivery::Sent { .. } | Delivery::Refused { .. } => None,
        };
        let delivered = log(&claim, &delivery, next);
        self.store.settle(&claim, delivery, now, next).await?;
        Ok(delivered)
    }
}

/// Logs an attempt; level error means that somebody must act.
fn log(claim: &Claim, delivery: &Delivery, next: Option<Timestamp>) -> DeliveryResult {
    let (id, attempts) = (claim.delivery_id, claim.attempts);
    match (delivery, next) {
        (Delivery::Sent { reply }, _) => {
            tracing::info!(delivery = id, attempts, "sent mail {id}: {reply}");
            DeliveryResult::Sent
        }
        (Delivery::Deferred { reason, why, .. }, Some(_)) => {
            match why {
                Deferral::Standing | Deferral::TooBig => {
                    tracing::error!(delivery = id, attempts, "mail {id} is deferred: {reason}");
                }
                Deferral::Passing | Deferral::Silent => {
                    tracing::warn!(delivery = id, attempts, "mail {id} is deferred: {reason}");
                }
            }
            DeliveryResult::Deferred(reason.clone())
        }
        (Delivery::Deferred { reason, .. } | Delivery::Refused { reason }, _) => {
            tracing::error!(delivery = id, attempts, "mail {id} is given up: {reason}");
            DeliveryResult::Lost(reason.clone())
        }
    }
}

/// Why no courier can be made for a configuration.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// The mail transport cannot be prepared.
    #[error("cannot prepare to mail")]
    Mailer(#[from] crate::mailer::MailerError),
    /// A webhook cannot be prepared.
    #[error(transparent)]
    Poster(#[from] PosterError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
