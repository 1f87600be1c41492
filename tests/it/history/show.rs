//! `history show`: what became of an event.

use serde_json::{Value, json};

use super::{archera, asked, recorded, seen};

#[test]
fn an_event_says_who_expected_it_who_was_mailed_and_what_answered_it() {
    let scopes =
        |scopes: Value| json!({"issuer": "https://acme.example", "scopes_supported": scopes});
    let kind = "openid-configuration";
    let text = [
        seen("2026-01-01T05:00:00Z", kind, &scopes(json!(["a", "b"]))),
        seen("2026-01-02T05:00:00Z", kind, &scopes(json!(["a"]))),
        seen("2026-01-03T05:00:00Z", kind, &scopes(json!(["a", "b"]))),
    ];
    let program = recorded(&text.concat());
    let (_, said, _) = asked(&program, &["history", "show", "2"]);
    assert!(
        said.contains("mail    sent 2026-01-02 05:00:30 UTC to iam@example.com"),
        "{said}"
    );
    let answer = "answer  by event 3, changed 2026-01-03 05:00:00 UTC: reverted after 24 h";
    assert!(said.contains(answer), "{said}");
    asked(&program, &["accept", "2", "--reason", "planned"]);
    let (_, said, _) = asked(&program, &["history", "show", "2"]);
    assert!(said.contains("(event 4): planned"), "{said}");
    let (_, said, _) = asked(&program, &["history", "show", "3"]);
    assert!(!said.contains("answer"), "{said}");
}

#[test]
fn what_is_held_back_says_until_which_summary() {
    let scopes =
        |scopes: Value| json!({"issuer": "https://acme.example", "scopes_supported": scopes});
    let days = (1..=12).map(|day| {
        let more = if day > 8 {
            format!("new{day}")
        } else {
            "b".to_owned()
        };
        let set = if day % 2 == 0 {
            json!(["a"])
        } else {
            json!(["a", more])
        };
        seen(
            &format!("2026-01-{day:02}T05:00:00Z"),
            "openid-configuration",
            &scopes(set),
        )
    });
    let program = recorded(&days.collect::<String>());
    let shown = |event| asked(&program, &["history", "show", event]).1;
    let head = "held    scopes_supported (damped): ";
    let said = shown("6");
    assert!(
        said.contains(&format!("{head}nothing in it was new")),
        "{said}"
    );
    let until = "the summary of 2026-01-12 08:00:00 UTC to iam@example.com";
    let said = shown("10");
    assert!(said.contains(&format!("{head}told in {until}")), "{said}");
    // As it was before that Monday: no mail carries them yet.
    let store = rusqlite::Connection::open(program.folder.path().join("history.db")).unwrap();
    store
        .execute("UPDATE alert SET mail_id = NULL", [])
        .unwrap();
    let said = shown("10");
    assert!(said.contains(&format!("{head}until {until}")), "{said}");
    let said = shown("5");
    assert!(
        said.contains("mail    waits for others until 2026-01-04 05:00:30 UTC"),
        "{said}"
    );
    let (_, said, _) = asked(&archera(), &["history", "show", "1"]);
    assert!(!said.contains("held"), "{said}");
}
