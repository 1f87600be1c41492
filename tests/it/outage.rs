//! Whose fault an outage is, told with the built binary.

use serde_json::{Value, json};

use super::support::program::{Program, document};
use super::support::site::{Reply, Site};

/// A program that tells of the first failed poll.
fn hasty(site: &Site) -> Program {
    let program = Program::watching(site, "", "0 0 1 1 *");
    program.configure("[defaults]", "[defaults]\nfailures_before_alert = 1");
    program
}

/// The first mail, without the breaks of its lines.
fn mail(program: &Program) -> String {
    let mails = program.mails();
    let words = mails.first().unwrap().replace("=\n", "");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_document_that_is_not_at_its_address_is_looked_for_at_the_others_once() {
    let site = Site::plain();
    let program = hasty(&site);
    let other = "/.well-known/openid-configuration";
    site.serve(other, Reply::json(&document(&site.issuer)));
    let (code, text) = program.said(&["check"]);
    assert_eq!(code, 4, "{text}");
    let found = format!(
        "{}{other} answers; look at the configuration first",
        site.issuer
    );
    let words: Vec<&str> = text.split_whitespace().collect();
    assert!(words.join(" ").contains(&found), "{text}");
    assert!(mail(&program).contains(&format!("{}{other} answers", site.issuer)));
    let asked = || {
        site.requests()
            .iter()
            .filter(|seen| seen.target == other)
            .count()
    };
    assert_eq!(asked(), 1);
    program.said(&["check"]);
    assert_eq!(asked(), 1, "once in an outage");
}

#[test]
fn a_document_that_was_there_is_looked_for_when_its_outage_is_told() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    let own = "/.well-known/oauth-authorization-server";
    site.serve(own, Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    site.serve(own, Reply::status(404));
    // What is there is no document.
    site.serve("/.well-known/openid-configuration", Reply::json("[]"));
    let asked = || {
        site.requests()
            .iter()
            .filter(|seen| seen.target != own)
            .count()
    };
    for expected in [0, 0, 1, 1] {
        let (_, text) = program.said(&["check"]);
        assert_eq!(asked(), expected, "{text}");
        assert!(!text.contains("openid-configuration answers"), "{text}");
    }
}

#[test]
fn what_fails_alike_at_most_hosts_in_one_minute_is_most_likely_this_machine() {
    let site = Site::plain();
    let program = hasty(&site);
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut more = String::new();
    for n in 2..5 {
        more += &format!(
            "[[provider]]\nname = \"p{n}\"\nissuer = \"http://127.0.0.{n}:{}\"\n\
             documents = [\"oauth-authorization-server\"]\n",
            free.port()
        );
    }
    program.configure("[[provider]]", &format!("{more}[[provider]]"));
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    assert_eq!(program.mails().len(), 1, "one for all of them");
    let mail = mail(&program);
    let words = "Look at this machine first: most of what it watches fails alike";
    assert!(mail.contains(words), "{mail}");
    // Only two of five: that may be theirs.
    let site = Site::plain();
    let program = hasty(&site);
    site.answer(Reply::status(503));
    program.said(&["check"]);
    assert!(!self::mail(&program).contains("this machine first"));
}

#[test]
fn a_cause_is_part_of_the_history_and_of_what_is_exported() {
    let program = super::replay::program();
    let start: jiff::Timestamp = "2026-01-01T05:00:00Z".parse().unwrap();
    let line = |day: i64, seen: Value| {
        let at = start + jiff::SignedDuration::from_hours(24 * day);
        let mut line = json!({"at": at.to_string(), "provider": "acme",
            "document": "openid-configuration", "url": "https://acme.example/c"});
        line.as_object_mut()
            .unwrap()
            .extend(seen.as_object().unwrap().clone());
        line.to_string() + "\n"
    };
    let body =
        json!({"issuer": "https://acme.example", "token_endpoint": "https://acme.example/t"});
    let other = "Get \"https://acme.example\": tls: failed to verify certificate: x509: \
                 certificate is valid for b.example, not acme.example";
    let failed = json!({"failure": {"kind": "unreachable", "detail": other}});
    let mut text = line(0, json!({"status": 200, "body": body.to_string()}));
    for day in 1..=3 {
        text += &line(day, failed.clone());
    }
    super::replay::replayed(&program, &text, "one.db");
    let list = ["history", "--format", "jsonl", "--limit", "0"];
    let events = super::replay::history(&program, "one.db", &list);
    assert!(
        events.contains("failing: certificate is for another name"),
        "{events}"
    );
    assert!(
        program
            .read("one.db.mails/00001.eml")
            .contains("belongs to somebody")
    );
    let exported = super::replay::history(&program, "one.db", &["history", "export"]);
    assert!(exported.contains("\"other-name\""), "{exported}");
    super::replay::replayed(&program, &exported, "two.db");
    assert_eq!(events, super::replay::history(&program, "two.db", &list));
}

#[test]
fn a_known_document_that_is_filled_up_is_told_at_once_and_once() {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    let own = "/.well-known/oauth-authorization-server";
    let known = document(&site.issuer);
    site.serve(own, Reply::json(&known));
    program.said(&["check"]);
    let more = |n| format!(r#""x{n}_endpoint":"https://a.example/{n}","#);
    let more: Vec<String> = (0..2_000).map(more).collect();
    let moved = known.replace("/oauth/token", "/elsewhere");
    let filled = moved.replacen('{', &format!("{{{}", more.concat()), 1);
    site.serve(own, Reply::json(&filled));
    let (code, text) = program.said(&["check"]);
    assert_eq!(code, 4, "{text}");
    let mail = mail(&program);
    for words in [
        "document cannot be read whole",
        "2,010 members where at most 2,000 are read",
        "What changed in it could not be read.",
    ] {
        assert!(mail.contains(words), "{words}: {mail}");
    }
    assert_eq!(program.said(&["check"]).0, 4);
    assert_eq!(program.mails().len(), 1, "once");
}

#[test]
fn a_replay_of_what_is_exported_tells_of_a_document_that_was_filled_up_as_the_history_does() {
    let program = super::replay::program();
    let line = |day: u8, body: &str| {
        let line = json!({"at": format!("2026-01-0{day}T05:00:00Z"), "provider": "acme",
            "document": "oauth-authorization-server", "url": "https://acme.example/c",
            "status": 200, "body": body});
        line.to_string() + "\n"
    };
    let known = document("https://acme.example");
    let more: Vec<String> = (0..2_000).map(|n| format!(r#""x{n}":{n},"#)).collect();
    let filled = known.replacen('{', &format!("{{{}", more.concat()), 1);
    let text = line(1, &known) + &line(2, &filled) + &line(3, &known);
    super::replay::replayed(&program, &text, "one.db");
    let list = ["history", "--format", "jsonl", "--limit", "0"];
    let events = super::replay::history(&program, "one.db", &list);
    assert!(events.contains("failing: 2,010 members where"), "{events}");
    let exported = super::replay::history(&program, "one.db", &["history", "export"]);
    assert!(exported.contains("\"too-many\""), "{exported}");
    super::replay::replayed(&program, &exported, "two.db");
    assert_eq!(events, super::replay::history(&program, "two.db", &list));
}

#[test]
fn what_is_on_the_host_that_is_down_is_told_and_each_reminder_once() {
    let lines = |until: i64| -> Vec<String> {
        let start: jiff::Timestamp = "2026-01-01T05:00:00Z".parse().unwrap();
        let line = |day: i64| {
            let at = start + jiff::SignedDuration::from_hours(24 * day);
            let mut line = json!({"at": at.to_string(), "provider": "acme",
                "document": "oauth-authorization-server",
                "url": "https://acme.example/.well-known/oauth-authorization-server"});
            if day == 0 {
                line["status"] = json!(200);
                line["body"] = json!(document("https://acme.example"));
            } else {
                line["failure"] = json!({"kind": "status", "status": 503, "detail": "HTTP 503"});
            }
            line.to_string()
        };
        (0..until).map(line).collect()
    };
    let program = Program::alone("issuer = \"https://not-recorded.example\"");
    program.write("recording.jsonl", &lines(50).join("\n"));
    let (code, said) = program.said(&["replay", "recording.jsonl", "--mails", "mails"]);
    assert_eq!(code, 0, "{said}");
    let days = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        assert_eq!(row["kind"], "failing");
        row["at"].as_str().unwrap()[..10].to_owned()
    };
    let index = program.read("mails/mails.jsonl");
    let told: Vec<String> = index.lines().map(days).collect();
    assert_eq!(told, ["2026-01-04", "2026-01-09", "2026-02-01"]);
    let mail = mail(&program);
    let words = "On the same host: authorization_endpoint, jwks_uri";
    assert!(mail.contains(words), "{mail}");
}
