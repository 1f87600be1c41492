//! The courier: from alerts that wait to mails that are delivered, or given up.
//!
//! Every step is committed before the next begins, so being killed anywhere at worst repeats a
//! mail: the same letter, byte for byte. It is worded at the claim, so that a late mail can say how
//! late it is; it is worded anew only while every attempt is known to have ended before DATA.
//!
//! Several deliveries are under way at a time, one to a recipient, so that a recipient at whom a
//! server hangs keeps nobody waiting but himself: what hangs gives up its place to the next after a
//! moment, and news is composed meanwhile.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::aside::in_turn;
use super::watched::Watched;
use super::weekly::Weekly;
use super::widespread;
use super::wording::{self, Wording};
use crate::clock;
use crate::config::Config;
use crate::config::mailbox::Mailbox;
use crate::mailer::Mailer;
use crate::policy::mail::{Content, Deferral, Delivery};
use crate::policy::retry::next_attempt;
use crate::store::{Claim, Store, StoreError};
use crate::wording::mail::ProviderContext;

/// How long a claimed delivery is ours: longer than any attempt can last.
const LEASE: SignedDuration = SignedDuration::from_mins(4);
/// Most deliveries that are under way. Servers take some 50 connections of one client.
pub(crate) const MOST: usize = 32;
/// Most of them that were tried before: what is new has places of its own.
const AGAIN: usize = 16;
/// Most of them that began a moment ago: one that goes well needs no other beside it.
pub(crate) const YOUNG: usize = 3;
/// How long that moment is.
pub(crate) const MOMENT: Duration = Duration::from_secs(1);

/// Delivers mails.
#[derive(Debug)]
pub struct Courier {
    store: Store,
    mailer: Mailer,
    wording: Wording,
    watched: Vec<Arc<Watched>>,
    expire_after: SignedDuration,
    /// What mails are sent by.
    settings: String,
    is_adopted: AtomicBool,
}

/// What one round did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryRun {
    /// Mails the transport took.
    pub sent: usize,
    /// Mails to be tried again.
    pub deferred: usize,
    /// Mails refused or given up.
    pub lost: usize,
    /// Why the last of those that did not leave did not.
    pub reason: Option<String>,
}

/// Deliveries under way. It outlives a courier that is replaced.
#[derive(Debug, Default)]
pub struct Flight {
    tasks: JoinSet<Result<Delivered, StoreError>>,
    busy: HashMap<Id, UnderWay>,
    round: DeliveryRun,
}

/// A delivery under way.
#[derive(Debug)]
struct UnderWay {
    recipient: String,
    since: Instant,
    is_again: bool,
}

/// What became of one delivery.
#[derive(Debug)]
enum Delivered {
    Sent,
    Deferred(String),
    Lost(String),
}

impl Flight {
    /// Whether nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.busy.is_empty()
    }

    fn has_room(&self) -> bool {
        let begun = self.busy.values();
        let young = begun.filter(|it| it.since.elapsed() < MOMENT).count();
        self.busy.len() < MOST && young < YOUNG
    }

    fn recipients(&self) -> Vec<String> {
        let all = self.busy.values();
        all.map(|it| it.recipient.clone()).collect()
    }

    fn has_room_for_again(&self) -> bool {
        self.busy.values().filter(|it| it.is_again).count() < AGAIN
    }

    /// Waits until one delivery has ended, or one that hangs has given up its place. Nothing is lost
    /// when it is given up.
    pub async fn landed(&mut self) -> Result<(), StoreError> {
        if self.busy.is_empty() {
            return Ok(());
        }
        let Ok(Some(ended)) = tokio::time::timeout(MOMENT, self.tasks.join_next_with_id()).await
        else {
            return Ok(());
        };
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        self.busy.remove(&id);
        match ended {
            Ok((_, delivered)) => {
                match delivered? {
                    Delivered::Sent => self.round.sent += 1,
                    Delivered::Deferred(reason) => {
                        self.round.deferred += 1;
                        self.round.reason = Some(reason);
                    }
                    Delivered::Lost(reason) => {
                        self.round.lost += 1;
                        self.round.reason = Some(reason);
                    }
                }
                Ok(())
            }
            // The mail at hand is due again after its lease.
            Err(error) => {
                tracing::error!("a delivery panicked: {error}");
                Ok(())
            }
        }
    }
}

