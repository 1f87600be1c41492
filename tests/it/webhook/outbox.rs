//! Webhooks beside mail under a daemon: who hangs delays nobody else, and what was under way when the
//! daemon was killed is posted again.

use super::{ALWAYS, NEVER, add, change, listed, posting_to};
use crate::support::program::document;
use crate::support::receiver::{Act, Receiver};
use crate::support::site::Reply;
use crate::support::wait_until;

#[test]
fn a_receiver_that_hangs_delays_neither_mail_nor_another_receiver() {
    let [hangs, fine] = [0; 2].map(|_| Receiver::start());
    hangs.does(Act::Hang);
    let (site, program) = posting_to(&hangs, "", ALWAYS);
    add(&program, &fine, "");
    let daemon = program.daemon();
    change(&site);
    wait_until("the other receiver is told", || fine.requests().len() == 1);
    wait_until("people are told", || program.mails().len() == 1);
    site.answer(Reply::json(&document(&site.issuer)));
    wait_until("the other receiver is told again", || {
        fine.requests().len() == 2
    });
    wait_until("people are told again", || program.mails().len() == 2);
    assert_eq!(hangs.given_up(), 0, "nobody waited for a deadline");
    assert_eq!(hangs.requests().len(), 1, "one at a time");
    assert_eq!(daemon.terminate(), Some(0));
}

#[test]
fn what_was_under_way_when_the_daemon_was_killed_is_posted_again_with_the_same_bytes() {
    let receiver = Receiver::start();
    receiver.does(Act::Hang);
    let (site, program) = posting_to(&receiver, "", ALWAYS);
    let daemon = program.daemon();
    change(&site);
    wait_until("it is posted", || receiver.requests().len() == 1);
    daemon.kill();
    let all = listed(&program);
    let one = all.iter().find(|one| one["channel"] == "webhook").unwrap();
    assert_eq!(
        (&one["state"], &one["attempts"]),
        (&"waiting".into(), &1.into())
    );
    receiver.says(200);
    // It is leased for a while.
    program.said(&["outbox", "retry"]);
    let _daemon = program.daemon();
    wait_until("it is posted again", || receiver.requests().len() == 2);
    let requests = receiver.requests();
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(
        requests[0].header("webhook-id"),
        requests[1].header("webhook-id")
    );
    wait_until("that is noted", || listed(&program).is_empty());
}

#[test]
fn what_waits_for_a_receiver_that_is_away_waits_with_what_found_it_so() {
    let receiver = Receiver::start();
    receiver.says(503);
    let (site, program) = posting_to(&receiver, "", ALWAYS);
    let _daemon = program.daemon();
    change(&site);
    wait_until("it is refused", || receiver.requests().len() == 1);
    site.answer(Reply::json(&document(&site.issuer)));
    wait_until("the next waits", || {
        listed(&program)
            .iter()
            .filter(|one| one["channel"] == "webhook")
            .count()
            == 2
    });
    wait_until("people are told", || program.mails().len() == 2);
    assert_eq!(receiver.requests().len(), 1, "one knocks");
    receiver.says(200);
    program.said(&["outbox", "retry"]);
    wait_until("both are posted", || receiver.requests().len() == 3);
    let events: Vec<i64> = receiver.requests()[1..]
        .iter()
        .map(|request| request.json()["data"]["event"].as_i64().unwrap())
        .collect();
    assert_eq!(events.iter().max(), Some(&3));
    wait_until("nothing waits", || listed(&program).is_empty());
}

#[test]
fn an_address_that_is_corrected_at_a_reload_gets_what_waits() {
    let (wrong, right) = (Receiver::start(), Receiver::start());
    wrong.says(404);
    let (site, program) = posting_to(&wrong, "", ALWAYS);
    let daemon = program.daemon();
    change(&site);
    wait_until("it is not taken", || {
        listed(&program).iter().any(|one| one["reason"].is_string())
    });
    program.configure(&wrong.url, &right.url);
    daemon.signal("-HUP");
    wait_until("it is posted to the new one", || {
        right.requests().len() == 1
    });
    wait_until("nothing waits", || listed(&program).is_empty());
    assert_eq!(daemon.terminate(), Some(0));
    assert_eq!(right.requests().len(), 1);
}

#[test]
fn what_is_security_does_not_wait_for_a_receiver_that_was_away_but_knocks_itself() {
    let receiver = Receiver::start();
    receiver.says(500);
    let (site, program) = posting_to(&receiver, "", NEVER);
    change(&site);
    program.said(&["check"]);
    assert_eq!(receiver.requests().len(), 1);
    receiver.says(200);
    let strange = document(&site.issuer).replace(
        &format!("{}/oauth/token", site.issuer),
        "https://strange.example/token",
    );
    site.answer(Reply::json(&strange));
    assert_eq!(program.said(&["check"]).0, 3);
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2, "the other one still waits");
    assert!(requests[1].body.contains("strange.example"));
}
