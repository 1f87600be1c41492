//! Decides which alerts become one mail, and which of them wait.
//!
//! Everything that one tick brings for one provider, in all its documents, is one mail; an outage and its
//! end are mails of their own, because they are threads of their own (`news`). The same news at several
//! providers is one mail: one vendor's roll-out is one piece of news (`loose_fingerprint`). This is
//! decided for each recipient: whoever is told of all providers gets one mail, even if some of them have
//! owners of their own. To limit the number of mails, more than `MANY` become a digest.
//!
//! If other providers follow later, that is told as a wave (`wave`).
//!
//! An outage that ends in a changed document is two mails, because its end belongs to the thread of the
//! outage. Grave findings in documents seen for the first time are one digest, however few they are: an
//! operator who adds ten providers does not want ten mails.

mod fingerprint;
mod news;
mod outcome;
mod outline;
mod waiting;
mod wave;

pub use self::fingerprint::loose_fingerprint;
pub use self::outcome::{CollectedAlert, GroupingPlan, MailGroup, PostponedAlert};
pub use self::outline::News;
pub use self::waiting::WaitingAlert;
pub use self::wave::{LOOK_BACK, ToldBefore, Wave, wave};

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use self::news::{ProviderNews, units};
use super::event::{EventKind, all_after_gap};
use super::mail::MailKind;
use super::recipient;
use crate::document::name::DocumentName;
use crate::document::severity::Severity;

/// If more mails than this are due at once to one recipient, they become one.
const MANY: usize = 10;

/// The same for what was seen after a gap in the polling: that nothing was watched is told once.
const MANY_AFTER_GAP: usize = 3;

/// The most bytes of events that one mail about several documents shows in full. More become a digest,
/// which is made document by document: composing takes the memory of the largest, not of all.
pub const MUCH: usize = 4 << 20;

/// A piece of news that was told a short while ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentNotice {
    /// The fingerprint of the news across providers, as in [`MailGroup::alerts`].
    pub fingerprint: String,
    /// The provider it was told of.
    pub provider: String,
    /// The recipient who was told.
    pub recipient: String,
    /// When it was told.
    pub at: Timestamp,
}

/// Which news is left to the weekly mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CollectPolicy<'a> {
    /// The gravest severity that is left to it.
    pub most: Severity,
    /// The recipients of the weekly mail; only their news is left to it.
    pub readers: &'a [String],
}

/// Whether a piece of news leaves now, for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Release {
    /// It leaves; it was due at this time.
    Due(Timestamp),
    /// It is not due yet: it leaves only together with the same news that is due.
    Early,
    /// It is due, and waits until then for the same news from other providers.
    Waits(Timestamp),
    /// It is left to the weekly mail.
    Collected,
}

/// Groups the alerts that are due at `now`, each with those that belong to it and are not due yet.
/// `notices` are what was told within the last `interval`.
pub fn plan(
    waiting: &[WaitingAlert<'_>],
    notices: &[RecentNotice],
    interval: SignedDuration,
    collecting: Option<CollectPolicy<'_>>,
    now: Timestamp,
) -> GroupingPlan {
    let mut plan = GroupingPlan {
        dropped: never_told(waiting),
        ..GroupingPlan::default()
    };
    let units = units(waiting, &plan.dropped, now);
    let mut readers: Vec<String> = Vec::new();
    for unit in &units {
        recipient::extend(&mut readers, unit.recipients.iter().cloned());
    }
    for reader in readers {
        let own: Vec<&ProviderNews<'_>> =
            units.iter().filter(|unit| unit.is_for(&reader)).collect();
        let notices = notices
            .iter()
            .filter(|it| recipient::is_same(&it.recipient, &reader));
        let gets_weekly = |it: &CollectPolicy<'_>| {
            let mut readers = it.readers.iter();
            readers.any(|one| recipient::is_same(one, &reader))
        };
        let most = collecting.filter(gets_weekly).map(|it| it.most);
        let releases = releases(&own, &notices.collect::<Vec<_>>(), interval, most, now);
        for (unit, release) in own.iter().zip(&releases) {
            match release {
                Release::Waits(until) => plan.postpone(unit, &reader, *until),
                Release::Collected => plan.collect(unit, &reader),
                Release::Due(_) | Release::Early => {}
            }
        }
        for mail in mails(&own, &releases, &reader, waiting) {
            plan.add(mail);
        }
    }
    plan.mails
        .sort_by_key(|mail| mail.alerts.iter().map(|(at, _)| *at).min());
    plan
}

