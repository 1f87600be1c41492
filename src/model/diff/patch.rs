//! The difference as JSON Patch (RFC 6902), for the record and for machines.
//!
//! Arrays that keep what they have in its order lose and gain single elements. An index by index
//! comparison would write every scope anew that stands behind the one that went.

use std::cmp::Ordering;

use json_patch::jsonptr::{PointerBuf, Token};
use json_patch::{Patch, PatchOperation};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::model::document::{Document, Order};

/// A JSON Patch as JSON text: what is stored, shown and attached is never read here.
#[derive(Debug, Clone)]
pub struct PatchText(Box<RawValue>);

impl PatchText {
    /// Of operations that were read.
    pub fn of(operations: &Value) -> Self {
        Self(to_raw_value(operations).unwrap_or_default())
    }

    /// Its text, compact.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Its operations.
    pub fn operations(&self) -> Value {
        serde_json::from_str(self.0.get()).unwrap_or(Value::Null)
    }
}

impl PartialEq for PatchText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Serialize for PatchText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PatchText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not as raw text: within a flattened struct there is none.
        Value::deserialize(deserializer).map(|operations| Self::of(&operations))
    }
}

/// RFC 6902 patch from the old canonical document to the new one.
pub fn patch(old: &Document, new: &Document) -> PatchText {
    let mut operations: Vec<Operation<'_>> = Vec::new();
    // Only what differs is copied: members stand at the root, so the pointers are the same.
    let (mut before, mut after) = (Map::new(), Map::new());
    for (name, value) in old.members() {
        match (value, new.members().get(name)) {
            (value, Some(other)) if value == other => {}
            (Value::Array(old), Some(Value::Array(new))) => {
                operations.extend(elements(name, old, new));
            }
            (value, other) => {
                before.insert(name.clone(), value.clone());
                after.extend(other.map(|other| (name.clone(), other.clone())));
            }
        }
    }
    let came = new.members().iter();
    let came = came.filter(|(name, _)| !old.members().contains_key(*name));
    after.extend(came.map(|(name, value)| (name.clone(), value.clone())));
    let Patch(rest) = json_patch::diff(&Value::Object(before), &Value::Object(after));
    operations.extend(rest.into_iter().map(Operation::Other));
    PatchText(to_raw_value(&operations).unwrap_or_default())
}

/// One operation. Values may be large, as keys are: they are written from where they stand.
#[derive(Serialize)]
#[serde(untagged)]
enum Operation<'a> {
    Element(Element<'a>),
    Other(PatchOperation),
}

#[derive(Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum Element<'a> {
    Remove {
        path: PointerBuf,
    },
    Add {
        path: PointerBuf,
        value: &'a Value,
    },
    Replace {
        path: PointerBuf,
        value: &'a [Value],
    },
}

/// One array made of another: what went, from the end, then what came, from the start. Both are in
/// canonical order, so one walk along both finds it.
fn elements<'a>(name: &str, old: &[Value], new: &'a [Value]) -> Vec<Operation<'a>> {
    let order = Order::of(name, old);
    let (mut went, mut came) = (Vec::new(), Vec::new());
    if order != Order::Given && order == Order::of(name, new) {
        let (mut olds, mut news) = (old.iter().enumerate(), new.iter().enumerate());
        let (mut before, mut after) = (olds.next(), news.next());
        loop {
            let next = match (before, after) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((_, old)), Some((_, new))) => order.compare(old, new),
            };
            match next {
                Ordering::Less => went.extend(before),
                Ordering::Greater => came.extend(after),
                Ordering::Equal => {}
            }
            if next.is_le() {
                before = olds.next();
            }
            if next.is_ge() {
                after = news.next();
            }
        }
    }
    // Nothing stayed, or nobody knows what.
    if came.len() == new.len() || (went.is_empty() && came.is_empty()) {
        return vec![Operation::Element(Element::Replace {
            path: PointerBuf::from_tokens([name]),
            value: new,
        })];
    }
    let path = |index: usize| PointerBuf::from_tokens([Token::from(name), Token::from(index)]);
    let went = went.into_iter().rev();
    let went = went.map(|(index, _)| Element::Remove { path: path(index) });
    let came = came.into_iter();
    let came = came.map(|(index, value)| Element::Add {
        path: path(index),
        value,
    });
    went.chain(came).map(Operation::Element).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::kind::Kind;

    fn between(old: &str, new: &str) -> Value {
        let document =
            |text: &str| Document::parse(Kind::OpenidConfiguration, text.as_bytes(), None).unwrap();
        patch(&document(old), &document(new)).operations()
    }

    #[test]
    fn a_value_that_went_is_one_operation_wherever_it_stood() {
        let patch = between(r#"{"a":["1","2","3","4"]}"#, r#"{"a":["1","3","4"]}"#);
        assert_eq!(patch, json!([{"op": "remove", "path": "/a/1"}]));
    }

    #[test]
    fn what_went_is_removed_from_the_end_and_what_came_is_added_from_the_start() {
        let patch = between(
            r#"{"a":["b","c","d","e"]}"#,
            r#"{"a":["a","c","d","f"],"b~/c":1}"#,
        );
        assert_eq!(
            patch,
            json!([
                {"op": "remove", "path": "/a/3"},
                {"op": "remove", "path": "/a/0"},
                {"op": "add", "path": "/a/0", "value": "a"},
                {"op": "add", "path": "/a/3", "value": "f"},
                {"op": "add", "path": "/b~0~1c", "value": 1},
            ])
        );
    }

    #[test]
    fn an_array_of_which_nothing_stayed_is_written_anew() {
        let patch = between(r#"{"a":["1","2"]}"#, r#"{"a":["3"]}"#);
        assert_eq!(
            patch,
            json!([{"op": "replace", "path": "/a", "value": ["3"]}])
        );
    }
}
