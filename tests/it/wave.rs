//! The same change at several providers, one after the other, played with the built binary.

use serde_json::{Value, json};

use super::support::program::Program;

/// One line of a recording: the scopes of a provider on a day.
fn line(day: i64, provider: &str, scopes: &[&str]) -> String {
    let start: jiff::Timestamp = "2026-01-01T05:00:00Z".parse().unwrap();
    let at = start + jiff::SignedDuration::from_hours(24 * day);
    let issuer = format!("https://{provider}.example");
    let document = json!({"issuer": issuer, "scopes_supported": scopes});
    json!({"at": at.to_string(), "provider": provider, "document": "openid-configuration",
        "url": format!("{issuer}/.well-known/openid-configuration"), "status": 200,
        "body": document.to_string()})
    .to_string()
}

/// One mail of a replay: its subject, Message-ID, what it answers, and its text without breaks of lines.
pub(super) struct Mail {
    pub(super) subject: String,
    id: String,
    answers: Option<String>,
    pub(super) text: String,
}

fn header(mail: &str, name: &str) -> Option<String> {
    let unfolded = mail.replace("\r\n ", " ");
    let (head, _) = unfolded.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let found = lines.find_map(|line| line.strip_prefix(&format!("{name}: ")));
    found.map(str::to_owned)
}

pub(super) fn mails(lines: &[String]) -> Vec<Mail> {
    let program = Program::alone("issuer = \"https://not-recorded.example\"");
    program.write("recording.jsonl", &lines.join("\n"));
    let (code, said) = program.said(&["replay", "recording.jsonl", "--mails", "mails"]);
    assert_eq!(code, 0, "{said}");
    let index = program.read("mails/mails.jsonl");
    let mail = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        let number = row["mail"].as_u64().unwrap();
        let mail = program.read(&format!("mails/{number:05}.eml"));
        let text = mail.replace("=\r\n", "").replace("=20", " ");
        Mail {
            subject: row["subject"].as_str().unwrap().to_owned(),
            id: header(&mail, "Message-ID").unwrap(),
            answers: header(&mail, "In-Reply-To"),
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    };
    index.lines().map(mail).collect()
}

fn known(providers: &[&str]) -> Vec<String> {
    let known = providers.iter().map(|one| line(0, one, &["a"]));
    known.collect()
}

#[test]
fn a_later_one_says_at_how_many_it_is_already_and_stands_in_the_thread_of_the_first() {
    let mut lines = known(&["one", "two", "three", "four"]);
    lines.push(line(3, "one", &["a", "b"]));
    lines.push(line(3, "two", &["a", "b"]));
    lines.push(line(5, "three", &["a", "b"]));
    lines.push(line(9, "four", &["a", "b"]));
    let mails = mails(&lines);
    let subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    let expected = [
        "[issuerwatch] one and two: scope b added (info)",
        "[issuerwatch] three: scope b added (info)",
        "[issuerwatch] four: scope b added (info)",
    ];
    assert_eq!(subjects, expected);
    assert_eq!(mails[0].answers, None);
    assert!(!mails[0].text.contains("already at"), "{}", mails[0].text);
    let said = "three now offers the scope b, as already at 2 of your providers since 4 January.";
    assert!(mails[1].text.contains(said), "{}", mails[1].text);
    let said = "four now offers the scope b, as already at 3 of your providers since 4 January.";
    assert!(mails[2].text.contains(said), "{}", mails[2].text);
    for later in &mails[1..] {
        assert_eq!(later.answers.as_ref(), Some(&mails[0].id));
    }
}

#[test]
fn what_was_taken_back_meanwhile_or_is_long_ago_is_no_wave() {
    for (again, later) in [(Some(4), 6), (None, 190)] {
        let mut lines = known(&["one", "two"]);
        lines.push(line(3, "one", &["a", "b"]));
        lines.extend(again.map(|day| line(day, "one", &["a"])));
        lines.push(line(later, "two", &["a", "b"]));
        let last = mails(&lines).pop().unwrap();
        assert_eq!(last.subject, "[issuerwatch] two: scope b added (info)");
        assert_eq!(last.answers, None);
        assert!(!last.text.contains("already at"), "{}", last.text);
    }
}

#[test]
fn the_way_back_stands_in_the_thread_of_what_it_undoes() {
    let mut lines = known(&["one", "two"]);
    for (day, provider) in [(2, "one"), (4, "two")] {
        lines.push(line(day, provider, &["a", "b"]));
        lines.push(line(day + 1, provider, &["a"]));
    }
    let mails = mails(&lines);
    assert_eq!(mails.len(), 4);
    // It follows nobody: it goes back to what it was itself.
    assert!(!mails[3].text.contains("already at"), "{}", mails[3].text);
    assert_eq!(mails[3].answers.as_ref(), Some(&mails[2].id));
}
