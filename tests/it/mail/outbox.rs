//! What did not arrive: seen by `status`, listed and tried again by `outbox`; `alert test`.

use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};
use crate::support::smtp::{Act, Manner, Smtp, Step};
use crate::support::wait_until;

const NEVER: &str = "0 0 1 1 *";

fn mailing_to(smtp: &Smtp, schedule: &str) -> (Site, Program) {
    let site = Site::plain();
    let mail = format!(
        "transport = \"smtp\"\nurl = \"smtp://127.0.0.1:{}\"",
        smtp.port
    );
    let program = Program::watching(&site, &mail, schedule);
    site.answer(Reply::json(&document(&site.issuer)));
    (site, program)
}

#[test]
fn a_check_says_to_each_recipient_his_own_reason() {
    let smtp = Smtp::start(Manner::Good);
    let (site, program) = mailing_to(&smtp, NEVER);
    program.configure(
        "[\"iam@example.com\"]",
        "[\"iam@example.com\", \"old@example.com\", \"slow@example.com\"]",
    );
    smtp.to("old@example.com", "550 5.1.1 no such user");
    smtp.to("slow@example.com", "451 4.7.1 greylisted");
    program.said(&["check"]);
    change(&site);
    let (_, said) = program.said(&["check"]);
    let told = "1 mail deferred; tried again by `run` or the next `check`\n  \
        slow@example.com: 451 4.7.1 greylisted\n\
        1 mail refused or given up; see `issuerwatch outbox`\n  \
        old@example.com: 550 5.1.1 no such user\n";
    assert!(said.ends_with(told), "{said}");
}

fn change(site: &Site) {
    let text = document(&site.issuer).replace("\"billing:write\",", "");
    site.answer(Reply::json(&text));
}

