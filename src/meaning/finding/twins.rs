//! What the two documents of one authorization server (RFC 8414 and OpenID Connect Discovery) disagree in,
//! as far as it decides where clients go and how they are protected.
//!
//! A member that stands in only one of them is not a disagreement, because the documents have different
//! purposes. All else in which they differ is a line of `check` (`between`).

use serde_json::Value;

use super::decided::decided;
use super::examination::Examination;
use crate::document::address::{self, UrlDifference};
use crate::document::canonical::Document;
use crate::document::member::names;
use crate::document::severity::Severity;
use crate::meaning::change::Finding;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rule::Rule;

/// What two such documents disagree in, sorted; the values of `oauth` count as the expected ones.
pub fn twins(oauth: &Document, openid: &Document, policy: &Policy) -> Vec<Finding> {
    let mut examination = Examination::new(oauth);
    for (name, value) in oauth.members() {
        let Some(other) = openid.members().get(name) else {
            continue;
        };
        if let Some(severity) = disagreement(name, value, other) {
            examination.add_two(Rule::TwinsDisagree, name, value, other);
            if let Some(told) = examination.findings.last_mut() {
                told.severity = severity;
            }
        }
    }
    decided(examination.findings, policy)
}

/// How grave it is what the two values of a member disagree in; `None` where that is no event.
pub(super) fn disagreement(name: &str, one: &Value, other: &Value) -> Option<Severity> {
    match name {
        names::CODE_CHALLENGE_METHODS_SUPPORTED => of_challenges(one, other),
        names::ISSUER | names::JWKS_URI => of_addresses(one, other),
        endpoint if endpoint.ends_with("_endpoint") => of_addresses(one, other),
        _ => None,
    }
}

/// How grave it is that two addresses differ, where both are texts.
fn of_addresses(one: &Value, other: &Value) -> Option<Severity> {
    let (one, other) = (one.as_str()?, other.as_str()?);
    if one == other {
        return None;
    }
    // If clients read a text differently, some may read another domain in it.
    let moved = address::compare(one, other);
    let is_elsewhere = matches!(moved, Some(UrlDifference::Domain | UrlDifference::Unclear));
    Some(if is_elsewhere {
        Severity::Security
    } else {
        Severity::Notice
    })
}

/// Whether one of two lists has `S256` and the other has not.
fn of_challenges(one: &Value, other: &Value) -> Option<Severity> {
    let has = |value: &Value| Some(value.as_array()?.iter().any(|it| it == "S256"));
    (has(one)? != has(other)?).then_some(Severity::Notice)
}
