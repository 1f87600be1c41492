//! The one order in which changes are told: in an event, in its summary, in what is printed of it and
//! in the subject and the items of its mails.
//!
//! A private key that is published comes first, then the issuer, because everything else is read in
//! its light. Then count, in this order: how grave it is, whether clients are declared to use it, what
//! the rule says, and what the member is for.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{Change, Finding};
use crate::document::key_set::hash_of;
use crate::document::severity::{Group, Severity};
use crate::meaning::rule::{Rule, Weight};

/// Where a change or a finding stands among others; the least comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    leading: LeadingRank,
    /// Whether it is over: for a cured finding nothing has to be done.
    is_over: bool,
    severity: Reverse<Severity>,
    /// What is found comes after what changed: the change is the news.
    is_found: bool,
    is_used: Reverse<bool>,
    weight: Reverse<u8>,
    group: Group,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
/// What stands before everything else, however grave that is.
enum LeadingRank {
    /// A private key that was published: everybody who read it can sign as the provider.
    PrivateKey,
    IssuerChanged,
    IssuerMismatch,
    Other,
}

impl Rank {
    /// The rank of a change.
    pub fn of(change: &Change) -> Self {
        Self {
            leading: match change.rule.known() {
                Some(Rule::KeySecretPublished) => LeadingRank::PrivateKey,
                Some(Rule::IssuerChanged) => LeadingRank::IssuerChanged,
                Some(rule) if rule.is_mismatch() => LeadingRank::IssuerMismatch,
                _ => LeadingRank::Other,
            },
            is_over: false,
            severity: Reverse(change.severity),
            is_found: false,
            is_used: Reverse(change.used),
            weight: Reverse(weight(change)),
            group: change.group,
        }
    }

    /// The rank of a requirement that is not met.
    pub fn of_finding(finding: &Finding) -> Self {
        Self {
            leading: match finding.rule.known() {
                Some(Rule::KeySecretPublished) => LeadingRank::PrivateKey,
                _ => LeadingRank::Other,
            },
            is_over: false,
            severity: Reverse(finding.severity),
            is_found: true,
            is_used: Reverse(false),
            weight: Reverse(0),
            group: Group::Other,
        }
    }

    /// The rank of a requirement that is met again.
    pub fn of_cured(finding: &Finding) -> Self {
        Self {
            leading: LeadingRank::Other,
            is_over: true,
            ..Self::of_finding(finding)
        }
    }

    /// Whether it is the rank of the issuer, which stands first whatever else happened.
    pub fn is_of_issuer(self) -> bool {
        self.leading == LeadingRank::IssuerChanged
    }
}

/// How much the rule of a change tells. A rule that says only that something differs tells least, even
/// less for a member that is not registered. A rule of another version counts as a usual one.
fn weight(change: &Change) -> u8 {
    match change.rule.row().map_or(Weight::Usual, |row| row.weight) {
        Weight::Plain => u8::from(change.group != Group::Other),
        Weight::Usual => 2,
        Weight::Meaning => 3,
    }
}

/// Puts changes in order; those of equal rank by their names.
pub fn sort(changes: &mut [Change]) {
    changes.sort_by(|one, two| {
        let names = (&one.subject, &one.rule).cmp(&(&two.subject, &two.rule));
        Rank::of(one).cmp(&Rank::of(two)).then(names)
    });
}

/// Changes in order. In an event that an earlier version recorded they may stand in another order.
pub fn in_order<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<&'a Change> {
    let mut changes: Vec<&Change> = changes.into_iter().collect();
    changes.sort_by_key(|change| Rank::of(change));
    changes
}

/// The changes of an event that are told, in order: without what is held back, and without what
/// another of them says already.
pub fn reported(changes: &[Change]) -> Vec<&Change> {
    let has_changed = changes
        .iter()
        .any(|change| change.rule == Rule::IssuerChanged);
    // A key of a type that was never seen stands among the added keys too.
    let new_types: BTreeSet<&str> = changes
        .iter()
        .filter(|change| change.rule == Rule::KeyTypeNew && !change.is_held_back())
        .flat_map(|change| change.added.iter().filter_map(hash_of))
        .collect();
    let is_of_new_type = |change: &Change| {
        let mut keys = change.added.iter().map(hash_of);
        keys.all(|key| key.is_some_and(|key| new_types.contains(key)))
    };
    let is_said = |change: &Change| match change.rule.known() {
        // If the issuer changed, it is clear that it is not the configured one.
        Some(rule) if rule.is_mismatch() => has_changed,
        Some(Rule::KeyAdded) => is_of_new_type(change),
        _ => false,
    };
    let left = changes.iter();
    in_order(left.filter(|change| !change.is_held_back() && !is_said(change)))
}
