//! Why nothing can be fetched at all: a fault of the settings or of this machine.

/// The client cannot be made: a local error.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The certificates cannot be read.
    #[error("cannot prepare TLS: {0}")]
    Tls(String),
    /// It can be no header.
    #[error("cannot send this User-Agent")]
    UserAgent(#[source] hyper::header::InvalidHeaderValue),
}
