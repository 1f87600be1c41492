//! Posts one body to a receiver and says what became of it; sends a heartbeat.
//!
//! Each post has a connection of its own: posts are few, and a connection that is kept may be dead when it
//! is used again. No redirect is followed, because a body is signed for one receiver only. The status of
//! an answer decides; the beginning of its body is read only where it says what is wrong.
//!
//! Never here: what is posted (`wording`), when it is tried again (`policy`).

mod error;
mod settings;
mod signature;
mod words;

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, ClientBuilder, Proxy, Response};
use url::Url;

pub use self::error::WebhookError;
pub use self::settings::{ProxyRoute, Receiver};
pub use self::signature::SigningKey;
use self::words::Peer;
use crate::document::address;
use crate::document::retry_after;
use crate::document::text::{bounded, visible};
use crate::policy::webhook::{Obstacle, PostResult, obstacle};

/// Most bytes that are read of an answer which is no success.
const PAGE: usize = 4 << 10;
/// How long reading them may take.
const PAGE_TIME: Duration = Duration::from_secs(1);
/// Most headers of an answer.
const MAX_HEADERS: usize = 100;
const USER_AGENT: &str = concat!("issuerwatch/", env!("CARGO_PKG_VERSION"));

/// What is posted.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    /// The same at every attempt: by this a receiver knows what it had already.
    pub id: &'a str,
    /// When this attempt is made.
    pub at: Timestamp,
    /// `Content-Type`.
    pub media_type: &'static str,
    /// The same bytes at every attempt.
    pub body: &'a str,
}

/// A receiver as configured, ready to be posted to.
#[derive(Debug)]
pub struct Sender {
    receiver: Receiver,
    url: Url,
    /// The receiver, and the proxy on the way to it, as they are named.
    peer: Peer,
    client: reqwest::Client,
}

impl Sender {
    /// Prepares to post; nothing is sent.
    pub fn new(receiver: &Receiver) -> Result<Self, WebhookError> {
        let url = Url::parse(receiver.url.reveal()).map_err(|_secret| WebhookError::Address)?;
        // Loopback is this machine, which is not the one that a proxy would reach.
        let is_far = !address::is_loopback(&url);
        let proxy = receiver.proxy.as_ref().filter(|_| is_far);
        let client = client(receiver, &url, proxy)?;
        Ok(Self {
            receiver: receiver.clone(),
            peer: Peer::new(&url, proxy.map(|proxy| &proxy.url)),
            url,
            client,
        })
    }

    /// Posts once. Whatever happens is told within the deadline.
    pub async fn post(&self, post: Post<'_>) -> PostResult {
        let mut headers = self.headers();
        let media_type = HeaderValue::from_static(post.media_type);
        headers.insert(header::CONTENT_TYPE, media_type);
        let signature = self
            .receiver
            .key
            .as_ref()
            .map(|key| key.sign(post.id, post.at, post.body));
        for (name, value) in [
            ("webhook-id", Some(post.id.to_owned())),
            ("webhook-timestamp", Some(post.at.as_second().to_string())),
            ("webhook-signature", signature),
        ] {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        let request = self
            .client
            .post(self.url.clone())
            .headers(headers)
            .body(post.body.to_owned());
        match tokio::time::timeout(self.receiver.deadline, request.send()).await {
            Ok(Ok(response)) => self.answered(response, post.at).await,
            Ok(Err(error)) => self.peer.failed(&error),
            Err(_elapsed) => PostResult::Deferred {
                reason: self.peer.silence(self.receiver.deadline),
                why: Obstacle::Receiver,
                retry_at: None,
            },
        }
    }

    /// Sends one request and looks only at the status; the error says why there was no success. It names
    /// only the host of the address.
    pub async fn beat(&self) -> Result<(), String> {
        let request = self.client.get(self.url.clone()).headers(self.headers());
        match tokio::time::timeout(self.receiver.deadline, request.send()).await {
            Ok(Ok(response)) if response.status().is_success() => Ok(()),
            Ok(Ok(response)) => {
                let host = words::host(&self.url);
                let status = response.status().as_u16();
                Err(format!("{host} answers HTTP {status}"))
            }
            Ok(Err(error)) => Err(self.peer.reason(&error)),
            Err(_elapsed) => Err(self.peer.silence(self.receiver.deadline)),
        }
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.receiver.headers {
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(mut value)) = (name, HeaderValue::from_str(value.reveal())) {
                value.set_sensitive(true);
                headers.insert(name, value);
            }
        }
        headers
    }

