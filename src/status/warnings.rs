//! What is known beside a document: its certificate, and that it is announced to go.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::meaning::diff::expiry;
use crate::policy::tracking::State;
use crate::wording::text::utc;

/// The certificate as it was seen last; `null` without TLS.
pub(super) fn certificate(state: &State) -> Value {
    let leaf = state.chain.first();
    leaf.map_or(Value::Null, |leaf| {
        json!({"expires_at": leaf.expires_at, "issuer": leaf.issuer,
               "sha1": leaf.sha1, "sha256": leaf.sha256})
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
