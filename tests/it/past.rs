//! What mails say of what happened before, played with the built binary.

use serde_json::{Value, json};

use super::wave::mails;

/// The text of a mail, without the breaks of its lines.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One line of a recording: a document on a day.
fn line(day: i64, members: Value) -> String {
    line_of("one", day, members)
}

/// The same of a provider.
fn line_of(provider: &str, day: i64, members: Value) -> String {
    let start: jiff::Timestamp = "2026-01-01T05:00:00Z".parse().unwrap();
    let at = start + jiff::SignedDuration::from_hours(24 * day);
    let issuer = format!("https://{provider}.example");
    let mut document = json!({"issuer": issuer});
    let Value::Object(members) = members else {
        panic!("no members");
    };
    document.as_object_mut().unwrap().extend(members);
    json!({"at": at.to_string(), "provider": provider, "document": "openid-configuration",
        "url": format!("{issuer}/.well-known/openid-configuration"), "status": 200,
        "body": document.to_string()})
    .to_string()
}

#[test]
fn values_that_were_there_before_are_named() {
    let mails = mails(&[
        line(0, json!({"scopes_supported": ["a", "b"]})),
        line(20, json!({"scopes_supported": ["a"]})),
        line(40, json!({"scopes_supported": ["a", "b", "c"]})),
    ]);
    let said = "one now offers 2 more scopes: c and b. c was never seen here before; b is back, gone \
                since 2026-01-21. This follows the mail of 2026-01-21, which told of the loss.";
    let text = words(&mails[1].text);
    assert!(text.contains(said), "{text}");
    assert!(!mails[0].text.contains("is back"), "{}", mails[0].text);
}

#[test]
fn what_comes_back_does_not_follow_a_mail_about_other_members() {
    let endpoint = "https://one.example/revoke";
    let mails = mails(&[
        line(
            0,
            json!({"scopes_supported": ["a"], "revocation_endpoint": endpoint}),
        ),
        line(
            10,
            json!({"scopes_supported": ["a", "b"], "revocation_endpoint": endpoint}),
        ),
        line(20, json!({"scopes_supported": ["a", "b"]})),
        line(30, json!({"scopes_supported": ["a"]})),
        line(
            40,
            json!({"scopes_supported": ["a"], "revocation_endpoint": endpoint}),
        ),
    ]);
    let last = mails.last().unwrap();
    assert_eq!(
        last.subject,
        "[issuerwatch] one: revocation_endpoint back, follows the mail of 2026-01-21 (info)"
    );
    assert!(!last.text.contains("Follows the mail"), "{}", last.text);
    let said = "It was taken away on 2026-01-21.";
    assert!(last.text.contains(said), "{}", last.text);
}

#[test]
fn what_was_implied_is_in_a_list_that_is_published_or_is_said_to_be_missing() {
    let grants = |grants: &[&str]| {
        let mails = mails(&[
            line(0, json!({"scopes_supported": ["a"]})),
            line(
                1,
                json!({"scopes_supported": ["a"], "grant_types_supported": grants}),
            ),
        ]);
        assert_eq!(mails.len(), 1);
        mails.into_iter().next().unwrap()
    };
    let whole = grants(&["authorization_code", "implicit", "refresh_token"]);
    let subject = "[issuerwatch] one: list of grants published, with refresh_token, authorization_code and implicit (notice)";
    assert_eq!(whole.subject, subject);
    let said = "3 values in all; authorization_code and implicit, implied until now, are in it.";
    assert!(whole.text.contains(said), "{}", whole.text);
    let flat = whole.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("for the first time: refresh_token, authorization_code and implicit."));
    assert!(!whole.text.contains("front channel"), "{}", whole.text);
    let less = grants(&["client_credentials", "implicit"]);
    let subject = "[issuerwatch] one: grant authorization_code removed (breaking)";
    assert_eq!(less.subject, subject);
    let said = "authorization_code, implied until now, is not in it.";
    assert!(less.text.contains(said), "{}", less.text);
}

/// A scope that comes and goes so often that not all of it is read when a mail is composed.
#[test]
fn what_was_there_before_all_that_is_read_is_not_told_as_new() {
    let told = |changes: i64| {
        let mut lines = vec![
            line(0, json!({"scopes_supported": ["a", "old"]})),
            line(20, json!({"scopes_supported": ["a"]})),
        ];
        for number in 0..changes {
            let scopes: Vec<String> = (0..=number).map(|it| format!("s{it}")).collect();
            let all = [vec!["a".to_owned()], scopes].concat();
            lines.push(line(40 + 20 * number, json!({"scopes_supported": all})));
        }
        let scopes: Vec<String> = (0..changes - 1).map(|it| format!("s{it}")).collect();
        let fewer = [vec!["a".to_owned()], scopes.clone()].concat();
        lines.push(line(40 + 20 * changes, json!({"scopes_supported": fewer})));
        let last = format!("s{}", changes - 1);
        let back = [fewer, vec!["old".to_owned(), last]].concat();
        lines.push(line(60 + 20 * changes, json!({"scopes_supported": back})));
        words(&mails(&lines).last().unwrap().text)
    };
    let few = told(3);
    assert!(few.contains("are back"), "{few}");
    let many = told(25);
    assert!(many.contains("s24 is back, gone since"), "{many}");
    assert!(!many.contains("never seen"), "{many}");
    assert!(!many.contains("first time"), "{many}");
}

