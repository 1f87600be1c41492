//! Findings about where a document disagrees with the other one of its authorization server.

use super::context::Context;
use crate::meaning::change::Finding;
use crate::policy::reading::{ParsedDocument, of_one};
use crate::policy::twins::{Twins, told};

/// The findings of the document with those about both documents; `None` if nothing has changed.
pub(super) fn with_twins(
    context: &Context<'_>,
    twins: Option<&Twins>,
    seen: Option<&ParsedDocument>,
    findings: Option<Vec<Finding>>,
) -> Option<Vec<Finding>> {
    let Some(known) = context.before else {
        return findings;
    };
    let before = known.judgement.findings.as_slice();
    let at = context.observation.at;
    let of_two = match twins {
        // A recording cannot order two polls of one second, so they count as one poll.
        Some(twins) if context.tracking.last_good_at < Some(at) => {
            // If the state is new, it has not been seen at an earlier poll.
            let is_it = |seen: &ParsedDocument| *known.fingerprint == *seen.document.fingerprint();
            let is_known = seen.is_none_or(is_it);
            let since = is_known.then_some(known.first_seen_at);
            twins.disagree(since, at, before)
        }
        _ => told(before).cloned().collect(),
    };
    if findings.is_none() && told(before).eq(&of_two) {
        return None;
    }
    let mut all = findings.unwrap_or_else(|| of_one(before).cloned().collect());
    all.extend(of_two);
    all.sort_by(|one, two| one.fact().cmp(&two.fact()));
    Some(all)
}
