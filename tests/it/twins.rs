//! The two documents of one authorization server that disagree: an event, with the built binary.

use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use super::replay::{history, program, replayed};
use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};
use crate::support::wait_until;

const OPENID: &str = "/.well-known/openid-configuration";
const LIST: [&str; 6] = ["history", "--format", "jsonl", "--limit", "0", "--reverse"];

/// A line of a recording: the documents are told apart by the first letters.
fn line(minute: usize, kind: &str, token: &str, methods: &Value) -> String {
    let issuer = "https://acme.example";
    let body = json!({"issuer": issuer, "token_endpoint": token, "jwks_uri": "https://acme.example/jwks",
        "authorization_endpoint": "https://acme.example/a", "response_types_supported": ["code"],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": methods});
    let at = format!("2026-01-01T05:{minute:02}:00Z");
    let line = json!({"at": at, "provider": "acme", "document": kind, "status": 200,
        "url": format!("{issuer}/.well-known/{kind}"), "content_type": "application/json",
        "body": body.to_string()});
    format!("{line}\n")
}

fn oauth(minute: usize, token: &str) -> String {
    let kind = "oauth-authorization-server";
    line(minute, kind, token, &json!(["S256"]))
}

fn openid(minute: usize, token: &str) -> String {
    line(minute, "openid-configuration", token, &json!(["S256"]))
}

/// `minute document state rule member severity` of every finding about both that was told.
fn told(events: &str) -> Vec<String> {
    let mut told = Vec::new();
    for event in events.lines() {
        let event: Value = serde_json::from_str(event).unwrap();
        for found in event["findings"].as_array().into_iter().flatten() {
            if found["rule"] == "twins-disagree" {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let (at, document) = (text(&event["at"]), text(&event["document"]));
                let [state, member, severity] =
                    ["state", "member", "severity"].map(|name| text(&found[name]));
                let minute = at.get(14..16).unwrap();
                told.push(format!("{minute} {document} {state} {member} {severity}"));
            }
        }
    }
    told
}

const ONE: &str = "https://acme.example/token";
const TWO: &str = "https://login.acme.example/token";
const ELSEWHERE: &str = "https://evil.example/token";

/// What a recording tells, and that an export of its replay tells the same by the same hashes.
fn recorded(text: &str) -> Vec<String> {
    let program = program();
    replayed(&program, text, "one.db");
    let events = history(&program, "one.db", &LIST);
    let exported = history(&program, "one.db", &["history", "export"]);
    replayed(&program, &exported, "two.db");
    assert_eq!(events, history(&program, "two.db", &LIST));
    assert_eq!(
        exported,
        history(&program, "two.db", &["history", "export"])
    );
    told(&events)
}

#[test]
fn twins_that_disagree_at_two_polls_of_each_are_told_once_and_cured_when_they_agree() {
    let mut text = [oauth(0, ONE), openid(1, TWO), openid(2, TWO)].concat();
    assert_eq!(recorded(&text), [""; 0], "the other was polled once");
    text += &oauth(3, ONE);
    text += &openid(4, TWO);
    let new = "04 openid-configuration new token_endpoint notice";
    assert_eq!(recorded(&text), [new]);
    for minute in 5..9 {
        text += &[oauth(minute, ONE), openid(minute, TWO)].concat();
    }
    assert_eq!(recorded(&text), [new]);
    text += &[
        oauth(9, TWO),
        openid(10, TWO),
        oauth(11, TWO),
        openid(12, TWO),
    ]
    .concat();
    let cured = "10 openid-configuration cured token_endpoint notice";
    assert_eq!(recorded(&text), [new, cured]);
}

#[test]
fn twins_on_other_domains_are_security_and_a_passing_disagreement_is_nothing() {
    let both = |from: usize, one: &str, other: &str| -> String {
        let each = |minute| [oauth(minute, one), openid(minute, other)].concat();
        (from..from + 3).map(each).collect()
    };
    let text = both(0, ONE, ELSEWHERE);
    let security = "01 openid-configuration new token_endpoint security";
    assert_eq!(recorded(&text), [security]);
    let cured = "05 openid-configuration cured token_endpoint security";
    assert_eq!(recorded(&(text + &openid(5, ONE))), [security, cured]);
    let passing = [
        both(0, ONE, ONE),
        oauth(4, TWO),
        openid(5, TWO),
        both(6, TWO, TWO),
    ];
    assert_eq!(recorded(&passing.concat()), [""; 0]);
}

#[test]
fn twins_that_are_polled_within_one_second_are_told_of_alike_in_either_order() {
    let first: String = (0..4).map(|it| openid(it, TWO) + &oauth(it, ONE)).collect();
    let last: String = (0..4).map(|it| oauth(it, ONE) + &openid(it, TWO)).collect();
    let told = |minute: &str| {
        [format!(
            "{minute} openid-configuration new token_endpoint notice"
        )]
    };
    assert_eq!(recorded(&first), told("02"));
    assert_eq!(recorded(&last), told("01"));
}

#[test]
fn s256_in_one_list_only_is_told_and_without_both_documents_nothing_changes() {
    let plain = |minute| line(minute, "openid-configuration", ONE, &json!(["plain"]));
    let alone: String = (0..6).map(plain).collect();
    assert_eq!(recorded(&alone), [""; 0]);
    let with = |token: &'static str, methods: Value| -> String {
        let other = move |minute| {
            let kind = "oauth-authorization-server";
            line(minute, kind, token, &methods)
        };
        (0..6).map(|it| other(it) + &plain(it)).collect()
    };
    assert_eq!(
        recorded(&with(ONE, json!(["S256"]))),
        ["01 openid-configuration new code_challenge_methods_supported notice"]
    );
    // An agreeing twin adds its own events and moves none of the other's.
    let own = |text: &str| -> Vec<Value> {
        let program = program();
        replayed(&program, text, "one.db");
        let events = history(&program, "one.db", &LIST);
        let events = events.lines().map(|it| serde_json::from_str(it).unwrap());
        let own = events.filter(|it: &Value| it["document"] == "openid-configuration");
        own.map(|it| json!([it["at"], it["kind"], it["summary"], it["findings"]]))
            .collect()
    };
    assert_eq!(own(&alone), own(&with(ONE, json!(["plain"]))));
}

#[test]
fn check_tells_of_twins_and_a_replay_of_its_export_has_the_same_hashes() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "@yearly");
    let both = "[\"oauth-authorization-server\", \"openid-configuration\"]";
    let config = program.read("config.toml");
    let config = config.replace("[\"oauth-authorization-server\"]", both);
    program.write("config.toml", &config);
    site.answer(Reply::json(&document(&site.issuer)));
    let other = document(&site.issuer).replace("/oauth/token", "/token");
    site.serve(OPENID, Reply::json(&other));
    let polled = || {
        program.said(&["check"]);
        program.said(&LIST).1
    };
    assert_eq!(told(&polled()), [""; 0], "seen once");
    wait_until("both are seen at two polls", || told(&polled()).len() == 1);
    let (_, status) = program.said(&["status"]);
    assert!(status.contains("twins-disagree token_endpoint"), "{status}");
    // What is seen twice within one second is one poll in an export.
    let second = || {
        program.write("now", "");
        let written = std::fs::metadata(program.folder.path().join("now")).unwrap();
        let since = written.modified().unwrap();
        since.duration_since(UNIX_EPOCH).unwrap().as_secs()
    };
    let then = second();
    wait_until("another second began", || second() > then);
    site.answer(Reply::json(&other));
    wait_until("they agree again", || told(&polled()).len() == 2);
    let events = polled();
    assert!(told(&events)[1].contains(" cured "), "{events}");
    let (_, exported) = program.said(&["history", "export"]);
    program.write("exported.jsonl", &exported);
    let (code, said) = program.said(&["replay", "exported.jsonl", "--into", "replayed.db"]);
    assert_eq!(code, 0, "{said}");
    let hashes = |text: &str| -> Vec<Value> {
        let events = text.lines().map(|it| serde_json::from_str(it).unwrap());
        events
            .map(|it: Value| json!([it["at"], it["document"], it["kind"], it["hash"]]))
            .collect()
    };
    let replayed = history(&program, "replayed.db", &LIST);
    assert_eq!(hashes(&events), hashes(&replayed));
}