#[test]
fn a_mail_that_told_of_two_is_answered_for_one_while_the_other_is_still_without() {
    let endpoint = |provider: &str| format!("https://{provider}.example/revoke");
    let with = |provider: &str, day: i64| {
        line_of(
            provider,
            day,
            json!({"revocation_endpoint": endpoint(provider)}),
        )
    };
    let without = |provider: &str, day: i64| line_of(provider, day, json!({}));
    let mails = mails(&[
        with("one", 0),
        with("two", 0),
        without("one", 10),
        without("two", 10),
        with("one", 30),
        without("two", 30),
        with("one", 50),
        with("two", 50),
    ]);
    let texts: Vec<String> = mails.iter().map(|mail| words(&mail.text)).collect();
    let first = "This follows the mail of 2026-01-11, which told of the loss. two, which that mail told of too, is still without.";
    assert!(texts[1].contains(first), "{}", texts[1]);
    assert!(
        texts[2].contains("This follows the mail of 2026-01-11,"),
        "{}",
        texts[2]
    );
    assert!(!texts[2].contains("still without"), "{}", texts[2]);
}

#[test]
fn keys_that_were_replaced_more_often_than_is_read_are_counted_in_all() {
    let key = |kid: i64| {
        json!({"keys": [{"kty": "RSA", "use": "sig", "kid": format!("k{kid}"), "e": "AQAB",
            "n": format!("{kid:03}{}", "A".repeat(339))}]})
    };
    // Never at intervals that are a habit, and polled every day, so that it is known when it happened.
    let days = |number: i64| [11, 28, 45][usize::try_from(number % 3).unwrap()];
    let mut lines = Vec::new();
    for number in 0..24 {
        for _ in 0..days(number) {
            let day = i64::try_from(lines.len()).unwrap();
            let mut line: Value = serde_json::from_str(&line(day, json!({}))).unwrap();
            line["document"] = json!("jwks");
            line["body"] = json!(key(number).to_string());
            lines.push(line.to_string());
        }
    }
    let last = words(&mails(&lines).last().unwrap().text);
    assert!(last.contains("It is the 23rd time."), "{last}");
}

#[test]
fn an_endpoint_that_stands_at_a_stranger_has_moved_there_at_once_or_in_two_steps() {
    let token = |value: Value| json!({"scopes_supported": ["a"], "token_endpoint": value});
    for name in ["token_endpoint", "jwks_uri"] {
        let at = |value: Value| json!({"scopes_supported": ["a"], name: value});
        let first = at(json!("https://one.example/t"));
        let absent = json!({"scopes_supported": ["a"]});
        for between in [absent, at(json!("")), at(json!(5)), at(json!(null))] {
            let moved = at(json!("https://evil.test/t"));
            let mails = mails(&[line(0, first.clone()), line(1, between), line(2, moved)]);
            let last = &mails.last().unwrap().subject;
            let said = format!("[issuerwatch] one: {name} moved to evil.test (security)");
            assert_eq!(*last, said);
        }
    }
    let back = mails(&[
        line(0, token(json!("https://one.example/t"))),
        line(1, json!({"scopes_supported": ["a"]})),
        line(2, token(json!("https://one.example/t2"))),
    ]);
    let last = &back.last().unwrap().subject;
    assert!(last.ends_with("(info)"), "{last}");
}

#[test]
fn an_endpoint_published_on_a_domain_of_nothing_else_is_a_notice_that_says_so() {
    let published = |address: &str| {
        let mails = mails(&[
            line(0, json!({"scopes_supported": ["a"]})),
            line(
                1,
                json!({"scopes_supported": ["a"], "revocation_endpoint": address}),
            ),
        ]);
        mails.into_iter().next_back().unwrap()
    };
    let strange = published("https://elsewhere.test/r");
    assert!(strange.subject.ends_with("(notice)"), "{}", strange.subject);
    let said = "a registrable domain that no other address of the document is on";
    assert!(strange.text.contains(said), "{}", strange.text);
    let usual = published("https://login.one.example/r");
    assert!(usual.subject.ends_with("(info)"), "{}", usual.subject);
}
