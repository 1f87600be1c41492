//! Which alerts become one mail, and which of them wait.
//!
//! All that one tick brings for one provider, in all its documents, is one mail; an outage and its
//! end are mails of their own, because they are threads of their own. The same at several providers
//! is one mail: one vendor's roll-out is one piece of news. Nobody reads many mails at once: more
//! than `MANY` become a digest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::change::Change;
use super::event::{Event, EventKind};
use super::fingerprint::sha256_hex;
use super::letter::MailKind;
use super::severity::{Group as Members, Severity};

/// More mails than this, due at once to the same recipients, become one.
const MANY: usize = 10;

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

/// What was told a short while ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What is the same at several providers, as in [`Group::alerts`].
    pub fingerprint: String,
    /// The provider it was told of.
    pub provider: String,
    /// When.
    pub at: Timestamp,
}

/// Alerts that become one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What the mail is about.
    pub kind: MailKind,
    /// The gravest severity in it.
    pub severity: Option<Severity>,
    /// Positions of the alerts, each with the fingerprint of what it belongs to.
    pub alerts: Vec<(usize, String)>,
    /// To whom.
    pub recipients: Vec<String>,
    /// The event whose mail it answers.
    pub answers: Option<i64>,
    /// When it is due.
    pub due_at: Timestamp,
}

/// What is to be done with the alerts that wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Mails to be composed now.
    pub mails: Vec<Group>,
    /// Alerts that are due and wait for others, until when.
    pub postponed: Vec<(usize, Timestamp)>,
}

/// What happened at one provider and is told together.
struct Unit<'a> {
    provider: &'a str,
    recipients: Vec<String>,
    kind: MailKind,
    severity: Option<Severity>,
    alerts: Vec<usize>,
    answers: Option<i64>,
    due_at: Timestamp,
    /// What is the same in the news of two providers that leave at once, whatever keys they have.
    likeness: String,
    /// What is the same in the news of two providers to the letter, but for their hosts.
    fingerprint: String,
}

/// Groups the alerts that are due at `now`, each with those that belong to it and are not due yet.
/// `told` is what was told within the last `interval`.
pub fn plan<'a>(
    waiting: &[Waiting<'a>],
    told: &[Told],
    interval: SignedDuration,
    now: Timestamp,
) -> Plan {
    let mut plan = Plan::default();
    let mut due: Vec<Unit<'a>> = Vec::new();
    let mut early: Vec<Unit<'a>> = Vec::new();
    for unit in units(waiting) {
        if unit.due_at > now {
            early.push(unit);
        } else if let Some(until) = wait(&unit, told, interval).filter(|until| *until > now) {
            let alerts = unit.alerts.into_iter();
            plan.postponed.extend(alerts.map(|alert| (alert, until)));
        } else {
            due.push(unit);
        }
    }
    // What happened twice at one provider is not the same at two of them.
    let mut times: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let mut same: BTreeMap<(String, usize), Vec<Unit<'_>>> = BTreeMap::new();
    let mut key = |unit: &Unit<'a>| {
        let time = times.entry((unit.provider, unit.likeness.clone()));
        let time = time.and_modify(|time| *time += 1).or_default();
        (unit.likeness.clone(), *time)
    };
    for unit in due {
        same.entry(key(&unit)).or_default().push(unit);
    }
    for unit in early {
        if let Some(others) = same.get_mut(&key(&unit)) {
            others.push(unit);
        }
    }
    let mut mails: Vec<Group> = same.into_values().filter_map(group).collect();
    mails.sort_by(|one, two| {
        two.severity
            .cmp(&one.severity)
            .then(one.alerts.cmp(&two.alerts))
    });
    plan.mails = digests(mails, waiting);
    plan
}

