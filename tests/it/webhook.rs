//! Webhooks: real receivers on loopback, the built binary.

mod alertmanager;
mod fault;
mod outbox;
mod proxy;
mod secret;
mod sender;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::program::{Program, document};
use crate::support::receiver::{Act, Receiver};
use crate::support::site::{Reply, Site};
use crate::support::wait_until;

const NEVER: &str = "0 0 1 1 *";
const ALWAYS: &str = "* * * * * *";
/// The vector of Standard Webhooks has this secret.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A site, and a program that has seen its document and posts to this receiver; `more` are lines of its
/// `[[webhook]]`.
fn posting_to(receiver: &Receiver, more: &str, schedule: &str) -> (Site, Program) {
    let site = Site::plain();
    let program = Program::watching(&site, "", schedule);
    add(&program, receiver, more);
    site.answer(Reply::json(&document(&site.issuer)));
    assert_eq!(program.said(&["check"]).0, 0);
    (site, program)
}

/// Adds a `[[webhook]]`.
fn add(program: &Program, receiver: &Receiver, more: &str) {
    let config = program.read("config.toml");
    let url = &receiver.url;
    let webhook = format!("[[webhook]]\nurl = \"{url}/hook\"\n{more}\n");
    program.write("config.toml", &format!("{config}{webhook}"));
}

fn change(site: &Site) {
    let text = document(&site.issuer).replace("\"billing:write\",", "");
    site.answer(Reply::json(&text));
}

