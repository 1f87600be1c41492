//! Decides what one poll means: all policy of the program comes together here.
//!
//! A decision holds facts but no text. A store takes only a [`Transition`], which is made by
//! [`Decision::worded`] from a decision and a function that gives the words.
//!
//! Pure and total. The table of cases in `decide/tests.rs` is its documentation and its test.
//! Never here: what a difference is (`diff`, `finding`), the wording of mails (`mail`), when to poll
//! or to retry.

mod agreement;
mod answered;
pub mod confirm;
mod connection;
mod context;
mod damped;
mod doubt;
mod findings;
mod forget;
mod gone_again;
mod habits;
mod outage;
mod step;
mod twins;

use self::answered::answered;
use self::doubt::{disagreed, unconfirmed};
use self::outage::failed;
use super::decision::Decision;
use super::reading::{Confirmation, Reading};
use super::sighting::Sighting;
use super::tracking::{Tracking, Transition};
use crate::meaning::provider::Target;

/// Decides what one poll means.
///
/// The first document ever seen becomes the baseline silently: an operator adding ten providers
/// does not want ten mails. A difference counts only when it is confirmed. Nothing is taken from
/// `tracking.revision` but passed on, so that the store can refuse a decision on old knowledge.
pub fn decide(target: &Target, tracking: &Tracking, sighting: Sighting) -> Decision {
    Decision::new(transition(target, tracking, sighting))
}

fn transition(target: &Target, tracking: &Tracking, sighting: Sighting) -> Transition {
    let mut next = tracking.clone();
    next.polls += 1;
    next.last_poll_at = Some(sighting.observation.at);
    match &sighting.confirmation {
        Confirmation::Failed(failure) => {
            let failure = failure.clone();
            unconfirmed(target, tracking, next, &sighting, failure)
        }
        Confirmation::Disagreed { other } => {
            let other = other.clone();
            disagreed(target, tracking, next, &sighting, other)
        }
        Confirmation::NotNeeded | Confirmation::Agreed { .. } | Confirmation::Earlier { .. } => {
            match &sighting.reading {
                Reading::Failed(failure) => {
                    let (observation, unrecorded) = (&sighting.observation, sighting.unrecorded);
                    failed(target, next, observation, unrecorded, failure)
                }
                Reading::Unmodified { .. } | Reading::Document(_) => {
                    answered(target, tracking, next, sighting)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
