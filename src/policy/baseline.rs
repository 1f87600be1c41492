//! The baseline: the state the next document is compared with, and all that is known with it.
//!
//! Facts that an answer proves are stored with it. Validators belong to the body they came with, and
//! findings to the rules they were judged by, so both are parts of the baseline: an `ETag` without its
//! document, or a finding without its judge, cannot be stored. With validators of another document every
//! later 304 would be misread, and a change would be lost for ever.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::document::observation::Validators;
use crate::meaning::change::Finding;
use crate::meaning::judge::Judge;

/// The snapshot the next document is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// Row of the snapshot.
    pub snapshot_id: i64,
    /// SHA-256 of the canonical document, hexadecimal. Shared, as most polls leave it as it is.
    pub fingerprint: Arc<str>,
    /// When this state was first seen.
    pub first_seen_at: Timestamp,
    /// When it was last seen.
    pub last_seen_at: Timestamp,
    /// The answer that stood for it last.
    pub answer: Answer,
    /// The findings in this state, and the judge that made them.
    pub judgement: Arc<Judgement>,
}

/// The last answer that stood for a baseline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// SHA-256 of the bytes received, hexadecimal: a body that differs only in form is not parsed twice.
    /// `None` in a store of a version that did not keep it.
    pub body: Option<Arc<str>>,
    /// The condition of the next request; `None` once the server has sent anything else.
    pub condition: Option<Arc<Condition>>,
}

/// The data that makes a request conditional on an answer (RFC 9110 section 13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The validators as they came with the answer or with a later 304; at least one is set.
    pub validators: Validators,
    /// When the whole body last came: a server that answers 304 to everything is not believed for ever.
    pub whole_at: Timestamp,
    /// Hash of the address and the headers that were sent; another request may have another answer.
    pub request: Arc<str>,
}

/// The findings in a document, and the judge that made them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The rules, the policy and the identity by which it was judged.
    pub judge: Judge,
    /// Requirements that the document does not meet.
    pub findings: Vec<Finding>,
}

/// What a request asks, and when it must have the whole body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// A hash of the address and the headers that are sent.
    pub request: Arc<str>,
    /// How long answers without a body are believed at most.
    pub revalidate_after: SignedDuration,
}

impl Answer {
    /// The validators for a conditional request; `None` unless the same was asked, the judge is the same,
    /// and the whole body came recently enough.
    pub fn condition(&self, question: &Question, now: Timestamp) -> Option<&Validators> {
        let known = self.condition.as_ref()?;
        let age = now.duration_since(known.whole_at);
        // If the clock was put back, the age is unknown, so the condition is not used.
        let is_fresh = (SignedDuration::ZERO..question.revalidate_after).contains(&age);
        (is_fresh && known.request == question.request).then_some(&known.validators)
    }

    /// The answer after this body came for the same baseline. A 304 changes nothing, because its
    /// validators did not come with the body.
    #[must_use]
    pub fn with_body(
        &self,
        body: Arc<str>,
        validators: &Validators,
        question: Option<&Question>,
        at: Timestamp,
    ) -> Self {
        let asked = question.filter(|_| !validators.is_empty());
        let condition = asked.map(|question| {
            let age = |known: &&Arc<Condition>| at.duration_since(known.whole_at);
            // A server that ignores conditions sends the whole body at each poll; noting that every time
            // would write a row at each poll.
            let recent = SignedDuration::ZERO..question.revalidate_after / 2;
            self.condition
                .as_ref()
                .filter(|known| {
                    known.request == question.request
                        && known.validators == *validators
                        && self.body.as_ref() == Some(&body)
                        && recent.contains(&age(known))
                })
                .map_or_else(
                    || {
                        Arc::new(Condition {
                            validators: validators.clone(),
                            whole_at: at,
                            request: Arc::clone(&question.request),
                        })
                    },
                    Arc::clone,
                )
        });
        Self {
            body: Some(body),
            condition,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3_600).unwrap()
    }

    fn question(request: &str) -> Question {
        Question {
            request: request.into(),
            revalidate_after: SignedDuration::from_hours(24),
        }
    }

    fn etag(tag: &str) -> Validators {
        Validators {
            etag: Some(tag.to_owned()),
            last_modified: None,
        }
    }

    fn answered(hour: i64) -> Answer {
        Answer::default().with_body("body".into(), &etag("a"), Some(&question("q")), at(hour))
    }

    #[test]
    fn the_whole_body_is_asked_for_once_a_day() {
        let answer = answered(0);
        for hour in 0..24 {
            let asked = answer.condition(&question("q"), at(hour));
            assert_eq!(asked, Some(&etag("a")), "hour {hour}");
        }
        assert_eq!(answer.condition(&question("q"), at(24)), None);
        assert_eq!(
            answer.condition(&question("q"), at(-1)),
            None,
            "a clock put back"
        );
    }

    #[test]
    fn another_question_is_asked_without_a_condition() {
        assert_eq!(
            answered(0).condition(&question("other headers"), at(1)),
            None
        );
    }

    #[test]
    fn a_server_that_ignores_conditions_moves_the_time_at_most_twice_a_day() {
        let mut answer = answered(0);
        let mut moves = 0;
        for hour in 1..=48 {
            let next = answer.with_body("body".into(), &etag("a"), Some(&question("q")), at(hour));
            moves += usize::from(next != answer);
            answer = next;
        }
        assert_eq!(moves, 4);
    }

    #[test]
    fn a_body_without_validators_makes_no_request_conditional() {
        let nothing = Validators::default();
        let answer = answered(0).with_body("c".into(), &nothing, Some(&question("q")), at(1));
        assert_eq!(answer.condition, None);
    }
}
