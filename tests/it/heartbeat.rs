//! The heartbeat: sent while all is as it should be, and quiet about its trouble.

use crate::support::program::{Program, document};
use crate::support::receiver::Receiver;
use crate::support::site::{Reply, Site};
use crate::support::wait_until;

const NEVER: &str = "0 0 1 1 *";

fn beating_at(receiver: &Receiver, every: &str) -> (Site, Program) {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    let config = program.read("config.toml");
    let url = &receiver.url;
    let heartbeat = format!("[heartbeat]\nurl = \"{url}/ping/s3cret\"\nevery = \"{every}\"\n");
    program.write("config.toml", &format!("{heartbeat}{config}"));
    (site, program)
}

#[test]
fn a_heartbeat_is_sent_as_long_as_the_store_takes_writes() {
    let receiver = Receiver::start();
    let (_site, program) = beating_at(&receiver, "1s");
    let daemon = program.daemon();
    wait_until("it beats", || receiver.requests().len() >= 2);
    let request = receiver.requests().remove(0);
    assert!(
        request.line.starts_with("GET /ping/s3cret "),
        "{}",
        request.line
    );
    let store = program.store();
    store.execute_batch("BEGIN IMMEDIATE").unwrap();
    wait_until("that it stops is said", || {
        program.log().contains("no heartbeat: ")
    });
    let so_far = receiver.requests().len();
    store.execute_batch("ROLLBACK").unwrap();
    wait_until("it beats again", || receiver.requests().len() > so_far);
    wait_until("that is said", || {
        program.log().contains("heartbeats arrive again")
    });
    assert_eq!(daemon.terminate(), Some(0));
    assert!(!program.log().contains("s3cret"), "{}", program.log());
    assert!(
        program
            .said(&["status"])
            .1
            .contains("daemon: not running\n")
    );
}

#[test]
fn a_heartbeat_that_nobody_takes_is_said_once() {
    let receiver = Receiver::start();
    receiver.says(500);
    let (_site, program) = beating_at(&receiver, "1s");
    let daemon = program.daemon();
    wait_until("it is tried again and again", || {
        receiver.requests().len() >= 3
    });
    receiver.says(200);
    wait_until("that it is taken is said", || {
        program.log().contains("heartbeats arrive again")
    });
    assert_eq!(daemon.terminate(), Some(0));
    let log = program.log();
    assert_eq!(log.matches("no heartbeat").count(), 1, "{log}");
    assert!(
        log.contains("answers HTTP 500") && !log.contains("ERROR"),
        "{log}"
    );
    assert!(!log.contains("s3cret"), "{log}");
}

#[test]
fn a_reload_takes_the_heartbeat() {
    let [one, two] = [0; 2].map(|_| Receiver::start());
    let (_site, program) = beating_at(&one, "1h");
    let daemon = program.daemon();
    wait_until("the first is sent at once", || one.requests().len() == 1);
    program.configure(&one.url, &two.url);
    daemon.signal("-HUP");
    wait_until("the new one is asked", || two.requests().len() == 1);
    program.configure("[heartbeat]", "[log]\nlevel = \"info\"\n[heartbeat]");
    assert_eq!(daemon.terminate(), Some(0));
    assert_eq!(one.requests().len(), 1);
}
