//! Decides whether what one fetch saw is believed, and what it takes to confirm it.
//!
//! A difference is believed when two fetches agree that are at least `confirm_after` apart. The second
//! is made inside the poll; if it fails or sees something else, what the first saw is the candidate,
//! and the next fetch that sees it confirms it, unless the baseline was seen in between. Pure: the
//! fetches are made in `watch::poll`.

use jiff::{SignedDuration, Timestamp};

use super::agreement::{agree, shows_the_old, weighed};
use crate::document::fingerprint::sha256_half;
use crate::meaning::change::Change;
use crate::meaning::diff;
use crate::meaning::provider::Target;
use crate::meaning::subject::Subject;
use crate::policy::reading::{Confirmation, Reading};
use crate::policy::sighting::Sighting;
use crate::policy::tracking::{Candidate, Tracking};

/// How long a candidate waits to be seen again.
const CANDIDATE_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// Whether a second fetch must confirm what the first saw; if not, returns how it is confirmed.
pub fn of_first(target: &Target, tracking: &Tracking, first: &Sighting) -> Option<Confirmation> {
    if tracking.baseline_of(target).is_none() || !is_news(tracking, first) {
        return Some(Confirmation::NotNeeded);
    }
    seen_earlier(target, tracking, first)
}

/// The result of a fetch, by hashes and names. If two fetches are equal in it they show the same, so only
/// one of them has to be compared with what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchFingerprint {
    body_sha256: String,
    content_type: Option<String>,
    final_url: Option<String>,
    connection_values: String,
}

impl FetchFingerprint {
    /// The name of the document of a sighting; `None` if the sighting has no document.
    pub fn of(sighting: &Sighting) -> Option<Self> {
        let Reading::Document(parsed) = &sighting.reading else {
            return None;
        };
        Some(Self {
            body_sha256: parsed.body_sha256.clone(),
            content_type: parsed.content_type.clone(),
            final_url: sighting.observation.final_url.clone(),
            connection_values: connection_values(sighting),
        })
    }
}

/// The common result of two fetches of one poll: one of them, with its confirmation.
pub fn of_both(
    target: &Target,
    tracking: &Tracking,
    mut first: Sighting,
    mut second: Sighting,
) -> Sighting {
    first.confirmation = match &second.reading {
        Reading::Failed(failure) => Confirmation::Failed(failure.clone()),
        Reading::Document(_) | Reading::Unmodified { .. } if !is_news(tracking, &second) => {
            Confirmation::Disagreed { other: None }
        }
        Reading::Document(_) | Reading::Unmodified { .. } => {
            let state = state_of(target, tracking, &second);
            let [one, other] = [&first, &second].map(|it| weighed(target, tracking, it));
            if state_of(target, tracking, &first) == state || agree(&one, &other) {
                first.confirmation = Confirmation::Agreed {
                    at: second.observation.at,
                };
                return first;
            }
            if shows_the_old(&one, &other) {
                first.confirmation = Confirmation::Disagreed { other: None };
                return first;
            }
            if let Some(earlier) = seen_earlier(target, tracking, &second) {
                // The first fetch saw a third state; the second saw the state that waited to be
                // confirmed.
                second.question = first.question;
                second.confirmation = earlier;
                return second;
            }
            Confirmation::Disagreed {
                other: state.map(|state| (state, second.difference.changes)),
            }
        }
    };
    first
}

fn is_news(tracking: &Tracking, sighting: &Sighting) -> bool {
    sighting.difference.is_news(tracking.findings())
}

/// Names what a fetch saw, so that two fetches can be compared: the document without ignored members, and
/// where it came from. `None` if nothing usable was seen.
pub(super) fn state_of(
    target: &Target,
    tracking: &Tracking,
    sighting: &Sighting,
) -> Option<String> {
    let document = match &sighting.reading {
        Reading::Failed(_) => return None,
        Reading::Document(parsed) if target.policy.ignore.is_empty() => {
            parsed.document.fingerprint().to_owned()
        }
        // The members that are ignored may be new at every request, so they are left out of the name.
        Reading::Document(parsed) => diff::visible_fingerprint(&parsed.document, &target.policy),
        Reading::Unmodified { .. } => {
            let baseline = tracking.baseline.as_ref();
            baseline.map_or_else(String::new, |baseline| baseline.fingerprint.to_string())
        }
    };
    let address = sighting
        .observation
        .final_url
        .as_deref()
        .unwrap_or_default();
    Some(sha256_half(&format!(
        "{document} {address}{}",
        connection_values(sighting)
    )))
}

/// Names what differs besides the document; empty if nothing does.
fn connection_values(sighting: &Sighting) -> String {
    let is_of_connection =
        |change: &&Change| matches!(change.subject, Subject::Certificate | Subject::Lifetime);
    let changes = sighting.difference.changes.iter().filter(is_of_connection);
    let values = changes.filter_map(|change| change.after.as_ref());
    values.map(ToString::to_string).collect()
}

/// Whether an earlier poll saw the same, at least `confirm_after` before, and at most a day.
fn seen_earlier(target: &Target, tracking: &Tracking, sighting: &Sighting) -> Option<Confirmation> {
    let candidate = tracking.state.candidate.as_ref()?;
    let at = sighting.observation.at;
    let is_same = is_of(candidate, target, tracking, sighting);
    let age = at.duration_since(candidate.first_seen_at);
    (is_same && age >= target.policy.confirm_after && is_waiting(candidate.first_seen_at, at))
        .then_some(Confirmation::Earlier {
            first_seen_at: candidate.first_seen_at,
        })
}

/// Whether a fetch saw the candidate again.
pub(super) fn is_of(
    candidate: &Candidate,
    target: &Target,
    tracking: &Tracking,
    sighting: &Sighting,
) -> bool {
    state_of(target, tracking, sighting).as_ref() == Some(&candidate.state)
        || agree(&candidate.changes, &weighed(target, tracking, sighting))
}

/// Whether a candidate still waits to be seen again.
pub(super) fn is_waiting(first_seen_at: Timestamp, now: Timestamp) -> bool {
    (SignedDuration::ZERO..=CANDIDATE_LASTS).contains(&now.duration_since(first_seen_at))
}
