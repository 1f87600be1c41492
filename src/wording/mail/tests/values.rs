//! Values that are named in a mail, and lists that lack what nearly all clients use.

use super::*;

#[test]
fn two_or_three_values_are_named_in_a_subject_where_there_is_room() {
    let of = |new: &str| {
        let new = format!(r#"{{"scopes_supported":["a",{new}]}}"#);
        mail(&[event(r#"{"scopes_supported":["a"]}"#, &new)]).subject
    };
    has(&of(r#""b","c""#), ": scopes b and c added (info)");
    has(&of(r#""b","c","d","e""#), ": 4 scopes added (info)");
    let long = format!(r#""{0}1","{0}2""#, "scope".repeat(6));
    has(&of(&long), ": 2 scopes added (info)");
}

#[test]
fn a_list_of_response_types_without_code_is_not_followed() {
    let new = r#"{"response_types_supported":["id_token","token"]}"#;
    let text = words(&mail(&[event("{}", new)]));
    has(
        &text,
        "Do: if your clients use `code`, try one login: it is not in the list",
    );
    let new = r#"{"response_types_supported":["code","token"]}"#;
    lacks(&words(&mail(&[event("{}", new)])), "try one login");
}
