//! The other document of the same authorization server, as it is known when a poll decides.
//!
//! Findings about both documents are told by the OpenID Connect Discovery document, at its own polls.
//! Only one target may tell them: if either could, the daemon and a replay might choose differently.

use std::sync::Arc;

use jiff::Timestamp;

use super::tracking::Tracking;
use crate::document::canonical::Document;
use crate::document::kind::{Checks, Kind};
use crate::document::name::DocumentName;
use crate::meaning::change::Finding;
use crate::meaning::finding;
use crate::meaning::provider::Target;
use crate::meaning::rule::Rule;

/// What is known of the two documents.
#[derive(Debug, Clone, PartialEq)]
pub struct Twins {
    /// The baseline of the target itself, if it has one.
    pub own: Option<Arc<Document>>,
    /// The baseline of the other document.
    pub other: Arc<Document>,
    /// When the other document was first seen in this state.
    pub first_seen_at: Timestamp,
    /// When the other document was last seen in this state.
    pub last_seen_at: Timestamp,
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

impl Twins {
    /// Both documents, if the baseline of the other belongs to the same configured issuer.
    pub fn of(
        target: &Target,
        own: Option<Arc<Document>>,
        tracking: &Tracking,
        other: Arc<Document>,
    ) -> Option<Self> {
        let baseline = tracking.baseline.as_ref()?;
        let (judge, whose) = (&baseline.judgement.judge, &target.judge.identity);
        let is_of_another = whose.is_some() && judge.identity.is_some() && judge.identity != *whose;
        (!is_of_another).then_some(Self {
            own,
            other,
            first_seen_at: baseline.first_seen_at,
            last_seen_at: baseline.last_seen_at,
        })
    }

    /// The findings about both after a poll at this time: those already known, and those about states
    /// that two polls saw. `own_since` is when the document of the target was first seen, if that was an
    /// earlier poll.
    pub fn disagree(
        &self,
        target: &Target,
        own: &Document,
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
        let mut found = finding::twins(&self.other, own, &target.policy);
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
