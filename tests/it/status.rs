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
    let (_, text) = program.said(&["config", "check", "--plan", "--format", "json"]);
    let plan: Value = serde_json::from_str(&text).unwrap();
    let next = plan["plan"]["targets"][0]["next_poll"].clone();
    let next: Timestamp = serde_json::from_value(next).unwrap();
    assert!(next >= asked_for, "{text}");
}

#[test]
fn a_document_that_is_overdue_says_since_when_and_how_often_it_should_be_polled() {
    let (_site, program) = watched("0 * * * *");
    age(&program, 10);
    let (code, text) = program.said(&["status"]);
    assert_eq!(code, 4, "{text}");
    let row: Vec<&str> = text.lines().nth(2).unwrap().split("  ").collect();
    assert!(
        row.iter().filter(|cell| cell.ends_with("ago")).count() == 2,
        "{text}"
    );
    assert!(text.contains("  no poll since "), "{text}");
    assert!(
        text.contains(", the schedule asks for one every hour\n"),
        "{text}"
    );
    assert!(next_poll(&program) < Timestamp::now());
}

#[test]
fn the_total_counts_the_documents_by_their_health() {
    let (_site, program) = watched(NEVER);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let more = format!(
        "[[provider]]\nname = \"down\"\nissuer = \"http://127.0.0.1:{port}\"\n\
         documents = [\"oauth-authorization-server\"]\n"
    );
    let config = program.read("config.toml");
    program.write("config.toml", &format!("{config}{more}"));
    program.said(&["check"]);
    let (code, text) = program.said(&["status"]);
    assert_eq!(code, 4);
    assert!(
        text.contains("\n2 documents: 1 good, 1 failing\n"),
        "{text}"
    );
    let (_, text) = program.said(&["status", "archera"]);
    assert!(text.contains("\n1 document: 1 good\n"), "{text}");
}

#[test]
fn what_is_configured_and_not_polled_yet_is_shown_and_can_be_asked_for() {
    let (site, program) = watched(NEVER);
    let more = format!(
        "[[provider]]\nname = \"new\"\nissuer = \"{}\"\n\
         documents = [\"oauth-authorization-server\"]\n",
        site.issuer
    );
    let config = program.read("config.toml");
    program.write("config.toml", &format!("{config}{more}"));
    let (code, text) = program.said(&["status", "new"]);
    assert_eq!(code, 0, "{text}");
    let row = "new/oauth-authorization-server  unknown  never\n  never polled: ";
    assert!(text.contains(row), "{text}");
    let (_, text) = program.said(&["status"]);
    assert!(
        text.contains("\n2 documents: 1 good, 1 unknown\n"),
        "{text}"
    );
    assert_eq!(json(&program)["targets"][1]["last_poll"], Value::Null);
}

#[test]
fn what_is_collected_does_not_wait_and_has_the_time_of_its_summary() {
    let (site, program) = watched(NEVER);
    program.configure(
        "[mail]\n",
        "[mail]\ndigest = \"0 8 * * 1\"\ncollect = \"info\"\n",
    );
    let more = document(&site.issuer).replace("\"openid\"", "\"openid\",\"email\"");
    site.answer(Reply::json(&more));
    program.said(&["check"]);
    let (_, text) = program.said(&["status"]);
    let told = "\noutbox: 0 waiting; 1 collected for the summary of ";
    assert!(text.contains(told), "{text}");
    let outbox = &json(&program)["outbox"];
    assert_eq!(
        (&outbox["waiting"], &outbox["collected"]),
        (&0.into(), &1.into())
    );
    assert!(outbox["next_summary"].is_string(), "{outbox}");
}
