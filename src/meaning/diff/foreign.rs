//! What deserves more care in a document of which no table tells anything: an address on a domain that it did
//! not name before, and a client that has to prove nothing any more.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::address::domains_in;
use crate::document::canonical::Document;
use crate::document::kind::Shape;
use crate::document::member;
use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;

/// Rates what came to such a document again by what all of it named before.
pub(super) fn rate(changes: &mut [Change], old: &Document) {
    if old.kind().row().shape != Shape::Object {
        return;
    }
    let known: BTreeSet<String> = old.members().values().flat_map(domains_in).collect();
    for change in changes {
        let came = change.added.iter().chain(&change.after);
        let is_foreign = !came
            .flat_map(domains_in)
            .all(|domain| known.contains(&domain));
        let name = change.subject.as_str();
        let is_none = change.after.as_ref().and_then(Value::as_str) == Some("none");
        let told = if name == "token_endpoint_auth_method" && is_none {
            (Severity::Security, UNPROVED, DEMAND)
        } else if !is_foreign || known.is_empty() {
            continue;
        } else if is_followed(old, name) {
            (Severity::Security, SENT_THERE, REFUSE)
        } else {
            (change.severity, NAMED, ASK)
        };
        let (severity, why, advice) = told;
        change.severity = change.severity.max(severity);
        why.clone_into(&mut change.why);
        change.advice = Some(advice.to_owned());
    }
}

/// Whether users or messages are sent to the addresses of a member, by its name.
fn is_followed(document: &Document, name: &str) -> bool {
    let is_of_client = name.ends_with("_uri") || name.ends_with("_uris");
    is_of_client || member::group(document.kind(), name) == Group::Endpoints
}

const UNPROVED: &str =
    "Whoever knows the client_id may act as this client: it has to prove nothing any more.";
const DEMAND: &str = "Ask the owner of the client whether it was meant; until then go on demanding the proof that it gave before.";
const SENT_THERE: &str = "It names a host of a domain that the document did not name before: whoever runs it gets what is sent there, such as codes of users.";
const REFUSE: &str = "Ask the owner of the document whether the new host is theirs; until then send nothing there, and no user.";
const NAMED: &str = "It names a host of a domain that the document did not name before.";
const ASK: &str = "Ask the owner of the document whether the new host is theirs.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::kind::Kind;
    use crate::meaning::diff;
    use crate::meaning::provider_policy::Policy;

    fn severities(before: &str, after: &str) -> Vec<Severity> {
        let [old, new] =
            [before, after].map(|text| Document::from_canonical(Kind::JSON, text).unwrap());
        let changes = diff::changes(&old, &new, None, &Policy::default());
        changes.iter().map(|change| change.severity).collect()
    }

    #[test]
    fn a_plain_document_that_sends_somebody_to_a_foreign_domain_may_be_an_attack() {
        let before = r#"{"redirect_uris":["https://a.example/cb"],"logo":"https://a.example/l"}"#;
        let own = r#"{"redirect_uris":["https://a.example/cb","https://www.a.example/cb"],"logo":"https://a.example/l"}"#;
        let foreign = r#"{"redirect_uris":["https://a.example/cb","https://b.test/cb"],"logo":"https://a.example/l"}"#;
        let logo = r#"{"redirect_uris":["https://a.example/cb"],"logo":"https://b.test/l"}"#;
        assert_eq!(severities(before, own), [Severity::Notice]);
        assert_eq!(severities(before, foreign), [Severity::Security]);
        assert_eq!(severities(before, logo), [Severity::Notice]);
    }

    #[test]
    fn a_client_that_proves_nothing_any_more_weakens_protection() {
        let of = |method: &str| format!(r#"{{"token_endpoint_auth_method":"{method}"}}"#);
        let told = |to: &str| severities(&of("private_key_jwt"), &of(to));
        assert_eq!(told("none"), [Severity::Security]);
        assert_eq!(told("client_secret_basic"), [Severity::Notice]);
    }
}
