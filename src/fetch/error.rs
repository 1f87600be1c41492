//! Why nothing can be fetched at all: a fault of the settings or of this machine.

/// The client cannot be made: a local error.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The trusted certificates cannot be read.
    #[error("cannot prepare TLS: {0}")]
    Tls(String),
    /// The configured `User-Agent` is not valid as a header value.
    #[error("cannot send this User-Agent")]
    UserAgent(#[source] hyper::header::InvalidHeaderValue),
}
