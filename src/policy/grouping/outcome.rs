//! What is done with alerts: they become mails, wait, or are left to the weekly mail.

use jiff::Timestamp;

use super::news::ProviderNews;
use crate::document::severity::Severity;
use crate::policy::mail::MailKind;

/// A mail to be composed from alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailGroup {
    /// The kind of the mail.
    pub kind: MailKind,
    /// The gravest severity in it.
    pub severity: Option<Severity>,
    /// Positions of the alerts, each with the fingerprint of the news it belongs to.
    pub alerts: Vec<(usize, String)>,
    /// The recipients of the mail.
    pub recipients: Vec<String>,
    /// The event whose mail this one answers.
    pub answers: Option<i64>,
    /// When the mail is due.
    pub due_at: Timestamp,
}

/// An alert that is due and waits for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostponedAlert {
    /// Position of the alert.
    pub alert: usize,
    /// The recipients for whom it waits.
    pub recipients: Vec<String>,
    /// The time until which it waits.
    pub until: Timestamp,
}

/// An alert that is left to the weekly mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectedAlert {
    /// Position of the alert.
    pub alert: usize,
    /// The recipients for whom it is left.
    pub recipients: Vec<String>,
}

/// What is to be done with the alerts that wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupingPlan {
    /// Mails to be composed now, in the order of their events. One alert may be in several of
    /// them, for different recipients.
    pub mails: Vec<MailGroup>,
    /// Alerts that are due and wait for others.
    pub postponed: Vec<PostponedAlert>,
    /// Alerts that are left to the weekly mail.
    pub collected: Vec<CollectedAlert>,
    /// Positions of alerts that need not be told to anybody any more.
    pub dropped: Vec<usize>,
}

impl GroupingPlan {
    pub(super) fn postpone(&mut self, unit: &ProviderNews<'_>, reader: &str, until: Timestamp) {
        for alert in &unit.alerts {
            let known = self
                .postponed
                .iter_mut()
                .find(|it| it.alert == *alert && it.until == until);
            match known {
                Some(known) => known.recipients.push(reader.to_owned()),
                None => self.postponed.push(PostponedAlert {
                    alert: *alert,
                    recipients: vec![reader.to_owned()],
                    until,
                }),
            }
        }
    }

    pub(super) fn collect(&mut self, unit: &ProviderNews<'_>, reader: &str) {
        for alert in &unit.alerts {
            let mut known = self.collected.iter_mut();
            match known.find(|it| it.alert == *alert) {
                Some(known) => known.recipients.push(reader.to_owned()),
                None => self.collected.push(CollectedAlert {
                    alert: *alert,
                    recipients: vec![reader.to_owned()],
                }),
            }
        }
    }

    /// Adds a mail; recipients who would get the same mail share it.
    pub(super) fn add(&mut self, mail: MailGroup) {
        let known = self
            .mails
            .iter_mut()
            .find(|known| known.kind == mail.kind && known.alerts == mail.alerts);
        match known {
            Some(known) => known.recipients.extend(mail.recipients),
            None => self.mails.push(mail),
        }
    }
}
