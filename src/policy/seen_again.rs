//! A poll that saw nothing new: which one is so, and what it moves.
//!
//! Such a poll need not be on disk before the next one, because nothing is decided on what a crash would
//! lose of it: that the baseline was seen once more, in which answer, and that a poll was made. Everything
//! else is news. A failed poll is, because failures in a row decide when an outage is told; so is a
//! candidate, because the next poll that sees the same confirms it; so is a time until which the server
//! asked not to be polled. All of these are in `State` or in the count of failed polls, and a poll that
//! moves one of them is not of this kind.

use std::sync::Arc;

use super::tracking::{PollOutcome, SnapshotStep, Tracking, Transition};

/// What a poll moves that saw nothing new.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenAgain {
    /// The revision that it was decided on.
    pub decided_on: i64,
    /// What is known of the target after it; its revision is the next one.
    pub tracking: Tracking,
    /// Whether the answer is another one than before: other bytes for the same document, or other
    /// validators.
    pub has_other_answer: bool,
}

impl SeenAgain {
    /// The poll as one that saw nothing new; `None` if it moves anything else. `known` is what it was
    /// decided on.
    pub fn of(known: &Tracking, transition: &Transition) -> Option<Self> {
        let Transition {
            tracking,
            snapshot,
            outcome,
            events,
            values,
            response_facts,
        } = transition;
        let brings_nothing = events.is_empty() && values.is_empty() && response_facts.is_none();
        let is_answer =
            *outcome == PollOutcome::Answered && matches!(snapshot, SnapshotStep::Seen(_));
        let is_decided_on_it = tracking.target_id == known.target_id
            && tracking.revision == known.revision
            && tracking.baseline == known.baseline;
        let is_same = tracking.failed_polls == known.failed_polls
            && (Arc::ptr_eq(&tracking.state, &known.state) || tracking.state == known.state);
        if !(brings_nothing && is_answer && is_decided_on_it && is_same) {
            return None;
        }
        let mut after = tracking.clone();
        after.follow(snapshot, None);
        after.revision += 1;
        let (before, now) = (known.baseline.as_ref()?, after.baseline.as_ref()?);
        let has_other_answer = now.answer != before.answer;
        (now.judgement == before.judgement).then_some(Self {
            decided_on: known.revision,
            tracking: after,
            has_other_answer,
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::document::failure::{Cause, Failure};
    use crate::meaning::judge::Judge;
    use crate::meaning::provider_policy::Policy;
    use crate::policy::baseline::{Answer, Baseline, Judgement};
    use crate::policy::tracking::JudgedAnswer;

    /// What is otherwise about a poll.
    type Edit<'a> = &'a dyn Fn(&mut Transition, &mut JudgedAnswer);

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn judgement(identity: &str) -> Arc<Judgement> {
        Arc::new(Judgement {
            judge: Judge::of(Some(identity), None, &Policy::default()),
            findings: Vec::new(),
        })
    }

    fn answer(body: &str) -> Answer {
        Answer {
            body: Some(body.into()),
            condition: None,
        }
    }

    fn known() -> Tracking {
        let mut known = Tracking::new(1);
        known.revision = 7;
        known.polls = 7;
        known.baseline = Some(Baseline {
            snapshot_id: 3,
            fingerprint: "f".into(),
            first_seen_at: at(0),
            last_seen_at: at(15),
            answer: answer("a"),
            judgement: judgement("https://archera.example"),
        });
        known
    }

    /// The next poll, which saw the baseline again.
    fn again(edit: impl FnOnce(&mut Transition, &mut JudgedAnswer)) -> Option<SeenAgain> {
        let known = known();
        let mut seen = JudgedAnswer {
            at: at(30),
            answer: answer("a"),
            judgement: judgement("https://archera.example"),
        };
        let mut transition = Transition {
            tracking: known.clone(),
            snapshot: SnapshotStep::Keep,
            outcome: PollOutcome::Answered,
            events: Vec::new(),
            values: Vec::new(),
            response_facts: None,
        };
        transition.tracking.polls += 1;
        transition.tracking.last_poll_at = Some(at(30));
        edit(&mut transition, &mut seen);
        if transition.snapshot == SnapshotStep::Keep {
            transition.snapshot = SnapshotStep::Seen(seen);
        }
        SeenAgain::of(&known, &transition)
    }

    #[test]
    fn a_poll_that_saw_the_baseline_again_moves_times_and_counts_only() {
        let seen = again(|_, _| {}).unwrap();
        assert!(!seen.has_other_answer);
        assert_eq!(seen.decided_on, 7);
        let after = seen.tracking;
        assert_eq!((after.revision, after.polls), (8, 8));
        let baseline = after.baseline.unwrap();
        assert_eq!(baseline.last_seen_at, at(30));
        assert_eq!(baseline.snapshot_id, 3);
    }

    #[test]
    fn another_form_of_the_same_document_is_nothing_new() {
        let seen = again(|_, seen| seen.answer = answer("b")).unwrap();
        assert!(seen.has_other_answer);
        assert_eq!(seen.tracking.baseline.unwrap().answer, answer("b"));
    }

    #[test]
    fn whatever_a_later_poll_decides_on_is_news() {
        let failure = Failure::new(Cause::TooLarge, "the body is too large");
        let cases: [(&str, Edit<'_>); 9] = [
            ("a failure", &|one, _| {
                one.tracking.failed_polls += 1;
            }),
            ("a failed outcome", &|one, _| {
                one.outcome = PollOutcome::Failed(failure.clone());
            }),
            ("a change that was not confirmed", &|one, _| {
                one.outcome = PollOutcome::Unconfirmed(failure.clone());
            }),
            ("two fetches that disagree", &|one, _| {
                one.outcome = PollOutcome::Inconsistent;
            }),
            ("what was said of an event", &|one, _| {
                one.outcome = PollOutcome::NotPolled;
            }),
            ("a document that was not believed", &|one, _| {
                one.snapshot = SnapshotStep::Missed;
            }),
            ("a time to wait until", &|one, _| {
                one.tracking.wait_until(Some(at(60)));
            }),
            ("another judge", &|_, seen| {
                seen.judgement = judgement("https://elsewhere.example");
            }),
            ("a value to be remembered", &|one, _| {
                one.values.push(("issuer".into(), "hash".to_owned()));
            }),
        ];
        for (what, edit) in cases {
            assert_eq!(again(|one, seen| edit(one, seen)), None, "{what}");
        }
    }

    #[test]
    fn a_decision_on_another_state_than_the_known_one_is_not_of_this_kind() {
        assert_eq!(again(|one, _| one.tracking.revision = 6), None);
        assert_eq!(again(|one, _| one.tracking.target_id = 2), None);
        assert_eq!(again(|one, _| one.tracking.baseline = None), None);
    }
}
