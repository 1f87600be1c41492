//! The recording that comes with the source, through the built program, and judged from outside.

mod expected;
mod judge;

use serde_json::{Value, json};

use self::expected::expected;
use self::judge::Outcome;
use super::replay::{history, mails, program, replayed};
use super::support::program::Program;

const RECORDING: &str = include_str!("../fixtures/recording/observations.jsonl");
const CASES: &str = include_str!("../fixtures/recording/cases.tsv");
/// Of 31 providers in a year. Nobody reads more.
const MOST_MAILS: usize = 62;
const LIST: [&str; 6] = ["history", "--format", "jsonl", "--limit", "0", "--reverse"];

fn outcome(program: &Program, db: &str) -> Outcome {
    let printed = history(program, db, &LIST);
    let events = printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    Outcome {
        events: events.collect(),
        mails: mails(program, db),
    }
}

#[test]
fn a_year_of_31_providers_is_remembered_and_told_as_a_careful_person_wants_it() {
    let program = program();
    let summary = replayed(&program, RECORDING, "one.db");
    let lines = RECORDING.lines().count();
    assert_eq!(summary["observations"], lines, "{summary}");
    let found = outcome(&program, "one.db");
    let seen = expected(RECORDING);
    let short = found.shortfalls(&seen, CASES, MOST_MAILS);
    assert!(short.is_empty(), "{}", short.join("\n"));

    // What an export holds is enough to come to the same hashes.
    let exported = history(&program, "one.db", &["history", "export"]);
    replayed(&program, &exported, "two.db");
    assert_eq!(found.events, outcome(&program, "two.db").events);
    assert_eq!(
        exported,
        history(&program, "two.db", &["history", "export"])
    );
    assert_that_no_secret_is_kept(&exported);
}

/// Private members that the recording publishes stand in nothing that is kept or sent.
fn assert_that_no_secret_is_kept(exported: &str) {
    let private: Vec<String> = RECORDING
        .lines()
        .flat_map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let body = line["body"]
                .as_str()
                .and_then(|body| serde_json::from_str(body).ok());
            let keys: Vec<Value> = body
                .and_then(|body: Value| body["keys"].as_array().cloned())
                .unwrap_or_default();
            let members = keys
                .into_iter()
                .flat_map(|key| [key["d"].clone(), key["k"].clone()]);
            members
                .filter_map(|value| value.as_str().map(str::to_owned))
                .collect::<Vec<String>>()
        })
        .collect();
    assert_eq!(private.len(), 2, "one private key, one symmetric");
    assert!(private.iter().all(|value| !exported.contains(value)));
}

/// A judge that finds no fault with anything proves nothing.
#[test]
fn the_judge_finds_what_is_missing_too_much_or_wrong() {
    let program = program();
    replayed(&program, RECORDING, "one.db");
    let good = outcome(&program, "one.db");
    let seen = expected(RECORDING);
    let short = |outcome: &Outcome| outcome.shortfalls(&seen, CASES, MOST_MAILS).join("\n");
    let is_of = |value: &Value, provider: &str, day: &str| {
        let is_it = value["provider"] == provider || value["providers"] == json!([provider]);
        is_it && value["at"].as_str().unwrap().starts_with(day)
    };

    let mut forgetful = good.clone();
    forgetful
        .events
        .retain(|it| !is_of(it, "renamed", "2025-04-01"));
    let said = short(&forgetful);
    assert!(
        said.contains("not in the history: renamed 2025-04-01 introspection_endpoint"),
        "{said}"
    );
    assert!(said.contains("case: renamed"), "{said}");

    let mut dreamer = good.clone();
    let event = good
        .events
        .iter()
        .find(|it| it["kind"] == "changed")
        .unwrap();
    let mut phantom = event.clone();
    phantom["provider"] = json!("steady");
    phantom["document"] = json!("openid-configuration");
    dreamer.events.push(phantom);
    let said = short(&dreamer);
    assert!(said.contains("phantom: steady"), "{said}");
    assert!(said.contains("nothing ever happens"), "{said}");

    let mut silent = good.clone();
    silent
        .mails
        .retain(|it| !is_of(it, "lockless", "2025-05-31"));
    assert!(short(&silent).contains("not mailed: lockless 2025-05-31"));

    let mut calm = good.clone();
    for mail in &mut calm.mails {
        mail["severity"] = json!("info");
    }
    assert!(short(&calm).contains("case: leaking jwks 2025-06-20 mail security"));

    let mut talker = good.clone();
    talker
        .mails
        .extend(good.mails.iter().take(MOST_MAILS).cloned());
    assert!(short(&talker).contains("at most 62"));
}
