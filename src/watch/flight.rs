//! Deliveries under way: how many there may be, and what became of them.
//!
//! Each channel has places of its own, so that receivers that hang keep no mail waiting, nor mail servers
//! what is posted.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use crate::policy::channel::Channel;
use crate::store::StoreError;

/// Most deliveries of a channel that are under way. Mail servers take some 50 connections of one client.
pub(crate) const MOST: usize = 32;
/// Most of them that were tried before: what is new has places of its own.
const AGAIN: usize = 16;
/// Most of them that began a moment ago: one that goes well needs no other beside it.
pub(crate) const YOUNG: usize = 3;
/// How long that moment is.
pub(crate) const MOMENT: Duration = Duration::from_secs(1);

/// What became of deliveries of one channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    /// What was taken.
    pub sent: usize,
    /// What is to be tried again.
    pub deferred: usize,
    /// What was refused or given up.
    pub lost: usize,
    /// Why the last of those that did not leave did not.
    pub reason: Option<String>,
}

impl Count {
    fn add(&mut self, delivered: Delivered) {
        match delivered {
            Delivered::Sent => self.sent += 1,
            Delivered::Deferred(reason) => {
                self.deferred += 1;
                self.reason = Some(reason);
            }
            Delivered::Lost(reason) => {
                self.lost += 1;
                self.reason = Some(reason);
            }
        }
    }
}

/// What one round did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryRun {
    /// Of mails.
    pub mails: Count,
    /// Of posts to webhooks.
    pub posts: Count,
}

/// Deliveries under way. It outlives a courier that is replaced.
#[derive(Debug, Default)]
pub struct Flight {
    tasks: JoinSet<Result<Delivered, StoreError>>,
    busy: HashMap<Id, UnderWay>,
    pub(super) round: DeliveryRun,
}

/// A delivery under way.
#[derive(Debug)]
struct UnderWay {
    channel: Channel,
    recipient: String,
    since: Instant,
    is_again: bool,
}

/// What became of one delivery.
#[derive(Debug)]
pub(super) enum Delivered {
    Sent,
    Deferred(String),
    Lost(String),
}

impl Flight {
    /// Whether nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.busy.is_empty()
    }

    /// Whether no mail is under way.
    pub fn is_without_mail(&self) -> bool {
        self.of(Channel::Mail).next().is_none()
    }

    fn of(&self, channel: Channel) -> impl Iterator<Item = &UnderWay> {
        self.busy.values().filter(move |it| it.channel == channel)
    }

    pub(super) fn has_room(&self, channel: Channel) -> bool {
        let begun = self.of(channel);
        let young = begun.filter(|it| it.since.elapsed() < MOMENT).count();
        self.of(channel).count() < MOST && young < YOUNG
    }

    pub(super) fn recipients(&self, channel: Channel) -> Vec<String> {
        self.of(channel).map(|it| it.recipient.clone()).collect()
    }

    pub(super) fn has_room_for_again(&self, channel: Channel) -> bool {
        self.of(channel).filter(|it| it.is_again).count() < AGAIN
    }

    /// Begins a delivery.
    pub(super) fn begin(
        &mut self,
        channel: Channel,
        recipient: String,
        is_again: bool,
        delivery: impl Future<Output = Result<Delivered, StoreError>> + Send + 'static,
    ) {
        let under_way = UnderWay {
            channel,
            recipient,
            since: Instant::now(),
            is_again,
        };
        let task = self.tasks.spawn(delivery);
        self.busy.insert(task.id(), under_way);
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
        let under_way = self.busy.remove(&id);
        match (ended, under_way.map(|it| it.channel)) {
            (Ok((_, delivered)), Some(Channel::Webhook)) => self.round.posts.add(delivered?),
            (Ok((_, delivered)), _) => self.round.mails.add(delivered?),
            // What was at hand is due again after its lease.
            (Err(error), _) => tracing::error!("a delivery panicked: {error}"),
        }
        Ok(())
    }
}
