//! The difference as JSON Patch (RFC 6902), for the record and for machines.
//!
//! Arrays that keep what they have in its order lose and gain single elements. An index by index
//! comparison would write every scope anew that stands behind the one that went.

use std::borrow::Cow;
use std::collections::BTreeSet;

use json_patch::jsonptr::{PointerBuf, Token};
use json_patch::{AddOperation, Patch, PatchOperation, RemoveOperation, ReplaceOperation};
use serde_json::{Map, Value};

use crate::model::document::Document;

/// RFC 6902 patch from the old canonical document to the new one.
pub fn patch(old: &Document, new: &Document) -> Value {
    let mut operations = Vec::new();
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
    operations.extend(rest);
    serde_json::to_value(Patch(operations)).unwrap_or(Value::Null)
}

/// One array made of another: what went, from the end, then what came, from the start.
fn elements(name: &str, old: &[Value], new: &[Value]) -> Vec<PatchOperation> {
    let (before, after) = (texts(old), texts(new));
    let (known, now): (BTreeSet<_>, BTreeSet<_>) =
        (before.iter().collect(), after.iter().collect());
    let stayed = |text: &&Cow<'_, str>| known.contains(text) && now.contains(text);
    let is_plain = known.len() == before.len() && now.len() == after.len();
    let kept = before.iter().filter(stayed);
    if !is_plain || known.is_disjoint(&now) || !kept.eq(after.iter().filter(stayed)) {
        return vec![PatchOperation::Replace(ReplaceOperation {
            path: PointerBuf::from_tokens([name]),
            value: Value::Array(new.to_vec()),
        })];
    }
    let path = |index: usize| PointerBuf::from_tokens([Token::from(name), Token::from(index)]);
    let went = before.iter().enumerate().rev();
    let went = went.filter(|(_, text)| !now.contains(text));
    let went = went.map(|(index, _)| PatchOperation::Remove(RemoveOperation { path: path(index) }));
    let came = after.iter().zip(new).enumerate();
    let came = came.filter(|(_, (text, _))| !known.contains(text));
    let came = came.map(|(index, (_, value))| {
        PatchOperation::Add(AddOperation {
            path: path(index),
            value: value.clone(),
        })
    });
    went.chain(came).collect()
}

/// What elements are told apart by.
fn texts(values: &[Value]) -> Vec<Cow<'_, str>> {
    let all_text = values.iter().all(Value::is_string);
    let texts = values.iter().map(|value| match value {
        Value::String(text) if all_text => Cow::from(text),
        other => Cow::from(other.to_string()),
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::kind::Kind;

    fn between(old: &str, new: &str) -> Value {
        let document =
            |text: &str| Document::parse(Kind::OpenidConfiguration, text.as_bytes(), None).unwrap();
        patch(&document(old), &document(new))
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
