//! The hops of one poll: where each may lead, what is sent to it, what came back.
//!
//! Each hop has a client of its own, made from the one verifier all share: so its resolver knows
//! how far this hop may reach, its chain is its own, and no connection can be left over.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::failure::{classify, failure, size_words};
use super::guard::{GuardedResolver, Reach, reach};
use super::tls::{Recorder, Trust};
use super::{Request, Settings};
use crate::model::address;
use crate::model::observation::{Certificate, Failure, FailureKind, Outcome, Validators};
use crate::model::text::{bounded, visible};

/// Most redirects that are followed.
const MAX_REDIRECTS: usize = 3;

/// What came back, before it is an observation.
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    pub(super) validators: Validators,
}

/// How far a poll has come: what is known of it however it ends.
#[derive(Default)]
pub(super) struct Trace {
    /// The address asked last, if it is not the first.
    pub(super) final_url: Option<String>,
    /// What that address answered.
    pub(super) status: Option<u16>,
    recorder: Option<Arc<Recorder>>,
    bytes: usize,
}

impl Trace {
    /// The chain the last hop was shown and verified.
    pub(super) fn chain(&self) -> Vec<Certificate> {
        let recorder = self.recorder.as_ref();
        recorder.map_or_else(Vec::new, |recorder| recorder.chain())
    }

    /// The failure of a poll whose deadline passed.
    pub(super) fn late(&self, limit: Duration) -> Failure {
        let came = match (self.status, self.bytes) {
            (None, _) => "no answer".to_owned(),
            (Some(_), 0) => "no body".to_owned(),
            (Some(_), bytes) => format!("only {bytes} bytes of the body"),
        };
        let detail = format!("{came} within {} s", limit.as_secs_f32());
        failure(FailureKind::Timeout, &detail)
    }
}

/// One poll under way.
pub(super) struct Exchange<'a> {
    pub(super) settings: &'a Settings,
    pub(super) trust: &'a Trust,
    pub(super) request: &'a Request<'a>,
    pub(super) trace: &'a mut Trace,
}

