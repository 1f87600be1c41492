//! Decides who is told of what a poll brought, and when.
//!
//! An alert is due `group_wait` after it was recorded and not after the fetch that began it,
//! because confirming may take longer than that.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::config::MailSettings;
use crate::config::webhook::{self, Webhook};
use crate::policy::tracking::Transition;
use crate::store::AlertPlan;

/// The recipients of alerts, and how soon after the event they are told.
#[derive(Debug, Clone)]
pub struct AlertPolicy {
    /// The section `[mail]`, for the recipients and the routes.
    pub mail: Arc<MailSettings>,
    /// The sections `[[webhook]]`; empty for `replay`.
    pub webhooks: Arc<[Webhook]>,
    /// `group_wait`, or zero for `check`, which sends at once.
    pub wait: SignedDuration,
}

impl AlertPolicy {
    /// The recipients and times for the events of a provider's transition. `wait` counts from the
    /// confirmation, or one tick would give several mails if confirming takes longer.
    pub fn plan_for(&self, provider: &str, transition: &Transition) -> AlertPlan {
        let each = transition.events.iter();
        let confirmed = each.filter_map(|event| event.provenance()?.confirmed_at);
        let at = transition
            .tracking
            .last_poll_at
            .into_iter()
            .chain(confirmed)
            .max()
            .unwrap_or(Timestamp::UNIX_EPOCH);
        let severities = transition.events.iter().flat_map(|event| {
            [
                transition.severity_of_mail(event),
                event.held_back_severity(),
            ]
        });
        AlertPlan {
            due_at: at.saturating_add(self.wait).unwrap_or(at),
            recipients: severities
                .map(|severity| (severity, self.mail.recipients(provider, severity)))
                .collect(),
            subscribers: webhook::subscribers(&self.webhooks, provider),
            posted_at: at,
        }
    }
}

#[cfg(test)]
mod tests;
