//! What a value is beside its text: its type, its default, its place.

use super::*;
use crate::meaning::rule::Rule;

#[test]
fn a_type_is_told_by_its_direction_and_hides_no_other_value() {
    let flag = |value: &str| format!(r#"{{"claims_parameter_supported":{value}}}"#);
    let other = |severity: &str| format!("type-changed claims_parameter_supported {severity}");
    check(&flag(r#""true""#), &flag("true"), &[&other("notice")]);
    check(&flag("true"), &flag(r#""true""#), &[&other("breaking")]);
    check(&flag(r#""True""#), &flag("1"), &[&other("breaking")]);
    let turned = "member-changed claims_parameter_supported breaking";
    check(&flag(r#""true""#), &flag("false"), &[turned]);
    let scopes = |value: &str| format!(r#"{{"scopes_supported":{value}}}"#);
    let cured = "type-changed scopes_supported notice";
    check(&scopes(r#""b a""#), &scopes(r#"["a","b"]"#), &[cured]);
    check(&scopes(r#"["a",1]"#), &scopes(r#"["1","a"]"#), &[cured]);
    let lost = "type-changed scopes_supported breaking";
    check(&scopes(r#""b a""#), &scopes(r#"["a"]"#), &[lost]);
    check(r#"{"x":"1"}"#, r#"{"x":1}"#, &["type-changed x breaking"]);
    // No client could read a number as an address; back to one, none can any more.
    let (number, address) = (
        r#"{"token_endpoint":5}"#,
        r#"{"token_endpoint":"https://a.example/t"}"#,
    );
    check(number, address, &["type-changed token_endpoint notice"]);
    check(address, number, &["type-changed token_endpoint breaking"]);
}

#[test]
fn ignored_places_are_found_together_before_anything_goes() {
    let policy = |pointers: &[&str]| Policy {
        ignore: pointers.iter().map(|&it| it.try_into().unwrap()).collect(),
        ..Policy::default()
    };
    let left = |text: &str, pointers: &[&str]| {
        let document = document(text);
        let visible = visible(&document, &policy(pointers)).unwrap();
        visible.canonical().to_owned()
    };
    let all = r#"{"a":["p","q","r"],"b":{"c":{"d":[1,2,{"e":1,"f":2}]}}}"#;
    for pointers in [["/a/0", "/a/1"], ["/a/1", "/a/0"]] {
        assert_eq!(
            left(all, &pointers),
            r#"{"a":["r"],"b":{"c":{"d":[1,2,{"e":1,"f":2}]}}}"#
        );
    }
    assert_eq!(
        left(
            all,
            &["/b/c/d/0", "/b/c/d/2/e", "/b/c/d/9", "/b/c/d/-", "/a/00"]
        ),
        r#"{"a":["p","q","r"],"b":{"c":{"d":[2,{"f":2}]}}}"#
    );
    let both = [r#"{"a":["p","q","r"]}"#, r#"{"a":["s","t","r"]}"#];
    let [old, new] = both.map(document);
    let found = changes(&old, &new, None, &policy(&["/a/0", "/a/1"]));
    // The canonical order is that of the values: `r` stands first in the new one.
    assert_eq!(found.len(), 2);
}

#[test]
fn what_clients_read_differently_is_called_that_and_neither_a_path_nor_a_host() {
    let at = |url: &str| serde_json::json!({"token_endpoint": url}).to_string();
    let old = at("https://a.example/t");
    let kind = Kind::OAUTH_AUTHORIZATION_SERVER;
    for url in [
        r"https://a.example\@evil.example/t",
        r"https://a.example\.evil.example/t",
        "https:/a.example/t",
        "https://a.ex\u{200B}ample/t",
        "https://me@a.example/t",
    ] {
        check(&old, &at(url), &["url-malformed token_endpoint security"]);
        assert!(only(kind, &old, &at(url)).why.starts_with("Clients read"));
        check(&at(url), &old, &["member-changed token_endpoint security"]);
        check("{}", &at(url), &["url-malformed token_endpoint security"]);
    }
    for url in [
        "https://a.example/\tt",
        "https://a.example/t ",
        "\nhttps://a.example/t",
    ] {
        check(&old, &at(url), &["url-malformed token_endpoint breaking"]);
        assert!(only(kind, &old, &at(url)).why.starts_with("White space"));
        check(&at(url), &old, &["url-form-changed token_endpoint info"]);
    }
    let moved = at("https://evil.example/t ");
    check(
        &old,
        &moved,
        &["endpoint-host-changed token_endpoint security"],
    );
}

#[test]
fn a_boolean_is_what_it_stands_for_and_not_whether_it_is_written_down() {
    let name = "client_id_metadata_document_supported";
    for (name, id, added, removed) in [
        (name, "member", "notice", "breaking"),
        ("x_supported", "member", "info", "breaking"),
        ("x_required", "requirement", "breaking", "notice"),
        ("require_x", "requirement", "breaking", "notice"),
    ] {
        let is = |value: bool| format!(r#"{{"{name}":{value}}}"#);
        let (yes, no) = match id {
            "member" => (Rule::MemberAdded, Rule::MemberRemoved),
            _ => (Rule::RequirementRaised, Rule::RequirementDropped),
        };
        check(&is(false), "{}", &[]);
        check("{}", &is(false), &[]);
        check("{}", &is(true), &[&format!("{yes} {name} {added}")]);
        check(&is(true), "{}", &[&format!("{no} {name} {removed}")]);
        let turned = |yes| {
            if id == "member" {
                Rule::MemberChanged
            } else {
                yes
            }
        };
        let turned_on = format!("{} {name} {added}", turned(yes));
        check(&is(false), &is(true), &[&turned_on]);
        let turned_off = format!("{} {name} {removed}", turned(no));
        check(&is(true), &is(false), &[&turned_off]);
    }
    check(r#"{"require_x":null}"#, r#"{"require_x":false}"#, &[]);
    // OpenID Connect gives it another default, which this kind of document does not.
    let other = "request_uri_parameter_supported";
    check(
        &format!(r#"{{"{other}":false}}"#),
        "{}",
        &[&format!("member-removed {other} info")],
    );
    check(r#"{"x":false}"#, "{}", &["member-removed x info"]);
}
