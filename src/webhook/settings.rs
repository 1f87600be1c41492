//! Where and how to reach a receiver.

use std::path::PathBuf;
use std::time::Duration;

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
    /// Deadline of one attempt.
    pub deadline: Duration,
}

impl Receiver {
    /// The deadline of an attempt unless a test says otherwise.
    pub const DEADLINE: Duration = Duration::from_secs(15);
}
