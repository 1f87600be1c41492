//! Answers requests: with a page of metrics, or with whether the daemon is well.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use tokio::sync::{Mutex, Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::clock;
use crate::daemon::health::trouble;
use crate::daemon::snapshot::LoopSnapshot;
use crate::metrics::{
    Counters, Endpoint, EndpointAnswer, MessageCount, Oldest, PageFormat, ScrapeValues,
    TargetReading, TargetReadings, page,
};
use crate::policy::channel::Channel;
use crate::store::{DeliveryState, PendingMessages, Reader, Store, UndeliveredState};
use crate::watch::watched::WatchedTarget;
use crate::wording::text::causes;

/// How long the loop and the writer may take to answer: a little longer than the store waits for a lock,
/// so that the store itself gives the reason why it takes no write.
const PATIENCE: Duration = Duration::from_secs(7);
/// How long the result of a test write is reused, so that many requests do not make many writes.
const BELIEVED: Duration = Duration::from_secs(2);

/// The state of test writes, which only show whether the store takes writes.
#[derive(Default)]
struct WriteProbe {
    /// The write under way: at most one, even if the request that started it gave up.
    writes: JoinSet<Result<(), String>>,
    last: Option<(Instant, Result<(), String>)>,
    is_over: bool,
}

/// Answers requests. Cheap to clone.
#[derive(Clone)]
pub(super) struct Responder {
    counters: Arc<Counters>,
    store: Store,
    ask: mpsc::Sender<oneshot::Sender<LoopSnapshot>>,
    /// Allows one page at a time.
    pages: Arc<Semaphore>,
    probe: Arc<Mutex<WriteProbe>>,
}

impl Responder {
    pub(super) fn new(
        counters: Arc<Counters>,
        store: &Store,
        ask: mpsc::Sender<oneshot::Sender<LoopSnapshot>>,
    ) -> Self {
        Self {
            counters,
            store: store.clone(),
            ask,
            pages: Arc::new(Semaphore::new(1)),
            probe: Arc::default(),
        }
    }

    pub(super) async fn answer(self, endpoint: Endpoint) -> EndpointAnswer {
        let answered = match endpoint {
            Endpoint::Health => self.health().await.map(|()| EndpointAnswer::Well),
            Endpoint::Metrics(form) => self
                .page(form)
                .await
                .map(|page| EndpointAnswer::Page(form, page)),
        };
        answered.unwrap_or_else(EndpointAnswer::Trouble)
    }

    /// What the loop knows; an error if the loop does not answer.
    async fn snapshot(&self) -> Result<LoopSnapshot, String> {
        let request = async {
            let (reply, replied) = oneshot::channel();
            self.ask.send(reply).await.ok()?;
            replied.await.ok()
        };
        let snapshot = tokio::time::timeout(PATIENCE, request).await;
        let silent = || "the event loop does not answer".to_owned();
        snapshot.ok().flatten().ok_or_else(silent)
    }

    async fn health(&self) -> Result<(), String> {
        let LoopSnapshot {
            is_alive,
            work,
            attendance,
        } = self.snapshot().await?;
        match trouble(is_alive, &work, &attendance, clock::now()) {
            Some(trouble) => Err(trouble.to_string()),
            None => self.takes_writes().await,
        }
    }

    /// Whether the store takes writes; requests that come meanwhile get the same result.
    async fn takes_writes(&self) -> Result<(), String> {
        let mut probe = self.probe.lock().await;
        if probe.is_over {
            return Err("the daemon is ending".to_owned());
        }
        if let Some((at, last)) = &probe.last
            && at.elapsed() < BELIEVED
        {
            return last.clone();
        }
        if probe.writes.is_empty() {
            let store = self.store.clone();
            let write = async move { store.daemon_beat(clock::now()).await };
            probe.writes.spawn(async move {
                let written = write.await;
                written.map_err(|error| format!("the store takes no write: {}", causes(&error)))
            });
        }
        let outcome = match tokio::time::timeout(PATIENCE, probe.writes.join_next()).await {
            Ok(Some(Ok(outcome))) => outcome,
            Ok(Some(Err(_)) | None) => Err("writing to the store panicked".to_owned()),
            Err(_elapsed) => Err("the store takes no write: it does not answer".to_owned()),
        };
        probe.last = Some((Instant::now(), outcome.clone()));
        outcome
    }

