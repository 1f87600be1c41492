//! News of one provider that is told together.
//!
//! News of several kinds is one mail, whose kind is the first of changed, finding, damped, settled. A
//! summary tells what is due and everything collected about the same document; what is collected about
//! other documents waits for their own weeks.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::fingerprint::fingerprint;
use super::outline::News;
use super::waiting::WaitingAlert;
use crate::document::name::DocumentName;
use crate::document::severity::Severity;
use crate::policy::event::EventKind;
use crate::policy::mail::MailKind;
use crate::policy::recipient;

/// News of one provider that is told together.
#[derive(Debug)]
pub(super) struct ProviderNews<'a> {
    /// The provider; empty for a summary, which tells of all damped members of all targets.
    pub(super) provider: &'a str,
    /// All recipients whom a part of it concerns.
    pub(super) recipients: Vec<String>,
    /// The kind of a mail about it.
    pub(super) kind: MailKind,
    /// The gravest severity in it.
    pub(super) severity: Option<Severity>,
    /// Positions of the alerts.
    pub(super) alerts: Vec<usize>,
    /// The event whose mail this news answers.
    pub(super) answers: Option<i64>,
    /// Whether a mail told of the answered event at once.
    pub(super) is_answer: bool,
    /// When the first of its alerts is due.
    pub(super) due_at: Timestamp,
    /// When the first of its events was seen.
    pub(super) seen_at: Timestamp,
    /// Fingerprint for news of several providers that leaves at once; the values of keys are left out.
    pub(super) loose_fingerprint: String,
    /// Fingerprint for news of several providers that is identical except for their hosts.
    pub(super) fingerprint: String,
}

/// Groups alerts by what is told together, in order; without those at the positions `dropped`, and
/// without summaries due later than `now`, because every document has its own weeks.
pub(super) fn units<'a>(
    waiting: &[WaitingAlert<'a>],
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
            // A summary goes only to recipients of that alert; other news of a provider goes to all whom
            // a part concerns.
            let are_readers =
                unit.kind != MailKind::Summary || known.recipients == alert.recipients;
            known.provider == unit.provider
                && thread(known.kind) == thread(unit.kind)
                && are_readers
        });
        // A change and its return that waited together stay separate, because one would hide the other.
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

/// The news of a single alert.
fn unit<'a>(position: usize, alert: &WaitingAlert<'a>) -> ProviderNews<'a> {
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
    /// Adds news that is told together with this.
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

    /// Whether this news is left to a weekly mail that takes severities up to `most`. An outage, its end
    /// and an answer to a mail are not left: recipients who were told of a beginning are told how it went
    /// on.
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

/// The document of an alert; everything that is collected about one document is told together.
fn document<'a>(alert: &WaitingAlert<'a>) -> (&'a str, &'a DocumentName) {
    (&alert.news.provider, &alert.news.document)
}

/// Whether two events are changes of one document, one after the other.
fn is_next(one: &News, two: &News) -> bool {
    let is_changed = |news: &News| news.kind == EventKind::Changed;
    is_changed(one) && is_changed(two) && one.document == two.document && one.id != two.id
}

/// Numbers the threads: the kinds of mail with one number share a mail, as changes of all kinds do.
fn thread(kind: MailKind) -> u8 {
    match kind {
        MailKind::Failing => 1,
        MailKind::Recovered => 2,
        MailKind::Summary => 3,
        MailKind::Inconsistent => 4,
        _ => 0,
    }
}

/// The kind of a mail about one event. If a mail has several events, the kind that comes first in the
/// order of [`MailKind`] is used.
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
