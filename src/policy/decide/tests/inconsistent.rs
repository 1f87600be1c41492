//! Tests of two fetches that disagree.

use super::*;

fn disagreed() -> Confirmation {
    Confirmation::Disagreed { other: None }
}

#[test]
fn two_minds_are_no_sighting_of_the_old_state_and_count_within_a_day_whatever_is_between() {
    let mut story = Story::new();
    story.document("[\"a\"]");
    let seen = story.tracking.last_good_at;
    story.seen(body("[\"b\"]"), disagreed());
    assert_eq!(story.tracking.last_good_at, seen);
    story.failure();
    story.document("[\"a\"]");
    assert_eq!(story.seen(body("[\"b\"]"), disagreed()), "");
    story.now += SignedDuration::from_hours(20);
    let third = story.seen(body("[\"b\"]"), disagreed());
    assert!(
        third.starts_with("inconsistent!: inconsistent: 3 polls"),
        "{third}"
    );
}

#[test]
fn what_was_more_than_a_day_ago_does_not_count() {
    let mut story = Story::new();
    story.document("[\"a\"]");
    for _ in 0..6 {
        story.now += SignedDuration::from_hours(13);
        assert_eq!(story.seen(body("[\"b\"]"), disagreed()), "");
    }
}

#[test]
fn what_would_be_security_is_told_at_the_first_disagreement_and_once() {
    let mut story = Story::new();
    let metadata = |host: &str| Outcome::Body {
        content_type: None,
        bytes: format!(
            r#"{{"issuer":"https://a.example","token_endpoint":"https://{host}/token",
                "response_types_supported":["code"]}}"#
        )
        .into_bytes(),
    };
    story.seen(metadata("a.example"), Confirmation::NotNeeded);
    let told = story.seen(metadata("evil.example"), disagreed());
    assert_eq!(
        told,
        "inconsistent!: inconsistent: 1 poll within a day saw different documents"
    );
    for _ in 0..4 {
        assert_eq!(story.seen(metadata("evil.example"), disagreed()), "");
    }
    for request in 0..4 {
        let again = metadata(&format!("evil.example/t?n={request}#"));
        assert_eq!(
            story.seen(again, disagreed()),
            "",
            "it leads to the same place"
        );
    }
    let told = story.seen(metadata("other.example"), disagreed());
    assert!(
        told.starts_with("inconsistent!"),
        "another host is news: {told}"
    );
}
