//! Where a post goes whose webhook left the configuration: on to the `[[webhook]]` that took its place, if
//! only one can have; else it is refused at once, and somebody must say what becomes of it.
//!
//! The url of a webhook is its name in the outbox, so a corrected url looks like one webhook gone and
//! another come. Trying on at the old address was rejected: it is the one that was wrong.

use std::collections::BTreeMap;

use crate::config::webhook::{Webhook, subscribers};
use crate::document::text::visible;
use crate::policy::event::Event;
use crate::policy::webhook;
use crate::store::OrphanedPost;
use crate::wording::text::counted;
use crate::wording::webhook::WebhookFormat;

/// Where an orphaned post goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Successor {
    /// On to the webhook of this name.
    One(String),
    /// Nowhere: for this reason, with the remedy.
    Unclear(String),
}

/// Chooses the one webhook that takes such events in the format of the post and was never to be told of
/// this one: it counts as having taken the place, because nothing stored says which one did.
pub(super) fn successor(orphan: &OrphanedPost, event: &Event, webhooks: &[Webhook]) -> Successor {
    let format = orphan.body.as_deref().map(WebhookFormat::of);
    let fits = |name: &str| {
        let mut named = webhooks.iter().filter(|it| it.name == name);
        format.is_none() || named.any(|it| Some(it.format) == format)
    };
    let severity = webhook::severity(&event.body).max(event.body.held_back_severity());
    let names: Vec<String> = subscribers(webhooks, &orphan.provider)
        .into_iter()
        .filter(|it| it.takes(severity) && fits(&it.name) && !orphan.told.contains(&it.name))
        .map(|it| it.name)
        .collect();
    if let ([_], Some(name)) = (names.as_slice(), names.first().cloned()) {
        return Successor::One(name);
    }
    let why = if names.is_empty() {
        "none took its place".to_owned()
    } else {
        let shown: Vec<String> = names.iter().take(5).map(|it| visible(it)).collect();
        format!(
            "more than one may have taken its place: {}",
            shown.join(", ")
        )
    };
    let id = orphan.delivery_id;
    Successor::Unclear(format!(
        "no [[webhook]] of the configuration has this address any more, and {why}. Write one \
         [[webhook]] that takes it and was not told of the event, or this address again, then: \
         issuerwatch outbox retry {id}; or give it up: issuerwatch outbox drop {id}"
    ))
}

/// What became of the orphaned posts of one round.
#[derive(Debug, Default)]
pub(super) struct OrphanLog {
    handed_on: BTreeMap<(String, String), u64>,
    refused: BTreeMap<String, (u64, String)>,
}

impl OrphanLog {
    pub(super) fn add(&mut self, webhook: &str, successor: &Successor) {
        match successor {
            Successor::One(name) => {
                let key = (webhook.to_owned(), name.clone());
                *self.handed_on.entry(key).or_default() += 1;
            }
            Successor::Unclear(reason) => {
                let first = || (0, reason.clone());
                let entry = self.refused.entry(webhook.to_owned());
                entry.or_insert_with(first).0 += 1;
            }
        }
    }

    /// Says each address once, however many posts waited for it.
    pub(super) fn tell(&self) {
        for ((from, to), count) in &self.handed_on {
            tracing::info!(
                "{} for {} go on to the [[webhook]] that took its place: {}",
                counted(*count, "post"),
                visible(from),
                visible(to)
            );
        }
        for (webhook, (count, reason)) in &self.refused {
            tracing::error!(
                "{} for {} given up: {reason}",
                counted(*count, "post"),
                visible(webhook)
            );
        }
    }
}
