//! Why no mail can be sent at all.

/// Mail cannot be sent as configured: a local error.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// TLS cannot be prepared.
    #[error("cannot prepare TLS for the mail server: {0}")]
    Tls(String),
    /// An address or header is not valid.
    #[error("the mail cannot be written: {0}")]
    Address(String),
}
