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

/// All it said, on both ways.
fn whole(program: &Program, asked: &[&str]) -> (Option<i32>, String) {
    let output = program.run(asked);
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn a_token_that_is_typed_in_place_of_a_file_is_never_repeated() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl";
    let (code, said) = whole(&program, &["history", "token", token]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("name - and write it to standard input"),
        "{said}"
    );
    assert!(!said.contains("eyJ"), "{said}");
}

#[test]
fn the_rest_of_a_list_is_asked_for_in_the_same_store() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    let more = document(&site.issuer).replace("\"billing:write\",", "");
    site.answer(Reply::json(&more));
    program.said(&["check"]);
    let asked = ["--store", "issuerwatch.db", "history", "--limit", "1"];
    let (_, said) = program.said(&asked);
    let hint = "older: issuerwatch --store issuerwatch.db history ";
    assert!(said.contains(hint), "{said}");
}

#[test]
fn what_is_no_store_is_called_what_it_is() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    rusqlite::Connection::open(program.folder.path().join("other.db"))
        .unwrap()
        .execute_batch("CREATE TABLE theirs (id INTEGER)")
        .unwrap();
    for (store, words) in [
        ("other.db", "it is a database of something else"),
        (".", "it is no file"),
        ("none.db", "there is no such file"),
    ] {
        let (code, said) = whole(&program, &["--store", store, "history"]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(words), "{store}: {said}");
    }
}

#[test]
fn a_sample_is_sent_without_what_only_polls_need() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    let config = program.read("config.toml");
    let headers = "headers = { x-api-key = { env = \"NOT_SET_HERE\" } }";
    program.write("config.toml", &format!("{config}{headers}\n"));
    let (code, said) = whole(&program, &["alert", "test"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(whole(&program, &["check"]).0, Some(78));
}

#[test]
fn a_configuration_is_told_what_is_odd_in_it_and_where() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    let config = program.read("config.toml");
    let route = "[[mail.route]]\nproviders = [\"zz*\"]\nto = [\"you@localhost\"]\n";
    program.write("config.toml", &format!("{config}{route}"));
    let (code, said) = whole(&program, &["config", "check"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("no provider fits \"zz*\" of a route"),
        "{said}"
    );
    program.write(
        "config.toml",
        &format!("{config}include = [\"conf.d/*.toml\"]\n"),
    );
    let (code, said) = whole(&program, &["config", "check"]);
    assert_eq!(code, Some(78), "{said}");
    let words = "unknown key \"include\"; it belongs to the top of the file";
    assert!(said.contains(words), "{said}");
    let mut bytes = b"# one\n# Z\xfcrich\n".to_vec();
    bytes.extend_from_slice(config.as_bytes());
    std::fs::write(program.folder.path().join("config.toml"), bytes).unwrap();
    let (code, said) = whole(&program, &["config", "check"]);
    assert_eq!(code, Some(78), "{said}");
    assert!(
        said.contains("config.toml:2:4: byte 0xFC is not UTF-8"),
        "{said}"
    );
}