/// Outages that were over before anybody was told: neither their beginning nor their end is told.
fn never_told(waiting: &[WaitingAlert<'_>]) -> Vec<usize> {
    let mut dropped = Vec::new();
    for (end, alert) in waiting.iter().enumerate() {
        let Some(answered) = alert.news.answers else {
            continue;
        };
        if alert.news.kind != EventKind::Recovered {
            continue;
        }
        // If a mail about the beginning was composed, its recipients are told of the end.
        let is_for = |other: &WaitingAlert<'_>, one: &String| {
            let mut all = other.recipients.iter();
            all.any(|known| recipient::is_same(known, one))
        };
        let beginning = waiting.iter().position(|other| {
            other.news.id == answered && alert.recipients.iter().all(|one| is_for(other, one))
        });
        dropped.extend(beginning.into_iter().flat_map(|at| [at, end]));
    }
    dropped
}

/// What leaves now for one recipient. News does not overtake earlier news of the same provider: that
/// leaves as well. News no graver than `most` is left to the weekly mail.
fn releases(
    units: &[&ProviderNews<'_>],
    notices: &[&RecentNotice],
    interval: SignedDuration,
    most: Option<Severity>,
    now: Timestamp,
) -> Vec<Release> {
    let mut releases: Vec<Release> = Vec::new();
    let mut followed: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for unit in units.iter().rev() {
        let wait = wait(unit, notices, interval).filter(|until| *until > now);
        let release = match (followed.get(unit.provider), wait) {
            _ if unit.due_at <= now && most.is_some_and(|most| unit.is_left_to_weekly(most)) => {
                Release::Collected
            }
            (Some(later), _) => Release::Due(unit.due_at.min(*later)),
            (None, _) if unit.due_at > now => Release::Early,
            (None, Some(until)) => Release::Waits(until),
            (None, None) => Release::Due(unit.due_at),
        };
        if let Release::Due(due_at) = release
            && unit.kind != MailKind::Summary
        {
            followed.insert(unit.provider, due_at);
        }
        releases.push(release);
    }
    releases.reverse();
    releases
}

/// How long late-comers wait for the same news. Not the gravest, not news of a provider that was told of
/// already, and never longer than the interval, so that repeated news elsewhere cannot delay it for ever.
/// An outage and its end never wait, because they are acted on one by one.
fn wait(
    unit: &ProviderNews<'_>,
    notices: &[&RecentNotice],
    interval: SignedDuration,
) -> Option<Timestamp> {
    let never = [MailKind::Failing, MailKind::Recovered, MailKind::Summary];
    if unit.severity == Some(Severity::Security) || never.contains(&unit.kind) {
        return None;
    }
    let same = || {
        notices
            .iter()
            .filter(|it| it.fingerprint == unit.fingerprint)
    };
    if same().any(|it| it.provider == unit.provider) {
        return None;
    }
    let last = same().map(|it| it.at).max()?.min(unit.seen_at);
    last.saturating_add(interval).ok()
}

/// Groups the news of one recipient into mails.
fn mails<'a>(
    units: &[&'a ProviderNews<'a>],
    releases: &[Release],
    reader: &str,
    waiting: &[WaitingAlert<'_>],
) -> Vec<MailGroup> {
    // If the same happened twice at one provider, it does not count as the same at two providers.
    let mut times: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut key = |unit: &'a ProviderNews<'a>| {
        let time = times
            .entry((unit.provider, &unit.loose_fingerprint))
            .and_modify(|time| *time += 1)
            .or_default();
        (unit.loose_fingerprint.as_str(), *time)
    };
    let mut same: BTreeMap<(&str, usize), Vec<(&ProviderNews<'_>, Timestamp)>> = BTreeMap::new();
    for (unit, release) in units.iter().zip(releases) {
        if let Release::Due(due_at) = release {
            same.entry(key(unit)).or_default().push((unit, *due_at));
        }
    }
    for (unit, release) in units.iter().zip(releases) {
        if *release == Release::Early
            && let Some(others) = same.get_mut(&key(unit))
        {
            others.push((unit, unit.due_at));
        }
    }
    let mut mails: Vec<MailGroup> = same
        .into_values()
        .filter_map(|units| group(&units, reader))
        .collect();
    mails.sort_by(|one, two| {
        two.severity
            .cmp(&one.severity)
            .then(one.alerts.cmp(&two.alerts))
    });
    digests(mails, waiting)
}

fn group(units: &[(&ProviderNews<'_>, Timestamp)], reader: &str) -> Option<MailGroup> {
    let (first, _) = units.first()?;
    let marked = units.iter().flat_map(|(unit, _)| {
        let alerts = unit.alerts.iter();
        alerts.map(|alert| (*alert, unit.fingerprint.clone()))
    });
    Some(MailGroup {
        kind: first.kind,
        severity: units.iter().map(|(unit, _)| unit.severity).max()?,
        // A mail about several providers answers none: it cannot be a reply in the threads of all of
        // them.
        answers: first.answers.filter(|_| units.len() == 1),
        due_at: units.iter().map(|(_, due_at)| *due_at).min()?,
        recipients: vec![reader.to_owned()],
        alerts: marked.collect(),
    })
}

/// Joins mails into a digest if there are many. A summary stays separate, because it tells more than a
/// digest would.
fn digests(mails: Vec<MailGroup>, waiting: &[WaitingAlert<'_>]) -> Vec<MailGroup> {
    let is_summary = |mail: &MailGroup| mail.kind == MailKind::Summary;
    let (mut all, mails): (Vec<MailGroup>, Vec<MailGroup>) =
        mails.into_iter().partition(is_summary);
    let (first, mails): (Vec<MailGroup>, Vec<MailGroup>) =
        mails.into_iter().partition(|it| is_of_first(it, waiting));
    all.extend(digest(first, 1));
    let (after_gap, others): (Vec<MailGroup>, Vec<MailGroup>) =
        mails.into_iter().partition(|it| is_after_gap(it, waiting));
    if after_gap.len() > MANY_AFTER_GAP {
        all.extend(digest(after_gap, MANY_AFTER_GAP));
        all.extend(digest(others, MANY));
    } else {
        all.extend(digest([after_gap, others].concat(), MANY));
    }
    for mail in &mut all {
        if !is_summary(mail) && is_much(mail, waiting) {
            mail.kind = MailKind::Digest;
            mail.answers = None;
        }
    }
    all
}

/// Whether several documents have more to tell than one mail shows in full. A summary does not count: it
/// is bounded where it is composed, because nothing in it is urgent.
fn is_much(mail: &MailGroup, waiting: &[WaitingAlert<'_>]) -> bool {
    let news = || {
        let alerts = mail.alerts.iter().filter_map(|(at, _)| waiting.get(*at));
        alerts.map(|alert| alert.news)
    };
    let documents: BTreeSet<(&str, &DocumentName)> = news()
        .map(|it| (it.provider.as_str(), &it.document))
        .collect();
    documents.len() > 1 && news().map(|it| it.size).sum::<usize>() > MUCH
}

/// Joins mails into one digest if there are more than `most`.
fn digest(mails: Vec<MailGroup>, most: usize) -> Vec<MailGroup> {
    let due_at = mails.iter().map(|mail| mail.due_at).min();
    let (Some(due_at), Some(first)) = (due_at, mails.first().filter(|_| mails.len() > most)) else {
        return mails;
    };
    vec![MailGroup {
        kind: MailKind::Digest,
        severity: mails.iter().filter_map(|mail| mail.severity).max(),
        recipients: first.recipients.clone(),
        answers: None,
        due_at,
        alerts: mails.into_iter().flat_map(|mail| mail.alerts).collect(),
    }]
}

/// Whether what a mail tells of changed while nothing was polled.
fn is_after_gap(mail: &MailGroup, waiting: &[WaitingAlert<'_>]) -> bool {
    let alerts = mail.alerts.iter().filter_map(|(at, _)| waiting.get(*at));
    all_after_gap(alerts.map(|alert| (alert.news.kind, alert.news.is_after_gap)))
}

/// Whether a mail tells only of findings in first documents: an operator who adds ten providers does not
/// want ten mails.
fn is_of_first(mail: &MailGroup, waiting: &[WaitingAlert<'_>]) -> bool {
    let alerts = mail.alerts.iter().filter_map(|(at, _)| waiting.get(*at));
    let mut news = alerts.map(|alert| alert.news);
    news.all(|news| news.kind == EventKind::Finding && news.is_first)
}

#[cfg(test)]
mod tests;
