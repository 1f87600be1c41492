//! `accept`: what was expected is recorded, and quiets what follows from it.

use super::support::program::{Program, document};
use super::support::site::{Reply, Site};

const NEVER: &str = "0 0 1 1 *";

fn seen() -> (Site, Program) {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    (site, program)
}

fn serve(site: &Site, with: &str) {
    let text = document(&site.issuer).replace("billing:write", with);
    site.answer(Reply::json(&text));
}

fn accept(program: &Program, event: &str) -> (i32, String) {
    program.said(&["accept", event, "--reason", "announced by mail"])
}

#[test]
fn an_accepted_change_is_quiet_when_it_comes_again_and_its_revert_is_news() {
    let (site, program) = seen();
    serve(&site, "billing:admin");
    program.said(&["check"]);
    assert_eq!(program.mails().len(), 1);
    let (code, said) = accept(&program, "2");
    assert_eq!((code, said.trim()), (0, "event 3: event 2 is accepted"));
    serve(&site, "billing:write");
    program.said(&["check"]);
    assert_eq!(program.mails().len(), 2, "the revert is mailed");
    serve(&site, "billing:admin");
    let (code, _) = program.said(&["check"]);
    assert_eq!(code, 3, "it is a change all the same");
    assert_eq!(program.mails().len(), 2, "and quiet");
    let events = program.events();
    assert!(events[1]["acknowledged"].is_string());
    assert_eq!(events[2]["kind"], "accepted");
    assert!(
        events[2]["summary"]
            .as_str()
            .unwrap()
            .contains("announced by mail")
    );
    assert_eq!(events.last().unwrap()["changes"][0]["accepted"], true);
    assert_eq!(program.said(&["history", "verify"]).0, 0);
}

#[test]
fn several_events_are_accepted_by_one_command_or_none_of_them() {
    let (site, program) = seen();
    for value in ["billing:admin", "billing:owner"] {
        serve(&site, value);
        program.said(&["check"]);
    }
    let several = |numbers: [&str; 2]| {
        program.said(&[&["accept"], &numbers[..], &["--reason", "x"]].concat())
    };
    assert_eq!(several(["2", "99"]).0, 1, "there is no event 99");
    assert_eq!(program.events().len(), 3, "nothing is recorded");
    let (code, said) = several(["2", "3"]);
    let done = "event 4: event 2 is accepted\nevent 5: event 3 is accepted";
    assert_eq!((code, said.trim()), (0, done));
    // What a mail tells of several events is shown by one command too.
    let (code, said) = program.said(&["history", "show", "2", "3"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("event 2 ") && said.contains("event 3 "),
        "{said}"
    );
    let (_, said) = program.said(&["history", "show", "2", "3", "--format", "json"]);
    let both: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&both[0]["event"], &both[1]["event"]),
        (&2.into(), &3.into())
    );
    let (code, said) = program.said(&["history", "show", "2", "3", "--format", "patch"]);
    assert_eq!(code, 1, "{said}");
}

#[test]
fn an_accepted_outage_ends_without_a_mail() {
    let (site, program) = seen();
    site.answer(Reply::status(503));
    for _ in 0..3 {
        program.said(&["check"]);
    }
    assert_eq!(program.mails().len(), 1);
    assert_eq!(accept(&program, "2").0, 0);
    serve(&site, "billing:write");
    program.said(&["check"]);
    let kinds: Vec<_> = program
        .events()
        .iter()
        .map(|it| it["kind"].clone())
        .collect();
    assert_eq!(kinds, ["first-seen", "failing", "accepted", "recovered"]);
    assert_eq!(program.mails().len(), 1);
}

#[test]
fn an_accepted_finding_is_quiet_when_it_is_cured_and_comes_back() {
    let (site, program) = seen();
    let text = document(&site.issuer);
    let twice = text.replacen(
        '{',
        "{\"token_endpoint\":\"https://first.example/token\",",
        1,
    );
    let check = |text: &str| {
        site.answer(Reply::json(text));
        program.said(&["check"]);
        program.mails().len()
    };
    assert_eq!(check(&twice), 1);
    assert_eq!(accept(&program, "2").0, 0);
    assert_eq!((check(&text), check(&twice)), (1, 1));
    let kinds: Vec<_> = program
        .events()
        .into_iter()
        .map(|it| it["kind"].clone())
        .collect();
    assert_eq!(
        kinds,
        ["first-seen", "finding", "accepted", "finding", "finding"]
    );
}

#[test]
fn what_cannot_be_accepted_is_refused_with_the_reason() {
    let (site, program) = seen();
    serve(&site, "billing:admin");
    program.said(&["check"]);
    assert_eq!(accept(&program, "2").0, 0);
    for (args, what) in [
        (["accept", "9", "--reason", "x"], "there is no event 9"),
        (["accept", "1", "--reason", "x"], "nothing in it to expect"),
        (["accept", "2", "--reason", "x"], "was accepted on"),
        (["accept", "2", "--reason", "  "], "it is empty"),
    ] {
        let output = program.run(&args);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(what), "{said}");
    }
}
