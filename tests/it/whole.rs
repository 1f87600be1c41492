//! The whole loop: poll, remember, compare, mail, ask.

use std::net::TcpListener;

use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};
use crate::support::smtp::{Manner, Smtp};
use crate::support::wait_until;

const NEVER: &str = "0 0 1 1 *";
const ALWAYS: &str = "* * * * * *";

fn without_write(issuer: &str) -> String {
    document(issuer).replace("\"billing:write\",", "")
}

fn message_id(mail: &str) -> &str {
    mail.lines()
        .find_map(|line| line.strip_prefix("Message-ID: "))
        .unwrap()
}

#[test]
fn check_tells_first_seen_changed_unchanged_failed_and_recovered_apart() {
    let site = Site::tls();
    let program = Program::watching(&site, "", NEVER);
    let check = |code: i32, words: &str| {
        let (ended, text) = program.said(&["check"]);
        assert_eq!(ended, code, "{text}");
        assert!(text.contains(words), "{text}");
    };
    site.answer(Reply::json(&document(&site.issuer)));
    check(0, "first seen");
    site.answer(Reply::json(&without_write(&site.issuer)));
    check(3, "scope removed: billing:write");
    let reordered = without_write(&site.issuer)
        .replace("\"billing:read\",\"openid\"", "\"openid\",\"billing:read\"");
    site.answer(Reply::json(&reordered));
    check(0, "unchanged");
    site.answer(Reply::of(
        "text/html",
        b"<!doctype html><title>Sign in</title>",
    ));
    check(4, "HTML instead of JSON (title \"Sign in\")");
    check(4, "2 in a row");
    check(4, "3 in a row");
    site.answer(Reply::json(&reordered));
    check(0, "recovered");
    let kinds: Vec<String> = program
        .events()
        .iter()
        .map(|event| event["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["first-seen", "changed", "failing", "recovered"]);
    let mails = program.mails();
    assert_eq!(mails.len(), 3, "a change, an outage, its end");
    assert!(
        mails[0].contains("Subject: [issuerwatch] archera: scope billing:write removed (breaking)")
    );
    assert!(mails[2].contains(&format!("In-Reply-To: {}", message_id(&mails[1]))));
    assert_eq!(program.said(&["history", "verify"]).0, 0);
}

#[test]
fn a_return_is_told_as_one_in_the_thread_of_what_it_reverts() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    for body in [
        document(&site.issuer),
        without_write(&site.issuer),
        document(&site.issuer),
    ] {
        site.answer(Reply::json(&body));
        program.said(&["check"]);
    }
    let events = program.events();
    assert!(
        events[2]["summary"]
            .as_str()
            .unwrap()
            .starts_with("reverted after "),
        "{}",
        events[2]
    );
    let mails = program.mails();
    let subject = "Subject: [issuerwatch] REVERTED archera: scope billing:write back";
    assert!(mails[1].contains(subject), "{}", mails[1]);
    assert!(mails[1].contains(&format!("In-Reply-To: {}", message_id(&mails[0]))));
}

#[test]
fn another_issuer_is_security_and_exits_3() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    let slash = document(&site.issuer).replacen("\",\"authorization", "/\",\"authorization", 1);
    assert_ne!(slash, document(&site.issuer));
    site.answer(Reply::json(&slash));
    let (code, text) = program.said(&["check"]);
    assert_eq!(code, 3, "{text}");
    assert!(
        text.contains("[issuer-changed]") && text.contains("[issuer-mismatch]"),
        "{text}"
    );
}

#[test]
fn a_conditional_request_is_made_and_its_304_counts_as_seen() {
    let site = Site::tls();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)).etag("\"v1\""));
    program.said(&["check"]);
    let (code, text) = program.said(&["check"]);
    assert_eq!(code, 0);
    assert!(text.contains("unchanged"), "{text}");
    assert_eq!(site.requests()[1].header("if-none-match"), Some("\"v1\""));
}

#[test]
fn a_site_with_an_untrusted_certificate_is_not_read() {
    let mut site = Site::tls();
    site.ca_file = None;
    let program = Program::watching(&site, "", NEVER);
    let (code, text) = program.said(&["check"]);
    assert_eq!(code, 4);
    assert!(
        text.contains("certificate is not signed by a trusted CA"),
        "{text}"
    );
}

