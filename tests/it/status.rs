//! `status`: how each target is, when it is polled next, and what waits.

use jiff::Timestamp;
use serde_json::Value;

use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};

const NEVER: &str = "0 0 1 1 *";

fn watched(schedule: &str) -> (Site, Program) {
    let site = Site::tls();
    let program = Program::watching(&site, "", schedule);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    (site, program)
}

fn json(program: &Program) -> Value {
    let (_, text) = program.said(&["status", "--format", "json"]);
    serde_json::from_str(&text).unwrap()
}

/// When the one target is polled next.
fn next_poll(program: &Program) -> Timestamp {
    let next = json(program)["targets"][0]["next_poll"].clone();
    serde_json::from_value(next).unwrap()
}

/// Lets what is known have been seen so many hours earlier.
fn age(program: &Program, hours: i64) {
    let moved = "UPDATE tracking SET last_poll_at = last_poll_at - ?1";
    let millis = hours * 3_600_000;
    program.store().execute(moved, [millis]).unwrap();
}

#[test]
fn no_poll_is_said_to_come_before_the_time_that_the_server_asked_for() {
    let (site, program) = watched("* * * * * *");
    let begun = Timestamp::now();
    let busy = Reply::status(429).header("Retry-After", "7200");
    site.answer(busy);
    program.said(&["check"]);
    let asked_for = begun + std::time::Duration::from_secs(7_200 - 1);
    assert!(next_poll(&program) >= asked_for);
    let (_, text) = program.said(&["status"]);
    assert!(text.contains("in 2 h "), "{text}");
}

#[test]
fn a_document_that_is_overdue_says_since_when_and_how_often_it_should_be_polled() {
    let (_site, program) = watched("0 * * * *");
    age(&program, 10);
    let (code, text) = program.said(&["status"]);
    assert_eq!(code, 4, "{text}");
    let row: Vec<&str> = text.lines().nth(2).unwrap().split("  ").collect();
    assert!(row.iter().filter(|cell| cell.ends_with("ago")).count() == 2, "{text}");
    assert!(text.contains("  no poll since "), "{text}");
    assert!(text.contains(", the schedule asks for one every hour\n"), "{text}");
    assert!(next_poll(&program) < Timestamp::now());
}
