//! Two fetches that disagree.

use super::*;

#[test]
fn two_minds_are_no_sighting_of_the_old_state_and_a_failure_between_starts_anew() {
    let mut story = Story::new();
    story.document("[\"a\"]");
    let seen = story.tracking.last_good_at;
    for _ in 0..2 {
        story.seen(body("[\"b\"]"), Confirmation::Disagreed);
    }
    assert_eq!(story.tracking.last_good_at, seen);
    story.failure();
    for _ in 0..2 {
        assert_eq!(story.seen(body("[\"b\"]"), Confirmation::Disagreed), "");
    }
    let third = story.seen(body("[\"b\"]"), Confirmation::Disagreed);
    assert!(
        third.starts_with("failing!: inconsistent: 3 polls"),
        "{third}"
    );
}
