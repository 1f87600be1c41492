//! One bounded HTTPS GET, and which addresses it may reach.
//!
//! No connection outlives a poll and no TLS session is resumed, so that every poll sees the name,
//! the address and the certificate as a new client would. Redirects are followed by hand: each hop
//! is checked like the first. Never here: what a body means (`document`).
//!
//! To read in this order: `exchange` (the hops of one poll), `hop` (the way to a site: `resolver`,
//! `guard`, `dial`, `proxy`, `tls`), `wire` (how much may come), `http1` and `answer` (what came),
//! `failure` and `tls_words` (what went wrong).

mod answer;
pub mod certificate;
mod coding;
mod dial;
mod error;
mod exchange;
mod failure;
mod files;
mod guard;
mod hop;
mod http1;
mod memory_permit;
mod proxy;
mod request;
mod resolver;
mod settings;
mod tls;
mod tls_words;
mod trace;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use hyper::header::HeaderValue;
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

pub use self::error::FetchError;
pub use self::memory_permit::MemoryPermit;
use self::memory_permit::{MemoryBudget, Pause, Slot};
pub use self::request::Request;
pub use self::settings::{Proxy, Settings};
use self::tls::Trust;
pub use self::tls::check_ca_file;
use self::trace::{Exchange, Trace};
use self::wire::Meter;
use crate::document::failure::{Cause, Failure};
use crate::document::observation::{Observation, Outcome, Validators};
use crate::document::text::{bounded, visible};

/// Fetches documents. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Fetcher {
    shared: Arc<FetcherState>,
}

#[derive(Debug)]
struct FetcherState {
    settings: Settings,
    trust: Trust,
    user_agent: HeaderValue,
    all: Arc<Semaphore>,
    hosts: Mutex<HashMap<(String, u16), Arc<Semaphore>>>,
    budget: MemoryBudget,
}

impl Fetcher {
    /// Prepares to fetch: reads the certificates, and lets as many files be open as there are polls at a time.
    pub fn new(settings: &Settings) -> Result<Self, FetchError> {
        files::allow(settings.concurrency);
        let trust = Trust::open(settings.ca_file.as_deref())?;
        let user_agent =
            HeaderValue::from_str(&settings.user_agent).map_err(FetchError::UserAgent)?;
        Ok(Self {
            shared: Arc::new(FetcherState {
                settings: settings.clone(),
                trust,
                user_agent,
                all: Arc::new(Semaphore::new(settings.concurrency)),
                hosts: Mutex::default(),
                budget: MemoryBudget::default(),
            }),
        })
    }

    /// Fetches one document. Whatever goes wrong is in the observation, and so is the time when the
    /// answer was there: a poll may have waited long for its turn.
    pub async fn observe(
        &self,
        request: Request<'_>,
        clock: impl Fn() -> Timestamp + Sync,
    ) -> Observation {
        self.observe_in(&mut MemoryPermit::default(), request, clock)
            .await
    }

    /// Like `observe`, with a permit that the caller holds for as long as it holds the answer.
    pub async fn observe_in(
        &self,
        memory: &mut MemoryPermit,
        request: Request<'_>,
        clock: impl Fn() -> Timestamp + Sync,
    ) -> Observation {
        let url = Url::parse(request.url).ok();
        let permits = self.permits(url.as_ref()).await;
        let start = Instant::now();
        let limit = self.shared.settings.timeout;
        let mut trace = Trace::default();
        let pause = Pause::new();
        let exchange = Exchange {
            settings: &self.shared.settings,
            trust: &self.shared.trust,
            request: &request,
            trace: &mut trace,
            clock: &clock,
            user_agent: &self.shared.user_agent,
            meter: Arc::new(Meter::new(self.shared.settings.max_body)),
            slot: Slot {
                memory,
                budget: &self.shared.budget,
                pause: &pause,
                permits: permits.into_iter().flatten().collect(),
            },
        };
        // On the heap, so that the many polls that wait for their turn do not have room for it already.
        let run = Box::pin(exchange.run(url));
        let fetched = pause
            .timeout(limit, run)
            .await
            .unwrap_or_else(|| Err(trace.late(limit)));
        let (outcome, validators, facts) = match fetched {
            Ok(answer) => (answer.outcome, answer.validators, answer.facts),
            Err(failure) => {
                let failure = led(failure, &trace);
                (Outcome::Failed(failure), Validators::default(), None)
            }
        };
        Observation {
            at: clock(),
            url: Some(request.url.to_owned()),
            chain: trace.chain(),
            facts,
            final_url: trace.final_url,
            outcome,
            validators,
            elapsed_ms: Some(u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)),
        }
        .less_secrets()
    }

    /// Waits for a place among all polls and for one among the polls of this host.
    async fn permits(&self, url: Option<&Url>) -> [Option<OwnedSemaphorePermit>; 2] {
        let key = url.and_then(|url| {
            Some((
                url.host_str()?.to_owned(),
                url.port_or_known_default().unwrap_or_default(),
            ))
        });
        let permits = {
            let mut hosts = self
                .shared
                .hosts
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            // Hosts without a waiting or running poll are dropped, so that the map does not grow for ever.
            if hosts.len() > 1_024 {
                hosts.retain(|_, permits| Arc::strong_count(permits) > 1);
            }
            let new = || Arc::new(Semaphore::new(self.shared.settings.per_host));
            Arc::clone(hosts.entry(key.unwrap_or_default()).or_insert_with(new))
        };
        // The place at the host is taken first: a slow host must not hold places that others could use.
        let of_host = permits.acquire_owned().await.ok();
        [
            of_host,
            Arc::clone(&self.shared.all).acquire_owned().await.ok(),
        ]
    }
}

/// A failure with how far the poll had come: a redirect led to what failed, and is not what was
/// configured.
fn led(mut failure: Failure, trace: &Trace) -> Failure {
    failure.status = failure.status.or(trace.status);
    let is_about_redirect = matches!(failure.cause, Cause::Redirect | Cause::Blocked);
    if let Some(url) = trace.final_url.as_deref().filter(|_| !is_about_redirect) {
        let url = bounded(&visible(url), 120);
        let detail = format!("{}, after a redirect to {url}", failure.detail);
        failure.detail = bounded(&detail, 300);
    }
    failure
}
