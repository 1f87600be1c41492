//! `report`, with the built binary: one page, whole, that needs nothing else; and the daemon that writes it.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;

use super::support::program::{Program, document};
use super::support::site::{Reply, Site};
use super::support::wait_until;

const NEVER: &str = "0 0 1 1 *";

/// A store with the recording that has one of each kind.
fn recorded() -> Program {
    let program = Program::alone("issuer = \"https://not-recorded.example\"");
    let recording = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/recording/observations.jsonl"
    );
    let output = program.run(&["replay", recording, "--into", "history.db"]);
    assert!(output.status.success(), "{output:?}");
    program.point_at("history.db");
    program
}

/// The values of an attribute, wherever it stands.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let begin = format!(" {attribute}=\"");
    let parts = page.split(&begin).skip(1);
    parts.map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn a_report_is_one_page_that_runs_nothing_loads_nothing_and_leads_nowhere() {
    let program = recorded();
    let (code, said) = program.said(&["report", "--out", "page.html"]);
    assert_eq!(code, 0);
    assert!(said.starts_with("page.html: 31 providers, "), "{said}");
    let page = program.read("page.html");
    for forbidden in ["<script", "@import", "url(", " src=", "<link", "<base"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    let ids: Vec<&str> = values(&page, "id");
    let once: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), once.len(), "an id stands twice");
    for link in values(&page, "href") {
        let anchor = link.strip_prefix('#').expect("it leads elsewhere");
        assert!(once.contains(anchor), "{link} leads nowhere");
    }
    for part in [
        "<main>",
        "<nav ",
        "<header>",
        "<footer>",
        "<details ",
        "<del>",
        "<ins>",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(
        page.matches("<svg role=\"img\"").count(),
        page.matches("<title>").count() - 1
    );
    assert_eq!(page.matches("<h1>").count(), 1);
    assert!(!page.chars().any(|c| c.is_control() && c != '\n'));
}

#[test]
fn the_store_is_named_and_only_read_and_the_page_is_for_the_group_at_most() {
    let program = recorded();
    let store = program.folder.path().join("history.db");
    let before = std::fs::read(&store).unwrap();
    std::fs::remove_file(program.folder.path().join("config.toml")).unwrap();
    let args = [
        "--store",
        "history.db",
        "report",
        "balanced",
        "--out",
        "page.html",
    ];
    let (code, said) = program.said(&[&args[..], &["--since", "2025-02-01"]].concat());
    assert_eq!(code, 0);
    assert!(said.starts_with("page.html: 1 provider, "), "{said}");
    assert_eq!(std::fs::read(&store).unwrap(), before);
    let found = std::fs::metadata(program.folder.path().join("page.html")).unwrap();
    assert_eq!(
        found.permissions().mode() & 0o137,
        0,
        "{:o}",
        found.permissions().mode()
    );
    let page = program.read("page.html");
    assert!(page.contains("from 2025-02-01 to the last poll"));
    assert!(!page.contains("datetime=\"2025-01-"), "it is from before");
}

#[test]
fn what_is_asked_for_and_not_there_is_said_and_the_page_before_stays() {
    let program = recorded();
    program.said(&["report", "--out", "page.html"]);
    let before = program.read("page.html");
    let output = program.run(&["report", "balancd", "--out", "page.html"]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(errors.contains("did you mean \"balanced\"?"), "{errors}");
    assert_eq!(program.read("page.html"), before);
    for (args, code, why) in [
        (&["report"][..], 2, "--out <FILE>"),
        (&["report", "--out", "-"], 2, "name a file, or /dev/stdout"),
        (&["report", "--out", ""], 2, "it is no file: name a file"),
        (
            &["report", "--out", "r.html/"],
            2,
            "it is no file: name a file",
        ),
        (&["report", "--out", "."], 1, ". is no file: name a file"),
        (&["report", "--out", "not-there/page.html"], 1, "no folder"),
    ] {
        let output = program.run(args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {errors}");
        assert!(errors.contains(why), "{args:?}: {errors}");
    }
    // Nothing is left beside it.
    let names = std::fs::read_dir(program.folder.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(
        !names
            .into_iter()
            .any(|name| name.starts_with(".issuerwatch-report"))
    );
}

fn watching(report: &str) -> (Site, Program) {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    let config = program.read("config.toml");
    program.write("config.toml", &format!("[report]\n{report}\n{config}"));
    (site, program)
}

#[test]
fn the_daemon_writes_the_page_and_a_reload_takes_another_one() {
    let (_site, program) = watching("file = \"page.html\"\nevery = \"1s\"");
    let daemon = program.daemon();
    let holds = |name: &str| {
        let page = std::fs::read_to_string(program.folder.path().join(name));
        page.is_ok_and(|page| page.contains(">archera</a>"))
    };
    wait_until("the page has what was seen", || holds("page.html"));
    program.configure("page.html", "other.html");
    daemon.signal("-HUP");
    wait_until("the other one is written", || holds("other.html"));
    assert_eq!(daemon.terminate(), Some(0));
}

#[test]
fn a_page_that_cannot_be_written_is_said_once_and_stops_nothing() {
    let (_site, program) = watching("file = \"away/page.html\"\nevery = \"1s\"");
    let daemon = program.daemon();
    wait_until("it is said", || program.log().contains("no report: "));
    std::fs::create_dir(program.folder.path().join("away")).unwrap();
    wait_until("that it is over is said", || {
        program.log().contains("reports are written again")
    });
    assert_eq!(daemon.terminate(), Some(0));
    let log = program.log();
    assert_eq!(log.matches("no report").count(), 1, "{log}");
    assert!(!log.contains("ERROR"), "{log}");
}
