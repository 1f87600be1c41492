//! The courier: from alerts that wait to mails that are delivered, or given up.
//!
//! Every step is committed before the next begins, so being killed anywhere at worst repeats a
//! mail, with the same Message-ID. What the content says is composed at the claim, so that a late
//! mail can say how late it is; it is composed anew only if the last attempt ended before DATA.

use jiff::{SignedDuration, Timestamp};

use super::poll::Watched;
use crate::clock;
use crate::config::Config;
use crate::mailer::{self, Mailer};
use crate::model::group::{self, Waiting};
use crate::model::letter::{Content, Delivery, Letter};
use crate::model::mail::{self, Answered, Late, MailInput, ProviderContext};
use crate::model::retry::next_attempt;
use crate::schedule::Schedule;
use crate::store::{Claim, DueAlert, PlannedMail, Store, StoreError};

/// How long a claimed delivery is ours: longer than any attempt can last.
const LEASE: SignedDuration = SignedDuration::from_mins(3);
/// Lateness that a mail does not mention.
const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// Delivers mails.
#[derive(Debug)]
pub struct Courier {
    store: Store,
    mailer: Mailer,
    from: String,
    expire_after: SignedDuration,
    machine: String,
    providers: Vec<ProviderContext>,
}

/// What one round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Mails the transport took.
    pub sent: usize,
    /// Mails to be tried again.
    pub deferred: usize,
    /// Mails refused or given up.
    pub lost: usize,
}

impl Courier {
    /// A courier for the mails of a configuration.
    pub fn new(
        store: Store,
        mailer: Mailer,
        config: &Config,
        watched: &[Watched],
        now: Timestamp,
    ) -> Self {
        let mut providers: Vec<ProviderContext> = Vec::new();
        for one in watched {
            if providers
                .iter()
                .all(|known| known.name != one.target.provider)
            {
                let words = Schedule::parse(&one.schedule, &one.timezone)
                    .map_or_else(|_| one.schedule.clone(), |schedule| schedule.words());
                providers.push(ProviderContext {
                    name: one.target.provider.clone(),
                    schedule_words: words,
                    watched_since: store.watched_since(one.target_id).ok().unwrap_or(now),
                });
            }
        }
        Self {
            store,
            mailer,
            from: config.mail.from.clone(),
            expire_after: config.mail.expire_after,
            machine: machine(),
            providers,
        }
    }

    /// Composes what is due and tries every delivery that is due once.
    pub async fn round(&self) -> Result<Round, StoreError> {
        let now = clock::now();
        let domain = mailer::domain(&self.from).to_owned();
        self.store
            .compose(now, domain, move |alerts| plan(&alerts, now))
            .await?;
        let mut round = Round::default();
        while let Some(claim) = self.store.claim(clock::now(), LEASE).await? {
            self.deliver(claim, &mut round).await?;
        }
        Ok(round)
    }

    async fn deliver(&self, claim: Claim, round: &mut Round) -> Result<(), StoreError> {
        let now = clock::now();
        let content = match claim.content.clone() {
            Some(content) => content,
            None => {
                let content = self.compose(&claim, now);
                self.store
                    .keep_content(claim.delivery_id, content.clone())
                    .await?;
                content
            }
        };
        let letter = self.letter(&claim, content, now);
        let delivery = self.mailer.deliver(&letter).await;
        let now = clock::now();
        let next = match &delivery {
            Delivery::Deferred { .. } => {
                next_attempt(claim.attempts, claim.due_at, now, self.expire_after)
            }
            Delivery::Sent { .. } | Delivery::Refused { .. } => None,
        };
        let (id, attempts) = (claim.delivery_id, claim.attempts);
        match (&delivery, next) {
            (Delivery::Sent { reply }, _) => {
                round.sent += 1;
                tracing::info!(delivery = id, attempts, "sent mail {id}: {reply}");
            }
            (Delivery::Deferred { reason, .. }, Some(_)) => {
                round.deferred += 1;
                tracing::warn!(delivery = id, attempts, "mail {id} is deferred: {reason}");
            }
            (Delivery::Deferred { reason, .. } | Delivery::Refused { reason }, _) => {
                round.lost += 1;
                tracing::error!(delivery = id, attempts, "mail {id} is given up: {reason}");
            }
        }
        self.store
            .settle(claim.delivery_id, delivery, now, next)
            .await
    }

    fn compose(&self, claim: &Claim, now: Timestamp) -> Content {
        let is_about = |known: &&ProviderContext| {
            claim
                .events
                .iter()
                .any(|event| event.provider == known.name)
        };
        let providers: Vec<ProviderContext> =
            self.providers.iter().filter(is_about).cloned().collect();
        let answered = claim
            .events
            .iter()
            .find_map(|event| event.body.circumstance.answers);
        let answers = answered
            .zip(claim.answers_subject.clone())
            .map(|(event, subject)| Answered { event, subject });
        let is_late = now.duration_since(claim.due_at) > GRACE;
        let late = is_late.then(|| Late {
            due_at: claim.due_at,
            now,
            cause: match &claim.last_reason {
                Some(reason) => format!("it could not be delivered before ({reason})"),
                None => "issuerwatch was not running or could not send".to_owned(),
            },
        });
        mail::compose(&MailInput {
            kind: claim.kind,
            events: &claim.events,
            providers: &providers,
            machine: &self.machine,
            answers: answers.as_ref(),
            late: late.as_ref(),
        })
    }

    fn letter(&self, claim: &Claim, content: Content, now: Timestamp) -> Letter {
        let mut providers: Vec<String> = claim
            .events
            .iter()
            .map(|event| event.provider.clone())
            .collect();
        providers.dedup();
        Letter {
            message_id: claim.message_id.clone(),
            date: now,
            from: self.from.clone(),
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

fn plan(alerts: &[DueAlert], now: Timestamp) -> Vec<PlannedMail> {
    let waiting: Vec<Waiting<'_>> = alerts
        .iter()
        .map(|alert| Waiting {
            event: &alert.event,
            recipients: &alert.recipients,
            due_at: alert.due_at,
        })
        .collect();
    group::plan(&waiting, now)
        .into_iter()
        .map(|group| PlannedMail {
            kind: group.kind,
            severity: group.severity,
            alerts: group
                .alerts
                .iter()
                .filter_map(|position| alerts.get(*position))
                .map(|alert| alert.alert_id)
                .collect(),
            recipients: group.recipients,
            answers: group.answers,
            due_at: group.due_at,
        })
        .collect()
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