fn units<'a>(waiting: &[Waiting<'a>]) -> Vec<Unit<'a>> {
    let mut units: Vec<Unit<'a>> = Vec::new();
    for (position, alert) in waiting.iter().enumerate() {
        let about = &alert.event.body.circumstance;
        // A summary tells of all damped members of all targets.
        let (kind, provider, answers) = if alert.collected {
            (MailKind::Summary, "", about.held_under)
        } else {
            let provider = alert.event.provider.as_str();
            (kind(alert.event.body.kind), provider, about.answers)
        };
        let body = &alert.event.body;
        let severity = match kind {
            MailKind::Summary => body.held_back_severity(),
            _ => body.told_severity(),
        };
        let found = units.iter_mut().rev().find(|unit| {
            // Each has a summary of their own; all else of a provider goes to all whom a part concerns.
            let are_readers = kind != MailKind::Summary || unit.recipients == alert.recipients;
            unit.provider == provider && thread(unit.kind) == thread(kind) && are_readers
        });
        // A change and its return that waited together are two pieces of news: one would hide the other.
        let found = found.filter(|unit| {
            let known = unit.alerts.iter().filter_map(|at| waiting.get(*at));
            let mut known = known.map(|alert| alert.event);
            kind != MailKind::Changed || !known.any(|event| is_next(event, alert.event))
        });
        match found {
            Some(unit) => {
                unit.alerts.push(position);
                unit.kind = unit.kind.min(kind);
                unit.severity = unit.severity.max(severity);
                unit.answers = unit.answers.or(answers);
                unit.due_at = unit.due_at.min(alert.due_at);
                for recipient in alert.recipients {
                    if !unit.recipients.contains(recipient) {
                        unit.recipients.push(recipient.clone());
                    }
                }
            }
            None => units.push(Unit {
                provider,
                recipients: alert.recipients.to_vec(),
                kind,
                severity,
                alerts: vec![position],
                answers,
                due_at: alert.due_at,
                likeness: String::new(),
                fingerprint: String::new(),
            }),
        }
    }
    for unit in &mut units {
        let events = unit.alerts.iter().filter_map(|at| waiting.get(*at));
        let events: Vec<&Event> = events.map(|alert| alert.event).collect();
        unit.likeness = fingerprint(unit, &events, alike);
        unit.fingerprint = fingerprint(unit, &events, exactly);
    }
    units
}

/// Whether two events are changes of one document, one after the other.
fn is_next(one: &Event, two: &Event) -> bool {
    let is_changed = |event: &Event| event.body.kind == EventKind::Changed;
    is_changed(one) && is_changed(two) && one.document == two.document && one.id != two.id
}

/// Late-comers wait, but not the gravest, and not the news of a provider that was told of already.
fn wait(unit: &Unit<'_>, told: &[Told], interval: SignedDuration) -> Option<Timestamp> {
    if unit.severity == Some(Severity::Security) {
        return None;
    }
    let same = || told.iter().filter(|it| it.fingerprint == unit.fingerprint);
    if same().any(|it| it.provider == unit.provider) {
        return None;
    }
    let last = same().map(|it| it.at).max()?;
    last.saturating_add(interval).ok()
}

fn group(units: Vec<Unit<'_>>) -> Option<Group> {
    let first = units.first()?;
    let (kind, recipients) = (first.kind, first.recipients.clone());
    // An answer to one provider's mail would be none to the others'.
    let answers = first.answers.filter(|_| units.len() == 1);
    Some(Group {
        kind,
        severity: units.iter().map(|unit| unit.severity).max()?,
        answers,
        due_at: units.iter().map(|unit| unit.due_at).min()?,
        recipients,
        alerts: units.into_iter().flat_map(marked).collect(),
    })
}

fn marked(unit: Unit<'_>) -> impl Iterator<Item = (usize, String)> {
    let Unit {
        alerts,
        fingerprint,
        ..
    } = unit;
    alerts
        .into_iter()
        .map(move |alert| (alert, fingerprint.clone()))
}

