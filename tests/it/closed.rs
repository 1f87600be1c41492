//! What is said on the command line is what happens: a pipe that nobody reads changes no exit code, an
//! option that a command does not take is refused, and a bound that is given holds.

use std::process::Output;

use super::support::program::{Program, document};
use super::support::site::{Reply, Site};

const NEVER: &str = "0 0 1 1 *";

/// An issuer whose document was seen twice, with a change between.
fn changed() -> (Site, Program) {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    let known = document(&site.issuer);
    site.answer(Reply::json(&known));
    program.said(&["check"]);
    site.answer(Reply::json(
        &known.replace("billing:write", "billing:admin"),
    ));
    program.said(&["check"]);
    program.write("pinned.json", &known);
    (site, program)
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_closed_pipe_changes_no_exit_code_of_any_command() {
    let (site, program) = changed();
    // From now on the document cannot be had.
    site.answer(Reply::status(503));
    program.said(&["check"]);
    let verdicts: [(&[&str], i32); 16] = [
        (&["check", "--no-record"], 4),
        (&["check", "--no-record", "--format", "json"], 4),
        (&["status"], 0),
        (&["status", "--format", "json"], 0),
        (&["history"], 0),
        (&["history", "export"], 0),
        (&["history", "verify"], 0),
        (&["history", "show", "2", "999"], 1),
        (
            &["history", "diff", "archera", "--against", "pinned.json"],
            3,
        ),
        (&["outbox"], 0),
        (&["rules"], 0),
        (&["config", "check"], 0),
        (&["config", "schema"], 0),
        (&["man"], 0),
        (&["completions", "bash"], 0),
        (&["completions", "fish"], 0),
    ];
    for (args, code) in verdicts {
        let [heard, unheard] = [program.run(args), program.unheard(args)];
        let codes = [heard.status.code(), unheard.status.code()];
        assert_eq!(codes[0], codes[1], "{args:?}: {}", errors(&unheard));
        if args[0] != "status" {
            assert_eq!(codes[0], Some(code), "{args:?}: {}", errors(&heard));
        }
    }
}

#[test]
fn a_closed_pipe_does_not_hide_what_check_saw_and_what_accept_did() {
    let (site, program) = changed();
    site.answer(Reply::json(&document(&site.issuer)));
    assert_eq!(program.unheard(&["check"]).status.code(), Some(3));
    let accepted = program.unheard(&["accept", "2", "--reason", "announced"]);
    assert_eq!(accepted.status.code(), Some(0), "{}", errors(&accepted));
    assert_eq!(program.events().last().unwrap()["kind"], "accepted");
}

#[test]
fn a_closed_standard_error_changes_no_exit_code() {
    let (site, program) = changed();
    site.answer(Reply::json("{}"));
    for args in [
        &["check", "--no-record"][..],
        &["check", "--no-record", "--format", "json"],
        &["history", "--member", "no-such-member"],
        &["history", "diff", "archera", "--against", "config.toml"],
    ] {
        let heard = program.run(args).status.code();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let unheard = program.command(args).stderr(writer).output().unwrap();
        assert_eq!(unheard.status.code(), heard, "{args:?}");
    }
}

#[test]
fn a_store_that_is_named_is_used_or_refused_but_never_ignored() {
    let (_site, program) = changed();
    let store = program.store_path();
    std::fs::copy(&store, program.folder.path().join("copy.db")).unwrap();
    let before = program.events();
    for args in [
        &["run"][..],
        &["check"],
        &["accept", "2", "--reason", "tried on a copy"],
        &["alert", "test"],
        &["outbox", "retry"],
        &["outbox", "drop", "1"],
        &["config", "check"],
        &["--config", "new.toml", "init", "https://issuer.example"],
        &["replay", "recording.jsonl"],
    ] {
        let output = program.run(&[&["--store", "copy.db"][..], args].concat());
        let errors = errors(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {errors}");
        assert!(errors.contains("does not take --store copy.db"), "{errors}");
        let remedies = ["path in [store]", "--into"];
        assert!(remedies.iter().any(|it| errors.contains(it)), "{errors}");
    }
    assert_eq!(program.events(), before);
    assert!(!program.folder.path().join("new.toml").exists());
    for args in [&["history"][..], &["clients"], &["outbox"], &["rules"]] {
        let (code, _) = program.said(&[&["--store", "copy.db"][..], args].concat());
        assert_eq!(code, 0, "{args:?}");
    }
}

#[test]
fn every_kind_of_event_in_the_output_can_be_asked_for() {
    let (_site, program) = changed();
    let (code, said) = program.said(&["history", "--event", "inconsistent"]);
    assert_eq!((code, said.contains("0 of 0 events")), (0, true), "{said}");
}

#[test]
fn a_bound_beyond_the_end_of_time_still_bounds() {
    let (_site, program) = changed();
    for late in ["9999-12-31", "9999-12-31T00:00:00Z", "9999-12-30"] {
        for (bound, shown) in [("--since", "0 of 0 events"), ("--until", "2 of 2 events")] {
            let (code, said) = program.said(&["history", bound, late]);
            assert_eq!(code, 0, "{bound} {late}");
            assert!(said.contains(shown), "{bound} {late}: {said}");
        }
    }
}
