//! What the clients that the operator declares say of a document.

use crate::document::canonical::Document;
use crate::meaning::change::Finding;
use crate::meaning::client::judge::{UnmetReason, Verdict, judge};
use crate::meaning::provider::Identity;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rule::Rule;
use crate::meaning::rule_finding::finding_of;
use crate::meaning::subject::Subject;

/// Most reasons of one client that are kept.
const REASONS: usize = 8;

/// One finding for each declared client that refuses the document. It is about the client, so another
/// reason to refuse does not make it a new finding.
pub(super) fn check(
    document: &Document,
    identity: Option<&Identity>,
    policy: &Policy,
) -> Vec<Finding> {
    let declared = policy.uses.iter().flat_map(|uses| &uses.clients);
    let refused = declared.filter_map(|client| {
        let identity = identity.map(Identity::as_str);
        match judge(client, document, identity) {
            Verdict::Refuses(reasons) => Some(finding(&client.name, reasons)),
            Verdict::Accepts | Verdict::NotRead => None,
        }
    });
    refused.collect()
}

fn finding(client: &str, mut reasons: Vec<UnmetReason>) -> Finding {
    reasons.truncate(REASONS);
    let first = reasons.first();
    let member = first.map_or(Subject::Document, |reason| Subject::of(&reason.member));
    let mut finding = finding_of(Rule::ClientRefuses, member);
    if let Some(first) = first {
        finding.reference = Some(first.source.clone());
    }
    let instead: Vec<&str> = reasons.iter().map(|it| it.instead.as_str()).collect();
    finding.why = format!("{client} refuses the document: {}.", instead.join("; "));
    finding.client = Some(client.to_owned());
    finding.reasons = reasons;
    finding
}
