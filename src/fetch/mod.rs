//! Layer 1: one bounded HTTPS GET, and which addresses it may reach.
//!
//! No connection outlives a poll and no TLS session is resumed, so that every poll sees the name,
//! the address and the certificate as a new client would. Redirects are followed by hand: each hop
//! is checked like the first. Never here: what a body means (`model`).

mod failure;
mod guard;
mod settings;
mod tls;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use reqwest::header::{self, HeaderMap, HeaderValue};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::{Host, Url};

use self::failure::{classify, failure};
use self::guard::{GuardedResolver, Reach};
pub use self::settings::Settings;
pub use self::tls::check_ca_file;
use crate::model::address;
use crate::model::observation::{Failure, FailureKind, Observation, Outcome, Validators};
use crate::model::provider::Secret;

/// Most redirects that are followed.
const MAX_REDIRECTS: usize = 3;

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
    /// Where.
    pub url: &'a str,
    /// Host the operator named: it alone may be anywhere, and gets the headers.
    pub trusted_host: &'a str,
    /// Other hosts that may be anywhere.
    pub allow_hosts: &'a [String],
    /// Sent to the trusted host.
    pub headers: &'a [(String, Secret)],
    /// Makes the request conditional.
    pub validators: Option<&'a Validators>,
    /// Whether caches on the way are to be passed by.
    pub fresh: bool,
}

/// Fetches documents. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Fetcher {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: Settings,
    anywhere: reqwest::Client,
    or_loopback: reqwest::Client,
    public: reqwest::Client,
    all: Arc<Semaphore>,
    hosts: Mutex<HashMap<(String, u16), Arc<Semaphore>>>,
}

/// What came back, before it is an observation.
struct Answer {
    outcome: Outcome,
    final_url: Option<String>,
    validators: Validators,
}

