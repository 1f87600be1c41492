//! Key sets over time: what is told of keys that come, go and take over names, and of what is wrong
//! with them.

use serde_json::{Value, json};

use super::keys::{X, files, following, key, rules, set};
use super::replay::{history, program, replayed};

/// The events of a recording of key sets, one a day, and the mails about them as one text.
fn played(sets: &[Value]) -> (Vec<Value>, String) {
    let mut text = String::new();
    for (day, keys) in (1..).zip(sets) {
        let body = json!({ "keys": keys }).to_string();
        let line = json!({"at": format!("2026-01-{day:02}T05:00:00Z"), "provider": "acme",
            "document": "jwks", "url": "https://acme.example/jwks", "status": 200, "body": body});
        text.push_str(&format!("{line}\n"));
    }
    let program = program();
    replayed(&program, &text, "one");
    let args = ["history", "--format", "json", "--reverse", "--limit", "0"];
    let events = serde_json::from_str(&history(&program, "one", &args)).unwrap();
    let mut mails = String::new();
    for name in files(&program.folder.path().join("one.mails")) {
        mails.push_str(&std::fs::read_to_string(name).unwrap());
    }
    (events, mails)
}

fn told(events: &[Value]) -> Vec<String> {
    let rules = |event: &Value| {
        let rules: Vec<&str> = event["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["rule"].as_str().unwrap())
            .collect();
        rules.join(" ")
    };
    let changed = events.iter().filter(|event| event["kind"] == "changed");
    changed.map(rules).collect()
}

#[test]
fn a_key_that_takes_over_a_kid_in_two_steps_is_replaced_and_mailed_as_at_once() {
    let (one, two, other) = (key("a", X[0]), key("a", X[1]), key("b", X[2]));
    let (events, mails) = played(&[json!([one, other]), json!([other]), json!([two, other])]);
    assert_eq!(told(&events), ["key-removed", "key-replaced"]);
    assert!(mails.contains("(security)"), "{mails}");
    let both = json!([one, two, other]);
    let (events, mails) = played(&[json!([one, other]), both, json!([two, other])]);
    assert_eq!(told(&events).last().unwrap(), "key-replaced");
    assert!(mails.contains("(security)"), "{mails}");
    // Both were there from the start, or it is the key that it was.
    let both = json!([one, two, other]);
    let (events, mails) = played(&[both, json!([one, other]), json!([two, other])]);
    assert_eq!(told(&events), ["key-removed", "key-returned key-removed"]);
    assert!(!mails.contains("Subject"), "{mails}");
}

#[test]
fn the_memory_of_kids_outlives_the_process() {
    let (site, program) = following();
    let other = key("b", X[2]);
    for keys in [
        vec![key("a", X[0]), other.clone()],
        vec![other.clone()],
        vec![key("a", X[1]), other.clone()],
        vec![other.clone()],
        vec![key("a", X[0]), other],
    ] {
        site.serve("/jwks.json", set(&keys));
        program.said(&["check"]);
    }
    let seen: Vec<String> = rules(&program)
        .iter()
        .map(|(_, rules)| rules.join(" "))
        .collect();
    let expected = [
        "",
        "key-removed",
        "key-replaced",
        "key-removed",
        "key-returned",
    ];
    assert_eq!(seen, expected);
    assert_eq!(program.mails().len(), 1);
}

#[test]
fn the_first_key_of_a_type_is_mailed_once_though_keys_are_not_in_alert_on() {
    let rsa = json!({"kty": "RSA", "kid": "a", "e": "AQAB", "n": "u7u7".repeat(86)});
    let new = json!({"kty": "AKP", "kid": "b", "alg": "ML-DSA-65", "pub": "AAAA"});
    let sets = [
        json!([rsa]),
        json!([rsa, new]),
        json!([rsa]),
        json!([rsa, new]),
    ];
    let (events, mails) = played(&sets);
    assert_eq!(
        told(&events),
        ["key-type-new key-added", "key-removed", "key-returned"]
    );
    assert_eq!(mails.matches("\nSubject: ").count(), 1, "{mails}");
    let subject = "acme: first key of type AKP ML-DSA-65 (notice)";
    assert!(mails.contains(subject), "{mails}");
    assert!(mails.contains("+ b (AKP ML-DSA-65)"), "{mails}");
    assert!(!mails.contains("[key-added"), "{mails}");
}

#[test]
fn a_key_that_is_for_another_issuer_is_mailed_with_both() {
    let of = |issuer: &str| {
        let mut key = key("a", X[0]);
        key["issuer"] = json!(issuer);
        json!([key])
    };
    let (events, mails) = played(&[of("https://a.example/v2"), of("https://b.example/v2")]);
    assert_eq!(told(&events), ["key-issuer-changed"]);
    for line in [
        "- a (ES256), issuer https://a.example/v2",
        "+ a (ES256), issuer https://b.example/v2",
    ] {
        assert!(mails.contains(line), "{mails}");
    }
}

#[test]
fn a_weak_key_is_told_with_size_and_kid_wherever_it_is_told() {
    let (site, program) = following();
    program.said(&["check"]);
    let weak = |kid: &str, first: &str| {
        let n = format!("{first}{}", "u7u7".repeat(42));
        json!({"kty": "RSA", "kid": kid, "use": "sig", "e": "AQAB", "n": n})
    };
    let one = weak("weak-one", "zczM");
    site.serve("/jwks.json", set(&[key("a", X[0]), one.clone()]));
    let words = "kid weak-one, RSA 1032 bits";
    let (_, said) = program.said(&["check"]);
    let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(&format!("key-weak keys: {words}")), "{said}");
    let (_, said) = program.said(&["status"]);
    assert!(said.contains(&format!("key-weak keys: {words}")), "{said}");
    let events = program.events();
    let finding = &events.last().unwrap()["findings"][0];
    let about = &finding["about_keys"][0];
    assert_eq!(
        (&about["kid"], &about["size"]),
        (&json!("weak-one"), &json!(1032))
    );
    let number = events.last().unwrap()["event"].to_string();
    let (_, said) = program.said(&["history", "show", &number]);
    let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(&format!("({words})")), "{said}");
    let mail = program.mails().last().unwrap().clone();
    assert!(mail.contains(&format!("is too short: {words}")), "{mail}");
    let advised = "Do: look at the header of a fresh token first. Unless it names kid weak-one";
    assert!(mail.contains(advised), "{mail}");
    // Of two of which one is known, the other is the news.
    site.serve(
        "/jwks.json",
        set(&[key("a", X[0]), one, weak("other", "3c3M")]),
    );
    program.said(&["check"]);
    let events = program.events();
    let about = &events.last().unwrap()["findings"][0]["about_keys"];
    assert_eq!(about.as_array().unwrap().len(), 1, "{about}");
    assert_eq!(about[0]["kid"], "other");
}

