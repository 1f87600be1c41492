//! Tests of values that were offered for some days and are gone again.

use super::*;
use crate::document::severity::Severity;
use crate::meaning::provider_policy::Uses;

/// The severity of a value that is gone after it was offered for some days.
fn gone_after(days: i64, policy: Policy) -> Severity {
    let mut story = Story::new();
    story.target.policy = Arc::new(policy);
    story.document(r#""x""#);
    story.document(r#""x","y""#);
    story.now += SignedDuration::from_hours(24 * days);
    story.document(r#""x""#);
    story.told.last().unwrap().severity.unwrap()
}

#[test]
fn what_was_offered_for_a_day_and_is_gone_again_is_a_notice() {
    assert_eq!(gone_after(1, Policy::default()), Severity::Notice);
    assert_eq!(gone_after(6, Policy::default()), Severity::Notice);
    assert_eq!(gone_after(8, Policy::default()), Severity::Breaking);
}

#[test]
fn what_is_declared_to_be_used_is_as_grave_as_ever() {
    let uses = Uses {
        scopes: Some(["y".to_owned()].into()),
        ..Uses::default()
    };
    let policy = Policy {
        uses: Some(uses),
        ..Policy::default()
    };
    assert_eq!(gone_after(1, policy), Severity::Breaking);
}

#[test]
fn of_a_damped_member_it_is_as_grave_as_ever_and_says_how_long_it_was_there() {
    let mut story = Story::new();
    for round in 0..4 {
        story.document(r#""x""#);
        story.document(&format!(r#""x","y{round}""#));
    }
    story.document(r#""x""#);
    let mut gone = story.told.iter().flat_map(NewEvent::changes);
    let last = gone.rfind(|change| !change.removed.is_empty());
    let last = last.unwrap();
    assert_eq!(last.severity, Severity::Breaking);
    assert!(
        last.why
            .starts_with("Offered for less than 7 days, which was not told")
    );
}

#[test]
fn what_was_offered_for_a_day_is_a_notice_also_while_another_value_comes() {
    let gone = |last: &str, days: i64| {
        let mut story = Story::new();
        story.document(r#""x""#);
        story.document(r#""x","y""#);
        story.now += SignedDuration::from_hours(24 * days);
        story.document(last);
        let mut gone = story.told.iter().flat_map(NewEvent::changes);
        let last = gone.rfind(|change| !change.removed.is_empty());
        last.unwrap().severity
    };
    assert_eq!(gone(r#""x","z""#, 1), Severity::Notice);
    assert_eq!(gone(r#""x","z""#, 8), Severity::Breaking);
    // What was there for longer is gone too.
    assert_eq!(gone(r#""z""#, 1), Severity::Breaking);
}

#[test]
fn an_endpoint_that_moves_back_moved_again() {
    let mut story = Story::new();
    let at = |host: &str| Outcome::Body {
        content_type: Some("application/json".to_owned()),
        bytes: format!(r#"{{"issuer":"https://a.example","token_endpoint":"https://{host}/t"}}"#)
            .into_bytes(),
    };
    for host in ["a.example", "b.example", "a.example"] {
        let agreed = story.agreed();
        story.seen(at(host), agreed);
    }
    let severity = story.told.last().unwrap().severity;
    assert_eq!(severity, Some(Severity::Security));
}
