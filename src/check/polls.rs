//! The polls of one `check`, side by side, and what a terminal shows meanwhile.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::SignedDuration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::fetch::Fetcher;
use crate::store::{Scratch, Store};
use crate::terminal::Progress;
use crate::watch::alert_policy::AlertPolicy;
use crate::watch::confirming::PendingConfirmation;
use crate::watch::poll::{PollTrigger, Poller};
use crate::watch::report::PollResponse;
use crate::watch::twins::TwinLocks;
use crate::watch::watched::WatchedTarget;
use crate::wording::text::counted;

/// How many polls are begun for each that may fetch: the others are recorded meanwhile, or wait for their
/// host. All at once would take memory for each of them.
const AHEAD: usize = 2;

/// A target with its position.
type Placed<'a> = (usize, &'a Arc<WatchedTarget>);

/// The hosts take turns: one with many documents does not keep the others waiting behind its own.
fn in_turn(mut targets: Vec<Placed<'_>>) -> Vec<Placed<'_>> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    targets.sort_by_cached_key(|(_, watched)| {
        let count = counts.entry(watched.trusted_host.as_ref()).or_default();
        *count += 1;
        *count
    });
    targets
}

/// Polls all once; what came of each, in their order.
pub(super) async fn all(
    config: &Config,
    store: &Store,
    chosen: &[Arc<WatchedTarget>],
    is_dry: bool,
    leaves_mails: bool,
) -> anyhow::Result<Vec<PollResponse>> {
    let (sender, mut confirming) = mpsc::unbounded_channel();
    let wait = if leaves_mails {
        config.mail.group_wait
    } else {
        SignedDuration::ZERO
    };
    let poller = Arc::new(Poller {
        store: store.clone(),
        fetcher: Fetcher::new(&config.fetch).context("cannot prepare to fetch")?,
        alert_policy: AlertPolicy {
            mail: Arc::new(config.mail.clone()),
            webhooks: config.webhooks.clone().into(),
            wait,
        },
        revalidate_after: config.fetch.revalidate_after,
        asker: PollTrigger::Person,
        confirming: Some(sender),
        turns: TwinLocks::default(),
        scratch: Some(Arc::new(Scratch::next_to(store.path()))),
    });
    let progress = Progress::of(chosen.len());
    let mut waiting = SecondFetches::default();
    let mut reports = Vec::new();
    // Key sets come second: the metadata says where they are.
    let (led, known): (Vec<_>, Vec<_>) = chosen
        .iter()
        .enumerate()
        .partition(|(_, watched)| watched.url().is_none());
    let most = config.fetch.concurrency.saturating_mul(AHEAD);
    for part in [known, led] {
        let mut left = in_turn(part).into_iter();
        let mut polls = JoinSet::new();
        loop {
            // Those that wait to fetch a document once more leave their place to others.
            while polls.len() < most.saturating_add(waiting.count()) {
                let Some((position, watched)) = left.next() else {
                    break;
                };
                let (poller, watched) = (Arc::clone(&poller), Arc::clone(watched));
                polls.spawn(async move {
                    let outcome = if is_dry {
                        poller.observe(&watched).await
                    } else {
                        poller.poll(&watched).await
                    };
                    (position, outcome)
                });
            }
            tokio::select! {
                ended = polls.join_next() => {
                    let Some(ended) = ended else { break };
                    let (position, outcome) = ended.context("a poll panicked")?;
                    reports.push((position, outcome?));
                    progress.step();
                }
                Some(step) = confirming.recv() => {
                    waiting.take(&step);
                    progress.note(&waiting.words());
                }
            }
        }
    }
    progress.end();
    reports.sort_by_key(|(position, _)| *position);
    Ok(reports.into_iter().map(|(_, polled)| polled).collect())
}

/// How many documents are about to be fetched once more, and how long that takes at most.
#[derive(Debug, Default)]
struct SecondFetches {
    count: u64,
    longest: Duration,
}

impl SecondFetches {
    fn count(&self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX)
    }

    fn take(&mut self, step: &PendingConfirmation) {
        match step {
            PendingConfirmation::Began { after } => {
                self.count += 1;
                self.longest = self.longest.max(*after);
            }
            PendingConfirmation::Ended => self.count = self.count.saturating_sub(1),
        }
        if self.count == 0 {
            self.longest = Duration::ZERO;
        }
    }

    /// What to say while documents are fetched once more; empty if none is.
    fn words(&self) -> String {
        match (self.count, self.longest.as_secs()) {
            (0, _) => String::new(),
            (count, 0) => format!("confirming {}", counted(count, "change")),
            (count, seconds) => format!("confirming {}, {seconds} s", counted(count, "change")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_being_confirmed_is_counted_and_the_longest_wait_said() {
        let began = |seconds| PendingConfirmation::Began {
            after: Duration::from_secs(seconds),
        };
        let mut waiting = SecondFetches::default();
        let mut said = |step: PendingConfirmation| {
            waiting.take(&step);
            waiting.words()
        };
        assert_eq!(said(began(5)), "confirming 1 change, 5 s");
        assert_eq!(said(began(10)), "confirming 2 changes, 10 s");
        assert_eq!(
            said(PendingConfirmation::Ended),
            "confirming 1 change, 10 s"
        );
        assert_eq!(said(PendingConfirmation::Ended), "");
        assert_eq!(said(began(0)), "confirming 1 change");
    }
}
