//! `history export`, with the built binary: a replay of it makes the same history.

use serde_json::{Value, json};

use super::replay::{history, program, recording, replayed, varied};

#[test]
fn export_replay_export_gives_the_same_bytes() {
    let program = program();
    replayed(&program, &recording(90, varied), "one.db");
    let first = history(&program, "one.db", &["history", "export"]);
    let kinds = ["\"body\"", "\"unmodified\"", "\"failure\""];
    assert!(kinds.iter().all(|kind| first.contains(kind)), "{first}");
    replayed(&program, &first, "two.db");
    let second = history(&program, "two.db", &["history", "export"]);
    assert_eq!(first, second);
    let list = ["history", "--format", "jsonl", "--limit", "0"];
    let same = history(&program, "one.db", &list) == history(&program, "two.db", &list);
    assert!(same, "the events have the same content, so the same hashes");
}

#[test]
fn a_replay_of_an_export_has_the_same_events_in_the_same_order() {
    let program = program();
    // An outage that is over before anybody is told, and right after it a change.
    let acme = recording(8, |day| match day {
        0 => json!(["a"]),
        3 => json!(503),
        4 => json!(["a", "b"]),
        6 => json!(["b"]),
        _ => Value::Null,
    });
    // Two of one second, not in the order of names, and first not said where.
    let url = r#","url":"https://acme.example/.well-known/openid-configuration""#;
    let mut text = String::new();
    for (day, line) in acme.lines().enumerate() {
        let line = if day == 0 {
            &line.replace(url, "")
        } else {
            line
        };
        text += &line.replace(r#""provider":"acme""#, r#""provider":"zeta""#);
        text += &format!("\n{line}\n");
    }
    assert!(text.contains("zeta") && !text.lines().next().unwrap().contains("url"));
    replayed(&program, &text, "one.db");
    let list = ["history", "--format", "jsonl", "--limit", "0"];
    let events = history(&program, "one.db", &list);
    let exported = history(&program, "one.db", &["history", "export"]);
    assert!(exported.contains(r#""unrecorded":1"#), "{exported}");
    replayed(&program, &exported, "two.db");
    assert_eq!(events, history(&program, "two.db", &list));
    let again = history(&program, "two.db", &["history", "export"]);
    assert_eq!(exported, again);
}

#[test]
fn an_export_keeps_where_answers_came_from_and_states_that_no_event_tells_of() {
    let program = program();
    let acme = recording(8, |day| match day {
        0 => json!(["a"]),
        2..=4 => json!(503),
        5 => json!(["a"]),
        6 => json!(["a", "b"]),
        _ => Value::Null,
    });
    let mut text = String::new();
    for (day, line) in acme.lines().enumerate() {
        let zeta = line.replace(r#""provider":"acme""#, r#""provider":"zeta""#);
        // On the day of the change of one, the other says what it did not before: its default.
        let zeta = match day {
            6 => zeta.replace(
                r#"[\"a\",\"b\"]"#,
                r#"[\"a\"],\"claims_parameter_supported\":false"#,
            ),
            _ => zeta,
        };
        let from = r#""final_url":"https://www.acme.example/c","provider":"acme""#;
        text += &format!("{zeta}\n{}\n", line.replace(r#""provider":"acme""#, from));
    }
    assert!(text.contains("claims_parameter_supported") && text.contains("final_url"));
    replayed(&program, &text, "one.db");
    let list = ["history", "--format", "jsonl", "--limit", "0"];
    let events = history(&program, "one.db", &list);
    assert!(
        events.contains("failing") && events.contains("scope added"),
        "{events}"
    );
    let exported = history(&program, "one.db", &["history", "export"]);
    replayed(&program, &exported, "two.db");
    assert_eq!(events, history(&program, "two.db", &list));
    assert_eq!(
        exported,
        history(&program, "two.db", &["history", "export"])
    );
}

#[test]
fn an_export_keeps_the_media_type_and_so_its_findings() {
    let program = program();
    let typed = recording(3, varied).replacen(
        "\"status\":200",
        "\"status\":200,\"content_type\":\"text/plain\"",
        1,
    );
    replayed(&program, &typed, "one.db");
    let first = history(&program, "one.db", &["history", "export"]);
    assert!(first.contains("\"content_type\":\"text/plain\""), "{first}");
    replayed(&program, &first, "two.db");
    assert_eq!(first, history(&program, "two.db", &["history", "export"]));
}

#[test]
fn an_export_of_an_outage_longer_than_what_is_kept_of_it_makes_the_same_history() {
    // Told after 7 and 30 days as well, if it was told before.
    for (failures_before_alert, count) in [(3, 5), (60, 3)] {
        let program = program();
        let lines = format!("[defaults]\nfailures_before_alert = {failures_before_alert}\n[mail]");
        program.configure("[mail]", &lines);
        let text = recording(150, |day| match day {
            0 | 141 => json!(["a", "b"]),
            1..=140 => json!(503),
            _ => Value::Null,
        });
        replayed(&program, &text, "one.db");
        let exported = history(&program, "one.db", &["history", "export"]);
        assert!(exported.contains("\"unrecorded\":"), "{exported}");
        replayed(&program, &exported, "two.db");
        let list = ["history", "--format", "jsonl", "--limit", "0"];
        let events = history(&program, "one.db", &list);
        assert_eq!(events.lines().count(), count);
        assert_eq!(events, history(&program, "two.db", &list));
    }
}
