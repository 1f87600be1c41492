//! The courier: from alerts that wait to mails that are delivered, or given up.
//!
//! Every step is committed before the next begins, so being killed anywhere at worst repeats a
//! mail, with the same Message-ID. What the content says is composed at the claim, so that a late
//! mail can say how late it is; it is composed anew only if the last attempt ended before DATA.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::poll::Watched;
use super::weekly::Weekly;
use super::widespread;
use super::wording::{self, Wording};
use crate::clock;
use crate::config::Config;
use crate::mailer::{self, Mailer};
use crate::model::letter::{Content, Delivery};
use crate::model::mail::ProviderContext;
use crate::model::provider::Provider;
use crate::model::retry::next_attempt;
use crate::schedule::Schedule;
use crate::store::{Claim, Store, StoreError};

/// How long a claimed delivery is ours: longer than any attempt can last.
const LEASE: SignedDuration = SignedDuration::from_mins(3);

/// Delivers mails.
#[derive(Debug)]
pub struct Courier {
    store: Store,
    mailer: Mailer,
    wording: Wording,
    weekly: Option<Weekly>,
    watched: Vec<Arc<Watched>>,
    expire_after: SignedDuration,
}

/// What one round did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Round {
    /// Mails the transport took.
    pub sent: usize,
    /// Mails to be tried again.
    pub deferred: usize,
    /// Mails refused or given up.
    pub lost: usize,
    /// Why the last of those that did not leave did not.
    pub reason: Option<String>,
}

impl Courier {
    /// A courier for the mails of a configuration.
    pub fn new(store: Store, mailer: Mailer, config: &Config, watched: Vec<Arc<Watched>>) -> Self {
        Self {
            store,
            mailer,
            wording: Wording {
                from: config.mail.from.clone(),
                machine: wording::machine(),
                wait: config.mail.group_wait,
                interval: config.mail.group_interval,
            },
            weekly: Weekly::of(config),
            watched,
            expire_after: config.mail.expire_after,
        }
    }

    /// When there is something to do next.
    pub fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let mail = self.store.next_due()?;
        let weekly = match &self.weekly {
            Some(weekly) => weekly.next(&self.store, clock::now())?,
            None => None,
        };
        Ok(mail.into_iter().chain(weekly).min())
    }

    /// Composes what is due and tries every delivery that is due once.
    pub async fn round(&self) -> Result<Round, StoreError> {
        self.round_while(|| true).await
    }

    /// The same, but takes up no further delivery once `goes_on` says so.
    pub async fn round_while(&self, goes_on: impl Fn() -> bool) -> Result<Round, StoreError> {
        let now = clock::now();
        self.wording.compose_due(&self.store, now).await?;
        if let Some(weekly) = &self.weekly {
            weekly.compose(&self.store, &self.wording, now).await?;
        }
        let mut round = Round::default();
        let mut post = self.mailer.open();
        while goes_on() {
            let Some(claim) = self.store.claim(clock::now(), LEASE).await? else {
                break;
            };
            self.deliver(claim, &mut post, &mut round).await?;
        }
        post.end().await;
        Ok(round)
    }

    /// What the mail says, with what is known of the providers it is about.
    fn compose(&self, claim: &Claim, now: Timestamp) -> Result<Content, StoreError> {
        let names: BTreeSet<&str> = claim
            .events
            .iter()
            .map(|event| event.provider.as_str())
            .collect();
        let mut providers: Vec<ProviderContext> = Vec::new();
        for one in &self.watched {
            let name = one.target.provider.as_str();
            // The documents of a provider stand together: its first one speaks for it.
            if !names.contains(name) || providers.last().is_some_and(|last| last.name == name) {
                continue;
            }
            let Provider {
                schedule, timezone, ..
            } = one.provider.as_ref();
            providers.push(ProviderContext {
                name: name.to_owned(),
                schedule_words: Schedule::parse(schedule, timezone)
                    .map_or_else(|_| schedule.clone(), |schedule| schedule.words()),
                watched_since: self.store.watched_since(one.target_id).ok().unwrap_or(now),
            });
        }
        let is_widespread = widespread::is_widespread(&self.store, &self.watched, claim)?;
        let store = &self.store;
        self.wording
            .compose(store, claim, &providers, is_widespread, now)
    }

    async fn deliver(
        &self,
        claim: Claim,
        post: &mut mailer::Round<'_>,
        round: &mut Round,
    ) -> Result<(), StoreError> {
        let now = clock::now();
        let content = match claim.content.clone() {
            Some(content) => content,
            None => {
                let content = self.compose(&claim, now)?;
                self.store
                    .keep_content(claim.delivery_id, content.clone())
                    .await?;
                content
            }
        };
        let letter = self.wording.letter(&claim, content, now);
        let delivery = post.deliver(&letter).await;
        let now = clock::now();
        let next = match &delivery {
            Delivery::Deferred { .. } => {
                next_attempt(claim.attempts, claim.composed_at, now, self.expire_after)
            }
            Delivery::Sent { .. } | Delivery::Refused { .. } => None,
        };
        let (id, attempts) = (claim.delivery_id, claim.attempts);
        if let Delivery::Deferred { reason, .. } | Delivery::Refused { reason } = &delivery {
            round.reason = Some(reason.clone());
        }
        match (&delivery, next) {
            (Delivery::Sent { reply }, _) => {
                round.sent += 1;
                tracing::info!(delivery = id, attempts, "sent mail {id}: {reply}");
            }
            (Delivery::Deferred { reason, .. }, Some(_)) => {
                round.deferred += 1;
                tracing::warn!(delivery = id, attempts, "mail {id} is deferred: {reason}");
            }
            (Delivery::Deferred { reason, .. } | Delivery::Refused { reason }, _) => {
                round.lost += 1;
                tracing::error!(delivery = id, attempts, "mail {id} is given up: {reason}");
            }
        }
        self.store
            .settle(claim.delivery_id, delivery, now, next)
            .await
    }
}
