//! `history keys`.

use issuerwatch::history::{self, BlameOptions, KeysFormat, KeysOptions};
use issuerwatch::store::Reader;
use issuerwatch::terminal::Style;
use serde_json::{Value, json};

use super::{archera, asked, json_of, names, recorded, seen};

#[test]
fn each_key_has_a_life_and_what_proves_it() {
    let program = archera();
    let found = json_of(&program, &["history", "keys", "archera"]);
    let kids: Vec<&Value> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|key| &key["kid"])
        .collect();
    assert_eq!(kids, ["c3", "b2", "a1"]);
    let key = &found[2];
    let promised = [
        "kid",
        "thumbprint",
        "kty",
        "size",
        "use",
        "alg",
        "first_seen",
        "last_seen",
        "gaps",
        "events",
    ];
    let there = names(key);
    assert!(
        promised.iter().all(|name| there.contains(name)),
        "{there:?}"
    );
    assert_eq!(
        (&key["first_seen"], &key["last_seen"], &key["events"]),
        (
            &json!("2026-02-01T09:00:05Z"),
            &json!("2026-11-24T05:00:00Z"),
            &json!([2, 5])
        )
    );
    assert_eq!(
        (&key["kty"], &key["size"], &key["alg"]),
        (&json!("OKP"), &json!(256), &json!("EdDSA"))
    );
    assert_eq!(found[0]["last_seen"], Value::Null, "it is there now");
    let event = json_of(&program, &["history", "show", "5"]);
    assert_eq!((&key["event"], &key["hash"]), (&json!(5), &event["hash"]));
    let (_, verified, _) = asked(&program, &["history", "verify"]);
    assert!(
        verified.contains(key["head"].as_str().unwrap()),
        "{verified}"
    );
}

#[test]
fn the_set_of_a_time_is_one_key_set_and_nothing_else() {
    let program = archera();
    let kids = |args: &[&str]| -> Vec<String> {
        let (code, said, errors) = asked(
            &program,
            &[&["history", "keys", "archera", "--format", "jwk"], args].concat(),
        );
        assert_eq!((code, errors.as_str()), (0, ""));
        let set: Value = serde_json::from_str(&said).unwrap();
        let keys = set["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(kids(&["--at", "2026-11-18"]), ["a1"]);
    assert_eq!(kids(&["--at", "2026-11-20T00:00:00Z"]), ["a1", "b2"]);
    assert_eq!(kids(&[]), ["b2", "c3"]);
    assert_eq!(
        kids(&["--at", "2026-11-20T00:00:00Z", "--kid", "b2"]),
        ["b2"]
    );
    let (_, said, errors) = asked(
        &program,
        &["history", "keys", "archera", "--at", "2026-11-25"],
    );
    assert!(said.contains("\nb2 ") && !said.contains("\na1 "), "{said}");
    assert!(errors.contains("changed on 2026-11-25"), "{errors}");
    let then = json_of(
        &program,
        &["history", "keys", "archera", "--at", "2026-11-20T00:00:00Z"],
    );
    assert_eq!(
        (&then[0]["kid"], &then[1]["kid"]),
        (&json!("b2"), &json!("a1"))
    );
    // What came later proves nothing about that time.
    assert_eq!(
        (&then[0]["event"], &then[1]["event"]),
        (&json!(3), &json!(2))
    );
    let (code, _, said) = asked(
        &program,
        &["history", "keys", "archera", "--at", "2020-01-01"],
    );
    assert_eq!((code, said.contains("was not known")), (1, true), "{said}");
}

#[test]
fn public_keys_are_printed_for_other_programs() {
    let program = archera();
    let (_, said, _) = asked(&program, &["history", "keys", "archera", "--format", "pem"]);
    assert_eq!(said.matches("-----BEGIN PUBLIC KEY-----").count(), 2);
    assert!(said.starts_with("kid: b2\n"), "{said}");
    // A shared secret has no public form.
    let body = json!({"keys": [{"kty": "oct", "kid": "s"}]});
    let program = recorded(&seen("2026-01-01T05:00:00Z", "jwks", &body));
    let (code, said, errors) = asked(&program, &["history", "keys", "acme", "--format", "pem"]);
    assert_eq!(
        (code, said.as_str(), errors.contains("left out")),
        (0, "", true),
        "{errors}"
    );
}

#[test]
fn a_key_is_found_by_its_name_or_thumbprint_and_where_there_is_none_the_nearest_is_named() {
    let program = archera();
    let all = json_of(&program, &["history", "keys", "archera"]);
    let thumbprint = all[1]["thumbprint"].as_str().unwrap();
    for args in [["--kid", "b2"], ["--thumbprint", thumbprint]] {
        let found = json_of(
            &program,
            &[&["history", "keys", "archera"], &args[..]].concat(),
        );
        assert_eq!(found, json!([all[1]]));
    }
    let (code, said, errors) = asked(
        &program,
        &[
            "history", "keys", "archera", "--kid", "b", "--format", "json",
        ],
    );
    assert_eq!((code, said.as_str()), (0, "[]\n"));
    assert!(errors.contains("has no key with kid \"b\""), "{errors}");
}

#[test]
fn a_provider_without_a_key_set_is_no_mistake_of_whoever_asks() {
    let body = json!({"issuer": "https://acme.example"});
    let program = recorded(&seen("2026-01-01T05:00:00Z", "openid-configuration", &body));
    let (code, _, said) = asked(&program, &["history", "keys", "acme"]);
    assert_eq!(
        (code, said.contains("no key set of acme")),
        (1, true),
        "{said}"
    );
}

#[test]
fn tables_fit_the_terminal_and_what_a_document_says_is_shown_and_not_done() {
    let key = |kid: &str| json!({"kty": "OKP", "crv": "Ed25519", "use": "\u{1b}[2J", "kid": kid, "x": "AQ"});
    let kid = "-----BEGIN PUBLIC KEY-----\n\u{202e}\u{9b}31m".repeat(4);
    let text = [
        seen(
            "2026-01-01T05:00:00Z",
            "jwks",
            &json!({"keys": [key(&kid), key("b")]}),
        ),
        seen("2026-01-02T05:00:00Z", "jwks", &json!({"keys": [key("b")]})),
        seen(
            "2026-01-03T05:00:00Z",
            "jwks",
            &json!({"keys": [key(&kid)]}),
        ),
    ];
    let program = recorded(&text.concat());
    for format in ["table", "json", "jwk", "pem"] {
        let (_, said, _) = asked(&program, &["history", "keys", "acme", "--format", format]);
        let is_harmless = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
        assert!(said.chars().all(is_harmless), "{said:?}");
        if format == "pem" {
            let blocks = said.lines().filter(|line| line.starts_with("-----BEGIN"));
            assert_eq!(blocks.count(), 1, "{said}");
        }
    }
    let reader = Reader::open(&program.folder.path().join("history.db")).unwrap();
    let style = Style {
        is_colored: false,
        width: Some(60),
    };
    let mut out = Vec::new();
    let options = KeysOptions {
        target: "acme".to_owned(),
        at: None,
        kid: None,
        thumbprint: None,
        format: KeysFormat::Table,
    };
    history::keys(&reader, &options, style, &mut out).unwrap();
    let options = BlameOptions {
        target: "acme".to_owned(),
        member: None,
        elements: true,
        is_json: false,
    };
    history::blame(&reader, &options, style, &mut out).unwrap();
    let said = String::from_utf8(out).unwrap();
    assert!(
        said.lines().all(|line| line.chars().count() <= 60),
        "{said}"
    );
    assert!(said.contains("not there 2026-01-02 05:00:00"), "{said}");
}
