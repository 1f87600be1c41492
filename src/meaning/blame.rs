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
use crate::document::member;

/// A state that a document had.
#[derive(Debug, Clone, Copy)]
pub struct BlameState<'a> {
    /// When it was first seen.
    pub since: Timestamp,
    /// The event that tells of it, if one does.
    pub event: Option<i64>,
    /// Whether a history begins with it: states before it belong to another identity.
    pub is_first: bool,
    /// The canonical document.
    pub canonical: &'a str,
}

/// Since when a member, or an element of one, has been what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberSince {
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

/// What the caller asks about a document.
#[derive(Debug, Clone, Copy, Default)]
pub struct BlameScope<'a> {
    /// The one member that is asked about; `None` for all members.
    pub member: Option<&'a str>,
    /// Whether each element of a set is asked about by itself.
    pub elements: bool,
}

/// The walk back through the states of a document.
#[derive(Debug)]
pub struct BlameWalk {
    members: Vec<MemberTrace>,
    is_over: bool,
}

/// One member on the way back.
#[derive(Debug)]
struct MemberTrace {
    name: String,
    /// Its text in the state that was walked last.
    text: String,
    traces: Vec<ValueTrace>,
}

/// One value on the way back.
#[derive(Debug)]
struct ValueTrace {
    found: MemberSince,
    /// Its text in the newest state.
    text: String,
    step: TraceStep,
}

#[derive(Debug)]
enum TraceStep {
    /// The value is still there.
    Same,
    /// The walk has come to the value before it: its text, and since when it stood.
    Before(String, Timestamp),
    /// Everything about it is known.
    Done,
}

type Texts<'a> = BTreeMap<String, &'a RawValue>;

impl BlameWalk {
    /// Begins with the newest state; `document` is that state, read.
    pub fn of(document: &Document, newest: &BlameState<'_>, scope: BlameScope<'_>) -> Self {
        let texts: Texts<'_> = serde_json::from_str(newest.canonical).unwrap_or_default();
        let members = document
            .members()
            .iter()
            .filter(|(name, _)| scope.member.is_none_or(|only| only == *name))
            .map(|(name, value)| {
                let text = texts
                    .get(name)
                    .map_or_else(|| value.to_string(), |text| text.get().to_owned());
                let trace = |value: &Value, text: String, is_element| ValueTrace {
                    found: MemberSince {
                        member: name.clone(),
                        value: value.clone(),
                        is_element,
                        since: newest.since,
                        event: newest.event,
                        before_for: None,
                    },
                    text,
                    step: TraceStep::Same,
                };
                let elements = value
                    .as_array()
                    .filter(|it| scope.elements && !it.is_empty());
                let traces = match elements.filter(|_| is_set(name)) {
                    Some(all) => all
                        .iter()
                        .map(|one| trace(one, one.to_string(), true))
                        .collect(),
                    None => vec![trace(value, text.clone(), false)],
                };
                MemberTrace {
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
        !self.is_over && traces.any(|trace| !matches!(trace.step, TraceStep::Done))
    }

    /// Goes back to the state before. A text that is not an object counts as one without members.
    pub fn back(&mut self, state: &BlameState<'_>) {
        let texts: Texts<'_> = serde_json::from_str(state.canonical).unwrap_or_default();
        for member in &mut self.members {
            member.back(texts.get(&member.name).map(|text| text.get()), state);
        }
        self.is_over = state.is_first;
    }

    /// What was found, by name; elements in the order of the document.
    pub fn end(self) -> Vec<MemberSince> {
        let traces = self.members.into_iter().flat_map(|member| member.traces);
        let found = traces.map(|trace| match trace.step {
            TraceStep::Before(_, since) => trace.found.after(since),
            TraceStep::Same | TraceStep::Done => trace.found,
        });
        found.collect()
    }
}

impl MemberTrace {
    fn back(&mut self, text: Option<&str>, state: &BlameState<'_>) {
        let is_as_before = text.is_some_and(|text| is_same(&self.name, text, &self.text));
        let elements = (!is_as_before).then(|| elements(&self.name, text));
        for trace in &mut self.traces {
            let step = std::mem::replace(&mut trace.step, TraceStep::Done);
            let is_there = match &elements {
                None => true,
                Some(elements) if trace.found.is_element => elements.contains(&trace.text),
                Some(_) => text.is_some_and(|text| is_same(&self.name, text, &trace.text)),
            };
            trace.step = match (step, text) {
                (TraceStep::Same, _) if is_there => {
                    trace.found.since = state.since;
                    trace.found.event = state.event;
                    TraceStep::Same
                }
                (TraceStep::Same, Some(text)) if !trace.found.is_element => {
                    TraceStep::Before(text.to_owned(), state.since)
                }
                (TraceStep::Before(before, _), Some(text))
                    if is_same(&self.name, text, &before) =>
                {
                    TraceStep::Before(before, state.since)
                }
                (TraceStep::Before(_, since), _) => {
                    trace.found.before_for = Some(trace.found.since.duration_since(since));
                    TraceStep::Done
                }
                (TraceStep::Same | TraceStep::Done, _) => TraceStep::Done,
            };
        }
        if !is_as_before {
            text.unwrap_or_default().clone_into(&mut self.text);
        }
    }
}

impl MemberSince {
    fn after(mut self, before: Timestamp) -> Self {
        self.before_for = Some(self.since.duration_since(before));
        self
    }
}

/// Whether the order of the elements of an array does not count.
fn is_set(name: &str) -> bool {
    !member::is_ordered(name)
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

/// The texts of the elements of an array; empty if the text is not an array.
fn elements(name: &str, text: Option<&str>) -> BTreeSet<String> {
    match text.and_then(|text| normal(name, text)) {
        Some(Value::Array(all)) => all.iter().map(Value::to_string).collect(),
        Some(_) | None => BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests;