    async fn page(&self, form: PageFormat) -> Result<String, String> {
        let ending = || "the daemon is ending".to_owned();
        let Ok(place) = Arc::clone(&self.pages).acquire_owned().await else {
            return Err(ending());
        };
        let snapshot = self.snapshot().await?;
        let (counters, path) = (Arc::clone(&self.counters), self.store.path().to_owned());
        let made = tokio::task::spawn_blocking(move || {
            // It is held while the store is read, even if the request was given up.
            let _place = place;
            compose(&counters, &path, &snapshot, form)
        });
        match made.await {
            Ok(made) => made.map_err(|error| causes(error.as_ref())),
            Err(_) => Err("making the page panicked".to_owned()),
        }
    }

    /// Waits until no request reads the store or will write to it, and prevents new ones.
    pub(super) async fn end(&self) {
        let last = self.pages.acquire().await;
        self.pages.close();
        drop(last);
        let mut probe = self.probe.lock().await;
        probe.is_over = true;
        probe.writes.shutdown().await;
    }
}

fn compose(
    counters: &Counters,
    store: &Path,
    snapshot: &LoopSnapshot,
    form: PageFormat,
) -> anyhow::Result<String> {
    let now = clock::now();
    let reader = Reader::open(store).context("the store cannot be read")?;
    let pending = reader.pending().context("the store cannot be read")?;
    let reading = ScrapeValues {
        targets: targets(snapshot, now),
        messages: messages(&pending),
        oldest: oldest(&pending, now),
        store_bytes: reader.bytes(),
    };
    drop(reader);
    page(counters, reading, form).context("the page cannot be written")
}

fn seconds(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}

fn targets(snapshot: &LoopSnapshot, now: Timestamp) -> TargetReadings {
    let LoopSnapshot {
        work, attendance, ..
    } = snapshot;
    let overdue = work.overdue(attendance, now);
    let reading = |((_, one), is_overdue): (&(u64, Arc<WatchedTarget>), bool)| {
        let known = attendance.of(one.target_id);
        TargetReading {
            provider: one.target.provider.clone(),
            document: one.target.kind.kind(),
            is_up: known.and_then(|known| known.is_up),
            last_success: known.and_then(|known| known.last_good_at).map(seconds),
            is_overdue,
            certificate_expiry: known
                .and_then(|known| known.certificate_expires_at)
                .map(seconds),
        }
    };
    TargetReadings::of(work.targets.iter().zip(overdue).map(reading))
}

/// Counts for every channel in every state except delivered ones, with 0 where there are none: a series
/// that vanishes would end an alert without a reason.
fn messages(pending: &[PendingMessages]) -> Vec<MessageCount> {
    let states = [
        UndeliveredState::Mail(DeliveryState::Waiting),
        UndeliveredState::Collected,
        UndeliveredState::Mail(DeliveryState::Refused),
        UndeliveredState::Mail(DeliveryState::Expired),
    ]
    .map(UndeliveredState::as_str);
    let mut found = Vec::new();
    for channel in Channel::ALL {
        for state in states {
            let of = |it: &&PendingMessages| it.channel == channel && it.state.as_str() == state;
            let counts = pending.iter().filter(of).map(|it| it.count);
            found.push(MessageCount {
                channel: channel.as_str(),
                state,
                count: counts.sum(),
            });
        }
    }
    found
}

fn oldest(pending: &[PendingMessages], now: Timestamp) -> Vec<Oldest> {
    let waiting = DeliveryState::Waiting.as_str();
    let of_channel = |channel: Channel| {
        let of = |it: &&PendingMessages| it.channel == channel && it.state.as_str() == waiting;
        let oldest = pending.iter().filter(of).map(|it| it.oldest_at).min();
        // An alert that waits for others on purpose is not late yet.
        let late = oldest.map_or(0.0, |at| now.duration_since(at).as_secs_f64());
        Oldest {
            channel: channel.as_str(),
            seconds: late.max(0.0),
        }
    };
    Channel::ALL.map(of_channel).into()
}
