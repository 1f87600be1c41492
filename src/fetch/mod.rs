//! Layer 1: one bounded HTTPS GET, and which addresses it may reach.
//!
//! No connection outlives a poll and no TLS session is resumed, so that every poll sees the name,
//! the address and the certificate as a new client would. Redirects are followed by hand: each hop
//! is checked like the first. Never here: what a body means (`model`).
//!
//! To read in this order: `exchange` (the hops of one poll), `guard` (how far it may reach), `tls`
//! (whom it trusts), `failure` (what went wrong, in words).

mod certificate;
mod exchange;
mod failure;
mod guard;
mod settings;
mod tls;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use self::exchange::{Exchange, Trace};
pub use self::settings::Settings;
use self::tls::Trust;
pub use self::tls::check_ca_file;
use crate::model::observation::{Observation, Outcome, Validators};
use crate::model::provider::Secret;

/// The client cannot be made: a local error.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The certificates cannot be read.
    #[error("cannot prepare TLS: {0}")]
    Tls(String),
    /// The settings are refused.
    #[error("cannot prepare the HTTP client")]
    Client(#[source] reqwest::Error),
}

/// What to fetch, and how far it may lead.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Where; it may come out of a document (`jwks_uri`), and is then not trusted.
    pub url: &'a str,
    /// Host the operator named: it alone may be anywhere. If it is loopback, plain http to loopback
    /// is allowed.
    pub trusted_host: &'a str,
    /// A URL of the origin (scheme, host and port) that the operator named: it gets the headers.
    pub home: &'a str,
    /// Other hosts that may be anywhere.
    pub allow_hosts: &'a [String],
    /// Sent to the home origin, and never after a redirect to another one.
    pub headers: &'a [(String, Secret)],
    /// Makes the request conditional.
    pub validators: Option<&'a Validators>,
}

/// Fetches documents. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Fetcher {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: Settings,
    trust: Trust,
    all: Arc<Semaphore>,
    hosts: Mutex<HashMap<(String, u16), Arc<Semaphore>>>,
}

impl Fetcher {
    /// Prepares to fetch: reads the certificates, and tries the settings out.
    pub fn new(settings: &Settings) -> Result<Self, FetchError> {
        let trust = Trust::open(settings.ca_file.as_deref())?;
        exchange::probe(settings, &trust).map_err(FetchError::Client)?;
        Ok(Self {
            shared: Arc::new(Shared {
                settings: settings.clone(),
                trust,
                all: Arc::new(Semaphore::new(settings.concurrency)),
                hosts: Mutex::default(),
            }),
        })
    }

    /// Fetches one document. Whatever goes wrong is in the observation.
    pub async fn observe(&self, request: Request<'_>, now: Timestamp) -> Observation {
        let permits = self.permits(request.url).await;
        let start = Instant::now();
        let limit = self.shared.settings.timeout;
        let mut trace = Trace::default();
        let exchange = Exchange {
            settings: &self.shared.settings,
            trust: &self.shared.trust,
            request: &request,
            trace: &mut trace,
        };
        let fetched = tokio::time::timeout(limit, exchange.run()).await;
        drop(permits);
        let fetched = fetched.unwrap_or_else(|_elapsed| Err(trace.late(limit)));
        let (outcome, validators) = match fetched {
            Ok(answer) => (answer.outcome, answer.validators),
            Err(mut failure) => {
                failure.status = failure.status.or(trace.status);
                (Outcome::Failed(failure), Validators::default())
            }
        };
        Observation {
            at: now,
            url: request.url.to_owned(),
            chain: trace.chain(),
            final_url: trace.final_url,
            outcome,
            validators,
            elapsed_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
        .less_secrets()
    }

    /// A place among all polls and among those to this host.
    async fn permits(&self, url: &str) -> [Option<OwnedSemaphorePermit>; 2] {
        let url = Url::parse(url).ok();
        let key = url.and_then(|url| {
            Some((
                url.host_str()?.to_owned(),
                url.port_or_known_default().unwrap_or_default(),
            ))
        });
        let host = {
            let mut hosts = self
                .shared
                .hosts
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            // Hosts nobody waits for are forgotten, so that the map does not grow for ever.
            if hosts.len() > 1_024 {
                hosts.retain(|_, permits| Arc::strong_count(permits) > 1);
            }
            let new = || Arc::new(Semaphore::new(self.shared.settings.per_host));
            Arc::clone(hosts.entry(key.unwrap_or_default()).or_insert_with(new))
        };
        // The host first: a slow host must not hold places that others could use.
        let host = host.acquire_owned().await.ok();
        [
            host,
            Arc::clone(&self.shared.all).acquire_owned().await.ok(),
        ]
    }
}
