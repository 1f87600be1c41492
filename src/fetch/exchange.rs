//! The hops of one poll: where each may lead, what is sent to it, what came back.
//!
//! Each hop has a connection and a chain of its own; the verifier is the one that all share.

use std::sync::Arc;

use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{HeaderMap, Uri};
use url::{Position, Url};

use super::answer::FetchedAnswer;
use super::failure::of_http;
use super::guard::reach;
use super::hop::Hop;
use super::http1::{self, HttpResponse};
use super::request::Request;
use super::settings::Proxy;
use super::trace::Exchange;
use crate::document::address;
use crate::document::failure::{Cause, Failure};
use crate::document::text::{bounded, visible};

/// What is asked for. Some key sets are served as what RFC 7517 registers only, and some servers
/// answer 406 to whoever does not take it; whoever has neither type may send what there is.
const ACCEPTED: &str = "application/json, application/jwk-set+json, */*;q=0.1";
/// The largest number of redirects that one poll follows.
const MAX_REDIRECTS: usize = 3;

impl Exchange<'_> {
    /// Asks, follows redirects, reads the answer. `first` is the address that is asked for, if it is one.
    pub(super) async fn run(mut self, first: Option<Url>) -> Result<FetchedAnswer, Failure> {
        let Some(first) = first else {
            return Err(Failure::new(Cause::Blocked, "the address is no URL"));
        };
        // The address may come out of a document, so the checks of the configuration do not cover it.
        if let Some(reason) = self.refuses(&first) {
            return Err(Failure::new(Cause::Blocked, &format!("address {reason}")));
        }
        // Another port is another server: the headers are only for the origin that was named.
        let mut is_home = !self.request.headers.is_empty() && {
            let home = Url::parse(self.request.home).map(|home| home.origin());
            home.is_ok_and(|home| home.is_tuple() && home == first.origin())
        };
        let mut url = first.clone();
        for hop in 0..=MAX_REDIRECTS {
            let mut response = self.get(&first, &url, is_home).await?;
            self.trace.status = Some(response.status());
            if !matches!(response.status(), 301 | 302 | 303 | 307 | 308) {
                let answer = self.read(&mut response).await;
                response.close().await;
                return answer;
            }
            if hop == MAX_REDIRECTS {
                break;
            }
            let target = self.target(&url, response.headers());
            response.close().await;
            url = target?;
            // A redirect back does not count: the host that redirected chose it.
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
    ) -> Result<HttpResponse, Failure> {
        let reach = reach(self.request, url);
        // The resolver is asked for names only, so an address is checked here.
        reach.check_literal(url)?;
        let (tls, recorder) = self.trust.request();
        // Loopback means this machine, so it is never asked through the proxy.
        let proxy = self
            .settings
            .proxy
            .as_ref()
            .filter(|_| !address::is_loopback(url));
        // A hop that is refused was never asked: then the hop before it stays the last that answered.
        let before = (self.trace.final_url.take(), self.trace.status.take());
        self.trace.final_url = (url != first).then(|| url.to_string());
        self.trace.recorder = Some(Arc::clone(&recorder));
        self.trace.through = proxy.map(Proxy::name);
        let request = self.message(url, is_home)?;
        let hop = Hop {
            url,
            reach,
            proxy,
            tls,
            recorder: &recorder,
            meter: &self.meter,
            is_asking: &self.trace.is_asking,
            user_agent: self.user_agent,
        };
        let answer = async {
            let wire = hop.open().await?;
            let sent = http1::send(wire, request, &self.meter).await;
            sent.map_err(|error| of_http(&error, proxy))
        }
        .await;
        let sent = self.meter.excess().map_or(answer, Err);
        if sent
            .as_ref()
            .is_err_and(|failure| failure.cause == Cause::Blocked)
        {
            (self.trace.final_url, self.trace.status) = before;
        }
        sent
    }

    /// What is sent to a URL.
    fn message(&self, url: &Url, is_home: bool) -> Result<http1::HttpRequest, Failure> {
        let too_long = |what| {
            Failure::new(
                Cause::NoConnection,
                &format!("{what} is too long to be asked for"),
            )
        };
        let mut message = http1::HttpRequest::new(String::new());
        let path = Uri::try_from(&url[Position::BeforePath..Position::AfterQuery]);
        *message.uri_mut() = path.map_err(|_invalid| too_long("the address"))?;
        let host = HeaderValue::from_str(&url[Position::BeforeHost..Position::AfterPort])
            .map_err(|_invalid| too_long("the host"))?;
        let mut headers = headers(self.request, is_home);
        // Configured headers win over these.
        let named = [
            (header::USER_AGENT, self.user_agent.clone()),
            (header::HOST, host),
        ];
        for (name, value) in named {
            headers.entry(name).or_insert(value);
        }
        *message.headers_mut() = headers;
        Ok(message)
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

    /// Why an address may not be asked at all, no matter who named it; `None` if it may.
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
