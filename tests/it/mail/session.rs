//! The outbox and a real server: late, greylisted and repeated mails, with the built binary.

use std::net::TcpListener;

use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};
use crate::support::smtp::{Act, Manner, Smtp, Step};

const NEVER: &str = "0 0 1 1 *";

/// A program whose mails go to this port, with one document known.
fn mailing_to(port: u16) -> (Site, Program) {
    let site = Site::plain();
    let mail = format!("transport = \"smtp\"\nurl = \"smtp://127.0.0.1:{port}\"");
    let program = Program::watching(&site, &mail, NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    (site, program)
}

fn change(site: &Site, program: &Program) {
    let text = document(&site.issuer).replace("\"billing:write\",", "");
    site.answer(Reply::json(&text));
    assert_eq!(program.said(&["check"]).0, 3);
}

/// Ends the wait for the next attempt.
fn make_due(program: &Program) {
    let sql = "UPDATE delivery SET next_attempt_at = 0 WHERE state = 'waiting'";
    program.store().execute(sql, []).unwrap();
}

fn header<'a>(message: &'a str, name: &str) -> &'a str {
    let mut lines = message.lines();
    lines.find_map(|line| line.strip_prefix(name)).unwrap()
}

/// A message without its headers.
fn words(message: &str) -> &str {
    message.split_once("\r\n\r\n").unwrap().1
}

#[test]
fn a_mail_that_had_to_wait_arrives_once_and_says_how_late_it_is_and_why() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let (site, program) = mailing_to(port);
    change(&site, &program);
    let (_, status) = program.said(&["status"]);
    assert!(status.contains("outbox: 1 waiting"), "{status}");
    let three_hours = "UPDATE mail SET due_at = due_at - 3 * 3600 * 1000";
    program.store().execute(three_hours, []).unwrap();
    make_due(&program);
    let smtp = Smtp::on(
        TcpListener::bind(("127.0.0.1", port)).unwrap(),
        Manner::Good,
    );
    program.said(&["check"]);
    program.said(&["check"]);
    assert_eq!(smtp.messages().len(), 1, "once");
    let messages = smtp.messages();
    let text = words(&messages[0]);
    assert!(text.contains("3 h"), "{text}");
    assert!(text.contains("Connection refused"), "{text}");
    let (_, status) = program.said(&["status"]);
    assert!(status.contains("0 waiting"), "{status}");
}

#[test]
fn a_greylisted_mail_is_deferred_and_then_sent() {
    let smtp = Smtp::start(Manner::Rcpt("450 4.2.0 greylisted, come back"));
    let (site, program) = mailing_to(smtp.port);
    change(&site, &program);
    let (_, status) = program.said(&["status"]);
    assert!(status.contains("greylisted"), "{status}");
    smtp.behave(Manner::Good);
    program.said(&["check"]);
    assert!(smtp.messages().is_empty(), "a minute has not passed");
    make_due(&program);
    program.said(&["check"]);
    assert_eq!(smtp.messages().len(), 1);
}

#[test]
fn one_message_id_never_stands_for_two_contents_that_may_both_have_arrived() {
    for (step, act) in [(Step::Dot, Act::Drop), (Step::Text, Act::Drop)] {
        let smtp = Smtp::start(Manner::Good);
        smtp.at_times(step, act, 1);
        let (site, program) = mailing_to(smtp.port);
        change(&site, &program);
        let hour = "UPDATE mail SET due_at = due_at - 3600 * 1000";
        program.store().execute(hour, []).unwrap();
        make_due(&program);
        program.said(&["check"]);
        let messages = smtp.messages();
        let last = messages.last().unwrap();
        assert!(!words(last).contains("1 h"), "the text is the first one's");
        if step == Step::Dot {
            assert_eq!(messages.len(), 2);
            assert_eq!(
                header(&messages[0], "Message-ID: "),
                header(last, "Message-ID: ")
            );
            assert_eq!(messages[0], *last, "to the byte, the date as well");
        }
    }
}

#[test]
fn what_may_have_arrived_stays_as_it_is_whatever_later_attempts_meet() {
    let smtp = Smtp::start(Manner::Good);
    smtp.at_times(Step::Dot, Act::Drop, 1);
    let (site, program) = mailing_to(smtp.port);
    change(&site, &program);
    let later = [
        Act::Say("450 4.2.1 later"),
        Act::Drop,
        Act::Say("550 5.1.1 unknown"),
    ];
    for act in later {
        smtp.at_times(Step::Rcpt, act, 1);
        let hour = "UPDATE mail SET due_at = due_at - 3600 * 1000";
        program.store().execute(hour, []).unwrap();
        make_due(&program);
        program.said(&["check"]);
    }
    let (code, said) = program.said(&["outbox", "retry", "1"]);
    assert_eq!(code, 0, "{said}");
    program.said(&["check"]);
    let messages = smtp.messages();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], messages[1], "to the byte");
}

#[test]
fn a_mail_is_composed_anew_only_if_it_cannot_have_arrived() {
    let smtp = Smtp::start(Manner::Good);
    smtp.at_times(Step::Rcpt, Act::Drop, 1);
    let (site, program) = mailing_to(smtp.port);
    change(&site, &program);
    let hour = "UPDATE mail SET due_at = due_at - 3600 * 1000";
    program.store().execute(hour, []).unwrap();
    make_due(&program);
    program.said(&["check"]);
    assert_eq!(smtp.messages().len(), 1);
    let messages = smtp.messages();
    let text = words(&messages[0]);
    assert!(text.contains("1 h"), "it says how late it is: {text}");
}
