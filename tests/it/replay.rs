//! `replay`, with the built binary.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::support::program::Program;
use super::support::site::{Reply, Site};

/// A recording of `days` days of one provider whose document is what `scopes` says of each day.
pub(super) fn recording(days: usize, scopes: impl Fn(usize) -> Value) -> String {
    let mut text = String::new();
    for day in 0..days {
        let seen = match scopes(day) {
            Value::Null => json!({"unmodified": true}),
            Value::Number(status) => json!({
                "failure": {"kind": "status", "status": status, "detail": format!("HTTP {status}")}
            }),
            scopes => {
                let document = json!({"issuer": "https://acme.example", "scopes_supported": scopes,
                    "token_endpoint": "https://acme.example/token"});
                json!({"status": 200, "body": document.to_string()})
            }
        };
        let mut line = json!({"at": time(day), "provider": "acme",
            "document": "openid-configuration",
            "url": "https://acme.example/.well-known/openid-configuration"});
        let (all, more) = (line.as_object_mut().unwrap(), seen.as_object().unwrap());
        all.extend(more.clone());
        writeln!(text, "{line}").unwrap();
    }
    text
}

fn time(day: usize) -> String {
    let start: jiff::Timestamp = "2026-01-01T05:00:00Z".parse().unwrap();
    let hours = jiff::SignedDuration::from_hours(24 * i64::try_from(day).unwrap());
    (start + hours).to_string()
}

pub(super) fn program() -> Program {
    Program::alone("issuer = \"https://not-recorded.example\"")
}

/// What `history` says of a store that a replay left behind.
pub(super) fn history(program: &Program, db: &str, args: &[&str]) -> String {
    program.point_at(db);
    let (code, said) = program.said(args);
    assert_eq!(code, 0, "{said}");
    said
}

pub(super) fn replayed(program: &Program, text: &str, db: &str) -> Value {
    program.write("recording.jsonl", text);
    let mails = format!("{db}.mails");
    let args = [
        "replay",
        "recording.jsonl",
        "--into",
        db,
        "--mails",
        &mails,
        "--format",
        "json",
    ];
    let (code, said) = program.said(&args);
    assert_eq!(code, 0, "{said}");
    serde_json::from_str(&said).unwrap()
}

