//! Receivers that do all a mail server can do, as the whole program meets them: nothing is lost, and no
//! mail is late.

use std::thread;

use super::{NEVER, add, change, listed, posting_to};
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
fn what_waits_for_a_webhook_that_left_the_configuration_is_refused_at_once_with_the_remedy() {
    let (receiver, program, one) = met(&Act::Say(500, "", ""));
    let config = program.read("config.toml");
    let (without, webhook) = config.split_once("[[webhook]]").unwrap();
    program.write("config.toml", without);
    program.said(&["check"]);
    let left = listed(&program).remove(0);
    assert_eq!(left["state"], "refused");
    let reason = left["reason"].as_str().unwrap();
    let remedy = format!("issuerwatch outbox retry {}", one["id"]);
    assert!(
        reason.contains("no [[webhook]]") && reason.contains(&remedy),
        "{reason}"
    );
    let (code, status) = program.said(&["status"]);
    assert!(code == 4 && status.contains("1 refused"), "{status}");
    receiver.says(200);
    program.write("config.toml", &format!("{without}[[webhook]]{webhook}"));
    assert_eq!(
        program.said(&["outbox", "retry", &one["id"].to_string()]).0,
        0
    );
    program.said(&["check"]);
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
    assert!(listed(&program).is_empty());
}

#[test]
fn what_waits_at_an_address_that_was_corrected_goes_on_to_the_new_one_once() {
    let (wrong, program, _) = met(&Act::Say(404, "", ""));
    let right = Receiver::start();
    let config = program.read("config.toml");
    program.write("config.toml", &config.replace(&wrong.url, &right.url));
    for _ in 0..2 {
        program.said(&["check"]);
    }
    let (before, after) = (wrong.requests(), right.requests());
    assert_eq!((before.len(), after.len()), (1, 1));
    assert_eq!(before[0].body, after[0].body);
    assert_eq!(
        before[0].header("webhook-id"),
        after[0].header("webhook-id")
    );
    assert!(listed(&program).is_empty());
}

#[test]
fn a_webhook_that_was_told_already_or_takes_other_events_does_not_take_a_place() {
    let (wrong, told, other, right) = (
        Receiver::start(),
        Receiver::start(),
        Receiver::start(),
        Receiver::start(),
    );
    wrong.says(404);
    let (site, program) = posting_to(&wrong, "", NEVER);
    add(&program, &told, "");
    add(&program, &other, "severity = \"security\"");
    change(&site);
    program.said(&["check"]);
    let config = program.read("config.toml");
    program.write("config.toml", &config.replace(&wrong.url, &right.url));
    program.said(&["check"]);
    let counts = [&told, &other, &right].map(|it| it.requests().len());
    assert_eq!(counts, [1, 0, 1]);
}

#[test]
fn where_several_may_have_taken_the_place_none_is_guessed() {
    let (wrong, program, _) = met(&Act::Say(404, "", ""));
    let both = [Receiver::start(), Receiver::start()];
    let config = program.read("config.toml");
    program.write("config.toml", &config.replace(&wrong.url, &both[0].url));
    add(&program, &both[1], "");
    program.said(&["check"]);
    assert!(both.iter().all(|it| it.requests().is_empty()));
    let left = listed(&program).remove(0);
    assert_eq!(left["state"], "refused");
    let reason = left["reason"].as_str().unwrap();
    assert!(both.iter().all(|it| reason.contains(&it.url)), "{reason}");
    let id = left["id"].to_string();
    let (code, said) = program.said(&["outbox", "drop", &id]);
    assert!(code == 0 && said.starts_with("dropped webhook"), "{said}");
    assert!(listed(&program).is_empty());
    let (_, status) = program.said(&["status"]);
    assert!(!status.contains("  refused: "), "{status}");
}
