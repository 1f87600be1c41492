//! `[store] keep_bodies`: bodies are dropped by their time, and the history goes on answering.

use serde_json::json;

use super::replay::replayed;
use super::support::program::{Program, document, states};
use super::support::site::{Reply, Site};
use super::support::wait_until;

const NEVER: &str = "0 0 1 1 *";

/// A document with something of its own, and some length.
fn numbered(site: &Site, number: usize) -> String {
    let page = format!("https://a.example/{number}/{}", "x".repeat(20_000));
    let mut document: serde_json::Value = serde_json::from_str(&document(&site.issuer)).unwrap();
    document["service_documentation"] = page.into();
    document.to_string()
}

/// Documents that a site showed one after the other; all but the last ended years ago.
fn aged(count: usize) -> (Site, Program) {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    let start: jiff::Timestamp = "2022-01-01T00:00:00Z".parse().unwrap();
    let url = format!("{}/.well-known/oauth-authorization-server", site.issuer);
    let lines = (0..count).map(|number| {
        let at = start + jiff::SignedDuration::from_hours(i64::try_from(number).unwrap());
        let line = json!({"at": at.to_string(), "provider": "archera",
            "document": "oauth-authorization-server", "url": url, "status": 200,
            "content_type": "application/json", "body": numbered(&site, number)});
        format!("{line}\n")
    });
    replayed(&program, &lines.collect::<String>(), "issuerwatch.db");
    site.answer(Reply::json(&numbered(&site, count - 1)));
    (site, program)
}

/// Keeps the bytes as earlier versions did: what is packed takes hardly any room beside its document.
fn make_plain(program: &Program) {
    for state in states(&program.store_path()) {
        let sql = "UPDATE body SET bytes = ?2, packed_with = NULL
             WHERE sha256 = (SELECT body FROM snapshot WHERE id = ?1)";
        let changed = program
            .store()
            .execute(sql, rusqlite::params![state.snapshot_id, state.body]);
        assert_eq!(changed, Ok(1));
    }
}

fn keep(program: &Program, time: &str) {
    let config = program.read("config.toml");
    let config = format!("[store]\nkeep_bodies = \"{time}\"\n{config}");
    program.write("config.toml", &config);
}

fn count(program: &Program, sql: &str) -> i64 {
    program
        .store()
        .query_row(sql, [], |row| row.get(0))
        .unwrap()
}

fn bodies(program: &Program) -> i64 {
    count(program, "SELECT count(*) FROM body")
}

fn raw(program: &Program, at: &str) -> (Option<i32>, String, String) {
    let args = [
        "history",
        "at",
        "archera/oauth-authorization-server",
        at,
        "--raw",
    ];
    let output = program.run(&args);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_check_drops_what_is_older_and_the_history_goes_on_answering() {
    let (site, program) = aged(5);
    make_plain(&program);
    let (_, events) = program.said(&["history", "--format", "json"]);
    let (_, verified) = program.said(&["history", "verify"]);
    assert!(verified.contains("5 bodies hold"), "{verified}");
    program.said(&["check"]);
    assert_eq!(bodies(&program), 5, "it is off where nobody asks for it");
    keep(&program, "400d");
    program.said(&["check", "--no-record"]);
    assert_eq!(bodies(&program), 5, "who records nothing drops nothing");
    let pages = count(&program, "PRAGMA page_count");
    program.said(&["check"]);
    assert_eq!(bodies(&program), 1, "that of the baseline stays");
    let given_back = pages - count(&program, "PRAGMA page_count");
    assert!(given_back >= 4 * 20_000 / 4096, "{given_back} pages");
    let (code, verified) = program.said(&["history", "verify"]);
    assert_eq!(code, 0);
    assert!(verified.contains("1 body hold"), "{verified}");
    assert_eq!(program.said(&["history", "--format", "json"]).1, events);
    // The document of a time is there, its bytes are not.
    let sql = "SELECT max(first_seen_at) FROM snapshot WHERE ended_at IS NOT NULL";
    let then = jiff::Timestamp::from_millisecond(count(&program, sql)).unwrap();
    let then = then.to_string();
    let (code, said, errors) = raw(&program, &then);
    assert_eq!((code, said.as_str()), (Some(4), ""), "{errors}");
    assert!(
        errors.contains("are not kept any more (keep_bodies)"),
        "{errors}"
    );
    let at = ["history", "at", "archera/oauth-authorization-server", &then];
    let (code, said) = program.said(&at);
    assert_eq!((code, said.contains("/3/xxx")), (0, true), "{said}");
    let (code, said, _) = raw(&program, "2999-01-01");
    assert_eq!((code, said), (Some(0), numbered(&site, 4)));
    let (_, blamed) = program.said(&["history", "blame", "archera", "service_documentation"]);
    assert!(blamed.contains("service_documentation"), "{blamed}");
    let (code, exported) = program.said(&["history", "export"]);
    assert_eq!((code, exported.matches("\"body\":").count()), (0, 5));
    let (_, status) = program.said(&["status"]);
    let kept = "bodies: 1 state with the bytes received, 4 states without (keep_bodies)";
    assert!(status.contains(kept), "{status}");
    let (_, status) = program.said(&["status", "--format", "json"]);
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["bodies"], json!({"kept": 1, "dropped": 4}));
}

#[test]
fn a_body_that_a_newer_state_has_as_well_stays_for_that_one() {
    let (site, program) = aged(3);
    // The first document again: one body for both.
    site.answer(Reply::json(&numbered(&site, 0)));
    program.said(&["check"]);
    keep(&program, "400d");
    program.said(&["check"]);
    // That which ended just now, and that which is there.
    assert_eq!(bodies(&program), 2);
    let (code, said, _) = raw(&program, "2999-01-01");
    assert_eq!((code, said), (Some(0), numbered(&site, 0)));
    assert_eq!(program.said(&["history", "verify"]).0, 0);
}

#[test]
fn a_daemon_drops_what_is_older_in_steps_while_it_works() {
    // More than two steps.
    let (site, program) = aged(40);
    keep(&program, "400d");
    let daemon = program.daemon();
    wait_until("bodies are dropped", || bodies(&program) == 1);
    wait_until("it is said", || {
        program
            .log()
            .contains("dropped the bodies that are older than keep_bodies")
    });
    assert_eq!(
        count(&program, "PRAGMA freelist_count"),
        0,
        "room is given back"
    );
    assert_eq!(daemon.terminate(), Some(0));
    assert_eq!(program.said(&["history", "verify"]).0, 0);
    drop(site);
}