    /// What an answer means. A success stays one whatever comes after its status.
    async fn answered(&self, response: Response, now: Timestamp) -> PostResult {
        let status = response.status().as_u16();
        if response.status().is_success() {
            return PostResult::Sent {
                reply: format!("HTTP {status}"),
            };
        }
        let text = |name| {
            let value = response.headers().get(name)?;
            value.to_str().ok()
        };
        let retry_at = text(header::RETRY_AFTER).and_then(|value| retry_after::until(value, now));
        let redirect = text(header::LOCATION).filter(|_| (300..400).contains(&status));
        let explanation = match redirect.map(|to| self.url.join(to)) {
            Some(Ok(to)) => {
                let to = words::host(&to);
                Some(format!("a redirect to {to} is not followed"))
            }
            Some(Err(_)) => Some("a redirect is not followed".to_owned()),
            None => self.page(response).await,
        };
        let detail = explanation
            .map(|explanation| format!(": {explanation}"))
            .unwrap_or_default();
        let reason = bounded(&format!("HTTP {status}{detail}"), 300);
        match obstacle(status) {
            None => PostResult::Refused { reason },
            Some(why) => PostResult::Deferred {
                reason,
                why,
                retry_at,
            },
        }
    }

    /// The first words of an answer that says what is wrong. It may repeat what it was sent: values of
    /// our headers are taken out.
    async fn page(&self, mut response: Response) -> Option<String> {
        let media_type = response
            .headers()
            .get(header::CONTENT_TYPE)?
            .to_str()
            .ok()?
            .to_ascii_lowercase();
        if !media_type.starts_with("text/plain") && !media_type.contains("json") {
            return None;
        }
        let mut bytes: Vec<u8> = Vec::new();
        let read = async {
            while bytes.len() < PAGE {
                match response.chunk().await {
                    Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                    Ok(None) | Err(_) => break,
                }
            }
        };
        // After the timeout, what was received until then is still used.
        tokio::time::timeout(PAGE_TIME, read).await.ok();
        bytes.truncate(PAGE);
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        let ours = self.receiver.headers.iter().map(|(_, value)| value);
        for secret in ours.chain([&self.receiver.url]) {
            if !secret.reveal().is_empty() {
                text = text.replace(secret.reveal(), "...");
            }
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let words = bounded(&visible(&words.join(" ")), 200);
        (!words.is_empty()).then_some(words)
    }
}

/// A client for one receiver.
fn client(
    receiver: &Receiver,
    url: &Url,
    proxy: Option<&ProxyRoute>,
) -> Result<reqwest::Client, WebhookError> {
    let mut builder = reqwest::Client::builder()
        .http1_only()
        .http1_max_headers(MAX_HEADERS)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(0)
        .user_agent(USER_AGENT);
    if url.scheme() == "http" {
        // A machine without any CA may still be asked by its own programs.
        builder = builder.tls_certs_only([]);
    } else if let Some(path) = &receiver.ca_file {
        builder = trusting(builder, path)?;
    }
    if let Some(proxy) = proxy {
        let mut route = Proxy::all(proxy.url.as_str()).map_err(failed)?;
        if let Some((user, password)) = &proxy.login {
            // It is put into a URL, which encodes all but this sign, and decoded again.
            let encoded = |text: &str| text.replace('%', "%25");
            route = route.basic_auth(&encoded(user), &encoded(password.reveal()));
        }
        builder = builder.proxy(route);
        if let Some(path) = &proxy.ca_file {
            builder = trusting(builder, path)?;
        }
    }
    builder.build().map_err(failed)
}

fn trusting(builder: ClientBuilder, path: &Path) -> Result<ClientBuilder, WebhookError> {
    let pem = std::fs::read(path).map_err(WebhookError::CaFile)?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(failed)?;
    Ok(builder.tls_certs_merge(certificates))
}

fn failed(error: reqwest::Error) -> WebhookError {
    WebhookError::Client(error.without_url())
}
