//! What the operator decides about fetching.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use url::Url;

use crate::meaning::provider::Secret;

/// `[fetch]` of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Polls at a time.
    pub concurrency: usize,
    /// Polls at a time to one host (name and port).
    pub per_host: usize,
    /// Longest offset of a target's poll within its interval.
    pub spread: Duration,
    /// Deadline of one poll, redirects and body included.
    pub timeout: Duration,
    /// Most bytes of a body after decompression.
    pub max_body: u64,
    /// Longest time without a request that has no condition: whoever answers 304 to everything must
    /// not be believed for ever. Zero: no request has one.
    pub revalidate_after: SignedDuration,
    /// `User-Agent`.
    pub user_agent: String,
    /// PEM file with certificates trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Proxy that all requests but those to loopback go through.
    pub proxy: Option<Proxy>,
}

/// A proxy. Unless it is a SOCKS proxy that is given addresses (`socks5`), it resolves names and
/// connects, so what a document leads to can be kept out of its network only by literal address
/// here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Scheme (`http`, `https`, `socks5`, `socks5h`), host and port.
    pub url: Url,
    /// User name and password for the proxy.
    pub login: Option<(String, Secret)>,
}

impl Proxy {
    /// The host of the proxy, as it is written in the URL.
    pub(super) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The port of the proxy.
    pub(super) fn port(&self) -> u16 {
        let default = if self.is_socks() { 1080 } else { 80 };
        self.url.port_or_known_default().unwrap_or(default)
    }

    /// Whether it speaks SOCKS version 5 (RFC 1928).
    pub(super) fn is_socks(&self) -> bool {
        self.url.scheme().starts_with("socks5")
    }

    /// The host and port by which the proxy is named in messages.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.host(), self.port())
    }
}
