//! What happened at one provider and is told together.
//!
//! News of several kinds is one mail, of the first kind in the order changed, finding, damped,
//! settled. A summary tells what is due and all that is collected of the same document; what is
//! collected of others waits for weeks of its own.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::fingerprint::fingerprint;
use super::outline::News;
use super::waiting::Waiting;
use crate::document::name::DocumentName;
use crate::document::severity::Severity;
use crate::policy::event::EventKind;
use crate::policy::mail::MailKind;
use crate::policy::recipient;

/// What happened at one provider and is told together.
#[derive(Debug)]
pub(super) struct ProviderNews<'a> {
    /// The provider; empty for a summary, which tells of all damped members of all targets.
    pub(super) provider: &'a str,
    /// All whom a part concerns.
    pub(super) recipients: Vec<String>,
    /// What a mail about it would be.
    pub(super) kind: MailKind,
    /// The gravest severity in it.
    pub(super) severity: Option<Severity>,
    /// Positions of the alerts.
    pub(super) alerts: Vec<usize>,
    /// The event whose mail it answers.
    pub(super) answers: Option<i64>,
    /// Whether a mail told of that event at once.
    pub(super) is_answer: bool,
    /// When the first of it is due.
    pub(super) due_at: Timestamp,
    /// When the first of it was seen.
    pub(super) seen_at: Timestamp,
    /// What is the same in the news of two providers that leave at once, whatever keys they have.
    pub(super) loose_fingerprint: String,
    /// What is the same in the news of two providers to the letter, but for their hosts.
    pub(super) fingerprint: String,
}

/// Alerts by what is told together, in their order; without those at the positions `dropped`, and
/// without what a summary is to tell later than `now`: every document has weeks of its own.
pub(super) fn units<'a>(
    waiting: &[Waiting<'a>],
    dropped: &[usize],
    now: Timestamp,
) -> Vec<ProviderNews<'a>> {
    let mut units: Vec<ProviderNews<'a>> = Vec::new();
    let due: BTreeSet<(&str, &DocumentName)> = waiting
        .iter()
        .filter(|alert| alert.collected && alert.due_at <= now)
        .map(document)
        .collect();
    for (position, alert) in waiting.iter().enumerate() {
        let is_later = alert.collected && !due.contains(&document(alert));
        if is_later || dropped.contains(&position) {
            continue;
        }
        let unit = unit(position, alert);
        let latest = units.iter_mut().rev().find(|known| {
            // Each has a summary of their own; all else of a provider goes to all whom a part concerns.
            let are_readers =
                unit.kind != MailKind::Summary || known.recipients == alert.recipients;
            known.provider == unit.provider
                && thread(known.kind) == thread(unit.kind)
                && are_readers
        });
        // A change and its return that waited together are two pieces of news: one would hide the other.
        let found = latest.filter(|known| {
            let mut events = known
                .alerts
                .iter()
                .filter_map(|at| waiting.get(*at))
                .map(|known| known.news);
            unit.kind != MailKind::Changed || !events.any(|event| is_next(event, alert.news))
        });
        match found {
            Some(known) => known.join(unit),
            None => units.push(unit),
        }
    }
    for unit in &mut units {
        let events = unit.alerts.iter().filter_map(|at| waiting.get(*at));
        let news: Vec<&News> = events.map(|alert| alert.news).collect();
        unit.loose_fingerprint = fingerprint(unit.kind, news.iter().map(|one| one.alike.clone()));
        unit.fingerprint = fingerprint(unit.kind, news.iter().map(|one| one.exact.clone()));
    }
    units
}

/// One alert alone.
fn unit<'a>(position: usize, alert: &Waiting<'a>) -> ProviderNews<'a> {
    let news = alert.news;
    let (kind, provider, answers) = if alert.collected {
        (MailKind::Summary, "", news.held_under)
    } else {
        (kind(news.kind), news.provider.as_str(), news.answers)
    };
    let severity = match kind {
        MailKind::Summary => news.held_back,
        _ => news.told,
    };
    ProviderNews {
        provider,
        recipients: alert.recipients.to_vec(),
        kind,
        severity,
        alerts: vec![position],
        answers,
        is_answer: alert.is_answer,
        due_at: alert.due_at,
        seen_at: news.at,
        loose_fingerprint: String::new(),
        fingerprint: String::new(),
    }
}

impl ProviderNews<'_> {
    /// Takes in what is told together with it.
    fn join(&mut self, other: Self) {
        self.alerts.extend(other.alerts);
        self.kind = self.kind.min(other.kind);
        self.severity = self.severity.max(other.severity);
        self.answers = self.answers.or(other.answers);
        self.is_answer |= other.is_answer;
        self.due_at = self.due_at.min(other.due_at);
        self.seen_at = self.seen_at.min(other.seen_at);
        recipient::extend(&mut self.recipients, other.recipients);
    }

    /// Whether it is left to a weekly mail that takes what is no graver than `most`. An outage and its
    /// end are not, nor what answers a mail: who was told that something began is told how it went on.
    pub(super) fn is_left_to_weekly(&self, most: Severity) -> bool {
        let never = [MailKind::Failing, MailKind::Recovered];
        let is_grave = self.severity.is_some_and(|severity| severity > most);
        !is_grave && !self.is_answer && !never.contains(&self.kind)
    }

    /// Whether it is told to this recipient.
    pub(super) fn is_for(&self, recipient: &str) -> bool {
        let mut all = self.recipients.iter();
        all.any(|known| recipient::is_same(known, recipient))
    }
}

/// What is collected of one document is told whole.
fn document<'a>(alert: &Waiting<'a>) -> (&'a str, &'a DocumentName) {
    (&alert.news.provider, &alert.news.document)
}

/// Whether two events are changes of one document, one after the other.
fn is_next(one: &News, two: &News) -> bool {
    let is_changed = |news: &News| news.kind == EventKind::Changed;
    is_changed(one) && is_changed(two) && one.document == two.document && one.id != two.id
}

/// What stands in one thread is one mail: changes of all kinds together.
fn thread(kind: MailKind) -> u8 {
    match kind {
        MailKind::Failing => 1,
        MailKind::Recovered => 2,
        MailKind::Summary => 3,
        MailKind::Inconsistent => 4,
        _ => 0,
    }
}

/// The kind of the mail about one event. Of several in one mail the first in the order of
/// [`MailKind`] names it.
fn kind(kind: EventKind) -> MailKind {
    match kind {
        EventKind::Inconsistent => MailKind::Inconsistent,
        EventKind::Failing => MailKind::Failing,
        EventKind::Recovered => MailKind::Recovered,
        EventKind::Damped => MailKind::Damped,
        EventKind::Settled => MailKind::Settled,
        EventKind::Finding => MailKind::Finding,
        EventKind::FirstSeen | EventKind::Changed | EventKind::Accepted => MailKind::Changed,
    }
}
