//! Receivers that do all a mail server can do, as the whole program meets them: nothing is lost, and no
//! mail is late.

use std::thread;

use super::{NEVER, change, listed, posting_to};
use crate::support::receiver::{Act, Receiver};

/// What one receiver does to one event; what stands in the outbox then.
fn met(
    act: &Act,
) -> (
    Receiver,
    crate::support::program::Program,
    serde_json::Value,
) {
    let receiver = Receiver::start();
    receiver.does(act.clone());
    let (site, program) = posting_to(&receiver, "", NEVER);
    change(&site);
    assert_eq!(program.said(&["check"]).0, 3, "{act:?}");
    assert_eq!(program.mails().len(), 1, "{act:?}: the mail has left");
    let mut listed = listed(&program);
    assert_eq!(listed.len(), 1, "{act:?}: {listed:?}");
    (receiver, program, listed.remove(0))
}

#[test]
fn whatever_a_receiver_does_nothing_is_lost_and_no_mail_waits_for_it() {
    let acts = [
        Act::Hang,
        Act::Drip,
        Act::Drop,
        Act::DropEarly,
        Act::DropAfterHeaders(500),
        Act::Endless(500),
        Act::EndlessHeaders,
        Act::Nonsense,
        Act::Say(500, "", ""),
        Act::Say(429, "retry-after: 3600\r\n", ""),
        Act::Say(404, "", ""),
        Act::Say(302, "location: http://127.0.0.1:1/\r\n", ""),
    ];
    let each = acts.map(|act| {
        thread::spawn(move || {
            let (receiver, program, one) = met(&act);
            assert_eq!(one["channel"], "webhook", "{act:?}");
            assert_eq!(one["to"], format!("{}/hook", receiver.url), "{act:?}");
            assert_eq!(one["state"], "waiting", "{act:?}");
            assert_eq!(one["events"], serde_json::json!([2]), "{act:?}");
            assert_eq!(one["attempts"], 1, "{act:?}");
            assert!(
                one["reason"].is_string() && one["next_at"].is_string(),
                "{act:?}"
            );
            receiver.says(200);
            let (code, said) = program.said(&["outbox", "retry"]);
            assert_eq!(code, 0, "{said}");
            assert!(said.starts_with("1 post due now; "), "{said}");
            program.said(&["check"]);
            assert!(listed(&program).is_empty(), "{act:?}");
            let requests = receiver.requests();
            let last = requests.last().unwrap();
            for request in &requests {
                assert_eq!(request.body, last.body, "{act:?}: the same bytes");
                assert_eq!(
                    request.header("webhook-id"),
                    last.header("webhook-id"),
                    "{act:?}"
                );
            }
            assert_eq!(program.mails().len(), 1, "{act:?}");
        })
    });
    for one in each {
        one.join().unwrap();
    }
}

#[test]
fn a_receiver_that_says_that_it_is_gone_is_believed_and_can_be_tried_again_by_number() {
    let (receiver, program, one) = met(&Act::Say(410, "", ""));
    assert_eq!(one["state"], "refused");
    assert_eq!(one["reason"], "HTTP 410");
    receiver.says(200);
    program.said(&["outbox", "retry"]);
    program.said(&["check"]);
    assert_eq!(receiver.requests().len(), 1, "only by number");
    let id = one["id"].to_string();
    assert_eq!(program.said(&["outbox", "retry", &id]).0, 0);
    program.said(&["check"]);
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
}

#[test]
fn what_waits_for_a_webhook_that_left_the_configuration_is_said_and_waits() {
    let (receiver, program, _) = met(&Act::Say(500, "", ""));
    let config = program.read("config.toml");
    let (without, webhook) = config.split_once("[[webhook]]").unwrap();
    program.write("config.toml", without);
    program.said(&["outbox", "retry"]);
    program.said(&["check"]);
    let one = listed(&program).remove(0);
    assert_eq!(one["state"], "waiting");
    let reason = one["reason"].as_str().unwrap();
    assert!(reason.contains("no [[webhook]]"), "{reason}");
    receiver.says(200);
    program.write("config.toml", &format!("{without}[[webhook]]{webhook}"));
    program.said(&["check"]);
    assert_eq!(
        receiver.requests().len(),
        2,
        "another [[webhook]] is tried at once"
    );
}