impl Exchange<'_> {
    /// Asks, follows redirects, reads the answer.
    pub(super) async fn run(mut self) -> Result<Answer, Failure> {
        let Ok(first) = Url::parse(self.request.url) else {
            return Err(failure(FailureKind::Blocked, "the address is no URL"));
        };
        // It may come out of a document, so what the configuration promises is not known of it.
        if let Some(reason) = self.refuses(&first) {
            return Err(failure(FailureKind::Blocked, &format!("address {reason}")));
        }
        // A port is a server of its own: headers are for the one that was named.
        let home = Url::parse(self.request.home).map(|home| home.origin());
        let mut is_home = home.is_ok_and(|home| home.is_tuple() && home == first.origin());
        let mut url = first.clone();
        for hop in 0..=MAX_REDIRECTS {
            let response = self.get(&first, &url, is_home).await?;
            self.trace.status = Some(response.status().as_u16());
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return self.read(response).await;
            }
            if hop == MAX_REDIRECTS {
                break;
            }
            url = self.target(&url, response.headers())?;
            // A way back does not count: whoever leads there chose the way.
            is_home &= url.origin() == first.origin();
        }
        let detail = format!(
            "redirect {} not followed: at most {MAX_REDIRECTS}",
            MAX_REDIRECTS + 1
        );
        Err(failure(FailureKind::Redirect, &detail))
    }

    async fn get(
        &mut self,
        first: &Url,
        url: &Url,
        is_home: bool,
    ) -> Result<reqwest::Response, Failure> {
        let reach = reach(self.request, url);
        // The client asks its resolver for names only, so an address is checked here.
        reach.check_literal(url)?;
        let (config, recorder) = self.trust.request();
        let client = client(self.settings, config, reach, is_direct(url))
            .map_err(|error| classify(&error, &recorder))?;
        // Whatever is refused was never asked: then what answered before stays the last.
        let before = (self.trace.final_url.take(), self.trace.status.take());
        self.trace.final_url = (url != first).then(|| url.to_string());
        self.trace.recorder = Some(Arc::clone(&recorder));
        let sent = client
            .get(url.clone())
            .headers(headers(self.request, is_home))
            .send()
            .await;
        sent.map_err(|error| {
            let failure = classify(&error, &recorder);
            if failure.kind == FailureKind::Blocked {
                (self.trace.final_url, self.trace.status) = before;
            }
            failure
        })
    }

    async fn read(&mut self, mut response: reqwest::Response) -> Result<Answer, Failure> {
        let text = |name| {
            let value = response.headers().get(name)?.to_str().ok()?;
            (value.len() <= 1_024).then(|| value.to_owned())
        };
        let validators = Validators {
            etag: text(header::ETAG),
            last_modified: text(header::LAST_MODIFIED),
        };
        let content_type = text(header::CONTENT_TYPE);
        let nothing = Validators::default();
        let asked = self.request.validators.filter(|asked| **asked != nothing);
        match (response.status().as_u16(), asked) {
            (200, _) => Ok(Answer {
                outcome: Outcome::Body {
                    content_type,
                    bytes: self.body(&mut response).await?,
                },
                validators,
            }),
            // A 304 need not repeat them.
            (304, Some(asked)) => Ok(Answer {
                outcome: Outcome::Unmodified,
                validators: if validators == nothing {
                    asked.clone()
                } else {
                    validators
                },
            }),
            (304, None) => Err(failure(
                FailureKind::UnexpectedNotModified,
                "304 to a request that was not conditional",
            )),
            (status, _) => Err(failure(FailureKind::Status, &format!("HTTP {status}"))),
        }
    }

    /// The body, counted after decompression.
    async fn body(&mut self, response: &mut reqwest::Response) -> Result<Vec<u8>, Failure> {
        let most = self.settings.max_body;
        let mut bytes = Vec::new();
        loop {
            let chunk = response.chunk().await;
            let Some(chunk) = chunk.map_err(|error| self.broken(&error))? else {
                return Ok(bytes);
            };
            if (bytes.len() + chunk.len()) as u64 > most {
                let detail = format!("the body is larger than {}", size_words(most));
                return Err(failure(FailureKind::TooLarge, &detail));
            }
            bytes.extend_from_slice(&chunk);
            self.trace.bytes = bytes.len();
        }
    }

    fn broken(&self, error: &reqwest::Error) -> Failure {
        let recorder = self.trace.recorder.as_deref();
        recorder.map_or_else(
            || failure(FailureKind::Unreachable, "the answer was cut off"),
            |recorder| classify(error, recorder),
        )
    }

    /// Where a redirect leads, if it may be followed.
    fn target(&self, url: &Url, headers: &HeaderMap) -> Result<Url, Failure> {
        let refused = |detail: &str| Err(failure(FailureKind::Redirect, detail));
        let location = headers
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok());
        let Some(mut next) = location.and_then(|location| url.join(location).ok()) else {
            return refused("redirect without a usable Location");
        };
        next.set_fragment(None);
        match self.refuses(&next) {
            Some(reason) => refused(&format!("redirect {reason}")),
            None => Ok(next),
        }
    }

    /// Why an address may not be asked at all, whoever names it.
    fn refuses(&self, url: &Url) -> Option<String> {
        let at = bounded(&visible(url.host_str().unwrap_or_default()), 100);
        if !url.username().is_empty() || url.password().is_some() {
            return Some(format!("with a user name refused (host {at})"));
        }
        let is_local = address::is_loopback(url) && self.request.is_loopback();
        match url.scheme() {
            "https" if url.has_host() => None,
            "http" if is_local => None,
            "http" => Some(format!("to plain http refused (host {at})")),
            scheme => Some(format!("to scheme {scheme} refused")),
        }
    }
}

/// Tries the settings out: a proxy may not be usable.
pub(super) fn probe(settings: &Settings, trust: &Trust) -> Result<(), reqwest::Error> {
    client(settings, trust.request().0, Reach::Public, false).map(drop)
}

/// Loopback is this machine, and never the proxy's.
fn is_direct(url: &Url) -> bool {
    address::is_loopback(url)
}

/// A client for one request.
///
/// Through a proxy the name of the site is resolved by the proxy, and the resolver here sees the
/// name of the proxy alone, which the operator chose: then only literal addresses are guarded.
fn client(
    settings: &Settings,
    tls: rustls::ClientConfig,
    reach: Reach,
    is_direct: bool,
) -> Result<reqwest::Client, reqwest::Error> {
    let proxy = settings.proxy.as_ref().filter(|_| !is_direct);
    let resolver = GuardedResolver(if proxy.is_some() {
        Reach::Anywhere
    } else {
        reach
    });
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(resolver)
        .http1_only()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(0)
        .user_agent(&settings.user_agent);
    if let Some(proxy) = proxy {
        builder = builder.proxy(reqwest::Proxy::all(proxy)?);
    }
    builder.build()
}

fn headers(request: &Request<'_>, is_home: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let mut text = |name: HeaderName, value: Option<&String>| {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    };
    let known = request.validators;
    text(
        header::IF_NONE_MATCH,
        known.and_then(|known| known.etag.as_ref()),
    );
    let since = known.and_then(|known| known.last_modified.as_ref());
    text(header::IF_MODIFIED_SINCE, since);
    for (name, value) in request.headers.iter().filter(|_| is_home) {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(mut value)) = (name, HeaderValue::from_str(value.reveal())) {
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
    headers
}
