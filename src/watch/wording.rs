//! Turns alerts into mails: groups them and words them. The daemon and `replay` share it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::mail_events::MailEvents;
use super::weekly::Weekly;
use crate::config::mailbox::Mailbox;
use crate::document::member::names;
use crate::policy::event::{Event, EventKind};
use crate::policy::grouping::{self, RecentNotice, WaitingAlert};
use crate::policy::mail::{MailContent, MailKind, Message};
use crate::store::{
    AlertDecisions, Claim, DueAlert, PlannedMail, Store, StoreError, Times, WaitingReason,
};
use crate::wording::mail::{self, Background, InReplyTo, LateMail, MailInput, ProviderContext};

/// A delay up to this is not mentioned in the mail.
const GRACE: SignedDuration = SignedDuration::from_secs(30);

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A summary is due at most this long after its events: eight weeks, to the next Monday.
const SUMMARY: SignedDuration = SignedDuration::from_hours(10 * 7 * 24);

/// The settings that every mail needs.
#[derive(Debug, Clone)]
pub struct MailContext {
    /// The setting `[mail] from`.
    pub from: Mailbox,
    /// The setting `[mail] reply_to`.
    pub reply_to: Option<Mailbox>,
    /// The name of this machine, for the footer.
    pub machine: String,
    /// The setting `[mail] group_wait`.
    pub wait: SignedDuration,
    /// The setting `[mail] group_interval`.
    pub interval: SignedDuration,
    /// The settings `[mail] digest` and `collect`.
    pub weekly: Option<Arc<Weekly>>,
}

impl MailContext {
    /// Composes the mails that are due; returns how many.
    pub async fn compose_due(&self, store: &Store, now: Timestamp) -> Result<usize, StoreError> {
        let interval = self.interval;
        let longest_wait = self.wait.saturating_add(interval);
        // If nothing waits for late-comers, nothing postponed by another process waits either.
        let slack = if longest_wait.is_zero() {
            SignedDuration::ZERO
        } else {
            HOUR
        };
        let longest = longest_wait.saturating_add(slack);
        let times = Times {
            now,
            told_since: now.saturating_sub(interval).unwrap_or(Timestamp::MIN),
            latest: now.saturating_add(longest).unwrap_or(Timestamp::MAX),
            latest_summary: now.saturating_add(SUMMARY).unwrap_or(Timestamp::MAX),
            collects: self.weekly.as_ref().is_some_and(|it| it.collects()),
        };
        let weekly = self.weekly.clone();
        let domain = self.from.domain().to_owned();
        store
            .compose(times, domain, move |alerts, told| {
                plan(alerts, told, interval, weekly.as_deref(), now)
            })
            .await
    }

    /// The content of a mail as worded at this time about these providers; for an outage it also says
    /// whether that is one of many alike.
    pub fn compose(
        &self,
        store: &Store,
        claim: &Claim,
        providers: &[ProviderContext],
        is_widespread: bool,
        now: Timestamp,
    ) -> Result<MailContent, StoreError> {
        let mail_events = MailEvents::of(store, claim)?;
        let moved = mail_events.events().iter().filter(|event| {
            let mut changes = event.body.changes().iter();
            changes.any(|change| change.subject == names::JWKS_URI)
        });
        let mut key_sets = Vec::new();
        for event in moved {
            key_sets.extend(store.key_set(&event.provider, &event.document)?);
        }
        let mut names = claim.events.iter().map(|news| news.provider.as_str());
        let one = names
            .next()
            .filter(|first| names.all(|name| name == *first));
        let failing = one.filter(|_| claim.kind == MailKind::Failing);
        let server = mail_events
            .events()
            .first()
            .and_then(|it| it.document.issuer());
        let addresses = failing
            .map(|name| store.named_addresses(name, server))
            .transpose()?;
        let answered = claim
            .events
            .iter()
            .find_map(|news| news.answers)
            .filter(|_| claim.in_reply_to.is_some());
        // The state before may have ended with other news, which this mail does not continue.
        let is_same = |answered: &i64| {
            let is_news =
                |it: &&Event| matches!(it.body.kind(), EventKind::Changed | EventKind::Finding);
            let news = mail_events.events().iter().filter(is_news);
            let mut all = news.filter(|it| it.body.answers() == Some(*answered));
            let told = all.next().map(|it| store.tells_of_same(*answered, it));
            told.unwrap_or(Ok(true))
        };
        let answered = match answered {
            Some(event) if is_same(&event)? => Some(event),
            Some(_) | None => None,
        };
        let background = background(store, claim, mail_events.events())?;
        let answers = answered.map(|event| InReplyTo {
            event,
            mail: claim.answers.clone(),
        });
        // One provider has one earlier mail, which `answers` has.
        let follows = if one.is_none() && claim.kind != MailKind::Digest {
            store.followed(mail_events.events(), &claim.recipient)?
        } else {
            Vec::new()
        };
        let is_late = now.duration_since(claim.due_at) > GRACE;
        let late = is_late.then(|| LateMail {
            due_at: claim.due_at,
            now,
            cause: match &claim.last_reason {
                Some(reason) => format!("it could not be delivered before ({reason})"),
                None => "issuerwatch was not running or could not send".to_owned(),
            },
        });
        let input = MailInput {
            kind: claim.kind,
            events: mail_events.events(),
            digest: mail_events.digest.as_ref(),
            left_out: mail_events.left_out,
            providers,
            key_sets: &key_sets,
            addresses: &addresses.unwrap_or_default(),
            background: background.as_ref(),
            machine: &self.machine,
            answers: answers.as_ref(),
            follows: &follows,
            wave: claim.wave,
            has_weekly: self.weekly.is_some(),
            is_widespread,
            late: late.as_ref(),
        };
        Ok(mail::compose_as(&input, claim.form))
    }

