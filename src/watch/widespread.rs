//! Whether most targets fail in the same way since the same minute: then what they share, this machine
//! and its network, is the likelier cause.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;

use super::watched::WatchedTarget;
use crate::policy::event::FailedPoll;
use crate::policy::mail::MailKind;
use crate::store::{Claim, Store, StoreError};

/// The most targets that are examined; of more, these represent all.
const LOOKED_AT: usize = 200;
/// With fewer hosts than this, a common failure may be chance.
const LEAST: usize = 3;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Whether the outage in a mail is one of many similar ones, at most of the hosts watched.
pub(super) fn is_widespread(
    store: &Store,
    watched: &[Arc<WatchedTarget>],
    claim: &Claim,
) -> Result<bool, StoreError> {
    let first = claim.events.first();
    let Some(first) = first.filter(|_| claim.kind == MailKind::Failing) else {
        return Ok(false);
    };
    let events = store.events(&[first.id])?;
    let failed = events.first().and_then(|event| event.body.failed());
    let last = failed.and_then(|failed| Some((failed.since, failed.latest.last()?)));
    let Some((since, poll)) = last else {
        return Ok(false);
    };
    let alike = |other: &FailedPoll| other.failure.kind == poll.failure.kind;
    let (mut all, mut failing) = (BTreeSet::new(), BTreeSet::new());
    for one in watched.iter().take(LOOKED_AT) {
        all.insert(one.trusted_host.as_ref());
        let tracking = store.tracking(one.target_id)?;
        let outage = tracking.state.outage.as_ref();
        let is_alike = outage.is_some_and(|outage| {
            outage.since.duration_since(since).abs() <= MINUTE
                && outage.polls.last().is_some_and(alike)
        });
        if is_alike {
            failing.insert(one.trusted_host.as_ref());
        }
    }
    Ok(failing.len() >= LEAST && failing.len() * 2 > all.len())
}
