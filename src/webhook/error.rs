//! Why nothing can be posted at all: a fault of the settings or of this machine.

/// A receiver cannot be posted to as configured: a local error.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The address is not a URL. It may be a secret, so it is not repeated.
    #[error("the address of a webhook is no URL")]
    Address,
    /// The certificates cannot be read.
    #[error("the ca_file of a webhook cannot be read")]
    CaFile(#[source] std::io::Error),
    /// The HTTP client refuses the settings.
    #[error("cannot prepare to post to a webhook")]
    Client(#[source] reqwest::Error),
}
