//! What people type, and what they are told when it cannot be done.

use std::net::TcpListener;

use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};

const NEVER: &str = "0 0 1 1 *";

#[test]
fn what_is_no_argument_ends_with_2_and_so_does_a_name_that_nobody_knows() {
    let site = Site::tls();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    let asked: [&[&str]; 5] = [
        &["history", "--since", "yesterday"],
        &["history", "at", "archera", "2026-13-01"],
        &["alert", "test", "--to", "nobody"],
        &["check", "--format", "patch"],
        &["status", "--format", "markdown"],
    ];
    let bare = Program::watching(&site, "", NEVER);
    for asked in asked {
        assert_eq!(program.said(asked).0, 2, "{asked:?}");
        // A wrong word is a wrong word, whether or not there is a store to ask.
        assert_eq!(bare.said(asked).0, 2, "{asked:?}");
    }
    assert_eq!(program.said(&["status", "archrea"]).0, 2);
    let (code, said) = program.said(&["status", "archera/oauth-authorization-server"]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_document_is_named_as_status_shows_it_wherever_a_name_is_taken() {
    let site = Site::tls();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    let name = "archera/oauth-authorization-server";
    let asked: [&[&str]; 4] = [
        &["check", name],
        &["status", name],
        &["history", name],
        &["history", "export", name],
    ];
    for asked in asked {
        let (code, said) = program.said(asked);
        assert_eq!((code, said.contains("archera")), (0, true), "{said}");
        let wrong = asked.iter().map(|word| match *word {
            word if word == name => "archera/jwks",
            word => word,
        });
        assert_eq!(program.said(&wrong.collect::<Vec<_>>()).0, 2, "{asked:?}");
    }
}

/// All it said, on both ways.
fn whole(program: &Program, asked: &[&str]) -> (Option<i32>, String) {
    let output = program.run(asked);
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn a_name_that_means_nothing_is_answered_with_what_may_have_been_meant() {
    let site = Site::tls();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    let asked: [&[&str]; 5] = [
        &["check"],
        &["status"],
        &["history"],
        &["history", "export"],
        &["history", "at"],
    ];
    for asked in asked {
        for (name, hint) in [
            ("archrea", "did you mean \"archera\"?"),
            ("archera/jwks", "archera has no document \"jwks\""),
            ("archera/jwks", "it has oauth-authorization-server"),
            ("okta*", "fits \"okta*\""),
        ] {
            let time: &[&str] = if asked.ends_with(&["at"]) {
                &["0s"]
            } else {
                &[]
            };
            let (code, said) = whole(&program, &[asked, &[name], time].concat());
            assert_eq!(code, Some(2), "{asked:?} {said}");
            assert!(said.contains(hint), "{asked:?} {name}: {said}");
        }
    }
    let (code, said) = whole(&program, &["history", "--member", "scope_supported"]);
    assert_eq!(code, Some(0));
    let hint = "no event is about \"scope_supported\"; did you mean \"scopes_supported\"?";
    assert!(said.contains(hint), "{said}");
    let output = program.run(&["history", "--member", "scopes", "--format", "json"]);
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "[]\n",
        "a program reads that"
    );
}

#[test]
fn a_pattern_stands_for_a_name_wherever_one_is_taken() {
    let site = Site::tls();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    let asked: [&[&str]; 5] = [
        &["check", "arch*"],
        &["status", "*/oauth-*"],
        &["history", "*era"],
        &["history", "export", "a*"],
        &["history", "at", "arch*", "0s"],
    ];
    for asked in asked {
        let (code, said) = program.said(asked);
        assert_eq!(
            (code, said.contains("rchera")),
            (0, true),
            "{asked:?} {said}"
        );
    }
}

#[test]
fn a_span_that_ends_on_a_day_ends_with_that_day() {
    let site = Site::tls();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    // The day of the observation, also where midnight passes meanwhile.
    let store = program.store();
    let at: i64 = store
        .query_row("SELECT at FROM event", [], |row| row.get(0))
        .unwrap();
    let at = jiff::Timestamp::from_millisecond(at).unwrap();
    let day = at.strftime("%Y-%m-%d").to_string();
    let before = at - jiff::SignedDuration::from_hours(24);
    let before = before.strftime("%Y-%m-%d").to_string();
    let events = |until: &str| program.said(&["history", "--until", until]).1;
    assert!(events(&day).contains("1 of 1 event"), "{}", events(&day));
    assert!(events(&before).contains("0 of 0 events"));
    let midnight = format!("{day}T00:00:00Z");
    assert!(
        events(&midnight).contains("0 of 0 events"),
        "an instant is one"
    );
    let (code, said) = program.said(&["history", "at", "archera", &day]);
    assert_eq!(code, 0);
    assert!(said.contains("scopes_supported"), "{said}");
    let (code, said) = whole(&program, &["history", "at", "archera", &before]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains(&format!("was not known on {before}")),
        "{said}"
    );
}

#[test]
fn a_check_says_which_mails_did_not_leave_and_why() {
    let site = Site::plain();
    // A port that nobody listens on: it was just given back.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mail = format!("transport = \"smtp\"\nurl = \"smtp://127.0.0.1:{port}\"");
    let program = Program::watching(&site, &mail, NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    let without = document(&site.issuer).replace("\"billing:write\",", "");
    site.answer(Reply::json(&without));
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 3, "{said}");
    assert!(
        said.contains("1 mail deferred; tried again by `run` or the next `check`\n  iam@example.com: Connection refused"),
        "{said}"
    );
}

#[test]
fn a_check_that_records_nothing_takes_an_empty_file_for_no_store() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    program.write("issuerwatch.db", "");
    let (code, said) = program.said(&["check", "--no-record"]);
    assert_eq!((code, said.contains("first seen")), (0, true), "{said}");
    assert_eq!(program.read("issuerwatch.db"), "");
    let asked = program.run(&["history"]);
    let errors = String::from_utf8_lossy(&asked.stderr).into_owned();
    assert!(errors.contains("it holds no history yet"), "{errors}");
}

#[test]
fn the_manual_page_has_every_command_with_its_options() {
    let site = Site::plain();
    let (code, page) = Program::watching(&site, "", NEVER).said(&["man"]);
    assert_eq!(code, 0);
    for words in [
        "ISSUERWATCH CHECK",
        "ISSUERWATCH HISTORY SHOW",
        "ISSUERWATCH CONFIG CHECK",
        "no\\-record",
        "plan",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn a_package_gets_a_manual_page_for_each_command() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    let folder = program.folder.path().join("man");
    std::fs::create_dir(&folder).unwrap();
    let (code, said) = program.said(&["man", "--out", "man"]);
    assert_eq!((code, said.as_str()), (0, ""));
    let page = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let whole = page("issuerwatch.1");
    for section in ["FILES", "ENVIRONMENT", "\"EXIT STATUS\"", "EXAMPLES"] {
        assert!(whole.contains(&format!(".SH {section}\n")), "{section}");
    }
    assert!(page("issuerwatch-history-diff.1").contains("against"));
    let asked = program.run(&["man", "--out", "nowhere"]);
    let errors = String::from_utf8_lossy(&asked.stderr).into_owned();
    assert!(errors.contains("nowhere: "), "{errors}");
    assert_eq!(asked.status.code(), Some(1));
}

#[test]
fn a_command_that_fails_midway_leaves_one_whole_file() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    let known = document(&site.issuer);
    site.answer(Reply::json(&known));
    program.said(&["check"]);
    site.answer(Reply::json(
        &known.replace("billing:write", "billing:admin"),
    ));
    for args in [&["check"][..], &["accept", "2", "--reason", "announced"]] {
        let full = std::fs::File::options().write(true).open("/dev/full");
        program
            .command(args)
            .stdout(full.unwrap())
            .output()
            .unwrap();
        for ending in ["-wal", "-shm"] {
            let name = format!("issuerwatch.db{ending}");
            assert!(
                !program.folder.path().join(&name).exists(),
                "{args:?} {name}"
            );
        }
    }
    let events = program.events();
    let kinds: Vec<&str> = events.iter().filter_map(|it| it["kind"].as_str()).collect();
    assert_eq!(kinds, ["first-seen", "changed", "accepted"]);
}

#[test]
fn pages_of_the_manual_need_a_directory_and_say_so() {
    let program = Program::alone("issuer = \"https://not-recorded.example\"");
    for place in ["config.toml", "nowhere"] {
        let output = program.run(&["man", "--out", place]);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{place}: {errors}");
        assert!(errors.contains("make one of this name"), "{errors}");
    }
    assert_eq!(program.said(&["man", "--out", "."]).0, 0);
    assert!(program.read("issuerwatch.1").contains(".SH EXAMPLES"));
}

#[test]
fn a_path_that_would_command_a_terminal_is_shown_and_not_obeyed() {
    let program = Program::alone("issuer = \"https://not-recorded.example\"");
    let config = program.read("config.toml");
    program.write("bad\u{1b}.toml", "nonsense = 1\n");
    program.write(
        "good\u{1b}.toml",
        &format!("include = [\"*.more\"]\n{config}"),
    );
    program.write("bad\u{9b}.more", "nonsense = 1\n");
    program.write("recording.jsonl", "");
    program.said(&["replay", "recording.jsonl", "--into", "issuerwatch.db"]);
    let all: [(&[&str], i32); 10] = [
        (&["--config", "no\u{1b}.toml", "check"], 78),
        (&["--config", "bad\u{1b}.toml", "config", "check"], 78),
        (&["--config", "good\u{1b}.toml", "config", "check"], 78),
        (&["--store", "no\u{1b}.db", "history"], 1),
        (&["--store", "no\u{1b}.db", "check"], 2),
        (&["replay", "no\u{1b}.jsonl"], 1),
        (
            &[
                "replay",
                "recording.jsonl",
                "--mails",
                "recording.jsonl/\u{1b}",
            ],
            1,
        ),
        (&["report", "--out", "page\u{1b}.html"], 0),
        (&["report", "--out", "no\u{1b}/page.html"], 1),
        (&["man", "--out", "no\u{1b}"], 1),
    ];
    for (args, code) in all {
        let output = program.run(args);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said:?}");
        assert!(!said.contains(['\u{1b}', '\u{9b}']), "{args:?}: {said:?}");
        assert!(said.contains("<U+00"), "{args:?}: {said:?}");
    }
}

#[test]
fn a_configuration_that_is_named_and_not_there_is_no_empty_one() {
    let site = Site::tls();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    // The store beside it is that of another file.
    for command in ["status", "history", "outbox"] {
        let (code, text) = whole(&program, &["--config", "misspelt.toml", command]);
        assert_eq!(code, Some(78), "{command}: {text}");
        assert!(text.contains("misspelt.toml: cannot read"), "{text}");
    }
}
