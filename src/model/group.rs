//! Which alerts become one mail.
//!
//! All that one tick brings for one provider, in all its documents, is one mail. An outage and its
//! end are mails of their own, because they are threads of their own.

use jiff::Timestamp;

use super::event::{Event, EventKind};
use super::letter::MailKind;
use super::severity::Severity;

/// What decides about grouping an alert.
#[derive(Debug, Clone, Copy)]
pub struct Waiting<'a> {
    /// What is told.
    pub event: &'a Event,
    /// To whom.
    pub recipients: &'a [String],
    /// When it is due.
    pub due_at: Timestamp,
    /// Whether a summary is to tell of it.
    pub collected: bool,
}

/// Alerts that become one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What the mail is about.
    pub kind: MailKind,
    /// The gravest severity in it.
    pub severity: Option<Severity>,
    /// Positions of the alerts.
    pub alerts: Vec<usize>,
    /// To whom.
    pub recipients: Vec<String>,
    /// The event whose mail it answers.
    pub answers: Option<i64>,
    /// When it is due.
    pub due_at: Timestamp,
}

/// Groups the alerts that are due at `now`, each with those that belong to it and are not due yet.
pub fn plan(waiting: &[Waiting<'_>], now: Timestamp) -> Vec<Group> {
    let mut groups: Vec<(&str, Group)> = Vec::new();
    for (position, alert) in waiting.iter().enumerate() {
        let about = &alert.event.body.circumstance;
        // A summary tells of all damped members of all targets.
        let (kind, provider, answers) = if alert.collected {
            (MailKind::Summary, "", about.held_under)
        } else {
            let provider = alert.event.provider.as_str();
            (kind(alert.event.body.kind), provider, about.answers)
        };
        let found = groups.iter_mut().find(|(name, group)| {
            *name == provider && group.kind == kind && group.recipients == alert.recipients
        });
        match found {
            Some((_, group)) => {
                group.alerts.push(position);
                group.severity = group.severity.max(alert.event.body.severity);
                group.answers = group.answers.or(answers);
                group.due_at = group.due_at.min(alert.due_at);
            }
            None => groups.push((
                provider,
                Group {
                    kind,
                    severity: alert.event.body.severity,
                    alerts: vec![position],
                    recipients: alert.recipients.to_vec(),
                    answers,
                    due_at: alert.due_at,
                },
            )),
        }
    }
    groups
        .into_iter()
        .map(|(_, group)| group)
        .filter(|group| group.due_at <= now)
        .collect()
}

fn kind(kind: EventKind) -> MailKind {
    match kind {
        EventKind::Failing => MailKind::Failing,
        EventKind::Recovered => MailKind::Recovered,
        EventKind::Damped => MailKind::Damped,
        EventKind::Settled => MailKind::Settled,
        EventKind::FirstSeen | EventKind::Changed | EventKind::Finding | EventKind::Accepted => {
            MailKind::Changed
        }
    }
}
