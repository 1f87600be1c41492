//! Tests of how grave an outage is and how often it is told.

use super::*;
use crate::document::severity::Severity;
use crate::meaning::provider_policy::RuleOverride;
use crate::meaning::rule::Rule;

/// The days on which the outage of a target that was good is told, when it is polled once a day.
fn told(story: &mut Story, days: usize) -> Vec<usize> {
    story.document(r#""x""#);
    let mut told = Vec::new();
    for day in 1..=days {
        story.now += SignedDuration::from_hours(24);
        if story.failure().starts_with("failing!") {
            told.push(day);
        }
    }
    told
}

#[test]
fn an_outage_is_told_after_three_polls_and_again_after_7_and_30_days() {
    assert_eq!(told(&mut Story::new(), 60), [3, 8, 31]);
}

#[test]
fn an_outage_that_was_expected_is_recorded_and_not_told_again() {
    let mut story = Story::new();
    assert_eq!(told(&mut story, 4), [3]);
    story.tracking.state_mut().outage.as_mut().unwrap().accepted = true;
    let mut recorded = 0;
    for _ in 0..40 {
        story.now += SignedDuration::from_hours(24);
        let said = story.failure();
        assert!(!said.starts_with("failing!"), "{said}");
        recorded += usize::from(said.starts_with("failing: still failing after"));
    }
    assert_eq!(recorded, 2);
}

#[test]
fn weeks_without_a_poll_are_one_reminder() {
    let mut story = Story::new();
    assert_eq!(told(&mut story, 3), [3]);
    story.now += SignedDuration::from_hours(24 * 60);
    assert!(
        story
            .failure()
            .starts_with("failing!: still failing after 62 days")
    );
    story.now += SignedDuration::from_hours(24);
    assert_eq!(story.failure(), "");
}

#[test]
fn a_rule_that_is_ignored_tells_of_no_outage_and_no_end() {
    let mut story = Story::new();
    let ignore = (Rule::DocumentUnavailable, RuleOverride::Ignore);
    story.target.policy = Arc::new(Policy {
        severity: BTreeMap::from([ignore]),
        ..Policy::default()
    });
    assert_eq!(told(&mut story, 40), [0; 0]);
    assert_eq!(story.document(r#""x""#), "");
}

#[test]
fn an_outage_is_as_grave_as_the_rule_of_its_cause() {
    let severity = |cause: &Cause| crate::meaning::failure::severity(cause, &Policy::default());
    assert_eq!(severity(&Cause::Status), Some(Severity::Breaking));
    assert_eq!(severity(&Cause::NotAnObject), Some(Severity::Breaking));
    assert_eq!(severity(&Cause::ResolverDown), Some(Severity::Notice));
}
