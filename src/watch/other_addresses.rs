//! Looks for a document at other addresses. If there is nothing at its well-known address, that of an
//! earlier version of its specification is accepted; other forms of the address are asked once, so that
//! the mail can say which of them answers.

use super::watched::WatchedTarget;
use crate::clock;
use crate::document::canonical::Document;
use crate::document::failure::{Cause, Failure};
use crate::document::kind::Kind;
use crate::document::observation::{Observation, Outcome, Validators};
use crate::document::well_known;
use crate::fetch::{Fetcher, Request};
use crate::policy::tracking::Tracking;

/// The document at the address of an earlier version of its specification, if there is nothing at that of
/// the current one.
pub(super) async fn earlier(
    fetcher: &Fetcher,
    watched: &WatchedTarget,
    observation: Observation,
) -> Observation {
    let (kind, identity) = (watched.target.kind.clone(), &watched.provider.identity);
    // A server to which a resource led was looked up when it was named first.
    let is_derived = kind.issuer().is_none() && !watched.provider.urls.contains_key(&kind);
    let is_lost = matches!(&observation.outcome, Outcome::Failed(failure) if failure.is_missing());
    if is_derived && is_lost {
        for url in well_known::earlier(kind.kind(), identity.as_str()) {
            let answer = fetcher
                .observe(watched.request(&url, None), clock::now)
                .await;
            if is_document(kind.kind(), &answer) {
                return of_another_address(answer);
            }
        }
    }
    if is_derived && is_lost && kind.is_of_resource() {
        return hinted(fetcher, watched, observation).await;
    }
    observation
}

/// The document at the address that the resource itself states, asked once without authorization (RFC
/// 9728 section 5.1).
async fn hinted(
    fetcher: &Fetcher,
    watched: &WatchedTarget,
    observation: Observation,
) -> Observation {
    let (kind, identity) = (watched.target.kind.kind(), &watched.provider.identity);
    let unauthenticated = Request {
        headers: &[],
        ..watched.request(identity.as_str(), None)
    };
    let asked = fetcher.observe(unauthenticated, clock::now).await;
    let Outcome::Failed(Failure {
        hint: Some(hint), ..
    }) = &asked.outcome
    else {
        return observation;
    };
    let answer = fetcher
        .observe(watched.request(&hint.0, None), clock::now)
        .await;
    if is_document(kind, &answer) {
        // Where the resource leads is where the document came from, as after a redirect: that it leads
        // elsewhere one day is a change.
        let answer = of_another_address(answer);
        return Observation {
            url: observation.url,
            final_url: answer.final_url.or(answer.url),
            ..answer
        };
    }
    match answer.outcome {
        // A resource that leads into our own network must not look as one that leads nowhere.
        Outcome::Failed(failure) if failure.cause == Cause::Blocked => Observation {
            outcome: Outcome::Failed(failure),
            ..observation
        },
        _ => observation,
    }
}

/// An answer of another address than the one that is asked first at each poll. Its validators are left
/// behind: they belong to that address, and the next request goes to the other one, whose 304 would say
/// nothing about this document.
fn of_another_address(answer: Observation) -> Observation {
    Observation {
        validators: Validators::default(),
        ..answer
    }
}

/// Adds to the observation another well-known address that answers, if it is time to look and there is
/// one.
pub(super) async fn look(
    fetcher: &Fetcher,
    watched: &WatchedTarget,
    tracking: &Tracking,
    mut observation: Observation,
) -> Observation {
    let Outcome::Failed(failure) = &mut observation.outcome else {
        return observation;
    };
    let Some(identity) = &watched.target.identity else {
        return observation;
    };
    if !failure.is_missing() || !is_time(watched, tracking) {
        return observation;
    }
    let kind = watched.target.kind.clone();
    for (kind, url) in well_known::forms(kind.kind(), identity.as_str()) {
        if Some(&url) == observation.url.as_ref() {
            continue;
        }
        let request = watched.request(&url, None);
        let answer = fetcher.observe(request, clock::now).await;
        if is_document(kind, &answer) {
            failure.elsewhere = Some(url.into());
            break;
        }
    }
    observation
}

pub(super) fn is_document(kind: Kind, seen: &Observation) -> bool {
    match &seen.outcome {
        Outcome::Body {
            content_type,
            bytes,
        } => Document::parse(kind, bytes, content_type.as_deref()).is_ok(),
        Outcome::Unmodified | Outcome::Failed(_) => false,
    }
}

/// Whether it is time: once in an outage, when it is told, and at once if the target never answered,
/// which is most likely a new line of the configuration.
fn is_time(watched: &WatchedTarget, tracking: &Tracking) -> bool {
    let outage = tracking.state.outage.as_ref();
    let before = outage.map_or(0, |outage| outage.failures);
    let threshold = u64::from(watched.target.policy.failures_before_alert);
    let is_told = outage.is_some_and(|outage| outage.announced);
    let is_first = before == 0 && tracking.last_good_at.is_none();
    is_first || (!is_told && before + 1 >= threshold)
}