impl Courier {
    /// A courier for the mails of a configuration.
    pub fn new(
        store: Store,
        config: &Config,
        watched: Vec<Arc<Watched>>,
    ) -> Result<Self, CourierError> {
        let mail = &config.mail;
        let mailer = Mailer::with_envelope(
            &mail.transport,
            mail.envelope_from.as_ref().map(Mailbox::as_str),
        )?;
        let settings = mail.hash(&store.key()?);
        Ok(Self {
            store,
            mailer,
            wording: Wording {
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

    /// The same for who ends after one round: nothing waits for late-comers.
    #[must_use]
    pub fn for_once(mut self) -> Self {
        self.wording.wait = SignedDuration::ZERO;
        self.wording.interval = SignedDuration::ZERO;
        self
    }

    /// When there is something to do next.
    pub fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let mail = self.store.next_due()?;
        let weekly = match &self.wording.weekly {
            Some(weekly) => weekly.next(&self.store, clock::now())?,
            None => None,
        };
        Ok(mail.into_iter().chain(weekly).min())
    }

    /// Composes what is due and tries every delivery that is due once.
    pub async fn round(self: &Arc<Self>) -> Result<DeliveryRun, StoreError> {
        let mut flight = Flight::default();
        loop {
            self.take_up(&mut flight, || true).await?;
            if flight.is_empty() {
                break;
            }
            flight.landed().await?;
        }
        self.rest().await;
        Ok(flight.round)
    }

    /// Composes what is due and begins as many deliveries as there is room for and `goes_on` allows.
    pub async fn take_up(
        self: &Arc<Self>,
        flight: &mut Flight,
        goes_on: impl Fn() -> bool,
    ) -> Result<(), StoreError> {
        let now = clock::now();
        if !self.is_adopted.load(Ordering::Relaxed) {
            let settings = self.settings.clone();
            let due = self.store.adopt_mail_settings(settings, now).await?;
            self.is_adopted.store(true, Ordering::Relaxed);
            if due > 0 {
                tracing::info!("[mail] is another one: {due} mails that waited are tried at once");
            }
        }
        self.wording.compose_due(&self.store, now).await?;
        if let Some(weekly) = &self.wording.weekly {
            let from = self.wording.from.domain();
            let here = (from, self.wording.machine.as_str());
            weekly.compose(&self.store, here, now).await?;
        }
        while goes_on() && flight.has_room() {
            let (busy, again) = (flight.recipients(), flight.has_room_for_again());
            let claim = self.store.claim_beside(clock::now(), LEASE, busy, again);
            let Some(claim) = claim.await? else {
                break;
            };
            let under_way = UnderWay {
                recipient: claim.recipient.clone(),
                since: Instant::now(),
                is_again: claim.attempts > 1,
            };
            let courier = Arc::clone(self);
            let task = flight
                .tasks
                .spawn(async move { courier.deliver(claim).await });
            flight.busy.insert(task.id(), under_way);
        }
        Ok(())
    }

    /// Nothing is left to deliver for now.
    pub async fn rest(&self) {
        self.mailer.rest().await;
    }

    /// What the mail says, with what is known of the providers it is about.
    fn compose(&self, claim: &Claim, now: Timestamp) -> Result<Content, StoreError> {
        let news = claim.events.iter();
        let names: BTreeSet<&str> = news.map(|news| news.provider.as_str()).collect();
        let mut providers: Vec<ProviderContext> = Vec::new();
        for one in &self.watched {
            let name = one.target.provider.as_str();
            // The documents of a provider stand together: its first one speaks for it.
            if !names.contains(name) || providers.last().is_some_and(|last| last.name == name) {
                continue;
            }
            providers.push(ProviderContext {
                name: name.to_owned(),
                schedule_words: one.provider.schedule.words(),
                watched_since: self.store.watched_since(one.target_id).ok().unwrap_or(now),
            });
        }
        let is_widespread = widespread::is_widespread(&self.store, &self.watched, claim)?;
        let store = &self.store;
        self.wording
            .compose(store, claim, &providers, is_widespread, now)
    }

    async fn deliver(&self, mut claim: Claim) -> Result<Delivered, StoreError> {
        let now = clock::now();
        let letter = match claim.letter.take() {
            Some(letter) => letter,
            None => {
                let content = match claim.content.take() {
                    Some(content) => content,
                    None => {
                        // In turn: composing takes the memory of what is told.
                        in_turn(|| self.compose(&claim, now)).await?
                    }
                };
                let letter = self.wording.letter(&claim, content, now);
                self.store
                    .keep_letter(claim.delivery_id, letter.clone())
                    .await?;
                letter
            }
        };
        let delivery = self.mailer.deliver(&letter).await;
        let now = clock::now();
        let next = match &delivery {
            // What is smaller may be taken at once.
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

/// An error means that somebody must act.
fn log(claim: &Claim, delivery: &Delivery, next: Option<Timestamp>) -> Delivered {
    let (id, attempts) = (claim.delivery_id, claim.attempts);
    match (delivery, next) {
        (Delivery::Sent { reply }, _) => {
            tracing::info!(delivery = id, attempts, "sent mail {id}: {reply}");
            Delivered::Sent
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
            Delivered::Deferred(reason.clone())
        }
        (Delivery::Deferred { reason, .. } | Delivery::Refused { reason }, _) => {
            tracing::error!(delivery = id, attempts, "mail {id} is given up: {reason}");
            Delivered::Lost(reason.clone())
        }
    }
}

/// No courier can be had for a configuration.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// The transport cannot be prepared.
    #[error("cannot prepare to mail")]
    Mailer(#[from] crate::mailer::MailerError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
