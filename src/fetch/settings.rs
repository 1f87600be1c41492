//! What the operator decides about fetching.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;

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
    /// HTTP proxy all requests but those to loopback go through. It resolves names and connects, so
    /// what a document leads to can be kept out of its network only by literal address here.
    pub proxy: Option<String>,
}
