//! Since when each member has been what it is: the states of a document, walked from the newest back.
//!
//! What is compared is the text of each member in canonical form, where one value has one text: a tree
//! of every state would cost ten times as much, and a document may have had thousands. A text of an
//! earlier version that differs only in form is the same value.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::document::canonical::{Document, canonicalize_value};
use crate::document::member::{self, Shape};

/// A state that a document had.
#[derive(Debug, Clone, Copy)]
pub struct State<'a> {
    /// When it was first seen.
    pub since: Timestamp,
    /// The event that tells of it, if one does.
    pub event: Option<i64>,
    /// Whether a history begins with it: what was before is of somebody else.
    pub is_first: bool,
    /// The canonical document.
    pub canonical: &'a str,
}

/// Since when a member, or an element of one, has been what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Since {
    /// Name of the member.
    pub member: String,
    /// Its value, or that of the element.
    pub value: Value,
    /// Whether it is an element of a set.
    pub is_element: bool,
    /// When the state was first seen that it came with.
    pub since: Timestamp,
    /// The event that tells of that state, if one does.
    pub event: Option<i64>,
    /// How long the value before it stood; `None` where the member was not there.
    pub before_for: Option<SignedDuration>,
}

/// What is asked of a document.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// Only of this member.
    pub member: Option<&'a str>,
    /// Of each element of a set by itself.
    pub elements: bool,
}

/// The walk back through the states of a document.
#[derive(Debug)]
pub struct Walk {
    members: Vec<Member>,
    is_over: bool,
}

/// One member on the way back.
#[derive(Debug)]
struct Member {
    name: String,
    /// Its text in the state that was walked last.
    text: String,
    traces: Vec<Trace>,
}

/// One value on the way back.
#[derive(Debug)]
struct Trace {
    found: Since,
    /// Its text in the newest state.
    text: String,
    step: Step,
}

#[derive(Debug)]
enum Step {
    /// The value is still there.
    Same,
    /// The value before it is: its text, and since when.
    Before(String, Timestamp),
    /// All is known.
    Done,
}

type Texts<'a> = BTreeMap<String, &'a RawValue>;

impl Walk {
    /// Begins with the newest state; `document` is that state, read.
    pub fn of(document: &Document, newest: &State<'_>, asked: Asked<'_>) -> Self {
        let texts: Texts<'_> = serde_json::from_str(newest.canonical).unwrap_or_default();
        let members = document.members().iter();
        let members = members.filter(|(name, _)| asked.member.is_none_or(|only| only == *name));
        let members = members.map(|(name, value)| {
            let text = texts
                .get(name)
                .map_or_else(|| value.to_string(), |text| text.get().to_owned());
            let trace = |value: &Value, text: String, is_element| Trace {
                found: Since {
                    member: name.clone(),
                    value: value.clone(),
                    is_element,
                    since: newest.since,
                    event: newest.event,
                    before_for: None,
                },
                text,
                step: Step::Same,
            };
            let elements = value
                .as_array()
                .filter(|it| asked.elements && !it.is_empty());
            let traces = match elements.filter(|_| is_set(name)) {
                Some(all) => all
                    .iter()
                    .map(|one| trace(one, one.to_string(), true))
                    .collect(),
                None => vec![trace(value, text.clone(), false)],
            };
            Member {
                name: name.clone(),
                text,
                traces,
            }
        });
        Self {
            members: members.collect(),
            is_over: newest.is_first,
        }
    }

    /// Whether older states are still asked for.
    pub fn goes_on(&self) -> bool {
        let mut traces = self.members.iter().flat_map(|member| &member.traces);
        !self.is_over && traces.any(|trace| !matches!(trace.step, Step::Done))
    }

    /// Goes back to the state before. What is no object had none of the members.
    pub fn back(&mut self, state: &State<'_>) {
        let texts: Texts<'_> = serde_json::from_str(state.canonical).unwrap_or_default();
        for member in &mut self.members {
            member.back(texts.get(&member.name).map(|text| text.get()), state);
        }
        self.is_over = state.is_first;
    }

    /// What was found, by name; elements in the order of the document.
    pub fn end(self) -> Vec<Since> {
        let traces = self.members.into_iter().flat_map(|member| member.traces);
        let found = traces.map(|trace| match trace.step {
            Step::Before(_, since) => trace.found.after(since),
            Step::Same | Step::Done => trace.found,
        });
        found.collect()
    }
}

impl Member {
    fn back(&mut self, text: Option<&str>, state: &State<'_>) {
        let is_as_before = text.is_some_and(|text| is_same(&self.name, text, &self.text));
        let elements = (!is_as_before).then(|| elements(&self.name, text));
        for trace in &mut self.traces {
            let step = std::mem::replace(&mut trace.step, Step::Done);
            let is_there = match &elements {
                None => true,
                Some(elements) if trace.found.is_element => elements.contains(&trace.text),
                Some(_) => text.is_some_and(|text| is_same(&self.name, text, &trace.text)),
            };
            trace.step = match (step, text) {
                (Step::Same, _) if is_there => {
                    trace.found.since = state.since;
                    trace.found.event = state.event;
                    Step::Same
                }
                (Step::Same, Some(text)) if !trace.found.is_element => {
                    Step::Before(text.to_owned(), state.since)
                }
                (Step::Before(before, _), Some(text)) if is_same(&self.name, text, &before) => {
                    Step::Before(before, state.since)
                }
                (Step::Before(_, since), _) => {
                    trace.found.before_for = Some(trace.found.since.duration_since(since));
                    Step::Done
                }
                (Step::Same | Step::Done, _) => Step::Done,
            };
        }
        if !is_as_before {
            text.unwrap_or_default().clone_into(&mut self.text);
        }
    }
}

