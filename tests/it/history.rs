//! `history diff`, `blame`, `keys` and `show`, with the built binary on a replayed recording.

mod blame;
mod diff;
mod keys;
mod manual;
mod show;
mod token;

use serde_json::{Value, json};

use super::replay::replayed;
use super::support::program::Program;

/// A year of one provider: a scope is withdrawn, keys are renewed.
const RECORDING: &str = include_str!("../fixtures/history/recording.jsonl");
/// The metadata before the scope was withdrawn.
const PINNED: &str = include_str!("../fixtures/history/pinned.json");
/// A token that says to be of the provider; nobody signed it.
const FOUND: &str = include_str!("../fixtures/history/found.jwt");
const METADATA: &str = "archera/oauth-authorization-server";

/// A store in which a recording was replayed.
fn recorded(text: &str) -> Program {
    let program = Program::alone("issuer = \"https://not-recorded.example\"");
    replayed(&program, text, "history.db");
    program.point_at("history.db");
    program.write("pinned.json", PINNED);
    program.write("found.jwt", FOUND);
    program
}

fn archera() -> Program {
    recorded(RECORDING)
}

/// A line of a recording.
fn seen(at: &str, document: &str, body: &Value) -> String {
    let url = format!("https://acme.example/{document}");
    let line = json!({"at": at, "provider": "acme", "document": document, "url": url,
        "status": 200, "body": body.to_string()});
    format!("{line}\n")
}

/// Exit code, standard output, standard error.
fn asked(program: &Program, args: &[&str]) -> (i32, String, String) {
    let output = program.run(args);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

fn json_of(program: &Program, args: &[&str]) -> Value {
    let (code, said, errors) = asked(program, &[args, &["--format", "json"]].concat());
    assert_eq!(code, 0, "{errors}");
    serde_json::from_str(&said).unwrap()
}

fn names(value: &Value) -> Vec<&str> {
    let object = value.as_object().unwrap();
    object.keys().map(String::as_str).collect()
}

#[test]
fn the_examples_of_the_manual_are_those_of_the_read_me() {
    // That they are what the program says is held where the sessions of pages are run.
    let examples = include_str!("../../src/cli/man/examples.txt");
    assert!(include_str!("../../README.md").contains(examples));
    let program = archera();
    let (_, manual, _) = asked(&program, &["man"]);
    for example in examples.split("$ issuerwatch ").skip(1) {
        let (command, _) = example.split_once('\n').unwrap();
        let args: Vec<&str> = command.split(' ').collect();
        assert!(manual.contains(&args[..2].join(" ")), "{command}");
    }
}

#[test]
fn a_name_that_means_no_document_or_several_is_a_usage_error() {
    let program = archera();
    for command in ["diff", "blame", "keys"] {
        let (code, _, said) = asked(
            &program,
            &["history", command, "archrea", "1", "now"][..if command == "diff" { 5 } else { 3 }],
        );
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("did you mean \"archera\"?"), "{said}");
    }
}

#[test]
fn of_a_document_and_its_key_set_the_provider_alone_names_the_document() {
    let program = archera();
    for args in [
        &["diff", "archera", "2026-11-22", "now"][..],
        &["blame", "archera"],
        &["at", "archera", "2026-11-24"],
    ] {
        let (code, said, errors) = asked(&program, &[&["history"], args].concat());
        assert_eq!(code, 0, "{errors}");
        assert!(
            said.contains("token_endpoint") || said.contains("scope"),
            "{said}"
        );
    }
    // A pinned copy says itself which of them it is one of.
    for document in ["oauth-authorization-server", "jwks"] {
        let name = format!("archera/{document}");
        let (_, pinned, _) = asked(&program, &["history", "at", &name, "2026-11-24"]);
        program.write("pinned.json", &pinned);
        let args = ["history", "diff", "archera", "--against", "pinned.json"];
        let (_, said, _) = asked(&program, &args);
        assert!(said.contains(&format!("after   {name}")), "{said}");
    }
}
