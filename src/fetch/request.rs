//! What is asked for: one address, and how far it may lead.

use crate::document::observation::Validators;
use crate::meaning::provider::Secret;

/// What to fetch, and how far it may lead.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The URL to fetch; it may come out of a document (`jwks_uri`), and is then not trusted.
    pub url: &'a str,
    /// Host the operator named: it alone may be anywhere. If it is loopback, plain http to loopback
    /// is allowed.
    pub trusted_host: &'a str,
    /// A URL of the origin (scheme, host and port) that the operator named: it gets the headers.
    pub home: &'a str,
    /// Other hosts that may be anywhere.
    pub allow_hosts: &'a [String],
    /// Headers that are sent to the home origin only, and never after a redirect to another one.
    pub headers: &'a [(String, Secret)],
    /// Validators of the last answer, which make the request conditional.
    pub validators: Option<&'a Validators>,
}
