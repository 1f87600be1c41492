//! How people ask: options in any place, and the names that they know.

use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};

const NEVER: &str = "0 0 1 1 *";

#[test]
fn an_option_before_a_command_means_what_it_means_behind_it() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    for (before, behind) in [
        (
            &["history", "--format", "json", "show", "1"][..],
            &["history", "show", "1", "--format", "json"][..],
        ),
        (
            &["outbox", "--format", "json", "list"],
            &["outbox", "list", "--format", "json"],
        ),
        (
            &["history", "--store", "issuerwatch.db", "blame", "archera"],
            &["history", "blame", "archera"],
        ),
    ] {
        let (code, said) = program.said(before);
        assert_eq!((code, &said), (0, &program.said(behind).1), "{before:?}");
        assert!(!said.is_empty());
    }
    // What the command does not take is refused, and not taken for something else.
    let output = program.run(&["history", "--limit", "1", "blame", "archera"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("'--limit'") && said.contains("history blame"),
        "{said}"
    );
}

#[test]
fn an_empty_variable_names_no_configuration() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    let output = program
        .command(&["config", "check"])
        .env("ISSUERWATCH_CONFIG", "")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_provider_that_was_renamed_answers_to_its_earlier_name() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    program.configure(
        "name = \"archera\"",
        "name = \"new\"\nformerly = [\"archera\"]",
    );
    // Also before a poll or a reload has renamed what is stored.
    assert_eq!(program.said(&["history", "archera"]).0, 0);
    assert_eq!(program.said(&["check", "archera"]).0, 0);
    let asked: [&[&str]; 6] = [
        &["status", "archera"],
        &["history", "archera"],
        &["history", "blame", "archera/oauth-authorization-server"],
        &["history", "at", "archera", "0s"],
        &["history", "export", "archera"],
        &["clients", "archera"],
    ];
    for asked in asked {
        let (code, said) = program.said(asked);
        assert_eq!(code, 0, "{asked:?} {said}");
    }
}
