//! The service: reloads, what systemd is told, and which trouble it lives through.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};
use crate::support::wait_until;

const NEVER: &str = "0 0 1 1 *";
const ALWAYS: &str = "* * * * * *";

fn without_write(issuer: &str) -> String {
    document(issuer).replace("\"billing:write\",", "")
}

/// A site, and a daemon that has seen its document.
fn watching(schedule: &str) -> (Site, Program) {
    let site = Site::plain();
    let program = Program::watching(&site, "", schedule);
    site.answer(Reply::json(&document(&site.issuer)));
    (site, program)
}

fn wait_for_log(program: &Program, words: &str) {
    wait_until(words, || program.log().contains(words));
}

#[test]
fn a_reload_replaces_targets_schedules_mail_and_limits_without_a_restart() {
    let (site, program) = watching(NEVER);
    let second = Site::plain();
    second.answer(Reply::json(&document(&second.issuer)));
    let daemon = program.daemon();
    wait_for_log(&program, "first seen");
    site.answer(Reply::json(&without_write(&site.issuer)));
    program.configure(NEVER, ALWAYS);
    program.configure("[mail]", "[mail]\ndirectory = \"elsewhere\"");
    program.configure("[fetch]", "[fetch]\nuser_agent = \"other/1\"");
    let path = program.folder.path().join("config.toml");
    let more = format!(
        "{}\n[[provider]]\nname = \"second\"\nissuer = \"{}\"\n\
         documents = [\"oauth-authorization-server\"]\n",
        std::fs::read_to_string(&path).unwrap(),
        second.issuer
    );
    std::fs::write(&path, more).unwrap();
    daemon.signal("-HUP");
    wait_for_log(
        &program,
        "reloaded; watching 2 documents; new: second/oauth-authorization-server",
    );
    wait_until("the new provider is polled", || {
        !second.requests().is_empty()
    });
    let elsewhere = program.folder.path().join("elsewhere");
    wait_until("the mail goes the new way", || {
        std::fs::read_dir(&elsewhere).is_ok_and(|entries| entries.count() > 0)
    });
    let requests = site.requests();
    let last = requests.last().unwrap();
    assert_eq!(last.header("user-agent"), Some("other/1"));

    let text = std::fs::read_to_string(&path).unwrap();
    let (one, _) = text
        .split_once("\n[[provider]]\nname = \"second\"")
        .unwrap();
    std::fs::write(&path, one).unwrap();
    daemon.signal("-HUP");
    wait_for_log(
        &program,
        "reloaded; watching 1 document; gone: second/oauth-authorization-server, whose history stays",
    );
    assert_eq!(daemon.terminate(), Some(0));
    let retired: i64 = program
        .store()
        .query_row(
            "SELECT count(*) FROM target WHERE retired_at IS NOT NULL AND provider = 'second'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(retired, 1);
}

#[test]
fn a_bad_configuration_is_not_taken_up_and_the_log_says_why() {
    let (site, program) = watching(ALWAYS);
    let daemon = program.daemon();
    wait_for_log(&program, "first seen");
    program.configure("group_wait", "group_weight");
    program.configure("confirm_after", "confirm_before");
    daemon.signal("-HUP");
    wait_for_log(&program, "group_weight");
    wait_for_log(&program, "confirm_before");
    let log = program.log();
    let refused = log.lines().filter(|line| line.contains("not reloaded"));
    assert_eq!(refused.count(), 2, "a line a problem: {log}");
    let polls = site.requests().len();
    wait_until("it goes on", || site.requests().len() > polls + 1);
    program.configure("group_weight", "group_wait");
    program.configure("confirm_before", "confirm_after");
    program.configure("[mail]", "[store]\npath = \"other.db\"\n[mail]");
    daemon.signal("-HUP");
    wait_for_log(&program, "[store] path cannot change while the daemon runs");
    program.configure("[store]\npath = \"other.db\"\n", "");
    daemon.signal("-HUP");
    wait_for_log(&program, "reloaded; watching 1 document");
    assert_eq!(daemon.terminate(), Some(0));
}

#[test]
fn a_reload_reads_what_is_included_again() {
    let (_site, program) = watching(NEVER);
    let config = program.read("config.toml");
    program.write(
        "config.toml",
        &format!("include = [\"more-*.toml\"]\n{config}"),
    );
    let daemon = program.daemon();
    wait_for_log(&program, "watching 1 document");
    let said = "config.toml: include \"more-*.toml\": no file is so called";
    assert!(program.log().contains(said), "{}", program.log());
    let second = Site::tls();
    second.answer(Reply::json(&document(&second.issuer)));
    let more = format!(
        "[[provider]]\nname = \"second\"\nissuer = \"{}\"\ndocuments = [\"oauth-authorization-server\"]\n",
        second.issuer
    );
    program.write("more-1.toml", &more);
    daemon.signal("-HUP");
    let said = "reloaded; watching 2 documents; new: second/oauth-authorization-server";
    wait_for_log(&program, said);
    assert_eq!(daemon.terminate(), Some(0));
}

#[test]
fn a_poll_in_flight_ends_as_it_began() {
    let (site, program) = watching(ALWAYS);
    program.configure("[fetch]", "[fetch]\ntimeout = \"3s\"");
    let daemon = program.daemon();
    wait_for_log(&program, "first seen");
    // Half of the answer comes, and the poll hangs at it while the reload happens.
    site.answer(Reply::json(&document(&site.issuer)).stall_in_body());
    let polls = site.requests().len();
    wait_until("a poll hangs", || site.requests().len() > polls);
    program.configure("\"3s\"", "\"1s\"");
    daemon.signal("-HUP");
    wait_for_log(&program, "reloaded");
    wait_for_log(&program, "within 3 s");
    wait_for_log(&program, "within 1 s");
    assert_eq!(daemon.terminate(), Some(0));
}

#[test]
fn a_poll_in_flight_may_commit_after_sigterm() {
    let (site, program) = watching(ALWAYS);
    program.configure("[fetch]", "[fetch]\ntimeout = \"2s\"");
    let daemon = program.daemon();
    wait_for_log(&program, "first seen");
    site.answer(Reply::json(&document(&site.issuer)).stall_in_body());
    let polls = site.requests().len();
    wait_until("a poll hangs", || site.requests().len() > polls);
    assert_eq!(daemon.terminate(), Some(0));
    let failed: i64 = program
        .store()
        .query_row("SELECT failed_polls FROM tracking", [], |row| row.get(0))
        .unwrap();
    assert_eq!(failed, 1);
    assert!(program.log().contains("ended"), "{}", program.log());
}

#[test]
fn systemd_is_told_of_ready_reload_watchdog_and_end() {
    let (_site, program) = watching(ALWAYS);
    let path = program.folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let next = |wanted: &str| loop {
        let mut buffer = [0; 4_096];
        let length = socket.recv(&mut buffer).expect(wanted);
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if text.contains(wanted) {
            return text;
        }
    };
    let daemon = program.daemon_with(&[
        ("NOTIFY_SOCKET", path.to_str().unwrap()),
        ("WATCHDOG_USEC", "1000000"),
    ]);
    assert!(next("READY=1").contains("STATUS=1 document watched, 0 failing"));
    next("WATCHDOG=1");
    next("WATCHDOG=1");
    daemon.signal("-HUP");
    assert!(next("RELOADING=1").contains("MONOTONIC_USEC="));
    next("READY=1");
    program.configure("[mail]", "[mial]");
    daemon.signal("-HUP");
    next("RELOADING=1");
    assert!(next("READY=1").contains("STATUS=reload failed, see the log; 1 document watched"));
    next("WATCHDOG=1");
    program.configure("[mial]", "[mail]");
    daemon.signal("-HUP");
    next("RELOADING=1");
    assert!(next("READY=1").contains("STATUS=1 document watched"));
    daemon.signal("-TERM");
    next("STOPPING=1");
    assert_eq!(daemon.ended(), Some(0));
}

#[test]
fn a_daemon_that_starts_says_what_was_failing_before_it() {
    let (site, program) = watching("0 0 1 1 *");
    assert_eq!(program.said(&["check"]).0, 0);
    site.answer(Reply::status(503));
    assert_eq!(program.said(&["check"]).0, 4);
    let path = program.folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let daemon = program.daemon_with(&[("NOTIFY_SOCKET", path.to_str().unwrap())]);
    let mut buffer = [0; 4_096];
    let length = socket.recv(&mut buffer).unwrap();
    let said = String::from_utf8_lossy(&buffer[..length]);
    assert!(
        said.contains("STATUS=1 document watched, 1 failing"),
        "{said}"
    );
    assert_eq!(daemon.terminate(), Some(0));
}

#[test]
fn what_the_store_can_never_do_ends_the_daemon_with_its_reason() {
    for (damage, words) in [
        (
            "ALTER TABLE snapshot RENAME TO gone",
            "cannot record the poll of archera/oauth-authorization-server: the store failed while",
        ),
        (
            "ALTER TABLE delivery RENAME TO gone",
            "cannot deliver mails: the store failed while",
        ),
    ] {
        let (site, program) = watching(ALWAYS);
        let daemon = program.daemon();
        wait_for_log(&program, "first seen");
        program.store().execute_batch(damage).unwrap();
        site.answer(Reply::json(&without_write(&site.issuer)));
        assert_eq!(daemon.ended(), Some(1), "{damage}: {}", program.log());
        let log = program.log();
        assert!(log.contains(&format!("issuerwatch: {words}")), "{log}");
        assert!(log.contains("no such table"), "{log}");
    }
}

#[test]
fn a_locked_store_is_waited_for_and_nothing_is_lost() {
    let (site, program) = watching(ALWAYS);
    let daemon = program.daemon();
    wait_for_log(&program, "first seen");
    let lock = program.store();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    site.answer(Reply::json(&without_write(&site.issuer)));
    wait_for_log(&program, "database is locked");
    lock.execute_batch("COMMIT").unwrap();
    wait_until("the change is mailed", || program.mails().len() == 1);
    assert_eq!(daemon.terminate(), Some(0));
}

#[test]
fn what_a_document_says_reaches_the_log_on_one_line_and_harmless() {
    let (site, program) = watching(ALWAYS);
    let daemon = program.daemon();
    wait_for_log(&program, "first seen");
    let hostile = document(&site.issuer).replace("\"openid\"", r#""\u001b[2J\u202e\nERROR x""#);
    site.answer(Reply::json(&hostile));
    wait_for_log(&program, "changed");
    site.answer(Reply::of(
        "text/html",
        "<title>\u{1b}[2J\u{202e}ERROR y</title>".as_bytes(),
    ));
    wait_for_log(&program, "failed (");
    assert_eq!(daemon.terminate(), Some(0));
    let log = program.log();
    assert!(
        !log.contains('\u{1b}') && !log.contains('\u{202e}'),
        "{log}"
    );
    assert!(!log.lines().any(|line| line.starts_with("ERROR")), "{log}");
}

#[test]
fn a_daemon_that_was_killed_and_not_stopped_is_told_until_another_one_begins() {
    let (_site, program) = watching(NEVER);
    let first = |program: &Program| {
        let (code, text) = program.said(&["status"]);
        (code, text.lines().next().unwrap_or_default().to_owned())
    };
    let daemon = program.daemon();
    wait_for_log(&program, "first seen");
    let (code, line) = first(&program);
    assert_eq!(code, 0, "{line}");
    assert!(line.starts_with("daemon: running (process "), "{line}");
    assert!(line.contains(" since "), "{line}");
    daemon.kill();
    let killed = |program: &Program| {
        let (code, line) = first(program);
        assert_eq!(code, 4, "{line}");
        assert!(line.contains("was killed and not stopped"), "{line}");
        let (_, json) = program.said(&["status", "--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["daemon"]["running"], false);
        assert!(json["daemon"]["killed"]["process"].is_u64(), "{json}");
    };
    killed(&program);
    // What is typed at a shell meanwhile is no daemon.
    program.said(&["check"]);
    program.said(&["accept", "1", "--reason", "it is ours"]);
    killed(&program);
    let daemon = program.daemon();
    wait_until("the new one is ready", || first(&program).0 == 0);
    assert_eq!(daemon.terminate(), Some(0));
    assert_eq!(first(&program), (0, "daemon: not running".to_owned()));
}

#[test]
fn a_daemon_that_ended_for_a_reason_of_its_own_was_not_stopped() {
    let (site, program) = watching(ALWAYS);
    let daemon = program.daemon();
    wait_for_log(&program, "first seen");
    let damage = "ALTER TABLE snapshot RENAME TO gone";
    program.store().execute_batch(damage).unwrap();
    site.answer(Reply::json(&without_write(&site.issuer)));
    assert_eq!(daemon.ended(), Some(1), "{}", program.log());
    let back = "ALTER TABLE gone RENAME TO snapshot";
    program.store().execute_batch(back).unwrap();
    let (code, text) = program.said(&["status"]);
    assert_eq!(code, 4, "{text}");
    assert!(text.contains("was killed and not stopped"), "{text}");
}

#[test]
fn a_stop_writes_every_poll_that_was_made() {
    let (site, program) = watching(ALWAYS);
    let daemon = program.daemon();
    wait_until("some polls saw the same", || site.requests().len() >= 4);
    assert_eq!(daemon.terminate(), Some(0));
    let polls = "SELECT revision - unpolled FROM tracking";
    let polls: i64 = program
        .store()
        .query_row(polls, [], |row| row.get(0))
        .unwrap();
    assert_eq!(usize::try_from(polls), Ok(site.requests().len()));
}

#[test]
fn a_daemon_ends_if_polls_that_saw_nothing_new_can_never_be_written() {
    let (_site, program) = watching(ALWAYS);
    let daemon = program.daemon();
    wait_for_log(&program, "first seen");
    let broken = "CREATE TRIGGER broken BEFORE UPDATE ON tracking
        BEGIN SELECT raise(FAIL, 'for ever'); END";
    program.store().execute_batch(broken).unwrap();
    assert_eq!(daemon.ended(), Some(1), "{}", program.log());
    let log = program.log();
    assert!(log.contains("the store failed while committing"), "{log}");
}