#[test]
fn a_redirect_inward_is_refused_and_too_many_are_not_followed() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::status(302).header("Location", "https://169.254.169.254/latest"));
    let (code, text) = program.said(&["check"]);
    assert_eq!(
        (code, text.contains("169.254.169.254 is not public")),
        (4, true),
        "{text}"
    );
    site.answer(Reply::status(302).header("Location", "/again"));
    let (_, text) = program.said(&["check"]);
    assert!(text.contains("redirect 4 not followed"), "{text}");
    site.answer(Reply::status(302).header("Location", "http://example.com/"));
    let (_, text) = program.said(&["check"]);
    assert!(text.contains("plain http refused"), "{text}");
}

#[test]
fn a_body_over_the_cap_is_too_large() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::of("application/json", &vec![b' '; (1 << 20) + 1]));
    let (code, text) = program.said(&["check"]);
    assert_eq!(
        (code, text.contains("larger than 1 MiB")),
        (4, true),
        "{text}"
    );
}

#[test]
fn text_of_a_document_never_reaches_the_terminal_as_a_command() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    let hostile = document(&site.issuer).replace("\"openid\"", r#""\u001b[2J\u202e<b>""#);
    site.answer(Reply::json(&hostile));
    program.said(&["check"]);
    for args in [
        &["history"][..],
        &["history", "show", "2"],
        &["history", "at", "archera", "0s"],
    ] {
        let (_, text) = program.said(args);
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{202e}'),
            "{args:?}: {text}"
        );
    }
}

#[test]
fn the_daemon_mails_a_change_and_ends_on_sigterm_with_0() {
    let (site, smtp) = (Site::tls(), Smtp::start(Manner::Good));
    let mail = format!(
        "transport = \"smtp\"\nurl = \"smtp://127.0.0.1:{}\"",
        smtp.port
    );
    let program = Program::watching(&site, &mail, ALWAYS);
    site.answer(Reply::json(&document(&site.issuer)));
    let daemon = program.daemon();
    wait_until("the first poll", || !site.requests().is_empty());
    wait_until("it is recorded", || {
        program.said(&["status"]).1.contains("good")
    });
    assert_eq!(
        program.run(&["run"]).status.code(),
        Some(1),
        "a second daemon is refused"
    );
    site.answer(Reply::json(&without_write(&site.issuer)));
    wait_until("the mail", || !smtp.messages().is_empty());
    assert_eq!(daemon.terminate(), Some(0));
    assert_eq!(smtp.messages().len(), 1);
    assert!(smtp.messages()[0].contains("BREAKING  archera"));
}

