//! What is known beside a document: its certificate, and that it is announced to go.

use jiff::Timestamp;
use serde::Serialize;

use crate::meaning::diff::expiry;
use crate::policy::tracking::State;
use crate::wording::text::utc;

/// A certificate as JSON.
#[derive(Serialize)]
pub(super) struct CertificateJson<'a> {
    expires_at: Option<Timestamp>,
    issuer: Option<&'a str>,
    sha1: &'a str,
    sha256: &'a str,
}

/// The certificate as it was seen last; `None` without TLS.
pub(super) fn certificate(state: &State) -> Option<CertificateJson<'_>> {
    let leaf = state.chain.first()?;
    Some(CertificateJson {
        expires_at: leaf.expires_at,
        issuer: leaf.issuer.as_deref(),
        sha1: &leaf.sha1,
        sha256: &leaf.sha256,
    })
}

/// What somebody should know of it: a certificate that ends soon, an end that is announced.
pub(super) fn warnings(state: &State, now: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(leaf) = state.chain.first()
        && let (Some(ends), Some(severity)) = (leaf.expires_at, expiry(leaf, now))
    {
        lines.push(format!("certificate ends {} ({severity})", utc(ends)));
    }
    let facts = &state.facts;
    let announced = [
        ("Sunset", &facts.sunset),
        ("Deprecation", &facts.deprecation),
    ];
    for (name, value) in announced {
        lines.extend(value.iter().map(|value| format!("{name}: {value}")));
    }
    lines
}
