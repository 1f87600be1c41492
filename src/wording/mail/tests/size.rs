//! A mail is bounded, whatever a document holds: a server refuses one that is too big, and nobody is told.

use serde_json::{Map, Value, json};

use super::*;
use crate::wording::mail::limits::MAX_BYTES;

/// A document with these members, and what every one has.
fn document(more: impl Iterator<Item = (String, Value)>) -> String {
    let mut members = Map::new();
    members.insert("issuer".to_owned(), json!("https://api.archera.ai"));
    members.insert(
        "token_endpoint".to_owned(),
        json!("https://api.archera.ai/token"),
    );
    members.extend(more);
    Value::Object(members).to_string()
}

fn size(mail: &MailContent) -> usize {
    mail.text.len() + mail.html.len()
}

#[test]
fn an_attack_cannot_hide_among_thousands_of_additions() {
    let old = document(std::iter::empty());
    let many = (0..1_900).map(|n| {
        let value = format!("https://api.archera.ai/{}{n}", "y".repeat(380));
        (format!("a{n}_endpoint"), json!(value))
    });
    let attack = [("token_endpoint".to_owned(), json!("https://evil.example/t"))];
    let new = document(many.chain(attack));
    let mail = mail(&[event(&old, &new)]);
    assert!(size(&mail) <= MAX_BYTES, "{} bytes", size(&mail));
    assert!(
        mail.subject
            .contains("token_endpoint moved to evil.example"),
        "{}",
        mail.subject
    );
    assert!(mail.subject.ends_with("(security)"), "{}", mail.subject);
    let mut lines = mail.text.lines();
    let item = lines.find(|line| line.starts_with("1. ")).unwrap();
    assert!(item.starts_with("1. security  token_endpoint"), "{item}");
    assert!(mail.text.contains("+ https://evil.example/t"));
    assert!(mail.text.contains("\n40. "));
    assert!(!mail.text.contains("\n41. "));
    let rest = "... and 1,861 more: `issuerwatch history show 12`";
    assert!(mail.text.contains(rest), "{}", mail.text);
    assert!(mail.html.contains("... and 1,861 more: "));
}

#[test]
fn a_mail_is_small_whatever_the_values_are() {
    let kind = Kind::OAUTH_AUTHORIZATION_SERVER;
    let old = document(std::iter::empty());
    let members = |count: usize, value: fn(usize) -> Value| {
        document((0..count).map(|n| (format!("m{n}_supported"), value(n))))
    };
    for (what, new) in [
        ("sets", members(900, |n| json!([n.to_string(), "b", "c"]))),
        (
            "long texts",
            members(300, |n| json!("z".repeat(3_000) + &n.to_string())),
        ),
        (
            "texts that are escaped twice",
            members(400, |_| json!("<\u{202e}&\"".repeat(300))),
        ),
        (
            "many values each",
            members(50, |n| {
                json!(
                    (0..390)
                        .map(|v| format!("{n}-{v}-{}", "w".repeat(40)))
                        .collect::<Vec<_>>()
                )
            }),
        ),
        (
            "objects",
            members(100, |n| json!({"a": vec!["o".repeat(90); 20], "b": n})),
        ),
        ("one text", members(1, |_| json!("q".repeat(1_000_000)))),
        (
            "long names",
            document((0..200).map(|n| (format!("{}{n}", "n".repeat(4_000)), json!(n)))),
        ),
        (
            "names that are escaped",
            document((0..900).map(|n| (format!("\u{202e}\n{n}"), json!("<")))),
        ),
    ] {
        for (before, after) in [(&old, &new), (&new, &old)] {
            let mail = mail(&[event_of(kind, before, after)]);
            assert!(size(&mail) <= MAX_BYTES, "{what}: {} bytes", size(&mail));
            assert!(mail.text.contains("\n1. "), "{what}");
            assert!(mail.subject.len() <= 140, "{what}: {}", mail.subject);
        }
    }
}

#[test]
fn a_mail_of_many_events_is_as_small_as_a_mail_of_one() {
    let old = document(std::iter::empty());
    let of = |round: usize| {
        let many = (0..200).map(move |n| {
            (
                format!("e{round}x{n}_endpoint"),
                json!("https://a.example/e"),
            )
        });
        let mut event = event(&old, &document(many));
        event.id = i64::try_from(round).unwrap();
        event
    };
    let events: Vec<Event> = (1..=20).map(of).collect();
    for kind in [MailKind::Changed, MailKind::Digest] {
        let mail = mail_of(kind, &events, None);
        assert!(size(&mail) <= MAX_BYTES, "{kind:?}: {} bytes", size(&mail));
        assert!(!mail.text.contains("\n41. "), "{kind:?}");
    }
    let shown = mail_of(MailKind::Changed, &events, None).text;
    assert!(
        shown.contains("... and 3,960 more, which the history tells."),
        "{shown}"
    );
}

#[test]
fn a_mail_about_many_providers_is_bounded() {
    let one = event(
        &document(std::iter::empty()),
        &document([("a_endpoint".to_owned(), json!("https://a.example/"))].into_iter()),
    );
    let events: Vec<Event> = (0..3_000)
        .map(|n| Event {
            provider: format!("provider-with-a-rather-long-name-{n}"),
            id: n,
            ..one.clone()
        })
        .collect();
    for kind in [MailKind::Changed, MailKind::Digest, MailKind::Failing] {
        let mail = mail_of(kind, &events, None);
        assert!(size(&mail) <= MAX_BYTES, "{kind:?}: {} bytes", size(&mail));
        assert!(mail.text.contains("more"), "{kind:?}");
    }
}

#[test]
fn the_patch_is_attached_whole_up_to_a_megabyte() {
    let old = document(std::iter::empty());
    let of = |count: usize| document((0..count).map(|n| (format!("m{n}"), json!("v".repeat(480)))));
    let patch = mail(&[event(&old, &of(1_900))]).patch.unwrap();
    assert_eq!(
        serde_json::from_str::<Vec<Value>>(&patch).unwrap().len(),
        1_900
    );
    let mail = mail(&[event(&old, &of(2_200))]);
    assert_eq!(mail.patch, None);
    assert!(!mail.text.contains("attach"), "{}", mail.text);
}