#[test]
fn a_mail_waits_for_its_server_and_a_refused_recipient_blocks_nobody() {
    let site = Site::plain();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mail = format!("transport = \"smtp\"\nurl = \"smtp://127.0.0.1:{port}\"");
    let program = Program::watching(&site, &mail, NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    site.answer(Reply::json(&without_write(&site.issuer)));
    program.said(&["check"]);
    let (_, status) = program.said(&["status"]);
    assert!(status.contains("outbox: 1 waiting"), "{status}");
    assert!(status.contains("Connection refused"), "{status}");

    let smtp = Smtp::start(Manner::Rcpt("550 5.1.1 no such user"));
    let other = format!(
        "transport = \"smtp\"\nurl = \"smtp://127.0.0.1:{}\"",
        smtp.port
    );
    let second = Program::watching(&site, &other, NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    second.said(&["check"]);
    site.answer(Reply::json(&without_write(&site.issuer)));
    second.said(&["check"]);
    let (_, status) = second.said(&["status"]);
    assert!(status.contains("0 waiting; 1 refused"), "{status}");
    smtp.behave(Manner::Good);
    assert_eq!(second.said(&["alert", "test"]).0, 0);
}

#[test]
fn a_daemon_killed_before_it_settles_leaves_the_mail_with_its_message_id_to_be_sent_again() {
    let (site, smtp) = (Site::plain(), Smtp::start(Manner::SilentAfterDot));
    let mail = format!(
        "transport = \"smtp\"\nurl = \"smtp://127.0.0.1:{}\"",
        smtp.port
    );
    let program = Program::watching(&site, &mail, ALWAYS);
    site.answer(Reply::json(&document(&site.issuer)));
    let daemon = program.daemon();
    wait_until("it is recorded", || {
        program.said(&["status"]).1.contains("good")
    });
    site.answer(Reply::json(&without_write(&site.issuer)));
    wait_until("the first copy", || smtp.messages().len() == 1);
    daemon.kill();
    smtp.behave(Manner::Good);
    // The lease has not ended: end it by hand instead of waiting for minutes.
    let store = rusqlite::Connection::open(program.folder.path().join("issuerwatch.db")).unwrap();
    store
        .execute("UPDATE delivery SET next_attempt_at = 0", [])
        .unwrap();
    drop(store);
    let daemon = program.daemon();
    wait_until("the second copy", || smtp.messages().len() == 2);
    let messages = smtp.messages();
    assert_eq!(message_id(&messages[0]), message_id(&messages[1]));
    assert_eq!(
        messages[0].split_once("\r\n\r\n").unwrap().1.len(),
        messages[1].split_once("\r\n\r\n").unwrap().1.len()
    );
    assert_eq!(daemon.terminate(), Some(0));
}

#[test]
fn a_wrong_configuration_is_reported_whole_and_exits_78() {
    let site = Site::plain();
    let program = Program::watching(
        &site,
        "transport = \"smpt\"\nwait = 1\nexpire_after = \"soon\"",
        "61 * * * *",
    );
    let output = program.run(&["run"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{text}");
    assert!(
        text.contains("unknown transport \"smpt\"; did you mean \"smtp\"?"),
        "{text}"
    );
    assert!(text.contains("unknown key \"wait\""), "{text}");
    assert!(text.contains("schedule \"61 * * * *\""), "{text}");
    assert!(text.contains("expire_after"), "{text}");
    assert!(text.trim_end().ends_with("4 problems"), "{text}");
}

#[test]
fn a_changed_history_does_not_verify_and_a_newer_store_is_refused() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    let path = program.folder.path().join("issuerwatch.db");
    let store = rusqlite::Connection::open(&path).unwrap();
    store
        .execute(
            "UPDATE event SET content = replace(content, 'first', 'First')",
            [],
        )
        .unwrap();
    let (code, text) = program.said(&["history", "verify"]);
    assert_eq!(
        (code, text.contains("event 1 does not hold")),
        (1, true),
        "{text}"
    );
    store.pragma_update(None, "user_version", 99).unwrap();
    let output = program.run(&["check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("version 99"));
}

#[test]
fn the_shipped_configuration_is_valid() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config.toml");
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    let (code, text) = program.said(&["--config", path, "config", "check", "--plan"]);
    assert_eq!(code, 0);
    assert!(
        text.contains("https://api.archera.ai/.well-known/oauth-authorization-server"),
        "{text}"
    );
}

#[test]
fn a_check_that_records_nothing_writes_nothing_and_one_that_records_retires_nothing() {
    let site = Site::tls();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    let (code, said) = program.said(&["check", "--no-record"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("first seen"), "{said}");
    assert!(!program.folder.path().join("issuerwatch.db").exists());
    program.said(&["check"]);
    let before = std::fs::read(program.folder.path().join("issuerwatch.db")).unwrap();
    site.answer(Reply::json(&without_write(&site.issuer)));
    assert_eq!(program.said(&["check", "--no-record"]).0, 3);
    let after = std::fs::read(program.folder.path().join("issuerwatch.db")).unwrap();
    assert!(before == after, "the store is as it was");
    program.configure("name = \"archera\"", "name = \"other\"");
    program.said(&["check"]);
    let (_, said) = program.said(&["status"]);
    assert!(
        said.contains("archera/") && said.contains("other/"),
        "{said}"
    );
}

#[test]
fn a_daemon_keeps_the_lock_that_tells_other_programs_that_it_has_the_store_open() {
    use std::os::unix::fs::MetadataExt as _;
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    let daemon = program.daemon();
    wait_until("it is recorded", || {
        program.said(&["status"]).1.contains("good")
    });
    // Without it an older SQLite that closes the store removes the log of the daemon.
    let store = std::fs::metadata(program.folder.path().join("issuerwatch.db"));
    let inode = format!(":{} ", store.unwrap().ino());
    let locks = std::fs::read_to_string("/proc/locks").unwrap();
    assert!(locks.contains(&inode), "{locks}");
    assert_eq!(daemon.terminate(), Some(0));
}
