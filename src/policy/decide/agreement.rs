//! Whether two fetches agree on what would be mailed, although their documents differ.
//!
//! A member that is new at every request, such as a request id or a signed copy, lets no two documents be
//! equal. If such documents counted as answers that disagree, nothing else in them would ever be believed.
//! So they are compared change by change: what both show is believed, and a member that has one more value
//! in each of them does not stand in its way. Where the difference is one that would be mailed and only one
//! of the fetches shows it, they disagree.

use std::collections::BTreeMap;

use super::findings::moved_findings;
use crate::document::fingerprint::sha256_half;
use crate::document::severity::Severity;
use crate::meaning::change::{Change, Finding, FindingState};
use crate::meaning::provider::Target;
use crate::policy::mailed::is_mailed;
use crate::policy::remembered::{WeighedChange, Weight};
use crate::policy::sighting::Sighting;
use crate::policy::tracking::Tracking;

/// The most changes that are compared one by one. Documents with more of them are compared whole.
const MOST: usize = 200;

/// The changes that a fetch saw, by hashes; empty if they are too many.
pub(super) fn weighed(
    target: &Target,
    tracking: &Tracking,
    sighting: &Sighting,
) -> Vec<WeighedChange> {
    let found = sighting.difference.findings.as_deref().unwrap_or_default();
    let changes = &sighting.difference.changes;
    if changes.len().max(found.len()) > MOST {
        return Vec::new();
    }
    let of_change = |change: &Change| WeighedChange {
        subject: sha256_half(&format!("{:?}", change.subject)),
        value: hash_of(change),
        weight: match change.severity {
            Severity::Security => Weight::Grave,
            _ if is_mailed(&target.policy, change) => Weight::Mailed,
            _ => Weight::Quiet,
        },
    };
    // Findings that are not mailed follow from the members: those are compared.
    let moved = moved_findings(tracking.findings(), found);
    let grave = moved.iter().filter(|moved| {
        moved.state == FindingState::New && moved.finding.severity == Severity::Security
    });
    let of_finding = |finding: &Finding| WeighedChange {
        subject: sha256_half(&format!("{:?}", finding.fact())),
        value: hash_of(finding),
        weight: Weight::Grave,
    };
    let of_members = changes.iter().map(of_change);
    by_subject(of_members.chain(grave.map(|moved| of_finding(&moved.finding))))
}

/// One for each subject: what a set lost is the same in both fetches where what it gained is another value in
/// each, and such a set agrees in nothing.
fn by_subject(all: impl Iterator<Item = WeighedChange>) -> Vec<WeighedChange> {
    let mut subjects: BTreeMap<String, WeighedChange> = BTreeMap::new();
    for change in all {
        match subjects.get_mut(&change.subject) {
            Some(known) => {
                known.value = sha256_half(&format!("{} {}", known.value, change.value));
                known.weight = known.weight.max(change.weight);
            }
            None => {
                subjects.insert(change.subject.clone(), change);
            }
        }
    }
    subjects.into_values().collect()
}

fn hash_of(what: &impl serde::Serialize) -> String {
    // What is only names and JSON values can always be written.
    sha256_half(&serde_json::to_string(what).unwrap_or_default())
}

/// Whether two fetches with different documents agree. Nothing can be told of one without known changes.
pub(super) fn agree(one: &[WeighedChange], other: &[WeighedChange]) -> bool {
    if one.is_empty() || other.is_empty() {
        return false;
    }
    let mut pairs: BTreeMap<&str, [Option<&WeighedChange>; 2]> = BTreeMap::new();
    for (at, changes) in [one, other].into_iter().enumerate() {
        for change in changes {
            let pair = pairs.entry(&change.subject).or_default();
            if let Some(place) = pair.get_mut(at) {
                *place = Some(change);
            }
        }
    }
    let (mut agreed, mut restless, mut alone) = (false, false, false);
    for pair in pairs.into_values() {
        match pair {
            [Some(one), Some(other)] if one.value == other.value => {
                agreed |= one.weight > Weight::Quiet;
            }
            [Some(one), Some(other)] => match one.weight.max(other.weight) {
                Weight::Grave => return false,
                Weight::Mailed => restless = true,
                Weight::Quiet => {}
            },
            [Some(only), None] | [None, Some(only)] if only.weight > Weight::Quiet => return false,
            _ => alone = true,
        }
    }
    // Without anything that both show, a member that would be mailed is the difference itself.
    agreed || !restless && !alone
}

/// Whether the second of two fetches shows what is known, but for what nobody is mailed, and the first does not.
pub(super) fn shows_the_old(first: &[WeighedChange], second: &[WeighedChange]) -> bool {
    let is_told = |change: &WeighedChange| change.weight > Weight::Quiet;
    first.iter().any(is_told) && !second.is_empty() && !second.iter().any(is_told)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Changes as `member=value`: `!` before one that is security, `-` before one that nobody is mailed.
    fn agree_on(one: &[&str], other: &[&str]) -> bool {
        let weighed = |all: &[&str]| -> Vec<WeighedChange> {
            let each = all.iter().map(|text| {
                let graver = text.strip_prefix('!').map(|text| (Weight::Grave, text));
                let lighter = || text.strip_prefix('-').map(|text| (Weight::Quiet, text));
                let (weight, text) = graver.or_else(lighter).unwrap_or((Weight::Mailed, text));
                let (subject, value) = text.split_once('=').unwrap();
                WeighedChange {
                    subject: subject.to_owned(),
                    value: value.to_owned(),
                    weight,
                }
            });
            by_subject(each)
        };
        let there = agree(&weighed(one), &weighed(other));
        assert_eq!(there, agree(&weighed(other), &weighed(one)));
        there
    }

    #[test]
    fn what_both_fetches_show_is_believed_beside_a_member_that_is_new_at_every_request() {
        assert!(agree_on(&["scopes=a", "-id=1"], &["scopes=a", "-id=2"]));
        assert!(agree_on(&["!token=a", "-id=1"], &["!token=a", "-id=2"]));
        assert!(agree_on(&["token=a", "scopes=1"], &["token=a", "scopes=2"]));
        assert!(agree_on(&["-id=1"], &["-id=2"]), "nobody is mailed");
        assert!(
            agree_on(&["scopes=a", "-claims=x"], &["scopes=a"]),
            "what both show is the same"
        );
    }

    #[test]
    fn what_only_one_of_them_shows_is_not() {
        assert!(!agree_on(&["scopes=a", "-id=1"], &["-id=2"]));
        assert!(!agree_on(&["scopes=a"], &["scopes=b"]));
        assert!(!agree_on(&["token=a", "!keys=1"], &["token=a", "!keys=2"]));
        assert!(!agree_on(&["token=a", "!keys=1"], &["token=a"]));
        assert!(!agree_on(&["token=a", "scopes=b"], &["token=a"]));
        assert!(
            !agree_on(&["scopes=lost", "scopes=1"], &["scopes=lost", "scopes=2"]),
            "a set that gains another value in each"
        );
        assert!(
            !agree_on(&["-claims=x", "-id=1"], &["-id=2"]),
            "two servers that take turns"
        );
    }
}