#[test]
fn a_refused_mail_is_said_until_it_is_dropped_or_tried_again_whoever_lists_it() {
    let smtp = Smtp::start(Manner::Good);
    smtp.at_times(Step::Rcpt, Act::Say("550 5.1.1 no such user"), 1);
    let (site, program) = mailing_to(&smtp, NEVER);
    program.said(&["check"]);
    assert_eq!(program.said(&["status"]).0, 0);
    change(&site);
    program.said(&["check"]);
    let (code, status) = program.said(&["status"]);
    assert_eq!(code, 4, "{status}");
    for part in ["iam@example.com", "billing:write", "no such user"] {
        assert!(status.contains(part), "{part}: {status}");
    }
    let (_, listed) = program.said(&["outbox", "list", "--format", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(
        listed,
        serde_json::json!([{
            "id": 1, "channel": "mail", "to": "iam@example.com", "state": "refused",
            "events": [2], "attempts": 1, "next_at": null, "reason": "550 5.1.1 no such user",
        }])
    );
    program.said(&["outbox"]);
    assert_eq!(program.said(&["status"]).0, 4, "a listing changes nothing");
    assert_eq!(program.said(&["outbox", "drop", "7"]).0, 1);
    for act in ["drop", "retry"] {
        let output = program.run(&["outbox", act, "1", "99"]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{act}: {errors}");
        assert!(errors.contains("there is no mail or post 99 "), "{errors}");
        assert!(output.stdout.is_empty(), "{act}");
        assert_eq!(program.said(&["status"]).0, 4, "all or none: {act}");
    }
    let (code, said) = program.said(&["outbox", "drop", "1", "1"]);
    assert!(code == 0 && said.contains("iam@example.com"), "{said}");
    assert_eq!(said.matches("dropped mail 1 ").count(), 1, "{said}");
    assert_eq!(program.said(&["status"]).0, 0, "somebody gave it up");
    assert_eq!(
        program.said(&["outbox", "list", "--format", "json"]).1,
        "[]\n"
    );
    let (_, shown) = program.said(&["history", "show", "2"]);
    assert!(shown.contains("no such user"), "{shown}");
    assert_eq!(program.said(&["outbox", "retry", "7"]).0, 1);
    program.said(&["outbox", "retry"]);
    program.said(&["check"]);
    assert!(smtp.messages().is_empty(), "only by number");
    let (code, said) = program.said(&["outbox", "retry", "1", "1"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.starts_with("1 mail due now; "), "{said}");
    program.said(&["check"]);
    assert_eq!(smtp.messages().len(), 1);
    let (_, empty) = program.said(&["outbox"]);
    assert!(empty.contains("nothing waits"), "{empty}");
}

#[test]
fn a_grave_mail_that_waits_for_an_hour_is_trouble_and_a_retry_makes_it_due() {
    let smtp = Smtp::start(Manner::Rcpt("450 4.2.0 greylisted"));
    let (site, program) = mailing_to(&smtp, NEVER);
    program.said(&["check"]);
    change(&site);
    program.said(&["check"]);
    assert_eq!(program.said(&["status"]).0, 0);
    let hour = "UPDATE mail SET due_at = due_at - 3601 * 1000";
    program.store().execute(hour, []).unwrap();
    let (code, status) = program.said(&["status"]);
    assert_eq!(code, 4);
    assert!(status.contains("waiting: iam@example.com"), "{status}");
    program.said(&["outbox"]);
    assert_eq!(program.said(&["status"]).0, 4, "it is late all the same");
    smtp.behave(Manner::Good);
    program.said(&["outbox", "retry"]);
    program.said(&["check"]);
    assert_eq!(program.said(&["status"]).0, 0);
}

#[test]
fn what_is_too_big_leaves_without_its_patch_and_then_as_a_list() {
    let smtp = Smtp::start(Manner::Good);
    smtp.at_times(Step::Dot, Act::Say("552 5.3.4 too big"), 2);
    let (site, program) = mailing_to(&smtp, NEVER);
    program.said(&["check"]);
    change(&site);
    program.said(&["check"]);
    let messages = smtp.messages();
    assert_eq!(messages.len(), 3);
    let patch = "json-patch+json";
    let bare = "The patch is not attached";
    assert!(messages[0].contains(patch) && !messages[0].contains(bare));
    assert!(!messages[1].contains(patch) && messages[1].contains(bare));
    assert!(messages[1].contains("- billing:write"));
    assert!(!messages[2].contains(patch) && messages[2].contains("This is a short list"));
    assert!(!messages[2].contains("- billing:write"), "{}", messages[2]);
    assert!(messages[2].contains("billing:write"), "{}", messages[2]);
}

#[test]
fn a_server_that_names_a_size_is_not_sent_more() {
    let smtp = Smtp::start(Manner::Good);
    smtp.at(Step::Hello, Act::Say("250-test\r\n250 SIZE 3000"));
    let (site, program) = mailing_to(&smtp, NEVER);
    program.said(&["check"]);
    change(&site);
    program.said(&["check"]);
    assert!(
        smtp.messages().is_empty(),
        "a mail of 3,000 bytes says too little"
    );
    let (_, status) = program.said(&["status"]);
    assert!(status.contains("the mail server takes 3000"), "{status}");
    let commands = smtp.commands();
    assert!(!commands.iter().any(|line| line.starts_with("MAIL")));
}

#[test]
fn a_recipient_at_whom_the_server_hangs_delays_nobody_else() {
    let smtp = Smtp::start(Manner::Good);
    smtp.hang_at("broken@example.com");
    let (site, program) = mailing_to(&smtp, "* * * * * *");
    program.configure(
        "to = [\"iam@example.com\"]",
        "to = [\"broken@example.com\", \"fine@example.com\"]",
    );
    program.said(&["check"]);
    let _daemon = program.daemon();
    change(&site);
    wait_until("the other one has his mail", || smtp.messages().len() == 1);
    site.answer(Reply::json(&document(&site.issuer)));
    wait_until("and the next", || smtp.messages().len() == 2);
    assert_eq!(smtp.given_up(), 0, "nobody waited for a deadline");
}

#[test]
fn a_test_alert_goes_to_everybody_on_every_route() {
    let smtp = Smtp::start(Manner::Good);
    smtp.to("oncall@example.com", "450 4.2.0 later");
    let (_site, program) = mailing_to(&smtp, NEVER);
    let route = "[[mail.route]]\nseverity = \"security\"\nto = [\"oncall@example.com\", \
                 \"iam@example.com\"]\n[fetch]";
    program.configure("[fetch]", route);
    let (code, said) = program.said(&["alert", "test"]);
    assert_eq!(code, 1, "{said}");
    let places = ["to iam@", "to oncall@"].map(|part| said.find(part));
    assert!(
        places[0] < places[1],
        "in the order of the configuration: {said}"
    );
    assert!(
        said.contains("sent to iam@example.com (route 1: security): 250"),
        "{said}"
    );
    assert!(
        said.contains("not sent to oncall@example.com (route 1: security), may work later: 450"),
        "{said}"
    );
    let message = smtp.messages().remove(0);
    for part in [
        "json-patch+json",
        "Do: ",
        "TEST: this is what",
        "Subject: [issuerwatch] TEST: ",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(
        program
            .said(&["alert", "test", "--to", "j\u{f6}rg@example.com"])
            .0,
        2
    );
}

#[test]
fn a_test_alert_to_whom_the_server_hangs_keeps_nobody_else_waiting() {
    let smtp = Smtp::start(Manner::Good);
    smtp.hang_at("broken@example.com");
    let (_site, program) = mailing_to(&smtp, NEVER);
    program.configure(
        "to = [\"iam@example.com\"]",
        "to = [\"broken@example.com\", \"fine@example.com\", \"broken@example.com\"]",
    );
    let _test = program.started(&["alert", "test"]);
    wait_until("the other one has his mail", || smtp.messages().len() == 1);
}

#[test]
fn answers_and_bounces_go_where_they_are_told_to() {
    let smtp = Smtp::start(Manner::Good);
    let (_site, program) = mailing_to(&smtp, NEVER);
    let more = "helo = \"mon1.example.com\"\nreply_to = \"iam@example.com\"\n\
                envelope_from = \"bounces@example.com\"\n[fetch]";
    program.configure("[fetch]", more);
    assert_eq!(program.said(&["alert", "test"]).0, 0);
    let commands = smtp.commands();
    assert_eq!(commands[0], "EHLO mon1.example.com");
    let sender = commands.iter().find(|line| line.starts_with("MAIL"));
    assert!(
        sender.unwrap().contains("<bounces@example.com>"),
        "{commands:?}"
    );
    assert!(smtp.messages()[0].contains("Reply-To: iam@example.com\r\n"));
}

#[test]
fn a_check_without_a_daemon_leaves_no_mail_that_waits_for_late_comers() {
    let smtp = Smtp::start(Manner::Good);
    let (one, program) = mailing_to(&smtp, NEVER);
    let two = Site::plain();
    two.answer(Reply::json(&document(&two.issuer)));
    let config = program
        .read("config.toml")
        .replace("group_wait = \"0s\"", "group_wait = \"1h\"");
    let issuer = &two.issuer;
    let more = format!(
        "[[provider]]\nname = \"other\"\nissuer = \"{issuer}\"\n\
         documents = [\"oauth-authorization-server\"]\n"
    );
    program.write("config.toml", &format!("{config}{more}"));
    program.said(&["check"]);
    for (number, site) in [(1, &one), (2, &two)] {
        change(site);
        assert_eq!(program.said(&["check"]).0, 3);
        assert_eq!(smtp.messages().len(), number, "the same news, later");
    }
    let (_, empty) = program.said(&["outbox"]);
    assert!(empty.contains("nothing waits"), "{empty}");
}