#[test]
fn an_empty_private_member_is_none_and_one_that_is_not_is_named() {
    let with = |name: &str, value: Value| {
        let mut key = key("b", X[0]);
        key[name] = value;
        json!([key])
    };
    let members = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];
    for name in members {
        for empty in [
            json!(""),
            json!(null),
            json!([]),
            json!({}),
            json!([{"r": ""}]),
        ] {
            let (events, _) = played(&[with("kid", json!("b")), with(name, empty)]);
            let events = json!(events).to_string();
            assert!(!events.contains("key-secret-published"), "{events}");
            assert!(!events.contains("[removed"), "{events}");
        }
    }
    let (events, mails) = played(&[with("kid", json!("b")), with("oth", json!([{"r": "HUSH"}]))]);
    let finding = &events.last().unwrap()["findings"][0];
    assert_eq!(finding["about_keys"][0]["private"], json!(["oth"]));
    assert!(
        mails.contains("kid b, EC P-256, private member oth"),
        "{mails}"
    );
    assert!(!mails.contains("HUSH"));
}

#[test]
fn what_is_said_of_a_key_follows_from_what_it_is_for() {
    let mut enc = key("e", X[1]);
    enc["use"] = json!("enc");
    enc["alg"] = json!("ECDH-ES");
    let mut agreed = key("e", X[1]);
    agreed
        .as_object_mut()
        .unwrap()
        .retain(|name, _| name != "use" && name != "alg");
    agreed["key_ops"] = json!(["deriveKey"]);
    for enc in [enc, agreed] {
        let signing = key("a", X[0]);
        let sets = [
            json!([signing]),
            json!([signing, enc]),
            json!([signing]),
            json!([signing, enc]),
        ];
        let (events, _) = played(&sets);
        let rules = ["key-added", "key-removed", "key-returned"];
        assert_eq!(told(&events), rules);
        for event in &events {
            let said = event["changes"].to_string();
            assert!(!said.contains("igned"), "{said}");
        }
    }
}

#[test]
fn the_size_of_a_first_key_set_is_said_in_keys() {
    let (events, _) = played(&[json!([key("a", X[0])])]);
    assert_eq!(events[0]["summary"], "first seen: 1 key");
    let (events, _) = played(&[json!([key("a", X[0]), key("b", X[1])])]);
    assert_eq!(events[0]["summary"], "first seen: 2 keys");
}
