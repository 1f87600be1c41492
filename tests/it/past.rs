//! What mails say of what happened before, played with the built binary.

use serde_json::{Value, json};

use super::wave::mails;

/// One line of a recording: a document on a day.
fn line(day: i64, members: Value) -> String {
    let start: jiff::Timestamp = "2026-01-01T05:00:00Z".parse().unwrap();
    let at = start + jiff::SignedDuration::from_hours(24 * day);
    let mut document = json!({"issuer": "https://one.example"});
    let Value::Object(members) = members else {
        panic!("no members");
    };
    document.as_object_mut().unwrap().extend(members);
    json!({"at": at.to_string(), "provider": "one", "document": "openid-configuration",
        "url": "https://one.example/.well-known/openid-configuration", "status": 200,
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
    let said = "one lists the scope c for the first time; b is back";
    assert!(mails[1].text.contains(said), "{}", mails[1].text);
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
        "[issuerwatch] one: revocation_endpoint back, answers the mail of 2026-01-21 (info)"
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
    let subject =
        "[issuerwatch] one: list of grants published for the first time, 3 values (notice)";
    assert_eq!(whole.subject, subject);
    let said = "3 values in all; authorization_code and implicit, implied until now, are in it.";
    assert!(whole.text.contains(said), "{}", whole.text);
    assert!(!whole.text.contains("front channel"), "{}", whole.text);
    let less = grants(&["client_credentials", "implicit"]);
    let subject = "[issuerwatch] one: grant authorization_code removed (breaking)";
    assert_eq!(less.subject, subject);
    let said = "authorization_code, implied until now, is not in it.";
    assert!(less.text.contains(said), "{}", less.text);
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
            let said = format!("[issuerwatch] one: {name} moved to another host (security)");
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
