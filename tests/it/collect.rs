//! What is left to the weekly mail, from a recording to that mail, with the built binary.

use issuerwatch::policy::mail::Delivery;
use issuerwatch::store::Store;
use issuerwatch::wording::mail::weekly::weekly;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::keys::{X, key};
use super::rest::{line, scopes};
use super::support::program::Program;

const DUE: &str = "2027-01-04T08:00:00Z";

fn program(mail: &str) -> Program {
    let program = Program::alone("issuer = \"https://acme.example\"");
    program.configure("[mail]\n", &format!("[mail]\n{mail}\n"));
    program
}

fn played(program: &Program, lines: &[String]) -> usize {
    program.write("recording.jsonl", &lines.join("\n"));
    let args = [
        "replay",
        "recording.jsonl",
        "--into",
        "issuerwatch.db",
        "--mails",
        "sent",
    ];
    let (code, said) = program.said(&args);
    assert_eq!(code, 0, "{said}");
    program.read("sent/mails.jsonl").lines().count()
}

/// The text of the weekly mail that is due long after.
async fn week(program: &Program) -> String {
    let path = program.folder.path().join("issuerwatch.db");
    let store = Store::open(&path).unwrap();
    let due: Timestamp = DUE.parse().unwrap();
    let word = |week: &_| weekly(week, "mon1", &jiff::tz::TimeZone::UTC);
    let to = vec!["iam@example.com".to_owned()];
    let domain = "watch.example".to_owned();
    let composed = store.compose_weekly(due, due, domain, to, word).await;
    composed.unwrap();
    let lease = SignedDuration::from_mins(9);
    let claim = store.claim(due, lease).await.unwrap().unwrap();
    let sent = Delivery::Sent {
        reply: "250 ok".to_owned(),
    };
    let settled = store.settle(&claim, sent, due, None).await;
    settled.unwrap();
    claim.content.unwrap().text
}

fn outbox(program: &Program) -> String {
    program.said(&["outbox", "list"]).1
}

#[tokio::test]
async fn what_is_no_graver_is_collected_shown_as_that_and_told_once_in_the_weekly_mail() {
    let program = program("digest = \"0 8 * * 1\"\ncollect = \"info\"");
    let lines = [
        line(0, Some(&scopes(&["a"])), None),
        line(3, Some(&scopes(&["a", "b"])), None),
        line(9, Some(&scopes(&["b"])), None),
    ];
    assert_eq!(played(&program, &lines), 1, "the removal");
    let list = outbox(&program);
    assert!(list.contains("collected"), "{list}");
    let show = program.said(&["history", "show", "2"]).1;
    assert!(
        show.contains(
            "mail    collected until the weekly mail of 2026-01-05 08:00:00 UTC, to iam@example.com"
        ),
        "{show}"
    );
    let text = week(&program).await;
    let (_, left) = text.split_once("Left to this mail:").unwrap();
    assert!(left.contains("scope b added"), "{text}");
    assert!(!left.contains("scope a removed"), "{text}");
    assert_eq!(text.matches("scope b added").count(), 1, "{text}");
    assert!(!outbox(&program).contains("collected"));
    let show = program.said(&["history", "show", "2"]).1;
    assert!(show.contains("mail    sent"), "{show}");
    let store = Store::open(&program.folder.path().join("issuerwatch.db")).unwrap();
    assert_eq!(store.next_due().unwrap(), None);
}

#[test]
fn what_undoes_a_mailed_change_is_mailed_however_harmless_it_is() {
    let program = program("digest = \"0 8 * * 1\"\ncollect = \"info\"");
    let lines = [
        line(0, Some(&scopes(&["a", "b"])), None),
        line(3, Some(&scopes(&["a"])), None),
        line(4, Some(&scopes(&["a", "b"])), None),
    ];
    assert_eq!(played(&program, &lines), 2);
    assert!(!outbox(&program).contains("collected"));
}

#[test]
fn what_was_left_to_a_weekly_mail_that_is_turned_off_is_mailed_after_all() {
    let program = program("digest = \"0 8 * * 1\"\ncollect = \"info\"");
    let lines = [
        line(0, Some(&scopes(&["a"])), None),
        line(3, Some(&scopes(&["a", "b"])), None),
    ];
    assert_eq!(played(&program, &lines), 0);
    program.configure("digest = \"0 8 * * 1\"\ncollect = \"info\"", "");
    let daemon = program.daemon();
    super::support::wait_until("the mail", || !program.mails().is_empty());
    assert_eq!(daemon.terminate(), Some(0));
    let mail = program.mails().remove(0);
    assert!(mail.contains("acme: scope b added"), "{mail}");
}

/// Key sets that have nothing in common, one each 30 days.
fn replaced() -> Vec<String> {
    let mut lines = Vec::new();
    for day in 0..160 {
        let start: Timestamp = "2026-01-01T05:00:00Z".parse().unwrap();
        let at = start + SignedDuration::from_hours(24 * day);
        let mut line = json!({"at": at.to_string(), "provider": "acme", "document": "jwks",
            "url": "https://acme.example/jwks"});
        if day % 30 == 0 {
            let kid = format!("k{day}");
            let x = X[usize::try_from(day / 30).unwrap() % 2];
            let keys = json!({"keys": [key(&kid, x)]});
            line["status"] = json!(200);
            line["body"] = json!(keys.to_string());
        } else {
            line["unmodified"] = json!(true);
        }
        lines.push(line.to_string());
    }
    lines
}

#[tokio::test]
async fn a_habit_is_told_in_the_weekly_mail_and_its_third_mail_says_so() {
    for (mail, says_so) in [("", false), ("digest = \"0 8 * * 1\"", true)] {
        let program = program(mail);
        assert_eq!(played(&program, &replaced()), 3);
        let third = program.read("sent/00003.eml");
        assert!(third.contains("3rd time"), "{third}");
        let said = third.contains("The weekly mail tells the next times.");
        assert_eq!(said, says_so, "{third}");
        let text = week(&program).await;
        let (_, habits) = text.split_once("Done again, as always:").unwrap();
        for time in ["4th", "5th"] {
            let words = format!("as every 30 days, {time} time in a row");
            let rest = habits.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(rest.contains(&words), "{text}");
        }
        assert!(!habits.contains("3rd time"), "{text}");
    }
}
