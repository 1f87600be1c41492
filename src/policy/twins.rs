//! The other document of the same authorization server, as it is known when a poll decides.
//!
//! Findings about both documents are told by the OpenID Connect Discovery document, at its own polls.
//! Only one target may tell them: if either could, the daemon and a replay might choose differently.

use std::sync::Arc;

use jiff::Timestamp;

use super::baseline::Baseline;
use super::tracking::{State, Tracking};
use crate::document::canonical::Document;
use crate::document::fingerprint::sha256_half;
use crate::document::kind::{Checks, Kind};
use crate::document::name::DocumentName;
use crate::meaning::change::Finding;
use crate::meaning::finding;
use crate::meaning::provider::Target;
use crate::meaning::rule::Rule;

/// The most bytes of findings of a pair that are kept.
const MOST: usize = 2048;

/// What is known of the two documents.
#[derive(Debug, Clone, PartialEq)]
pub struct Twins {
    /// What they disagree in as they are now.
    pub found: Arc<[Finding]>,
    /// When the other document was first seen in this state.
    pub first_seen_at: Timestamp,
    /// When the other document was last seen in this state.
    pub last_seen_at: Timestamp,
    /// The last event that told of a change of the other document.
    pub changed_by: Option<i64>,
}

/// Two documents that were held against each other, and what they disagree in. It is kept while both stay
/// as they are, so that polls that saw nothing new need neither of them.
#[derive(Debug, Clone)]
pub struct JudgedPair {
    name: String,
    found: Arc<[Finding]>,
}

impl JudgedPair {
    /// The name of a pair: the fingerprints of both documents, and by what rules they are judged.
    pub fn name(own: &str, other: &str, target: &Target) -> String {
        sha256_half(&format!("{own} {other} {}", target.judge.rules))
    }

    /// Holds the two documents of this pair against each other.
    pub fn judge(name: String, own: &Document, other: &Document, target: &Target) -> Self {
        let found = finding::twins(other, own, &target.policy).into();
        Self { name, found }
    }

    /// What the documents of the pair of this name disagree in, if it is this one.
    pub fn found(&self, name: &str) -> Option<Arc<[Finding]>> {
        (self.name == name).then(|| Arc::clone(&self.found))
    }

    /// Whether it takes little memory: there is one for each authorization server.
    pub fn is_small(&self) -> bool {
        let texts = self
            .found
            .iter()
            .map(|it| serde_json::to_string(it).map_or(MOST, |it| it.len()));
        texts.sum::<usize>() < MOST
    }
}

/// The name of the other document, if this one of the two tells of both.
pub fn other_of(name: &DocumentName) -> Option<DocumentName> {
    let row = name.row();
    let is_other = |kind: &&Kind| {
        let other = kind.row();
        other.checks == Checks::AuthorizationServer && other.family == row.family
    };
    if row.checks != Checks::OpenidProvider {
        return None;
    }
    Kind::ALL
        .iter()
        .find(is_other)
        .map(|kind| name.of_same_issuer(*kind))
}

/// The document that tells of both, if that is the other one.
pub fn teller_of(name: &DocumentName) -> Option<DocumentName> {
    let mut names = Kind::ALL.iter().map(|kind| name.of_same_issuer(*kind));
    names.find(|teller| other_of(teller).as_ref() == Some(name))
}

/// Those of these findings that are about two documents together.
pub fn told(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|it| it.rule == Rule::TwinsDisagree)
}

/// The baseline of the other document, if it belongs to the issuer that is configured for this one.
pub fn other_baseline<'a>(target: &Target, other: &'a Tracking) -> Option<&'a Baseline> {
    let baseline = other.baseline.as_ref()?;
    let (judge, whose) = (&baseline.judgement.judge, &target.judge.identity);
    let is_of_another = whose.is_some() && judge.identity.is_some() && judge.identity != *whose;
    (!is_of_another).then_some(baseline)
}

impl Twins {
    /// Both documents, by what they disagree in and what is known of the other: its baseline and its state.
    pub fn of(found: Arc<[Finding]>, known: &Baseline, other: &State) -> Self {
        Self {
            found,
            first_seen_at: known.first_seen_at,
            last_seen_at: known.last_seen_at,
            changed_by: other.last_changed_event,
        }
    }

    /// The findings about both after a poll at this time: those already known, and those about states
    /// that two polls saw. `own_since` is when the document of the target was first seen, if that was an
    /// earlier poll.
    pub fn disagree(
        &self,
        own_since: Option<Timestamp>,
        at: Timestamp,
        known: &[Finding],
    ) -> Vec<Finding> {
        // A recording does not say which of two polls in one second came first.
        if self.first_seen_at >= at {
            return told(known).cloned().collect();
        }
        let is_settled = own_since.is_some_and(|since| since < at)
            && self.first_seen_at < self.last_seen_at
            && self.last_seen_at <= at;
        let mut found = self.found.to_vec();
        if !is_settled {
            found.retain_mut(|it| {
                let before = told(known).find(|known| known.fact() == it.fact());
                before.is_some_and(|known| {
                    it.clone_from(known);
                    true
                })
            });
        }
        found
    }
}
