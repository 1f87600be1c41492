//! Where and how to reach a receiver.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::signature::SigningKey;
use crate::meaning::provider::Secret;

/// Where and how to reach a receiver.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// Its address: https, or http to loopback. Who knows it may be all that it takes to post there.
    pub url: Secret,
    /// The key that posts are signed with; `None` where they are not signed.
    pub key: Option<SigningKey>,
    /// Configured headers that are sent with each post.
    pub headers: Vec<(String, Secret)>,
    /// PEM file with certificates trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// The way to every receiver that is not on loopback; `None` where it is asked directly.
    pub proxy: Option<ProxyRoute>,
    /// Deadline of one attempt.
    pub deadline: Duration,
}

/// A proxy between this machine and a receiver.
#[derive(Debug, Clone)]
pub struct ProxyRoute {
    /// Scheme (`http`, `https`, `socks5`, `socks5h`), host and port.
    pub url: Url,
    /// User name and password for the proxy.
    pub login: Option<(String, Secret)>,
    /// PEM file with certificates trusted besides the system's: a proxy may show its own for every site.
    pub ca_file: Option<PathBuf>,
}

impl Receiver {
    /// The deadline of an attempt unless a test says otherwise.
    pub const DEADLINE: Duration = Duration::from_secs(15);
}
