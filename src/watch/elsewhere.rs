//! Where else a document is: when nothing is at its well-known address, the other forms of the
//! address are asked once, so that the mail can say which of them answers.

use super::watched::Watched;
use crate::clock;
use crate::document::canonical::Document;
use crate::document::failure::{Cause, Failure};
use crate::document::observation::{Observation, Outcome};
use crate::document::well_known;
use crate::fetch::Fetcher;
use crate::policy::tracking::Tracking;

/// The observation, with the other well-known address that answers, if it is time to look and one
/// does.
pub(super) async fn look(
    fetcher: &Fetcher,
    watched: &Watched,
    tracking: &Tracking,
    mut observation: Observation,
) -> Observation {
    let Outcome::Failed(failure) = &mut observation.outcome else {
        return observation;
    };
    let Some(identity) = &watched.target.identity else {
        return observation;
    };
    if !is_missing(failure) || !is_time(watched, tracking) {
        return observation;
    }
    for (kind, url) in well_known::forms(watched.target.kind, identity.as_str()) {
        if Some(&url) == observation.url.as_ref() {
            continue;
        }
        let request = watched.request(&url, None);
        let seen = fetcher.observe(request, clock::now).await;
        let Outcome::Body {
            content_type,
            bytes,
        } = &seen.outcome
        else {
            continue;
        };
        if Document::parse(kind, bytes, content_type.as_deref()).is_ok() {
            failure.elsewhere = Some(url.into());
            break;
        }
    }
    observation
}

fn is_missing(failure: &Failure) -> bool {
    failure.cause == Cause::Status && matches!(failure.status, Some(404 | 410))
}

/// Once in an outage: when it is told; and at once where nothing ever answered, which is most likely
/// a new line of the configuration.
fn is_time(watched: &Watched, tracking: &Tracking) -> bool {
    let outage = tracking.state.outage.as_ref();
    let before = outage.map_or(0, |outage| outage.failures);
    let threshold = u64::from(watched.target.policy.failures_before_alert);
    let is_told = outage.is_some_and(|outage| outage.announced);
    let is_first = before == 0 && tracking.last_good_at.is_none();
    is_first || (!is_told && before + 1 >= threshold)
}
