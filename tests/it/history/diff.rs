//! `history diff`.

use serde_json::{Value, json};

use super::{METADATA, archera, asked, json_of, names, recorded, seen};

#[test]
fn two_states_differ_by_the_rules_of_an_event_and_the_patch_makes_one_of_the_other() {
    let program = archera();
    let found = json_of(
        &program,
        &["history", "diff", METADATA, "2026-11-22", "2026-11-23"],
    );
    assert_eq!(names(&found), ["changes", "patch"]);
    let event = json_of(&program, &["history", "show", "4"]);
    assert_eq!(
        (&found["changes"], &found["patch"]),
        (&event["changes"], &event["patch"])
    );
    let at = |time: &str| -> Value {
        let (_, said, _) = asked(&program, &["history", "at", METADATA, time]);
        serde_json::from_str(&said).unwrap()
    };
    let mut document = at("2026-11-22");
    let patch: json_patch::Patch = serde_json::from_value(found["patch"].clone()).unwrap();
    json_patch::patch(&mut document, &patch).unwrap();
    assert_eq!(document, at("2026-11-23"));
    // The other way round it is the other way round.
    let back = json_of(
        &program,
        &["history", "diff", METADATA, "now", "2026-11-22"],
    );
    assert_eq!(back["changes"][0]["added"], json!(["billing:write"]));
    let same = json_of(
        &program,
        &["history", "diff", METADATA, "2026-03-01", "2026-04-01"],
    );
    assert_eq!(same, json!({"changes": [], "patch": []}));
}

#[test]
fn a_state_is_named_by_a_time_an_event_or_now_and_an_event_says_which_document() {
    let program = archera();
    let expected = json_of(
        &program,
        &["history", "diff", METADATA, "2026-11-22", "now"],
    );
    for states in [
        ["1", "4"],
        ["#1", "now"],
        ["2026-11-23T02:15:03Z", "2026-11-23T02:15:04Z"],
        ["2026-02-01 09:00:00", "4"],
    ] {
        let found = json_of(
            &program,
            &[&["history", "diff", METADATA], &states[..]].concat(),
        );
        assert_eq!(found, expected, "{states:?}");
    }
    assert_eq!(
        json_of(&program, &["history", "diff", "archera", "1", "4"]),
        expected
    );
    let (code, _, said) = asked(&program, &["history", "diff", METADATA, "3", "now"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("event 3 is about another document"), "{said}");
    for (states, code, words) in [
        (["2020-01-01", "now"], 1, "was not known on 2020-01-01"),
        (["1", "99"], 1, "there is no event 99"),
        (["yesterday", "now"], 2, "\"yesterday\" is no state"),
    ] {
        let (ended, _, said) = asked(
            &program,
            &[&["history", "diff", METADATA], &states[..]].concat(),
        );
        assert_eq!((ended, said.contains(words)), (code, true), "{said}");
    }
}

#[test]
fn each_form_says_the_same() {
    let program = archera();
    let said = |format: &str| {
        let args = ["history", "diff", METADATA, "1", "4", "--format", format];
        let (code, said, _) = asked(&program, &args);
        assert_eq!(code, 0);
        said
    };
    let whole = json_of(&program, &["history", "diff", METADATA, "1", "4"]);
    let lines = said("jsonl");
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(Value::from(lines), whole["changes"]);
    assert_eq!(
        serde_json::from_str::<Value>(&said("patch")).unwrap(),
        whole["patch"]
    );
    let table = said("markdown");
    assert!(
        table.contains("| breaking | scope-removed | scopes_supported | billing:write |  |"),
        "{table}"
    );
    assert!(said("table").ends_with("\n2 changes\n"));
}

#[test]
fn a_pinned_copy_is_what_was_before_and_ends_like_a_check() {
    let program = archera();
    let against = |args: &[&str]| {
        let (code, said, errors) = asked(
            &program,
            &[&["history", "diff", METADATA, "--against"], args].concat(),
        );
        (code, said, errors)
    };
    let (code, said, _) = against(&["pinned.json", "--format", "jsonl"]);
    assert_eq!((code, said.lines().count()), (3, 2));
    assert_eq!(against(&["pinned.json", "--fail-on", "security"]).0, 0);
    program.write(
        "now.json",
        &asked(&program, &["history", "at", METADATA, "0s"]).1,
    );
    assert_eq!(
        against(&["now.json"]),
        (0, against(&["now.json"]).1, String::new())
    );
    let (code, _, _) = asked(
        &program,
        &["history", "diff", METADATA, "1", "--against", "pinned.json"],
    );
    assert_eq!(code, 0, "what it was then is what was pinned");
    program.write(
        "big.json",
        &format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20)),
    );
    program.write("page.html", "<!doctype html>");
    program.write("empty.json", "{}");
    for (file, words) in [
        ("big.json", "longer than 1048576 bytes"),
        ("page.html", "page.html: "),
        ("empty.json", "empty.json: "),
    ] {
        let (code, said, errors) = against(&[file]);
        assert_eq!(
            (code, said.as_str(), errors.contains(words)),
            (4, "", true),
            "{errors}"
        );
    }
    assert_eq!(against(&["missing.json"]).0, 1);
}

