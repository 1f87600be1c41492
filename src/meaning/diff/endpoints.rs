//! Addresses that are published where none stood before. How grave that is depends on where the member
//! ever stood: an endpoint that is left out for a poll, or is no address meanwhile, and then stands at a
//! stranger's domain has moved there, as if it had moved at once. Two documents alone do not show that, so
//! the changes are rated again once the memory was asked (`rate_endpoints_again`).
//!
//! Of a member that was never there only the rest of the document is known: an address on a domain that
//! nothing else of the document is on is said, but it is no alarm, as providers do buy such services.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::ops::Deref;

use super::operator;
use crate::document::address::{domain_or_host, domains_in};
use crate::document::canonical::Document;
use crate::document::member;
use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::meaning::change::order::sort;
use crate::meaning::provider_policy::Policy;
use crate::meaning::rating::Meaning;
use crate::meaning::rule::Rule;

/// Rates addresses again that came where none stood; `was_seen` tells of a member and a domain whether
/// the member ever stood there, and is `None` where nothing is remembered of the member.
pub fn rate_endpoints_again(
    old: &Document,
    changes: &mut Vec<Change>,
    was_seen: impl Fn(&Change, &str) -> Option<bool>,
    policy: &Policy,
) {
    let mut again = Vec::new();
    // All addresses are looked through once, and only if one came where none stood.
    let known = LazyCell::new(|| domains_of(old));
    changes.retain_mut(|change| match rated(old, change, &was_seen, &known) {
        Some(meaning) => {
            let mut told = meaning.change(change.subject.clone(), change.group);
            told.before = change.before.take();
            told.after = change.after.take();
            again.push(told);
            false
        }
        None => true,
    });
    if !again.is_empty() {
        changes.append(&mut operator::apply(again, policy));
        sort(changes);
    }
}

/// What it means that an address came where none stood; `None` if nothing else than was said.
fn rated(
    old: &Document,
    change: &Change,
    was_seen: &impl Fn(&Change, &str) -> Option<bool>,
    known: &impl Deref<Target = BTreeSet<String>>,
) -> Option<Meaning> {
    let is_rated = matches!(
        change.rule.known()?,
        Rule::EndpointAdded | Rule::MemberAdded | Rule::MemberChanged | Rule::TypeChanged
    );
    let came = change.after.as_ref()?;
    if !is_rated || change.group != Group::Endpoints || change.severity == Severity::Security {
        return None;
    }
    // What stood at an address before was compared with that already.
    let stood = change.before.as_ref().map(domains_in).unwrap_or_default();
    if !stood.is_empty() {
        return None;
    }
    let name = change.subject.member()?;
    let strange: Vec<String> = domains_in(came)
        .into_iter()
        .filter(|domain| was_seen(change, domain) != Some(true))
        .collect();
    let is_remembered = was_seen(change, "").is_some();
    // Each alias is an endpoint of its own: one more is no move.
    let has_moved = is_remembered && (came.is_string() || change.rule == Rule::MemberAdded);
    if has_moved && !strange.is_empty() {
        let why = "The member stood on another registrable domain before it was gone: requests, often with credentials, go to a host of somebody else.";
        let reference = member::member(old.kind(), name).map(|row| row.reference);
        let meaning = Meaning::of(Rule::EndpointHostChanged);
        return Some(meaning.decided_by(Severity::Security, why, reference));
    }
    let is_stranger = strange.iter().any(|domain| !known.contains(domain));
    if known.is_empty() || !is_stranger || change.severity > Severity::Info {
        return None;
    }
    let why = "It stands on a registrable domain that no other address of the document is on.";
    let advice = "Find out whether that host is run for the provider before your clients send anything there.";
    let rule = change.rule.known()?;
    let reference = change.reference.clone();
    let meaning = Meaning::of(rule).decided_by(Severity::Notice, why, reference.as_deref());
    Some(meaning.advised(why, advice))
}

/// The domains of all addresses that clients call, and of what the document says it is about.
fn domains_of(document: &Document) -> BTreeSet<String> {
    let kind = document.kind();
    let members = document.members().iter();
    let called = members.filter(|(name, _)| member::group(kind, name) == Group::Endpoints);
    let mut domains: BTreeSet<String> = called.flat_map(|(_, value)| domains_in(value)).collect();
    domains.extend(document.identity().and_then(domain_or_host));
    domains
}
