//! The tables against themselves and, where it is at hand, the registry they were made from.

use std::collections::BTreeSet;

use super::*;

const VALUES_TEXT: &str = include_str!("values.json");

#[test]
fn every_row_of_both_tables_is_read() {
    let text = include_str!("members.json");
    assert_eq!(MEMBERS.len(), text.matches("{\"name\"").count());
    assert_eq!(VALUES.len(), VALUES_TEXT.matches("{\"member\"").count());
    assert!(MEMBERS.len() > 120 && VALUES.len() > 100);
}

#[test]
fn defaults_are_those_of_the_specification() {
    let of = |name| default(Kind::OauthAuthorizationServer, name).cloned();
    let grants = serde_json::json!(["authorization_code", "implicit"]);
    assert_eq!(of("grant_types_supported"), Some(grants));
    assert_eq!(of("request_uri_parameter_supported"), None);
    let of = |name| default(Kind::OpenidConfiguration, name).cloned();
    assert_eq!(
        of("request_uri_parameter_supported"),
        Some(Value::Bool(true))
    );
}

#[test]
fn members_nobody_registered_have_the_group_of_their_pattern() {
    let group = |name| group(Kind::OpenidConfiguration, name);
    assert_eq!(group("x_endpoint"), Group::Endpoints);
    assert_eq!(group("x_signing_alg_values_supported"), Group::Methods);
    assert_eq!(group("requestid"), Group::Other);
    assert_eq!(group("jwks_uri"), Group::Endpoints);
}

fn check_reason(about: &str, why: &str) {
    let is_sentence = why.ends_with('.') && why.starts_with(|c: char| c.is_ascii_uppercase());
    let is_one = !why.contains(". ");
    let words = why.split_whitespace().count();
    assert!(is_sentence && is_one && words >= 3, "{about}: {why}");
    // Instructions for whoever made the table are none for whoever reads a mail.
    let internal = [
        "[[",
        "value_",
        "use to_",
        "decides: ",
        "See ",
        "Compare with",
        "MUST",
        "If it was",
    ];
    let is_internal = internal.iter().any(|words| why.contains(words));
    assert!(!is_internal, "{about}: {why}");
}

#[test]
fn each_row_is_whole() {
    for row in members() {
        let name = &row.name;
        assert!(!row.kinds.is_empty() && !row.reference.is_empty(), "{name}");
        assert!(!row.kinds.contains(&Kind::Jwks), "{name}");
        let known: BTreeSet<Kind> = row.kinds.iter().copied().collect();
        let named = row.required.iter().chain(&row.recommended);
        assert!(
            named.chain(row.default.keys()).all(|it| known.contains(it)),
            "{name}"
        );
        let effects = [Some(&row.added), Some(&row.removed), Some(&row.changed)];
        let more = [&row.host_changed, &row.value_added, &row.value_removed];
        let flags = [&row.to_true, &row.to_false];
        let more = more.into_iter().chain(flags).map(Option::as_ref);
        for effect in effects.into_iter().chain(more).flatten() {
            check_reason(name, &effect.why);
        }
    }
}

#[test]
fn each_row_has_what_its_shape_needs() {
    for row in members() {
        let name = &row.name;
        let is_set = row.shape == Shape::Set;
        assert!(is_set || row.value_added.is_none(), "{name}");
        assert!(is_set || row.value_removed.is_none(), "{name}");
        let is_flag = row.shape == Shape::Flag;
        assert_eq!(is_flag, row.to_true.is_some(), "{name}");
        assert_eq!(is_flag, row.to_false.is_some(), "{name}");
        let has_urls = matches!(row.shape, Shape::Url | Shape::Object);
        assert!(has_urls || !row.https, "{name}");
        assert!(
            !row.localized || matches!(row.shape, Shape::Url | Shape::Text),
            "{name}"
        );
        for value in row.default.values() {
            let fits = match row.shape {
                Shape::Flag => value.is_boolean(),
                Shape::Set | Shape::List => value.is_array(),
                Shape::Url | Shape::Text | Shape::Jwt => value.is_string(),
                Shape::Object => value.is_object(),
            };
            assert!(fits, "{name}");
        }
    }
}

#[test]
fn groups_follow_the_words_of_the_design() {
    for row in members() {
        let name = row.name.as_str();
        let endpoint = name == "issuer" || name == "jwks_uri" || name.ends_with("_endpoint");
        assert!(!endpoint || row.group == Group::Endpoints, "{name}");
        assert_eq!(
            name == "scopes_supported",
            row.group == Group::Scopes,
            "{name}"
        );
        let alg = name.ends_with("_alg_values_supported") || name.ends_with("_methods_supported");
        let is_method = alg && name != "documents_check_methods_supported";
        assert!(!is_method || row.group == Group::Methods, "{name}");
    }
}

#[test]
fn each_value_is_of_a_set_that_is_known_and_stands_once() {
    let mut seen = BTreeSet::new();
    for rule in VALUES.iter() {
        let about = format!("{} {}", rule.member, rule.value);
        let row = member(&rule.member).unwrap();
        assert_eq!(row.shape, Shape::Set, "{about}");
        assert!(matches!(rule.on.as_str(), "added" | "removed"), "{about}");
        check_reason(&about, &rule.why);
        assert!(!rule.reference.is_empty(), "{about}");
        assert!(
            rule.kinds.iter().all(|kind| row.kinds.contains(kind)),
            "{about}"
        );
        // Words of a response type are compared sorted: another order would never be found.
        if rule.member == "response_types_supported" {
            let sorted = crate::document::canonical::sorted_words(&rule.value);
            assert_eq!(rule.value, sorted, "{about}");
        }
        assert!(
            seen.insert((
                &rule.member,
                &rule.value,
                &rule.on,
                format!("{:?}", rule.kinds)
            )),
            "{about}"
        );
    }
}
