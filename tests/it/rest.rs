//! Members that do not rest, played from recordings with the built binary.

use serde_json::{Value, json};

use super::support::program::Program;

const URL: &str = "https://acme.example/.well-known/openid-configuration";

/// A document with these scopes.
pub(super) fn scopes(scopes: &[&str]) -> Value {
    json!({"issuer": "https://acme.example", "scopes_supported": scopes,
        "token_endpoint": "https://acme.example/token"})
}

/// One line of a recording; no document is the one before.
pub(super) fn line(day: i64, document: Option<&Value>, final_url: Option<&str>) -> String {
    let start: jiff::Timestamp = "2026-01-01T05:00:00Z".parse().unwrap();
    let at = start + jiff::SignedDuration::from_hours(24 * day);
    let mut line = json!({"at": at.to_string(), "provider": "acme",
        "document": "openid-configuration", "url": URL});
    match document {
        Some(document) => {
            line["status"] = json!(200);
            line["body"] = json!(document.to_string());
        }
        None => line["unmodified"] = json!(true),
    }
    if let Some(final_url) = final_url {
        line["final_url"] = json!(final_url);
    }
    line.to_string()
}

/// Plays a recording into the store of the program.
pub(super) fn play(program: &Program, lines: &[String]) -> Vec<Value> {
    program.write("recording.jsonl", &lines.join("\n"));
    let args = ["replay", "recording.jsonl", "--into", "issuerwatch.db"];
    let (code, said) = program.said(&args);
    assert_eq!(code, 0, "{said}");
    program.events()
}

fn of_kind<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|it| it["kind"] == kind).collect()
}

pub(super) fn program() -> Program {
    Program::alone("issuer = \"https://acme.example\"")
}

/// Scopes that flap for a week and are calm from then on.
pub(super) fn flapping(calm: &[&str], until: i64) -> Vec<String> {
    let flap = (0..8).map(|day| match day % 2 {
        0 => line(day, Some(&scopes(&["a", "b"])), None),
        _ => line(day, Some(&scopes(&["a", "b", "c"])), None),
    });
    let calm = [line(8, Some(&scopes(calm)), None)];
    let rest = (9..until).map(|day| line(day, None, None));
    flap.chain(calm).chain(rest).collect()
}

#[test]
fn what_came_to_rest_is_as_grave_as_what_is_left_of_its_changes() {
    let events = play(&program(), &flapping(&["a"], 60));
    let settled = of_kind(&events, "settled")[0];
    assert_eq!(settled["severity"], "breaking");
    assert_eq!(settled["changes"][0]["removed"], json!(["b"]));
}

#[test]
fn what_came_to_rest_is_compared_with_where_it_was_retrieved_before() {
    let document = scopes(&["a"]);
    let place = |day: i64| format!("https://acme.example/{}", day % 2);
    let flap = (1..9).map(|day| line(day, Some(&document), Some(&place(day))));
    let rest = (9..60).map(|day| line(day, None, Some("https://acme.example/c")));
    let first = [line(0, Some(&document), None)];
    let lines: Vec<String> = first.into_iter().chain(flap).chain(rest).collect();
    let events = play(&program(), &lines);
    let change = &of_kind(&events, "settled")[0]["changes"][0];
    assert_eq!(change["rule"], "redirect-changed");
    let places = [place(2), "https://acme.example/c".to_owned()];
    assert_eq!(json!([change["before"], change["after"]]), json!(places));
}

#[test]
fn a_change_at_the_poll_that_finds_rest_is_no_part_of_what_is_left() {
    let mut lines = flapping(&["a"], 9);
    lines.push(line(60, Some(&scopes(&["a", "q"])), None));
    let events = play(&program(), &lines);
    let settled = of_kind(&events, "settled")[0];
    assert_eq!(settled["changes"][0]["removed"], json!(["b"]));
    assert_eq!(settled["changes"].as_array().unwrap().len(), 1);
    let last = of_kind(&events, "changed").pop().unwrap();
    assert_eq!(last["changes"][0]["added"], json!(["q"]));
}

#[test]
fn a_damped_event_carries_the_patch_of_the_change_it_stands_for() {
    let events = play(&program(), &flapping(&["a"], 10));
    let damped = of_kind(&events, "damped")[0];
    let changed = of_kind(&events, "changed");
    let change = changed.iter().find(|it| it["at"] == damped["at"]).unwrap();
    assert!(!damped["patch"].as_array().unwrap().is_empty());
    assert_eq!(damped["patch"], change["patch"]);
}

#[test]
fn an_ignored_member_that_is_new_at_each_request_hides_no_return() {
    let program = Program::alone("issuer = \"https://acme.example\"\nignore = [\"/request_id\"]");
    program.configure("name = \"not-recorded\"", "name = \"acme\"");
    let document = |day: i64, scopes_now: &[&str]| {
        let mut document = scopes(scopes_now);
        document["request_id"] = json!(day);
        line(day, Some(&document), None)
    };
    let lines = [
        document(0, &["a", "b"]),
        document(1, &["a"]),
        document(2, &["a"]),
        document(3, &["a", "b"]),
    ];
    let events = play(&program, &lines);
    let back = of_kind(&events, "changed")[1]["summary"].as_str().unwrap();
    assert!(back.starts_with("reverted after 2 days"), "{back}");
}

#[test]
fn a_summary_that_waits_is_dropped_when_the_damping_is_accepted() {
    let program = program();
    let mut lines = flapping(&["a"], 9);
    lines.push(line(9, Some(&scopes(&["a", "new"])), None));
    let events = play(&program, &lines);
    let waiting = || -> i64 {
        let sql = "SELECT count(*) FROM alert WHERE collected AND mail_id IS NULL";
        program
            .store()
            .query_row(sql, [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(waiting(), 1);
    let damped = of_kind(&events, "damped")[0]["event"].to_string();
    program.said(&["accept", &damped, "--reason", "known"]);
    assert_eq!(waiting(), 0);
}