/// Many mails to the same recipients become one.
fn digests(mails: Vec<Group>, waiting: &[Waiting<'_>]) -> Vec<Group> {
    let mut of_recipients: BTreeMap<Vec<String>, Vec<Group>> = BTreeMap::new();
    for mail in mails {
        let recipients = mail.recipients.clone();
        of_recipients.entry(recipients).or_default().push(mail);
    }
    let mut mails = Vec::new();
    for of_them in of_recipients.into_values() {
        let (first, of_them) = of_them.into_iter().partition(|it| is_of_first(it, waiting));
        mails.extend(digest(first, 1));
        mails.extend(digest(of_them, MANY));
    }
    mails
}

/// Mails to the same recipients as one, if they are more than `most`.
fn digest(mails: Vec<Group>, most: usize) -> Vec<Group> {
    let due_at = mails.iter().map(|mail| mail.due_at).min();
    let (Some(due_at), Some(first)) = (due_at, mails.first().filter(|_| mails.len() > most)) else {
        return mails;
    };
    vec![Group {
        kind: MailKind::Digest,
        severity: mails.iter().filter_map(|mail| mail.severity).max(),
        recipients: first.recipients.clone(),
        answers: None,
        due_at,
        alerts: mails.into_iter().flat_map(|mail| mail.alerts).collect(),
    }]
}

/// Whether a mail tells only what first documents do not meet: who adds ten providers does not want
/// ten mails.
fn is_of_first(mail: &Group, waiting: &[Waiting<'_>]) -> bool {
    let alerts = mail.alerts.iter().filter_map(|(at, _)| waiting.get(*at));
    let mut events = alerts.map(|alert| alert.event);
    events.all(|event| event.body.kind == EventKind::Finding && event.from_snapshot.is_none())
}

/// What stands in one thread is one mail: changes of all kinds together.
fn thread(kind: MailKind) -> u8 {
    match kind {
        MailKind::Failing => 1,
        MailKind::Recovered => 2,
        MailKind::Summary => 3,
        _ => 0,
    }
}

/// The kind of the mail about one event. Of several in one mail the first in the order of
/// [`MailKind`] names it.
fn kind(kind: EventKind) -> MailKind {
    match kind {
        EventKind::Failing => MailKind::Failing,
        EventKind::Recovered => MailKind::Recovered,
        EventKind::Damped => MailKind::Damped,
        EventKind::Settled => MailKind::Settled,
        EventKind::Finding => MailKind::Finding,
        EventKind::FirstSeen | EventKind::Changed | EventKind::Accepted => MailKind::Changed,
    }
}

/// What is the same in the news of two providers: rules, members and values, whatever their hosts.
fn fingerprint(unit: &Unit<'_>, events: &[&Event], change: fn(&Change) -> Value) -> String {
    let parts = events
        .iter()
        .map(|event| part(unit.kind, event, change).to_string());
    let parts: BTreeSet<String> = parts.collect();
    let whole = json!([unit.kind, unit.recipients, parts]);
    sha256_hex(whole.to_string().as_bytes())
}

fn part(kind: MailKind, event: &Event, change: fn(&Change) -> Value) -> Value {
    let body = &event.body;
    let about = &body.circumstance;
    match (kind, body.kind) {
        // A summary is one of a kind.
        (MailKind::Summary, _) => json!([]),
        (_, EventKind::Failing | EventKind::Recovered) => {
            let cause = about.failed_polls.last();
            json!([
                event.document,
                about.inconsistent_polls.is_some(),
                cause.map(|poll| (poll.failure.kind, poll.failure.status)),
            ])
        }
        (_, EventKind::Changed) => {
            let told = body.changes.iter().filter(|change| !change.damped);
            let changes: Vec<Value> = told.map(change).collect();
            json!([event.document, changes])
        }
        (_, EventKind::Finding) => {
            let findings = body.findings.iter().map(|moved| {
                let finding = &moved.finding;
                json!([finding.rule, finding.member, finding.severity, moved.state])
            });
            let mut findings: Vec<Value> = findings.collect();
            findings.sort_by_key(Value::to_string);
            json!([event.document, findings])
        }
        (_, _) => json!([event.provider, event.id]),
    }
}

/// Of keys only that they changed: every key is another one.
fn alike(change: &Change) -> Value {
    match change.group {
        Members::Keys => json!([change.rule, change.member, change.severity, change.used]),
        _ => exactly(change),
    }
}

fn exactly(change: &Change) -> Value {
    let all = |values: &[Value]| values.iter().map(hostless).collect::<Vec<_>>();
    json!([
        change.rule,
        change.member,
        change.severity,
        change.used,
        change.before.as_ref().map(hostless),
        change.after.as_ref().map(hostless),
        all(&change.added),
        all(&change.removed),
    ])
}

/// A value with the hosts of its URLs taken out.
fn hostless(value: &Value) -> Value {
    match value {
        Value::String(text) => match url::Url::parse(text) {
            Ok(url) if url.has_host() => {
                let rest = text.split_once("://").map_or("", |(_, rest)| rest);
                let path = rest.find('/').and_then(|at| rest.get(at..));
                Value::from(format!("{}://*{}", url.scheme(), path.unwrap_or("")))
            }
            Ok(_) | Err(_) => value.clone(),
        },
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), hostless(value)))
            .collect(),
        Value::Array(values) => values.iter().map(hostless).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
