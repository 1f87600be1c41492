//! `history blame`.

use serde_json::{Value, json};

use super::{METADATA, archera, asked, json_of, names, recorded, seen};

#[test]
fn each_member_says_since_when_it_is_so_by_which_event_and_how_long_it_was_otherwise() {
    let program = archera();
    let found = json_of(&program, &["history", "blame", METADATA]);
    let of = |member: &str| -> Value {
        let mut rows = found.as_array().unwrap().iter();
        rows.find(|row| row["member"] == member).unwrap().clone()
    };
    assert_eq!(
        of("service_documentation"),
        json!({"member": "service_documentation",
            "value": "https://docs.archera.example/guides/oauth",
            "since": "2026-11-23T02:15:04Z", "event": 4, "accepted": null,
            "before_for": 25_463_704})
    );
    let issuer = of("issuer");
    let mut promised = [
        "member",
        "value",
        "since",
        "event",
        "accepted",
        "before_for",
    ];
    promised.sort_unstable();
    assert_eq!(names(&issuer), promised);
    assert_eq!(
        (&issuer["event"], &issuer["before_for"]),
        (&json!(1), &Value::Null)
    );
}

#[test]
fn each_element_of_a_set_is_as_old_as_it_is() {
    let scopes =
        |scopes: Value| json!({"issuer": "https://acme.example", "scopes_supported": scopes});
    let kind = "openid-configuration";
    let text = [
        seen("2026-01-01T05:00:00Z", kind, &scopes(json!(["a", "b"]))),
        seen(
            "2026-01-02T05:00:00Z",
            kind,
            &scopes(json!(["a", "b", "c"])),
        ),
        seen("2026-01-03T05:00:00Z", kind, &scopes(json!(["a", "c"]))),
        seen(
            "2026-01-12T05:00:00Z",
            kind,
            &scopes(json!(["b", "a", "c"])),
        ),
    ];
    let program = recorded(&text.concat());
    let found = json_of(
        &program,
        &["history", "blame", "acme", "scopes_supported", "--elements"],
    );
    let rows: Vec<(&Value, &Value)> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["element"], &row["event"]))
        .collect();
    let [a, b, c] = [json!("a"), json!("b"), json!("c")];
    assert_eq!(rows, [(&a, &json!(1)), (&b, &json!(4)), (&c, &json!(2))]);
    let all = json_of(&program, &["history", "blame", "acme", "--elements"]);
    assert_eq!(
        (&all[0]["member"], &all[0]["element"]),
        (&json!("issuer"), &Value::Null)
    );
}

#[test]
fn who_accepted_the_event_is_said_with_the_reason() {
    let program = archera();
    let (code, _, said) = asked(
        &program,
        &["accept", "4", "--reason", "announced \u{202e} in October"],
    );
    assert_eq!(code, 0, "{said}");
    let found = json_of(
        &program,
        &["history", "blame", METADATA, "scopes_supported"],
    );
    assert_eq!(
        found[0]["accepted"],
        json!({"event": 7, "reason": "announced \u{202e} in October"})
    );
    let (_, said, _) = asked(
        &program,
        &["history", "blame", METADATA, "scopes_supported"],
    );
    assert!(
        said.contains("expected: \"announced <U+202E> in October\" (event 7)"),
        "{said}"
    );
}

#[test]
fn a_member_says_which_of_several_documents_is_meant_and_a_wrong_one_is_answered() {
    let program = archera();
    let found = json_of(&program, &["history", "blame", "archera", "issuer"]);
    assert_eq!(found[0]["value"], "https://auth.archera.example");
    for (name, code) in [("archera", 2), (METADATA, 0)] {
        let (ended, _, said) = asked(&program, &["history", "blame", name, "scope_supported"]);
        assert_eq!(ended, code, "{said}");
        assert!(
            said.contains("did you mean \"scopes_supported\"?"),
            "{said}"
        );
    }
}

#[test]
fn what_a_document_says_is_shown_and_not_done() {
    let body = json!({"issuer": "https://acme.example", "\u{1b}[2J": "\u{9b}31m\u{202e}x"});
    let program = recorded(&seen("2026-01-01T05:00:00Z", "openid-configuration", &body));
    for format in ["table", "json"] {
        let (_, said, _) = asked(&program, &["history", "blame", "acme", "--format", format]);
        let is_harmless = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
        assert!(said.chars().all(is_harmless), "{said:?}");
    }
}

#[test]
fn now_is_the_state_that_stands_also_after_a_clock_was_ahead_for_a_moment() {
    let kind = "openid-configuration";
    let day = |day: u8, scopes: Value| {
        let document = json!({"issuer": "https://acme.example", "scopes_supported": scopes});
        seen(&format!("2026-01-0{day}T05:00:00Z"), kind, &document)
    };
    let text = [
        day(1, json!(["a", "b"])),
        day(2, json!(["a"])),
        day(3, json!(["a", "c"])),
    ];
    let program = recorded(&text.concat());
    let store = rusqlite::Connection::open(program.folder.path().join("history.db")).unwrap();
    let month = 30 * 86_400_000_i64;
    for sql in [
        "UPDATE event SET at = at + ?1 WHERE id = 2",
        "UPDATE snapshot SET first_seen_at = first_seen_at + ?1 WHERE id = 2",
    ] {
        assert_eq!(store.execute(sql, [month]).unwrap(), 1);
    }
    let blame = ["history", "blame", "acme", "scopes_supported"];
    let found = json_of(&program, &blame);
    assert_eq!(found[0]["event"], 3, "{found}");
    assert_eq!(found[0]["value"], json!(["a", "c"]), "{found}");
    let diff = json_of(&program, &["history", "diff", "acme", "1", "now"]);
    let (removed, added) = (json!(["b"]), json!(["c"]));
    let changes = diff["changes"].as_array().unwrap();
    assert!(changes.iter().any(|it| it["removed"] == removed), "{diff}");
    assert!(changes.iter().any(|it| it["added"] == added), "{diff}");
}