pub(super) fn mails(program: &Program, db: &str) -> Vec<Value> {
    let text = program.read(&format!("{db}.mails/mails.jsonl"));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub(super) fn varied(day: usize) -> Value {
    match day {
        0 => json!(["a", "b"]),
        3 => json!(["a"]),
        5 => json!(["a", "b"]),
        10..=13 => json!(503),
        20 => json!(["a", "b", "c"]),
        30..=44 if day.is_multiple_of(2) => json!(["a"]),
        30..=44 => json!(["a", "b"]),
        _ => Value::Null,
    }
}

#[test]
fn polls_that_brought_nothing_new_are_counted_though_the_next_one_stands_for_them() {
    let program = program();
    // The document, then good and failed polls in turn, none of them told; the last one fails.
    let text = recording(6, |day| match day {
        0 => json!(["a"]),
        1 | 3 | 5 => json!(503),
        _ => Value::Null,
    });
    replayed(&program, &text, "one.db");
    let store = rusqlite::Connection::open(program.folder.path().join("one.db")).unwrap();
    let counted: (i64, i64, i64, i64) = store
        .query_row(
            "SELECT revision - unpolled, failed_polls, last_poll_at - good_before,
                 last_poll_at - seen_before FROM tracking",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .unwrap();
    let last_good: jiff::Timestamp = time(4).parse().unwrap();
    let last_good = last_good.as_millisecond();
    assert_eq!(counted, (6, 3, last_good, last_good));
}

#[test]
fn the_same_recording_makes_the_same_history_with_the_same_hashes() {
    let program = program();
    let text = recording(90, varied);
    let summary = replayed(&program, &text, "one.db");
    replayed(&program, &text, "two.db");
    let list = ["history", "--format", "jsonl", "--limit", "0"];
    assert_eq!(
        history(&program, "one.db", &list),
        history(&program, "two.db", &list)
    );
    assert_eq!(summary["observations"], 90);
    assert_eq!(summary["events_by_kind"]["failing"], 1);
    assert_eq!(summary["mails"], mails(&program, "one.db").len());
}

#[test]
fn a_member_that_does_not_rest_is_mailed_three_times_then_damped_and_settled_in_one_thread() {
    let program = program();
    let text = recording(120, |day| match day {
        0..=30 if day.is_multiple_of(2) => json!(["a"]),
        0..=30 => json!(["a", "b"]),
        _ => Value::Null,
    });
    let summary = replayed(&program, &text, "one.db");
    let kinds: Vec<String> = mails(&program, "one.db")
        .iter()
        .map(|mail| mail["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["changed", "changed", "damped", "settled"]);
    assert_eq!(summary["events_by_kind"]["changed"], 30);
    assert_eq!(summary["held_back"]["damped"], 28);
    let damped = program.read("one.db.mails/00003.eml");
    let settled = program.read("one.db.mails/00004.eml");
    let header = |mail: &str, name: &str| -> String {
        let line = mail.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_once(": ").unwrap().1.to_owned()
    };
    assert_eq!(
        header(&settled, "In-Reply-To"),
        header(&damped, "Message-ID")
    );
    assert!(damped.contains("ignore =3D "), "{damped}");
    let said: Vec<&str> = settled.split_whitespace().collect();
    assert!(said.join(" ").contains("27 changes"), "{settled}");
}

#[test]
fn a_line_that_is_none_ends_the_replay_with_its_number_and_leaves_no_store() {
    let whole = recording(10, varied);
    let shuffled: Vec<&str> = whole.lines().rev().collect();
    let truncated = whole.get(..whole.len() - 20).unwrap().to_owned();
    let corrupted = whole.replacen("\"unmodified\":true", "\"unmodified\":tru", 1);
    let unnamed = whole.replacen("\"provider\":\"acme\"", "\"provider\":\"../acme\"", 1);
    let polls = format!("\"unrecorded\":{},\"provider\":", u64::MAX);
    let endless = whole.replacen("\"provider\":", &polls, 1);
    for (text, number, what) in [
        (shuffled.join("\n"), 2, "oldest first"),
        (truncated, 10, "the recording ends in the middle of a line"),
        (corrupted, 2, "expected"),
        (unnamed, 1, "no name"),
        (endless, 1, "\"unrecorded\" is more than"),
        (
            "[\"2026-01-01T05:00:00Z\"]".to_owned(),
            1,
            "not a JSON object",
        ),
        (
            format!("{{\"at\":\"{}\n{whole}", "x".repeat(9 << 20)),
            1,
            "longer than 8 MiB",
        ),
    ] {
        let program = program();
        program.write("recording.jsonl", &text);
        let args = [
            "replay",
            "recording.jsonl",
            "--into",
            "one.db",
            "--mails",
            "one.db.mails",
        ];
        let output = program.run(&args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("line {number}: ")), "{said}");
        assert!(
            said.contains(what) && said.contains("--keep-going"),
            "{said}"
        );
        assert!(!program.folder.path().join("one.db").exists());
        assert!(!program.folder.path().join("one.db.unfinished").exists());
        let index = program.folder.path().join("one.db.mails/mails.jsonl");
        assert!(!index.exists(), "what was broken off is not whole");
        // Nor is it in anybody's way.
        replayed(&program, &whole, "one.db");
    }
}

#[test]
fn a_time_far_ahead_does_not_cost_the_lines_after_it_unnoticed() {
    let program = program();
    let whole = recording(150, |_| json!(["a"]));
    let text = whole.replacen(&time(9), "2099-01-01T05:00:00Z", 1);
    program.write("recording.jsonl", &text);
    let output = program.run(&["replay", "recording.jsonl", "--keep-going"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("look at the time of line 10"), "{said}");
}

#[test]
fn a_byte_order_mark_and_line_ends_of_others_are_passed_over() {
    let program = program();
    let text = recording(3, varied).replace('\n', "\r\n");
    let summary = replayed(&program, &format!("\u{feff}{text}"), "one.db");
    assert_eq!(summary["observations"], json!(3));
}

#[test]
fn keep_going_reports_each_bad_line_and_reads_the_others() {
    let program = program();
    let whole = recording(10, varied);
    let text = whole.replacen("\"unmodified\":true", "\"unmodified\":tru", 2);
    program.write("recording.jsonl", &text);
    let args = [
        "replay",
        "recording.jsonl",
        "--keep-going",
        "--format",
        "json",
    ];
    let output = program.run(&args);
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("line 2: ") && said.contains("line 3: "),
        "{said}"
    );
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&summary["observations"], &summary["skipped"]),
        (&json!(8), &json!(2))
    );
}

#[test]
fn a_store_and_mails_of_an_earlier_replay_are_not_touched() {
    let program = program();
    let text = recording(3, varied);
    replayed(&program, &text, "one.db");
    let before = std::fs::read(program.folder.path().join("one.db")).unwrap();
    for (args, what) in [
        (
            ["replay", "recording.jsonl", "--into", "one.db"],
            "name a new file",
        ),
        (
            ["replay", "recording.jsonl", "--mails", "one.db.mails"],
            "name an empty directory",
        ),
    ] {
        let output = program.run(&args);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8(output.stderr).unwrap().contains(what));
    }
    assert_eq!(
        before,
        std::fs::read(program.folder.path().join("one.db")).unwrap()
    );
    let left: Vec<_> = std::fs::read_dir(program.folder.path()).unwrap().collect();
    let names = left.iter().map(|it| it.as_ref().unwrap().file_name());
    assert!(
        names
            .into_iter()
            .all(|name| !name.display().to_string().contains("unfinished"))
    );
}

