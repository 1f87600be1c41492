//! Since when members are what they are.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, json};

use super::*;
use crate::document::kind::Kind;

fn at(second: usize) -> Timestamp {
    Timestamp::from_second(i64::try_from(second).unwrap()).unwrap()
}

fn document(value: &Value) -> Document {
    Document::from_canonical(Kind::OPENID_CONFIGURATION, &value.to_string()).unwrap()
}

/// What is found of documents that came one a second; event 10 tells of the first.
fn blame(documents: &[Document], scope: BlameScope<'_>) -> Vec<MemberSince> {
    let states: Vec<BlameState<'_>> = documents
        .iter()
        .enumerate()
        .map(|(index, document)| BlameState {
            since: at(index),
            event: i64::try_from(index + 10).ok(),
            is_first: index == 0,
            canonical: document.canonical(),
        })
        .collect();
    let mut back = states.iter().rev();
    let mut walk = BlameWalk::of(documents.last().unwrap(), back.next().unwrap(), scope);
    for state in back {
        if walk.goes_on() {
            walk.back(state);
        }
    }
    walk.end()
}

fn said(states: &[Value], scope: BlameScope<'_>) -> Vec<(String, Value, Option<i64>, Option<i64>)> {
    let documents: Vec<Document> = states.iter().map(document).collect();
    let found = blame(&documents, scope).into_iter();
    let short = found.map(|it| {
        let before = it.before_for.map(|it| it.as_secs());
        (it.member, it.value, it.event, before)
    });
    short.collect()
}

fn of(
    name: &str,
    value: Value,
    event: i64,
    before: Option<i64>,
) -> (String, Value, Option<i64>, Option<i64>) {
    (name.to_owned(), value, Some(event), before)
}

#[test]
fn a_value_is_as_old_as_the_state_it_came_with_and_the_one_before_it_stood_until_then() {
    let states = [
        json!({"a": 1, "b": 1, "c": 1}),
        json!({"a": 1, "b": 2, "c": 1}),
        json!({"a": 1, "b": 2}),
        json!({"a": 1, "b": 3, "c": 1, "d": 1}),
    ];
    let found = said(&states, BlameScope::default());
    assert_eq!(
        found,
        [
            of("a", json!(1), 10, None),
            of("b", json!(3), 13, Some(2)),
            of("c", json!(1), 13, None),
            of("d", json!(1), 13, None),
        ]
    );
    let only = BlameScope {
        member: Some("b"),
        elements: false,
    };
    assert_eq!(said(&states, only).len(), 1);
}

#[test]
fn each_element_of_a_set_has_an_age_of_its_own_and_a_list_has_one() {
    let states = [
        json!({"scopes_supported": ["a", "b"], "x": 1}),
        json!({"scopes_supported": ["a", "c"], "x": 1}),
        json!({"scopes_supported": ["a", "b", "c"], "x": 1}),
    ];
    let scope = BlameScope {
        member: None,
        elements: true,
    };
    assert_eq!(
        said(&states, scope),
        [
            of("scopes_supported", json!("a"), 10, None),
            of("scopes_supported", json!("b"), 12, None),
            of("scopes_supported", json!("c"), 11, None),
            of("x", json!(1), 10, None),
        ]
    );
    let list = [
        json!({"acr_values_supported": ["a"]}),
        json!({"acr_values_supported": ["b", "a"]}),
    ];
    let is_list = !is_set("acr_values_supported");
    assert_eq!(said(&list, scope).len(), if is_list { 1 } else { 2 });
}

#[test]
fn what_was_before_the_first_state_is_of_somebody_else() {
    let one = document(&json!({"a": 1}));
    let state = BlameState {
        since: at(5),
        event: Some(3),
        is_first: true,
        canonical: one.canonical(),
    };
    let walk = BlameWalk::of(&one, &state, BlameScope::default());
    assert!(!walk.goes_on());
    assert_eq!(walk.end().first().unwrap().event, Some(3));
}

#[test]
fn a_value_that_an_earlier_version_wrote_otherwise_is_the_same_value() {
    let new = document(&json!({"scopes_supported": ["a", "b"]}));
    let newest = BlameState {
        since: at(2),
        event: None,
        is_first: false,
        canonical: new.canonical(),
    };
    let old = BlameState {
        since: at(1),
        event: Some(7),
        is_first: true,
        canonical: r#"{"scopes_supported": ["b", "a", "a"]}"#,
    };
    let mut walk = BlameWalk::of(&new, &newest, BlameScope::default());
    walk.back(&old);
    assert_eq!(walk.end().first().unwrap().event, Some(7));
}

/// The same by looking at every state for every value.
fn naive(documents: &[Document], elements: bool) -> Vec<(String, Value, Timestamp, Option<i64>)> {
    let held = |document: &Document, name: &str, value: &Value, is_element: bool| match document
        .members()
        .get(name)
    {
        Some(Value::Array(all)) if is_element => all.contains(value),
        Some(other) => !is_element && other == value,
        None => false,
    };
    let newest = documents.last().unwrap();
    let mut found = Vec::new();
    for (name, value) in newest.members() {
        let each: Vec<(Value, bool)> = match value {
            Value::Array(all) if elements && !all.is_empty() && is_set(name) => {
                all.iter().map(|one| (one.clone(), true)).collect()
            }
            other => vec![(other.clone(), false)],
        };
        for (value, is_element) in each {
            let was = |document: &&Document| held(document, name, &value, is_element);
            let run = documents.iter().rev().take_while(was).count();
            let start = documents.len() - run;
            let before = start
                .checked_sub(1)
                .and_then(|index| documents.get(index))
                .and_then(|it| it.members().get(name))
                .filter(|_| !is_element);
            let stood = before.map(|before| {
                let was = |document: &&Document| document.members().get(name) == Some(before);
                i64::try_from(documents[..start].iter().rev().take_while(was).count()).unwrap()
            });
            found.push((name.clone(), value, at(start), stood));
        }
    }
    found
}

fn value() -> impl Strategy<Value = Value> {
    let text = select(vec!["a", "b", "c", "d"]);
    prop_oneof![
        Just(Value::Null),
        (0..3).prop_map(Value::from),
        vec(text, 0..4).prop_map(Value::from),
        vec((0..3).prop_map(|n| json!({"kid": n})), 0..3).prop_map(Value::from),
    ]
}

fn history() -> impl Strategy<Value = Vec<Document>> {
    let name = select(vec![
        "scopes_supported",
        "keys",
        "x",
        "y",
        "acr_values_supported",
        "ui_locales_supported",
    ]);
    let members = btree_map(name.prop_map(str::to_owned), value(), 0..6)
        .prop_map(|it| it.into_iter().collect::<Map<String, Value>>());
    vec(members.prop_map(|it| document(&Value::Object(it))), 1..12)
}

proptest! {
    #[test]
    fn a_walk_back_finds_what_looking_at_every_state_finds(documents in history(), elements: bool) {
        let found: Vec<_> = blame(&documents, BlameScope { member: None, elements })
            .into_iter()
            .map(|it| (it.member, it.value, it.since, it.before_for.map(|it| it.as_secs())))
            .collect();
        prop_assert_eq!(found, naive(&documents, elements));
    }
}
