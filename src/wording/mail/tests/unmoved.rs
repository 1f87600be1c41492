//! What a mail says of what did not change, and where it does not.

use super::*;

fn moved(old: &str, new: &str, beside: (&str, &str)) -> Event {
    let document = |host: &str, beside: &str| {
        format!(
            r#"{{"issuer":"https://id.example.com","token_endpoint":"https://{host}/t","jwks_uri":"https://keys.example.com/k"{beside}}}"#
        )
    };
    event(&document(old, beside.0), &document(new, beside.1))
}

#[test]
fn where_addresses_move_the_lead_says_that_issuer_and_keys_did_not() {
    let event = moved("a.example.com", "b.example.com", ("", ""));
    has(
        &words(&mail(&[event])),
        "another host, b.example.com. Issuer and jwks_uri are unchanged. First seen",
    );
}

#[test]
fn what_moved_or_is_held_back_is_not_called_unchanged() {
    let keys = event(
        r#"{"issuer":"https://id.example.com","jwks_uri":"https://a.example.com/k"}"#,
        r#"{"issuer":"https://id.example.com","jwks_uri":"https://b.example.com/k"}"#,
    );
    let text = words(&mail(&[keys]));
    has(&text, "The issuer is unchanged.");
    lacks(&text, "jwks_uri are unchanged");
    let mut issuer = event(
        r#"{"issuer":"https://id.example.com","token_endpoint":"https://a.example.com/t"}"#,
        r#"{"issuer":"https://id.example.com/","token_endpoint":"https://b.example.com/t"}"#,
    );
    for change in &mut changed(&mut issuer).changes {
        change.damped = change.subject == "issuer";
    }
    lacks(&words(&mail(&[issuer])), "unchanged.");
}

#[test]
fn a_mail_of_additions_alone_says_nothing_of_the_rest_and_is_short() {
    let added = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b"]}"#,
    );
    let content = mail(&[added]);
    lacks(&content.text, "Not changed");
    assert!(content.text.lines().count() <= 16, "{}", content.text);
    let lost = event(
        r#"{"scopes_supported":["a","b"]}"#,
        r#"{"scopes_supported":["a"]}"#,
    );
    has(&mail(&[lost]).text, "Not changed: endpoints and methods.");
}