impl Since {
    fn after(mut self, before: Timestamp) -> Self {
        self.before_for = Some(self.since.duration_since(before));
        self
    }
}

/// Whether the elements of an array stand in no order.
fn is_set(name: &str) -> bool {
    member::member(name).is_none_or(|row| row.shape != Shape::List)
}

/// Whether two texts of a member are one value.
fn is_same(name: &str, one: &str, two: &str) -> bool {
    one == two || normal(name, one) == normal(name, two)
}

/// A value as this program writes it; an earlier one may have written it otherwise.
fn normal(name: &str, text: &str) -> Option<Value> {
    let mut value = serde_json::from_str(text).ok()?;
    canonicalize_value(name, &mut value);
    Some(value)
}

/// The texts of the elements of an array; none of what is no array.
fn elements(name: &str, text: Option<&str>) -> BTreeSet<String> {
    match text.and_then(|text| normal(name, text)) {
        Some(Value::Array(all)) => all.iter().map(Value::to_string).collect(),
        Some(_) | None => BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests {
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
        Document::from_canonical(Kind::OpenidConfiguration, &value.to_string()).unwrap()
    }

    /// What is found of documents that came one a second; event 10 tells of the first.
    fn blame(documents: &[Document], asked: Asked<'_>) -> Vec<Since> {
        let states: Vec<State<'_>> = documents
            .iter()
            .enumerate()
            .map(|(index, document)| State {
                since: at(index),
                event: i64::try_from(index + 10).ok(),
                is_first: index == 0,
                canonical: document.canonical(),
            })
            .collect();
        let mut back = states.iter().rev();
        let mut walk = Walk::of(documents.last().unwrap(), back.next().unwrap(), asked);
        for state in back {
            if walk.goes_on() {
                walk.back(state);
            }
        }
        walk.end()
    }

    fn said(states: &[Value], asked: Asked<'_>) -> Vec<(String, Value, Option<i64>, Option<i64>)> {
        let documents: Vec<Document> = states.iter().map(document).collect();
        let found = blame(&documents, asked).into_iter();
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
        let found = said(&states, Asked::default());
        assert_eq!(
            found,
            [
                of("a", json!(1), 10, None),
                of("b", json!(3), 13, Some(2)),
                of("c", json!(1), 13, None),
                of("d", json!(1), 13, None),
            ]
        );
        let only = Asked {
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
        let asked = Asked {
            member: None,
            elements: true,
        };
        assert_eq!(
            said(&states, asked),
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
        assert_eq!(said(&list, asked).len(), if is_list { 1 } else { 2 });
    }

    #[test]
    fn what_was_before_the_first_state_is_of_somebody_else() {
        let one = document(&json!({"a": 1}));
        let state = State {
            since: at(5),
            event: Some(3),
            is_first: true,
            canonical: one.canonical(),
        };
        let walk = Walk::of(&one, &state, Asked::default());
        assert!(!walk.goes_on());
        assert_eq!(walk.end().first().unwrap().event, Some(3));
    }

    #[test]
    fn a_value_that_an_earlier_version_wrote_otherwise_is_the_same_value() {
        let new = document(&json!({"scopes_supported": ["a", "b"]}));
        let newest = State {
            since: at(2),
            event: None,
            is_first: false,
            canonical: new.canonical(),
        };
        let old = State {
            since: at(1),
            event: Some(7),
            is_first: true,
            canonical: r#"{"scopes_supported": ["b", "a", "a"]}"#,
        };
        let mut walk = Walk::of(&new, &newest, Asked::default());
        walk.back(&old);
        assert_eq!(walk.end().first().unwrap().event, Some(7));
    }

    /// The same by looking at every state for every value.
    fn naive(
        documents: &[Document],
        elements: bool,
    ) -> Vec<(String, Value, Timestamp, Option<i64>)> {
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
                let before = start.checked_sub(1).and_then(|index| documents.get(index));
                let before = before
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
        let members = btree_map(name.prop_map(str::to_owned), value(), 0..6);
        let members = members.prop_map(|it| it.into_iter().collect::<Map<String, Value>>());
        vec(members.prop_map(|it| document(&Value::Object(it))), 1..12)
    }

    proptest! {
        #[test]
        fn a_walk_back_finds_what_looking_at_every_state_finds(documents in history(), elements: bool) {
            let found = blame(&documents, Asked { member: None, elements });
            let found: Vec<_> = found
                .into_iter()
                .map(|it| (it.member, it.value, it.since, it.before_for.map(|it| it.as_secs())))
                .collect();
            prop_assert_eq!(found, naive(&documents, elements));
        }
    }
}
