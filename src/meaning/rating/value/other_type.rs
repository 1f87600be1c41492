//! What it means that a value has another JSON type.
//!
//! If a value leaves the type of the specification, typed clients fail; if it comes to have that type,
//! those that failed can read the document now. What the value says counts beside its type: `"true"`
//! that becomes `false` has the right type now, but says the opposite. That an address stands on another
//! domain than the last one that was known is rated by `diff/endpoints`.

use serde_json::Value;

use super::WrittenDown;
use super::about::About;
use crate::document::json_type::type_words;
use crate::document::member::Shape;
use crate::document::severity::Severity;
use crate::meaning::rating::Meaning;
use crate::meaning::rule::Rule;

impl About<'_> {
    /// Whether two values are of different types, or arrays of which one alone is of the right ones.
    pub(super) fn is_of_other_type(&self, before: &Value, after: &Value) -> bool {
        let fits = |value| self.row.is_some_and(|row| row.shape.fits(value));
        let is_cure = !fits(before) && fits(after) && says(before) == says(after);
        type_words(before) != type_words(after) || is_cure
    }

    pub(super) fn other_type(&self, before: &Value, after: &Value) -> Meaning {
        let mut meaning = Meaning::of(Rule::TypeChanged);
        let Some(row) = self.row else {
            return meaning;
        };
        let (was_right, is_right) = (row.shape.fits(before), row.shape.fits(after));
        if was_right || !is_right {
            return meaning;
        }
        // No client could have taken a number or an object for an address.
        let could_be_read = row.shape != Shape::Url;
        if says(before) == says(after) || !could_be_read {
            let why = "The member has the type of the specification now: typed clients that failed can read it.";
            meaning.advice = None;
            return meaning.decided_by(Severity::Notice, why, Some(row.reference));
        }
        if let (Shape::Flag, Some(was), Some(is)) = (row.shape, flag(before), after.as_bool()) {
            let written = WrittenDown {
                before: true,
                after: true,
            };
            return self.flag(Some(was), Some(is), written);
        }
        let why = "The member has the type of the specification now, but says something else than before.";
        meaning.advice = Some(
            "Compare the values: what clients could read of the old one is not all that changed.",
        );
        let severity = row.changed.severity.max(Severity::Notice);
        meaning.decided_by(severity, why, Some(row.reference))
    }
}

/// What a text says that should be a boolean.
fn flag(value: &Value) -> Option<bool> {
    match says(value).as_slice() {
        [word] => word.parse().ok(),
        _ => None,
    }
}

/// What a value says, whatever its type: its words, sorted, each once.
fn says(value: &Value) -> Vec<String> {
    let mut words = match value {
        Value::Null => Vec::new(),
        Value::Bool(flag) => vec![flag.to_string()],
        Value::Number(number) => vec![number.to_string()],
        Value::String(text) => {
            let flag = text.trim().to_ascii_lowercase();
            if flag == "true" || flag == "false" {
                return vec![flag];
            }
            text.split([' ', ',']).map(str::to_owned).collect()
        }
        Value::Array(values) => values.iter().flat_map(says).collect(),
        Value::Object(members) if members.is_empty() => Vec::new(),
        Value::Object(_) => vec![value.to_string()],
    };
    words.retain(|word| !word.is_empty());
    words.sort_unstable();
    words.dedup();
    words
}
