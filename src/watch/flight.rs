//! Deliveries under way: limits their number and counts their results.
//!
//! Each channel has its own places, so that webhook receivers that hang do not delay mail, and mail
//! servers that hang do not delay posts.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use crate::policy::channel::Channel;
use crate::store::StoreError;

/// The most deliveries of a channel under way. Mail servers accept some 50 connections of one client.
pub(crate) const MOST: usize = 32;
/// The most of them that were tried before, so that new ones have places of their own.
const AGAIN: usize = 16;
/// The most of them that began a moment ago: while deliveries go well, more at once are not needed.
pub(crate) const YOUNG: usize = 3;
/// How long such a moment lasts.
pub(crate) const MOMENT: Duration = Duration::from_secs(1);

/// The most recipients that are told one by one: a daemon counts as long as it lives.
const TOLD: usize = 10;

/// The results of the deliveries of one channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryCount {
    /// How many were accepted.
    pub sent: usize,
    /// Those to be tried again.
    pub deferred: Undelivered,
    /// Those that were refused or given up.
    pub lost: Undelivered,
}

/// Deliveries that did not succeed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undelivered {
    /// How many.
    pub count: usize,
    /// The first of them: to whom, and why not.
    pub first: Vec<(String, String)>,
}

impl Undelivered {
    fn add(&mut self, recipient: String, reason: String) {
        self.count += 1;
        if self.first.len() < TOLD {
            self.first.push((recipient, reason));
        }
    }
}

impl DeliveryCount {
    fn add(&mut self, recipient: String, delivered: DeliveryResult) {
        match delivered {
            DeliveryResult::Sent => self.sent += 1,
            DeliveryResult::Deferred(reason) => self.deferred.add(recipient, reason),
            DeliveryResult::Lost(reason) => self.lost.add(recipient, reason),
        }
    }
}

/// The results of one round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryRun {
    /// The results of mails.
    pub mails: DeliveryCount,
    /// The results of posts to webhooks.
    pub posts: DeliveryCount,
}

/// The deliveries under way, which continue when the courier is replaced.
#[derive(Debug, Default)]
pub struct Flight {
    tasks: JoinSet<Result<DeliveryResult, StoreError>>,
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

/// The result of one delivery.
#[derive(Debug)]
pub(super) enum DeliveryResult {
    Sent,
    Deferred(String),
    Lost(String),
}

impl Flight {
    /// Whether no delivery is under way.
    pub fn is_empty(&self) -> bool {
        self.busy.is_empty()
    }

    /// Whether no delivery of mail is under way.
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

    /// Starts a delivery.
    pub(super) fn begin(
        &mut self,
        channel: Channel,
        recipient: String,
        is_again: bool,
        delivery: impl Future<Output = Result<DeliveryResult, StoreError>> + Send + 'static,
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

    /// Waits until one delivery has ended, or until one that hangs has given up its place. It is cancel
    /// safe.
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
        match (ended, under_way) {
            (Ok((_, delivered)), Some(it)) => {
                let count = match it.channel {
                    Channel::Mail => &mut self.round.mails,
                    Channel::Webhook => &mut self.round.posts,
                };
                count.add(it.recipient, delivered?);
            }
            (Ok((_, delivered)), None) => drop(delivered?),
            // The delivery that panicked is due again after its lease.
            (Err(error), _) => tracing::error!("a delivery panicked: {error}"),
        }
        Ok(())
    }
}