#[test]
fn the_daemon_and_replay_make_the_same_events_with_the_same_hashes() {
    let site = Site::plain();
    let program = Program::watching(&site, "directory = \"mails\"", "@yearly");
    let documents = [
        super::support::program::document(&site.issuer),
        super::support::program::document(&site.issuer).replace("billing:write", "billing:admin"),
        super::support::program::document(&site.issuer).replace("\"S256\"", "\"plain\""),
        super::support::program::document(&site.issuer),
    ];
    for document in &documents {
        site.answer(Reply::json(document));
        program.said(&["check"]);
    }
    let list = ["history", "--format", "jsonl", "--limit", "0", "--reverse"];
    let (_, polled) = program.said(&list);
    assert_eq!(polled.lines().count(), 6);
    let (_, exported) = program.said(&["history", "export"]);
    program.write("exported.jsonl", &exported);
    let (code, said) = program.said(&["replay", "exported.jsonl", "--into", "replayed.db"]);
    assert_eq!(code, 0, "{said}");
    program.point_at("replayed.db");
    let (_, replayed) = program.said(&list);
    let facts = |text: &str| -> Vec<Value> {
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .map(|it| json!([it["at"], it["kind"], it["summary"], it["hash"]]))
            .collect()
    };
    assert_eq!(facts(&polled), facts(&replayed));
}

#[test]
fn the_mail_about_a_moved_key_set_says_that_its_keys_are_the_same() {
    let program = program();
    let line = |day: usize, document: &str, url: &str, body: Value| {
        let line = json!({
            "at": time(day), "provider": "acme", "document": document, "url": url, "status": 200,
            "content_type": "application/json", "body": body.to_string(),
        });
        format!("{line}\n")
    };
    let metadata = |host: &str| {
        json!({
            "issuer": "https://a.example",
            "jwks_uri": format!("https://{host}/keys"),
            "response_types_supported": ["code"],
        })
    };
    let keys = json!({"keys": [{"kty": "EC", "kid": "a", "crv": "P-256", "x": "AQ", "y": "Ag"}]});
    let place = "https://a.example/.well-known/openid-configuration";
    let mut text = String::new();
    for (day, host) in [(0, "a.example"), (1, "keys.a.example")] {
        text += &line(day, "openid-configuration", place, metadata(host));
        text += &line(day, "jwks", &format!("https://{host}/keys"), keys.clone());
    }
    // What was written early for the mail is known to what comes after.
    text += &line(
        2,
        "jwks",
        "https://keys.a.example/keys",
        json!({"keys": []}),
    );
    replayed(&program, &text, "one.db");
    let mail = program.read("one.db.mails/00001.eml");
    assert!(
        mail.contains("The key set at its new address has the same 1 key as before."),
        "{mail}"
    );
}
