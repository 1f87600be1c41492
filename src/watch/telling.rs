//! Who hears of a poll: people, of what it brought; a terminal, of how far it is.
//!
//! An alert is due `group_wait` after it was recorded and not after the fetch that began it,
//! because confirming may take longer than that.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::config::MailSettings;
use crate::config::webhook::{self, Webhook};
use crate::policy::tracking::Transition;
use crate::store::Alerting;

/// Who is told, and how soon after the event.
#[derive(Debug, Clone)]
pub struct Telling {
    /// `[mail]`, for the recipients and the routes.
    pub mail: Arc<MailSettings>,
    /// `[[webhook]]`; none for `replay`.
    pub webhooks: Arc<[Webhook]>,
    /// `group_wait`, or zero for `check`.
    pub wait: SignedDuration,
}

impl Telling {
    /// Who is told of the events of a provider's transition, and when: `wait` counts from when it
    /// was confirmed, or one tick would be several mails where confirming takes longer.
    pub fn alerting(&self, provider: &str, transition: &Transition) -> Alerting {
        let each = transition.events.iter();
        let confirmed = each.filter_map(|event| event.provenance()?.confirmed_at);
        let at = transition
            .tracking
            .last_poll_at
            .into_iter()
            .chain(confirmed)
            .max()
            .unwrap_or(Timestamp::UNIX_EPOCH);
        let told = transition.events.iter().flat_map(|event| {
            [
                transition.severity_of_mail(event),
                event.held_back_severity(),
            ]
        });
        Alerting {
            due_at: at.saturating_add(self.wait).unwrap_or(at),
            recipients: told
                .map(|severity| (severity, self.mail.recipients(provider, severity)))
                .collect(),
            subscribers: webhook::subscribers(&self.webhooks, provider),
            posted_at: at,
        }
    }
}

/// A change is confirmed by a second fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirming {
    /// It is going to be made after so long.
    Began {
        /// `confirm_after`.
        after: Duration,
    },
    /// It was made.
    Ended,
}

#[cfg(test)]
mod tests;
