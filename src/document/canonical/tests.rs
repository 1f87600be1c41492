//! Which differences of documents are only of form, and which are not.

use super::*;

fn document(text: &str) -> Document {
    Document::from_canonical(Kind::OPENID_CONFIGURATION, text).unwrap()
}

#[test]
fn order_and_duplicates_of_sets_are_form() {
    let one = document(r#"{"b":["y","x"],"response_types_supported":["code id_token"]}"#);
    let two = document(r#"{"response_types_supported":["id_token code"],"b":["x","y","x"]}"#);
    assert_eq!(one.fingerprint(), two.fingerprint());
    assert_eq!(one.canonical(), two.canonical());
}

#[test]
fn only_in_a_set_of_texts_are_words_in_no_order() {
    let one = document(r#"{"response_types_supported":["id_token code",1]}"#);
    let two = document(r#"{"response_types_supported":["code id_token",1]}"#);
    assert_ne!(one.canonical(), two.canonical());
}

#[test]
fn keys_that_share_a_kid_or_have_none_are_in_no_order() {
    let one = document(r#"{"keys":[{"kid":"b"},{"x":2},{"kid":"a","x":2},{"x":1},{"kid":"a"}]}"#);
    let two = document(r#"{"keys":[{"kid":"a"},{"x":1},{"x":2},{"kid":"b"},{"kid":"a","x":2}]}"#);
    assert_eq!(one.canonical(), two.canonical());
}

#[test]
fn what_is_no_text_is_in_no_order_either() {
    let one = document(r#"{"a":[2,1,2],"b":[{"y":[true,false]},{"x":1}]}"#);
    let two = document(r#"{"b":[{"x":1},{"y":[false,true]}],"a":[1,2]}"#);
    assert_eq!(one.canonical(), two.canonical());
}

#[test]
fn the_canonical_text_reads_back_as_itself() {
    let one = document(r#"{"b":["y","x"],"a":{"z":1.0,"y":[{"q":["b","a"]}]}}"#);
    let two = Document::from_canonical(Kind::OPENID_CONFIGURATION, one.canonical()).unwrap();
    assert_eq!(one.canonical(), two.canonical());
}

#[test]
fn null_is_as_absent_but_an_empty_set_is_not() {
    let one = document(r#"{"grant_types_supported":null,"response_modes_supported":[]}"#);
    let grants = serde_json::json!(["authorization_code", "implicit"]);
    assert_eq!(one.effective("grant_types_supported"), Some(&grants));
    assert_eq!(
        one.effective("response_modes_supported"),
        Some(&serde_json::json!([]))
    );
}

#[test]
fn another_media_type_is_an_oddity() {
    let parse = |media_type| {
        Document::parse(Kind::JWKS, br#"{"keys":[]}"#, Some(media_type))
            .unwrap()
            .oddities()
            .len()
    };
    assert_eq!(parse("application/json; charset=utf-8"), 0);
    assert_eq!(parse("application/jwk-set+json"), 0);
    assert_eq!(parse("text/html"), 1);
}
