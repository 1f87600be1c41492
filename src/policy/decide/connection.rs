//! What is kept of the certificate chain and of the headers that came with a document.

use crate::document::observation::Observation;
use crate::document::response_facts::ResponseFacts;
use crate::meaning::change::Change;
use crate::meaning::diff::{self, expiry};
use crate::meaning::rule::Rule;
use crate::policy::tracking::{ExpiryTold, State, Tracking};

/// The most certificates for which it is remembered that somebody was told of their end, or that they issued
/// others.
const REMEMBERED: usize = 4;

/// Keeps the chain and the facts of a usable answer; returns what is to be stored, if it differs from
/// before. If this is the first poll, the next poll tells that a certificate ends.
pub(super) fn keep(
    next: &mut Tracking,
    observation: &Observation,
    is_first: bool,
) -> Option<ResponseFacts> {
    let state = &next.state;
    let is_new_chain = !observation.chain.is_empty() && observation.chain != state.chain;
    let facts = observation.facts.as_ref();
    let new_facts = facts.filter(|facts| !facts.is_like(&state.facts));
    let response_facts = (is_new_chain || new_facts.is_some()).then(|| ResponseFacts {
        chain: if is_new_chain {
            observation.chain.clone()
        } else {
            state.chain.clone()
        },
        facts: facts.unwrap_or(&state.facts).clone(),
    });
    if let Some(response_facts) = &response_facts {
        let state = next.state_mut();
        for chain in [&state.chain, &response_facts.chain] {
            let issuing = diff::issued_by(chain);
            if let Some(sha256) =
                issuing.filter(|it| !state.issuing.iter().any(|known| known == it))
            {
                state.issuing.push(sha256.to_owned());
            }
        }
        let surplus = state.issuing.len().saturating_sub(REMEMBERED);
        state.issuing.drain(..surplus);
        state.chain.clone_from(&response_facts.chain);
        state.facts.clone_from(&response_facts.facts);
    }
    let leaf = next.state.chain.first();
    let ends = leaf.and_then(|leaf| {
        Some(ExpiryTold {
            leaf: leaf.sha256.clone(),
            severity: expiry(leaf, observation.at)?,
            event: None,
        })
    });
    let is_told = |ends: &ExpiryTold| {
        let mut warnings = next.state.expiry_told.iter();
        // If the clock goes back, a warning that was given keeps its severity.
        warnings.any(|known| known.leaf == ends.leaf && known.severity >= ends.severity)
    };
    if let Some(ends) = ends.filter(|ends| !is_first && !is_told(ends)) {
        let warnings = &mut next.state_mut().expiry_told;
        warnings.retain(|known| known.leaf != ends.leaf);
        warnings.push(ends);
        let surplus = warnings.len().saturating_sub(REMEMBERED);
        warnings.drain(..surplus);
    }
    response_facts
}

/// The event that told of the end of the same certificate before, where one of these changes tells it again.
pub(super) fn warned_by(before: &State, now: &State, changes: &[Change]) -> Option<i64> {
    let mut changes = changes.iter();
    changes.find(|change| change.rule == Rule::CertificateExpiring)?;
    let leaf = now.chain.first()?;
    let mut warnings = before.expiry_told.iter();
    warnings.find(|it| it.leaf == leaf.sha256)?.event
}