fn listed(program: &Program) -> Vec<serde_json::Value> {
    let (_, listed) = program.said(&["outbox", "list", "--format", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    listed.as_array().unwrap().clone()
}

#[test]
fn an_event_is_posted_as_a_signed_cloud_event_whose_data_is_the_line_of_history() {
    let receiver = Receiver::start();
    let secret = "secret = { env = \"HOOK_SECRET\" }\nheaders = { x-team = \"iam\" }";
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    add(&program, &receiver, secret);
    site.answer(Reply::json(&document(&site.issuer)));
    let check = || {
        let mut command = program.command(&["check"]);
        command.env("HOOK_SECRET", SECRET).output().unwrap()
    };
    check();
    assert!(
        receiver.requests().is_empty(),
        "a first document is no news"
    );
    change(&site);
    assert_eq!(check().status.code(), Some(3));
    assert_eq!(program.mails().len(), 1, "people are told as well");
    let requests = receiver.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert!(request.line.starts_with("POST /hook "), "{}", request.line);
    let header = |name: &str| request.header(name).unwrap().to_owned();
    assert_eq!(header("content-type"), "application/cloudevents+json");
    assert_eq!(header("x-team"), "iam");
    let event = request.json();
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["id"], header("webhook-id"));
    assert_eq!(event["type"], "issuerwatch.changed");
    assert_eq!(event["subject"], "archera/oauth-authorization-server");
    let (_, line) = program.said(&["history", "--format", "jsonl", "--limit", "1"]);
    assert!(
        request
            .body
            .ends_with(&format!("\"data\":{}}}", line.trim_end()))
    );
    assert_eq!(event["time"], event["data"]["at"]);
    let source = event["source"].as_str().unwrap();
    assert!(
        source.starts_with("//") && source.ends_with("/issuerwatch"),
        "{source}"
    );
    let key = aws_lc_rs::hmac::Key::new(
        aws_lc_rs::hmac::HMAC_SHA256,
        &STANDARD
            .decode(SECRET.strip_prefix("whsec_").unwrap())
            .unwrap(),
    );
    let signed = [
        &header("webhook-id"),
        ".",
        &header("webhook-timestamp"),
        ".",
        &request.body,
    ];
    let tag = aws_lc_rs::hmac::sign(&key, signed.concat().as_bytes());
    let expected = format!("v1,{}", STANDARD.encode(tag));
    assert_eq!(header("webhook-signature"), expected);
    assert!(listed(&program).is_empty());
    let (_, shown) = program.said(&["history", "show", "2"]);
    assert!(
        shown.contains("webhook sent ") && shown.contains("/hook (HTTP 204)"),
        "{shown}"
    );
}

#[test]
fn a_webhook_is_told_of_the_providers_and_severities_it_asks_for() {
    let [all, grave, other] = [0; 3].map(|_| Receiver::start());
    let (site, program) = posting_to(&all, "providers = [\"arch*\"]", NEVER);
    add(&program, &grave, "severity = \"security\"");
    add(&program, &other, "providers = [\"bank-*\"]");
    change(&site);
    program.said(&["check"]);
    let moved = document(&site.issuer).replace(
        &format!("{}/oauth/token", site.issuer),
        "https://attacker.example/token",
    );
    site.answer(Reply::json(&moved));
    program.said(&["check"]);
    assert_eq!(all.requests().len(), 2);
    assert_eq!(grave.requests().len(), 1);
    assert_eq!(grave.requests()[0].json()["data"]["severity"], "security");
    assert!(other.requests().is_empty());
}

#[test]
fn who_has_only_webhooks_needs_no_recipient_of_mail() {
    let receiver = Receiver::start();
    let (site, program) = posting_to(&receiver, "", NEVER);
    program.configure("to = [\"iam@example.com\"]\n", "");
    change(&site);
    program.said(&["check"]);
    assert_eq!(receiver.requests().len(), 1);
    assert!(program.mails().is_empty());
}

#[test]
fn an_event_is_posted_at_once_and_its_mail_waits_for_others() {
    let receiver = Receiver::start();
    let (site, program) = posting_to(&receiver, "", ALWAYS);
    program.configure("group_wait = \"0s\"", "group_wait = \"1h\"");
    let _daemon = program.daemon();
    change(&site);
    wait_until("it is posted", || receiver.requests().len() == 1);
    wait_until("the mail alone waits", || {
        let waits = listed(&program);
        waits.len() == 1 && waits[0]["channel"] == "mail"
    });
    assert!(program.mails().is_empty());
}

#[test]
fn a_reload_takes_webhooks_and_what_waits_for_one_that_is_corrected_is_tried_at_once() {
    let receiver = Receiver::start();
    receiver.says(503);
    let (site, program) = posting_to(&receiver, "", ALWAYS);
    let daemon = program.daemon();
    change(&site);
    wait_until("it is refused", || !receiver.requests().is_empty());
    wait_until("that is noted", || {
        listed(&program)
            .iter()
            .any(|one| one["reason"] == "HTTP 503")
    });
    receiver.says(200);
    let second = Receiver::start();
    program.configure(
        "/hook\"\n",
        "/hook\"\nheaders = { x-corrected = \"yes\" }\n",
    );
    add(&program, &second, "");
    daemon.signal("-HUP");
    wait_until("it is tried at once", || receiver.requests().len() == 2);
    assert_eq!(receiver.requests()[1].header("x-corrected"), Some("yes"));
    site.answer(Reply::json(&document(&site.issuer)));
    wait_until("the new one is told", || second.requests().len() == 1);
    assert_eq!(daemon.terminate(), Some(0));
}

#[test]
fn a_replay_posts_nothing() {
    let receiver = Receiver::start();
    let (site, program) = posting_to(&receiver, "", NEVER);
    change(&site);
    program.said(&["check"]);
    let (_, recording) = program.said(&["history", "export"]);
    program.write("recording.jsonl", &recording);
    let (code, said) = program.said(&["replay", "recording.jsonl", "--into", "again.db"]);
    assert_eq!(code, 0);
    assert!(said.contains("1 alert"), "{said}");
    assert_eq!(receiver.requests().len(), 1);
    let args = ["--store", "again.db", "outbox", "list", "--format", "json"];
    assert!(!program.said(&args).1.contains("webhook"));
}

#[test]
fn a_test_alert_goes_to_every_webhook_and_says_what_each_answered() {
    let [good, bad] = [0; 2].map(|_| Receiver::start());
    bad.does(Act::Say(
        400,
        "content-type: application/json\r\n",
        "{\"error\":\"no s3cret-value\"}",
    ));
    let (_site, program) = posting_to(&good, "severity = \"security\"", NEVER);
    add(
        &program,
        &bad,
        "format = \"alertmanager\"\nheaders = { authorization = { file = \"token\" } }",
    );
    program.write("token", "s3cret-value");
    let (code, said) = program.said(&["alert", "test"]);
    assert_eq!(code, 1, "{said}");
    let expected = format!("sent to webhook {}/hook: HTTP 204", good.url);
    assert!(said.contains(&expected), "{said}");
    let expected = format!(
        "not sent to webhook {}/hook: HTTP 400: {{\"error\":\"no ...\"}}",
        bad.url
    );
    assert!(said.contains(&expected), "{said}");
    assert!(said.contains("sent to iam@example.com"), "{said}");
    let event = good.requests()[0].json();
    assert_eq!(event["type"], "issuerwatch.test");
    assert_eq!(event["data"]["provider"], "TEST");
    let alerts = bad.requests()[0].json();
    assert_eq!(alerts[0]["labels"]["provider"], "TEST");
    assert!(alerts[0]["annotations"]["test"].is_string());
    bad.says(200);
    assert_eq!(program.said(&["alert", "test"]).0, 0);
    assert_eq!(
        program.said(&["alert", "test", "--to", "a@example.com"]).0,
        0
    );
    assert_eq!(
        good.requests().len(),
        2,
        "who names a recipient means that one"
    );
    assert!(listed(&program).is_empty());
}
