//! The difference as JSON Patch (RFC 6902), for the record and for machines.
//!
//! Arrays that keep what they have in its order lose and gain single elements. An index by index
//! comparison would write every scope anew that stands behind the one that went.

use std::collections::{HashMap, HashSet};

use json_patch::{Patch, PatchOperation};
use jsonptr::{PointerBuf, Token};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::document::canonical::Document;
use crate::document::jwk;

/// A JSON Patch as JSON text: what is stored, shown and attached is never read here.
#[derive(Debug, Clone)]
pub struct PatchText(Box<RawValue>);

impl PatchText {
    /// Makes a patch of operations that were read.
    pub fn of(operations: &Value) -> Self {
        Self(to_raw_value(operations).unwrap_or_default())
    }

    /// Makes a patch of a text that was written as one.
    pub fn of_text(text: &RawValue) -> Self {
        Self(text.to_owned())
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
        let text = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self::of_text(&text))
    }
}

/// Largest patch that an event keeps, in bytes.
const MAX_KEPT: usize = 1 << 20;

/// The patch that an event keeps; `None` if it is larger than `MAX_KEPT`. Both states are stored, so a
/// patch that is longer than they can be is of no use.
pub fn kept_patch(old: &Document, new: &Document) -> Option<PatchText> {
    Some(patch(old, new)).filter(|patch| patch.as_str().len() <= MAX_KEPT)
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
    let came = new
        .members()
        .iter()
        .filter(|(name, _)| !old.members().contains_key(*name));
    after.extend(came.map(|(name, value)| (name.clone(), value.clone())));
    let Patch(rest) = json_patch::diff(&Value::Object(before), &Value::Object(after));
    operations.extend(rest.into_iter().map(Operation::Other));
    PatchText(to_raw_value(&operations).unwrap_or_default())
}

/// One operation. Values may be large, as keys are: they are written from where they stand.
#[derive(Serialize)]
#[serde(untagged)]
enum Operation<'a> {
    Element(PatchElement<'a>),
    Other(PatchOperation),
}

#[derive(Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum PatchElement<'a> {
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

/// One array made of another: what went, from the end, then what came, from the start.
fn elements<'a>(name: &str, old: &[Value], new: &'a [Value]) -> Vec<Operation<'a>> {
    let before = places_before(old, new);
    let kept: Vec<usize> = before.iter().flatten().flatten().copied().collect();
    let is_in_order = kept.is_sorted_by(|one, two| one < two);
    let Some(before) = before.filter(|_| !kept.is_empty() && is_in_order) else {
        return vec![Operation::Element(PatchElement::Replace {
            path: PointerBuf::from_tokens([name]),
            value: new,
        })];
    };
    let path = |index: usize| PointerBuf::from_tokens([Token::from(name), Token::from(index)]);
    let went = (0..old.len())
        .rev()
        .filter(|index| kept.binary_search(index).is_err())
        .map(|index| PatchElement::Remove { path: path(index) });
    let came = new
        .iter()
        .zip(&before)
        .enumerate()
        .filter(|(_, (_, before))| before.is_none())
        .map(|(index, (value, _))| PatchElement::Add {
            path: path(index),
            value,
        });
    went.chain(came).map(Operation::Element).collect()
}

/// Where each value stood before, if it did; `None` where one of the arrays lists a value twice.
fn places_before(old: &[Value], new: &[Value]) -> Option<Vec<Option<usize>>> {
    // Sets and keys are sorted by what they are known by: one walk along both finds all.
    if let (Some(old_marks), Some(new_marks)) = (ascending_marks(old), ascending_marks(new)) {
        let mut rest = old_marks.into_iter().zip(old).enumerate().peekable();
        let places = new_marks.into_iter().zip(new).map(|(mark, value)| {
            while rest.next_if(|(_, (other, _))| *other < mark).is_some() {}
            let same = rest.next_if(|(_, other)| *other == (mark, value));
            same.map(|(place, _)| place)
        });
        return Some(places.collect());
    }
    let places: HashMap<&Value, usize> = old
        .iter()
        .enumerate()
        .map(|(place, value)| (value, place))
        .collect();
    let distinct: HashSet<&Value> = new.iter().collect();
    let is_once = places.len() == old.len() && distinct.len() == new.len();
    is_once.then(|| new.iter().map(|value| places.get(value).copied()).collect())
}

/// What each value is known by, its text or its `kid`, if that is enough to tell all apart and they
/// are sorted by it.
fn ascending_marks<'a>(values: &'a [Value]) -> Option<Vec<&'a str>> {
    let kid = |value: &'a Value| value.get(jwk::KID).and_then(Value::as_str);
    let marks: Option<Vec<&str>> = values
        .iter()
        .map(|value| value.as_str().or_else(|| kid(value)))
        .collect();
    marks.filter(|marks| marks.is_sorted_by(|one, two| one < two))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::kind::Kind;

    fn between(old: &str, new: &str) -> Value {
        let document =
            |text: &str| Document::from_canonical(Kind::OPENID_CONFIGURATION, text).unwrap();
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
    fn another_type_of_value_beside_them_moves_none_of_those_that_stay() {
        let patch = between(r#"{"a":["1","2"]}"#, r#"{"a":["1","2",null]}"#);
        assert_eq!(patch, json!([{"op": "add", "path": "/a/2", "value": null}]));
    }

    #[test]
    fn an_array_whose_order_counts_loses_single_elements_too() {
        let patch = between(r#"{"x5c":["C","B","A"]}"#, r#"{"x5c":["C","A"]}"#);
        assert_eq!(patch, json!([{"op": "remove", "path": "/x5c/1"}]));
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
