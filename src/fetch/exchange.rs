//! The hops of one poll: where each may lead, what is sent to it, what came back.
//!
//! Each hop has a client of its own, made from the one verifier all share: so its resolver knows
//! how far this hop may reach, its chain is its own, and no connection can be left over.

use std::sync::Arc;

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::answer::Answer;
use super::failure::{MAX_HEADERS, classify};
use super::guard::{Reach, reach};
use super::resolver::GuardedResolver;
use super::tls::Trust;
use super::trace::Exchange;
use super::{Proxy, Request, Settings, proxy};
use crate::document::address;
use crate::document::failure::{Cause, Failure, ProxyTrouble};
use crate::document::text::{bounded, visible};

/// What is asked for. Some key sets are served as what RFC 7517 registers only, and some servers
/// answer 406 to whoever does not take it; whoever has neither type may send what there is.
const ACCEPTED: &str = "application/json, application/jwk-set+json, */*;q=0.1";
/// Most redirects that are followed.
const MAX_REDIRECTS: usize = 3;

impl Exchange<'_> {
    /// Asks, follows redirects, reads the answer.
    pub(super) async fn run(mut self) -> Result<Answer, Failure> {
        let Ok(first) = Url::parse(self.request.url) else {
            return Err(Failure::new(Cause::Blocked, "the address is no URL"));
        };
        // It may come out of a document, so what the configuration promises is not known of it.
        if let Some(reason) = self.refuses(&first) {
            return Err(Failure::new(Cause::Blocked, &format!("address {reason}")));
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
        Err(Failure::new(Cause::Redirect, &detail))
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
        // Loopback is this machine, and never the proxy's.
        let proxy = self.settings.proxy.as_ref();
        let proxy = proxy.filter(|_| !address::is_loopback(url));
        let resolver = GuardedResolver {
            reach,
            proxy: proxy.map(|proxy| proxy.host().to_owned()),
            is_asking: Arc::clone(&self.trace.is_asking),
        };
        let client = client(self.settings, config, resolver, proxy)
            .map_err(|error| classify(&error, &recorder, proxy))?;
        // Whatever is refused was never asked: then what answered before stays the last.
        let before = (self.trace.final_url.take(), self.trace.status.take());
        self.trace.final_url = (url != first).then(|| url.to_string());
        self.trace.recorder = Some(Arc::clone(&recorder));
        self.trace.through = proxy.map(Proxy::name);
        let sent = client
            .get(url.clone())
            .headers(headers(self.request, is_home))
            .send()
            .await;
        let error = match sent {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        let failure = classify(&error, &recorder, proxy);
        match (&failure.cause, proxy) {
            (Cause::Blocked, _) => {
                (self.trace.final_url, self.trace.status) = before;
                Err(failure)
            }
            (
                Cause::Proxy {
                    trouble: ProxyTrouble::NoTunnel,
                    ..
                },
                Some(proxy),
            ) => Err(proxy::refusal(proxy, url, &self.settings.user_agent).await),
            _ => Err(failure),
        }
    }

    /// Where a redirect leads, if it may be followed.
    fn target(&self, url: &Url, headers: &HeaderMap) -> Result<Url, Failure> {
        let refused = |detail: &str| Err(Failure::new(Cause::Redirect, detail));
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
    let resolver = GuardedResolver {
        reach: Reach::Public,
        proxy: None,
        is_asking: Arc::default(),
    };
    let config = trust.request().0;
    client(settings, config, resolver, settings.proxy.as_ref()).map(drop)
}

/// A client for one request.
fn client(
    settings: &Settings,
    tls: rustls::ClientConfig,
    resolver: GuardedResolver,
    proxy: Option<&Proxy>,
) -> Result<reqwest::Client, reqwest::Error> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(resolver)
        .http1_only()
        .http1_max_headers(MAX_HEADERS)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(0)
        .user_agent(&settings.user_agent);
    if let Some(proxy) = proxy {
        builder = builder.proxy(proxy::as_client_has_it(proxy)?);
    }
    builder.build()
}

fn headers(request: &Request<'_>, is_home: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPTED));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
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
