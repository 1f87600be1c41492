//! The tables against themselves and, where it is at hand, the registry they were made from.

use super::*;

#[test]
fn rows_are_found_by_their_names() {
    assert!(MEMBERS.is_sorted_by_key(|row| row.name));
    assert!(MEMBERS.len() > 120 && VALUES.len() > 100);
    for kind in Kind::ALL {
        let is_found =
            |row: &Member| member(*kind, row.name).is_some_and(|it| std::ptr::eq(it, row));
        assert!(members_of(*kind).all(is_found), "{kind}");
        assert!(members_of(*kind).is_sorted_by_key(|row| row.name), "{kind}");
    }
}

#[test]
fn defaults_are_those_of_the_specification() {
    let of = |name| default(Kind::OAUTH_AUTHORIZATION_SERVER, name).cloned();
    let grants = serde_json::json!(["authorization_code", "implicit"]);
    assert_eq!(of("grant_types_supported"), Some(grants));
    assert_eq!(of("request_uri_parameter_supported"), None);
    let of = |name| default(Kind::OPENID_CONFIGURATION, name).cloned();
    assert_eq!(
        of("request_uri_parameter_supported"),
        Some(Value::Bool(true))
    );
}

#[test]
fn members_nobody_registered_have_the_group_of_their_pattern() {
    let group = |name| group(Kind::OPENID_CONFIGURATION, name);
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
    // Instructions for whoever made the table must not reach whoever reads a mail.
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
fn each_reason_is_a_sentence_for_whoever_reads_a_mail() {
    for row in members() {
        assert!(!row.reference.is_empty(), "{}", row.name);
        let effects = [Some(&row.added), Some(&row.removed), Some(&row.changed)];
        let more = [&row.host_changed, &row.value_added, &row.value_removed];
        let flags = [&row.to_true, &row.to_false];
        let more = more.into_iter().chain(flags).map(Option::as_ref);
        for effect in effects.into_iter().chain(more).flatten() {
            check_reason(row.name, effect.why);
            let is_sentence = |text: &str| {
                text.ends_with('.') && text.starts_with(|c: char| c.is_ascii_uppercase())
            };
            assert!(effect.advice.is_none_or(is_sentence), "{}", row.name);
        }
    }
}

#[test]
fn groups_follow_the_words_of_the_design() {
    for row in members() {
        let name = row.name;
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
fn values_have_a_reason_and_are_written_as_they_are_compared() {
    for rule in VALUES {
        let about = format!("{} {}", rule.member, rule.value);
        check_reason(&about, rule.why);
        assert!(!rule.reference.is_empty(), "{about}");
        // Words of a response type are compared sorted: another order would never be found.
        if rule.member == "response_types_supported" {
            let sorted = crate::document::canonical::sorted_words(rule.value);
            assert_eq!(rule.value, sorted, "{about}");
        }
    }
}

fn severities(row: &Member) -> [Option<Severity>; 6] {
    [
        Some(&row.added),
        Some(&row.removed),
        Some(&row.changed),
        row.host_changed.as_ref(),
        row.to_true.as_ref(),
        row.to_false.as_ref(),
    ]
    .map(|effect| effect.map(|effect| effect.severity))
}

/// These rules have a severity of their own, so a reason that argues for another one is never shown.
#[test]
fn rows_agree_with_the_rules_that_overrule_them() {
    use Severity::{Breaking, Info, Notice, Security};
    for row in members() {
        let name = row.name;
        let [added, removed, changed, moved, on, off] = severities(row);
        let is_endpoint = row.shape == Shape::Url && row.group == Group::Endpoints;
        let is_identity = |kind: &Kind| kind.row().identity == Some(name);
        if is_endpoint && !row.kinds.iter().any(is_identity) {
            let of_endpoint = [Info, Breaking, Breaking, Security].map(Some);
            assert_eq!([added, removed, changed, moved], of_endpoint, "{name}");
        }
        if name.starts_with("require_") || name.ends_with("_required") {
            assert_eq!([on, off], [Breaking, Notice].map(Some), "{name}");
        }
        // This is the only one for which a specification gives true as the default.
        if row.shape == Shape::Flag && name != "request_uri_parameter_supported" {
            assert_eq!(removed, off, "{name}");
        }
    }
}