impl Fetcher {
    /// Prepares the clients; they share one certificate verifier.
    pub fn new(settings: &Settings) -> Result<Self, FetchError> {
        let tls = tls::config(settings.ca_file.as_deref())?;
        let client = |reach| client(settings, &tls, reach).map_err(FetchError::Client);
        Ok(Self {
            shared: Arc::new(Shared {
                settings: settings.clone(),
                anywhere: client(Reach::Anywhere)?,
                or_loopback: client(Reach::PublicOrLoopback)?,
                public: client(Reach::Public)?,
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
        let fetched = tokio::time::timeout(limit, self.fetch(&request)).await;
        drop(permits);
        let answer = fetched.unwrap_or_else(|_elapsed| {
            let detail = format!("no complete answer within {} s", limit.as_secs_f32());
            failed(failure(FailureKind::Timeout, &detail))
        });
        Observation {
            at: now,
            url: request.url.to_owned(),
            final_url: answer.final_url,
            outcome: answer.outcome,
            validators: answer.validators,
            elapsed_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            chain: Vec::new(),
        }
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

    async fn fetch(&self, request: &Request<'_>) -> Answer {
        let Ok(first) = Url::parse(request.url) else {
            return failed(failure(FailureKind::Unresolved, "the address is no URL"));
        };
        let mut url = first.clone();
        for hop in 0..=MAX_REDIRECTS {
            let response = match self.get(request, &first, &url).await {
                Ok(response) => response,
                Err(failure) => return failed(failure),
            };
            if !is_redirect(response.status().as_u16()) {
                let final_url = (url != first).then(|| url.to_string());
                return self.read(request, response, final_url).await;
            }
            if hop == MAX_REDIRECTS {
                break;
            }
            match target(&url, response.headers()) {
                Ok(next) => url = next,
                Err(failure) => return failed(failure),
            }
        }
        let detail = format!(
            "redirect {} not followed: at most {MAX_REDIRECTS}",
            MAX_REDIRECTS + 1
        );
        failed(failure(FailureKind::Redirect, &detail))
    }

    async fn get(
        &self,
        request: &Request<'_>,
        first: &Url,
        url: &Url,
    ) -> Result<reqwest::Response, Failure> {
        let reach = reach(request, url);
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) | None => None,
        };
        // The client asks its resolver for names only, so an address is checked here.
        if let Some(address) = literal.filter(|address| !reach.allows(*address)) {
            let detail = format!("address {address} is not public");
            return Err(failure(FailureKind::Blocked, &detail));
        }
        let client = match reach {
            Reach::Anywhere => &self.shared.anywhere,
            Reach::PublicOrLoopback => &self.shared.or_loopback,
            Reach::Public => &self.shared.public,
        };
        let sent = client
            .get(url.clone())
            .headers(headers(request, first, url))
            .send()
            .await;
        sent.map_err(|error| classify(&error))
    }

    async fn read(
        &self,
        request: &Request<'_>,
        mut response: reqwest::Response,
        final_url: Option<String>,
    ) -> Answer {
        let status = response.status().as_u16();
        let text = |name| {
            let value = response.headers().get(name)?.to_str().ok()?;
            (value.len() <= 1_024).then(|| value.to_owned())
        };
        let validators = Validators {
            etag: text(header::ETAG),
            last_modified: text(header::LAST_MODIFIED),
        };
        let content_type = text(header::CONTENT_TYPE);
        let asked = request
            .validators
            .filter(|asked| **asked != Validators::default());
        let outcome = match (status, asked) {
            (200, _) => match self.body(&mut response).await {
                Ok(bytes) => Outcome::Body {
                    content_type,
                    bytes,
                },
                Err(failure) => Outcome::Failed(failure),
            },
            (304, Some(asked)) => {
                // A 304 need not repeat them.
                let validators = if validators == Validators::default() {
                    asked.clone()
                } else {
                    validators
                };
                return Answer {
                    outcome: Outcome::Unmodified,
                    final_url,
                    validators,
                };
            }
            (304, None) => Outcome::Failed(Failure {
                kind: FailureKind::UnexpectedNotModified,
                status: Some(304),
                detail: "304 to a request that was not conditional".to_owned(),
            }),
            (status, _) => Outcome::Failed(Failure {
                kind: FailureKind::Status,
                status: Some(status),
                detail: format!("HTTP {status}"),
            }),
        };
        match outcome {
            Outcome::Failed(failure) => Answer {
                final_url,
                ..failed(failure)
            },
            outcome => Answer {
                outcome,
                final_url,
                validators,
            },
        }
    }

    /// The body, counted after decompression.
    async fn body(&self, response: &mut reqwest::Response) -> Result<Vec<u8>, Failure> {
        let most = self.shared.settings.max_body;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
            if (bytes.len() + chunk.len()) as u64 > most {
                let detail = format!("more than {most} bytes");
                return Err(failure(FailureKind::TooLarge, &detail));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

fn failed(failure: Failure) -> Answer {
    Answer {
        outcome: Outcome::Failed(failure),
        final_url: None,
        validators: Validators::default(),
    }
}

fn client(
    settings: &Settings,
    tls: &rustls::ClientConfig,
    reach: Reach,
) -> Result<reqwest::Client, reqwest::Error> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .dns_resolver(GuardedResolver(reach))
        .http1_only()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(0)
        .user_agent(&settings.user_agent);
    if let Some(proxy) = &settings.proxy {
        builder = builder.proxy(reqwest::Proxy::all(proxy)?);
    }
    builder.build()
}

fn reach(request: &Request<'_>, url: &Url) -> Reach {
    let host = url.host_str().unwrap_or_default();
    if host == request.trusted_host || request.allow_hosts.iter().any(|allowed| allowed == host) {
        return Reach::Anywhere;
    }
    let trusted = Url::parse(&format!("https://{}/", request.trusted_host)).ok();
    if trusted.is_some_and(|url| address::is_loopback(&url)) {
        Reach::PublicOrLoopback
    } else {
        Reach::Public
    }
}

fn headers(request: &Request<'_>, first: &Url, url: &Url) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    if request.fresh {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    let mut text = |name: header::HeaderName, value: Option<&String>| {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    };
    text(
        header::IF_NONE_MATCH,
        request.validators.and_then(|known| known.etag.as_ref()),
    );
    let since = request
        .validators
        .and_then(|known| known.last_modified.as_ref());
    text(header::IF_MODIFIED_SINCE, since);
    if url.origin() == first.origin() {
        for (name, value) in request.headers {
            let name = header::HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(mut value)) = (name, HeaderValue::from_str(value.reveal())) {
                value.set_sensitive(true);
                headers.insert(name, value);
            }
        }
    }
    headers
}

fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Where a redirect leads, if it may be followed.
fn target(url: &Url, headers: &HeaderMap) -> Result<Url, Failure> {
    let refused = |detail: &str| Err(failure(FailureKind::Redirect, detail));
    let location = headers
        .get(header::LOCATION)
        .and_then(|value| value.to_str().ok());
    let Some(next) = location.and_then(|location| url.join(location).ok()) else {
        return refused("redirect without a usable Location");
    };
    if !next.username().is_empty() || next.password().is_some() {
        return refused("redirect with user info refused");
    }
    if !address::is_protected(next.as_str()) {
        return refused("redirect to plain http refused");
    }
    Ok(next)
}
