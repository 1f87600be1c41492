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
        // Clients compare issuers as texts, and call addresses.
        names::ISSUER => of_addresses(one, other),
        address if address == names::JWKS_URI || address.ends_with("_endpoint") => {
            of_addresses(one, other).filter(|_| !is_same_address(one, other))
        }
        _ => None,
    }
}

/// Whether two addresses are written in two ways and lead to the same place.
fn is_same_address(one: &Value, other: &Value) -> bool {
    let texts = one.as_str().zip(other.as_str());
    let moved = texts.and_then(|(one, other)| address::compare(one, other));
    moved == Some(UrlDifference::Form)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_an_address_are_no_disagreement_and_two_of_an_issuer_are() {
        let disagree = |name, one: &str, other: &str| {
            disagreement(name, &Value::from(one), &Value::from(other))
        };
        let (one, other) = ("https://a.example/t", "https://A.example:443/t");
        assert_eq!(disagree("token_endpoint", one, other), None);
        assert_eq!(disagree("jwks_uri", one, other), None);
        assert_eq!(disagree("issuer", one, other), Some(Severity::Notice));
        let elsewhere = "https://b.example/t";
        assert_eq!(
            disagree("token_endpoint", one, elsewhere),
            Some(Severity::Security)
        );
    }
}