    /// The message that is sent, made of the content.
    pub fn message(&self, claim: &Claim, content: MailContent, now: Timestamp) -> Message {
        let mut providers: Vec<String> = claim
            .events
            .iter()
            .map(|news| news.provider.clone())
            .collect();
        providers.dedup();
        Message {
            message_id: claim.message_id.clone(),
            date: now,
            from: self.from.clone().into(),
            reply_to: self.reply_to.clone().map(String::from),
            to: claim.recipient.clone(),
            content,
            in_reply_to: claim.in_reply_to.clone(),
            references: claim.references.clone(),
            kind: claim.kind,
            severity: claim.severity,
            providers,
            events: claim.events.iter().map(|event| event.id).collect(),
        }
    }
}

/// What happened before to what a mail is mainly about.
fn background(
    store: &Store,
    claim: &Claim,
    events: &[Event],
) -> Result<Option<Background>, StoreError> {
    let Some(main) = mail::main_event(events) else {
        return Ok(None);
    };
    if claim.kind == MailKind::Digest {
        let first = events.iter().map(|event| event.body.at).min();
        let since = first.unwrap_or(main.body.at);
        return store.beside_many(since, &claim.recipient).map(Some);
    }
    let mut background = store.background(main, &claim.recipient)?;
    if claim.kind == MailKind::Summary {
        background.present = store.present(events)?;
    }
    Ok(Some(background))
}

/// Decides which alerts become which mails now. `told` is the news of the last `interval`.
fn plan(
    alerts: &[DueAlert],
    told: &[RecentNotice],
    interval: SignedDuration,
    weekly: Option<&Weekly>,
    now: Timestamp,
) -> AlertDecisions {
    let waiting: Vec<WaitingAlert<'_>> = alerts
        .iter()
        .map(|alert| WaitingAlert {
            news: &alert.news,
            recipients: &alert.recipients,
            due_at: alert.due_at,
            collected: alert.collected,
            is_answer: alert.is_answer,
        })
        .collect();
    let row = |position: usize| alerts.get(position).map(|alert| alert.alert_id);
    let collecting = weekly.and_then(Weekly::collecting);
    let plan = grouping::plan(&waiting, told, interval, collecting, now);
    let mails = plan.mails.into_iter().map(|group| PlannedMail {
        kind: group.kind,
        severity: group.severity,
        alerts: group
            .alerts
            .into_iter()
            .filter_map(|(position, fingerprint)| Some((row(position)?, fingerprint)))
            .collect(),
        recipients: group.recipients,
        answers: group.answers,
        due_at: group.due_at,
    });
    let postponed = plan.postponed.into_iter().filter_map(|wait| {
        Some(WaitingReason {
            alert: row(wait.alert)?,
            recipients: wait.recipients,
            until: wait.until,
        })
    });
    let next = weekly.and_then(|weekly| weekly.next_after(now));
    let collected = plan.collected.into_iter().filter_map(|left| {
        Some(WaitingReason {
            alert: row(left.alert)?,
            recipients: left.recipients,
            until: next.unwrap_or(now),
        })
    });
    AlertDecisions {
        mails: mails.collect(),
        postponed: postponed.collect(),
        collected: collected.collect(),
        dropped: plan.dropped.into_iter().filter_map(row).collect(),
    }
}

/// The name of this machine, for the footer.
pub fn machine() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_absent| std::fs::read_to_string("/etc/hostname"))
        .map_or_else(
            |_absent| "this machine".to_owned(),
            |name| name.trim().to_owned(),
        )
}