#[test]
fn what_the_configuration_says_of_changes_holds_here_too() {
    let program = archera();
    let config = program
        .read("config.toml")
        .replace("not-recorded", "archera")
        .replace("archera.example", "auth.archera.example");
    let ended = |more: &str| {
        program.write("config.toml", &format!("{config}{more}\n"));
        let (code, said, errors) = asked(
            &program,
            &[
                "history",
                "diff",
                METADATA,
                "--against",
                "pinned.json",
                "--format",
                "jsonl",
            ],
        );
        (code, said.lines().count(), errors)
    };
    assert_eq!(ended("").0, 3);
    assert_eq!(ended("severity = { scope-removed = \"info\" }").0, 0);
    assert_eq!(ended("ignore = [\"/scopes_supported\"]").1, 1);
    // A file that is wrong for the moment keeps nobody from looking.
    assert_eq!(ended("schedule = \"61 * * * *\"").0, 3);
    let (code, _, _) = asked(
        &program,
        &[
            "--config",
            "none.toml",
            "--store",
            "history.db",
            "history",
            "diff",
            METADATA,
            "1",
            "4",
        ],
    );
    assert_eq!(code, 0);
}

#[test]
fn two_documents_are_compared_as_they_are_now() {
    let of = |scopes: Value| json!({"issuer": "https://acme.example", "scopes_supported": scopes});
    let at = "2026-01-01T05:00:00Z";
    let text = [
        seen(at, "openid-configuration", &of(json!(["openid", "a|b"]))),
        seen(at, "oauth-authorization-server", &of(json!(["openid"]))),
        seen(at, "jwks", &json!({"keys": []})),
    ];
    let program = recorded(&text.concat());
    let (one, two) = (
        "acme/openid-configuration",
        "acme/oauth-authorization-server",
    );
    let found = json_of(&program, &["history", "diff", one, two]);
    assert_eq!(found["changes"][0]["removed"], json!(["a|b"]));
    let (_, said, _) = asked(
        &program,
        &["history", "diff", one, two, "--format", "markdown"],
    );
    assert!(said.contains("| a\\|b |"), "{said}");
    let (code, _, said) = asked(&program, &["history", "diff", one, "acme/jwks"]);
    assert_eq!(
        (code, said.contains("cannot be compared")),
        (2, true),
        "{said}"
    );
    let (code, _, said) = asked(&program, &["history", "diff", one, "acne"]);
    assert_eq!(
        (code, said.contains("did you mean \"acme\"?")),
        (2, true),
        "{said}"
    );
    let (code, _, said) = asked(&program, &["history", "diff", one]);
    assert_eq!((code, said.contains("--against FILE")), (2, true), "{said}");
}

#[test]
fn a_private_key_in_a_pinned_copy_is_not_printed() {
    let program = archera();
    let key = r#"{"kty":"OKP","crv":"Ed25519","kid":"a1","x":"AQ","d":"HUSHHUSH"}"#;
    program.write("keys.json", &format!("{{\"keys\":[{key}]}}"));
    for format in ["table", "json", "patch", "markdown"] {
        let args = [
            "history",
            "diff",
            "archera/jwks",
            "--against",
            "keys.json",
            "--format",
            format,
        ];
        let (_, said, errors) = asked(&program, &args);
        assert!(!said.contains("HUSH") && !errors.contains("HUSH"), "{said}");
    }
}
