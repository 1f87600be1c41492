//! Tests of a document that clients can read and this program cannot read whole.

use super::*;
use crate::document::failure::{Cause, DocumentLimit, Excess};

fn filled_up() -> Failure {
    Failure::of(Cause::TooMany(Excess {
        what: DocumentLimit::Members,
        count: 2_009,
        most: 2_000,
    }))
}

impl Story {
    fn fails(&mut self, failure: Failure) -> String {
        self.seen(Outcome::Failed(failure), Confirmation::NotNeeded)
    }
}

const TOLD: &str = "failing!: failing: 2,009 members where at most 2,000 are read";

#[test]
fn what_takes_the_place_of_a_known_document_and_cannot_be_read_whole_is_told_at_once_and_once() {
    let mut story = Story::new();
    story.document(r#""x""#);
    assert_eq!(story.fails(filled_up()), TOLD);
    assert_eq!(story.fails(filled_up()), "");
    assert_eq!(story.failure(), "");
    let back = story.document(r#""x""#);
    assert!(back.starts_with("recovered!"), "{back}");
    assert_eq!(story.fails(filled_up()), TOLD, "and again the next time");
}

#[test]
fn an_outage_that_was_told_hides_no_document_that_cannot_be_read_whole() {
    let mut story = Story::new();
    story.document(r#""x""#);
    let told: Vec<String> = (0..3).map(|_| story.failure()).collect();
    assert_eq!(told, ["", "", "failing!: failing: HTTP 503"]);
    story.tracking.state_mut().outage.as_mut().unwrap().accepted = true;
    assert_eq!(story.fails(filled_up()), TOLD);
    assert_eq!(story.fails(filled_up()), "");
    let back = story.document(r#""x""#);
    assert!(back.starts_with("recovered!"), "{back}");
}

#[test]
fn where_nothing_is_known_to_compare_with_it_is_an_outage_like_others() {
    let mut story = Story::new();
    let told: Vec<String> = (0..3).map(|_| story.fails(filled_up())).collect();
    assert_eq!(told, ["", "", TOLD]);
}

#[test]
fn a_body_that_is_too_large_to_be_taken_in_is_an_outage_like_others() {
    let mut story = Story::new();
    story.document(r#""x""#);
    let large = || Failure::of(Cause::TooLarge);
    let told: Vec<String> = (0..3).map(|_| story.fails(large())).collect();
    assert_eq!(told, ["", "", "failing!: failing: too large"]);
}
