//! Reads one JSON value after the other, and takes out what is secret in it.

use crate::document::member::names;
use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::blank::Blank;
use super::bounds::CountedSort;
use super::lenient;
use super::notes::{MAX_DEPTH, Notes, SecretSort};
use super::position::{PathStep, Position};
use super::removed::REMOVED;
use super::secret::{self, Hidden};

pub(super) struct Node<'a> {
    pub(super) depth: usize,
    /// How many values were begun before it.
    pub(super) index: usize,
    /// Whether it stands where keys stand.
    pub(super) in_keys: bool,
    pub(super) position: Option<&'a Position<'a>>,
    pub(super) notes: &'a mut Notes,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        if self.notes.count.is_over() {
            return Ok(Value::Null);
        }
        let hidden = if self.notes.is_begun && secret::continues(value) {
            Some(Hidden::Key)
        } else {
            let hidden = secret::hidden(value, self.in_keys);
            self.notes.is_begun = hidden == Some(Hidden::Begin);
            hidden
        };
        Ok(match hidden {
            None => Value::from(value),
            Some(hidden) => {
                if matches!(hidden, Hidden::Key | Hidden::Begin | Hidden::Named) {
                    self.notes.key_text = Some(self.index);
                }
                let sort = match hidden {
                    Hidden::Removed => self.sort_by_name(),
                    Hidden::Key | Hidden::Begin => SecretSort::Key,
                    Hidden::Url | Hidden::Named | Hidden::RemovedPassword => SecretSort::Password,
                };
                let kept = secret::less_secret(value, hidden);
                let blank = if kept == REMOVED {
                    Blank::Value(self.index)
                } else {
                    Blank::Part(self.index, kept.clone().into_owned())
                };
                self.notes.removed(self.position, blank, sort);
                Value::from(kept)
            }
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        let mut texts = Vec::new();
        let mut has_key = false;
        let are_keys = self
            .position
            .is_some_and(|position| position.is_named(names::KEYS));
        loop {
            let position = Position {
                outer: self.position,
                step: PathStep::Index(values.len()),
            };
            let inner = deeper(&mut self, &position, false)?;
            let index = inner.index;
            let Some(value) = elements.next_element_seed(inner)? else {
                break;
            };
            let sort = if are_keys {
                CountedSort::Key
            } else {
                CountedSort::Value
            };
            self.notes.count.add(sort);
            // Values beyond the bounds are counted but not kept.
            if self.notes.count.is_over() {
                continue;
            }
            if value.is_string() {
                texts.push(index);
                has_key |= self.notes.key_text == Some(index);
            }
            values.push(value);
        }
        // There was no further element, so it does not count as a value.
        self.notes.values -= 1;
        Ok(Value::Array(self.less_lines(values, &texts, has_key)))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        let mut private: Vec<(String, usize)> = Vec::new();
        let mut again: Vec<(String, bool, bool)> = Vec::new();
        let mut is_text = false;
        let mut number = None;
        while let Some(Name(name)) = entries.next_key()? {
            let is_number = members.is_empty() && name == lenient::NUMBER;
            let (name, is_blank) = kept_name(name, self.in_keys);
            let position = Position {
                outer: self.position,
                step: PathStep::Name(&name),
            };
            let inner = if is_number {
                sibling(&mut self, &position)
            } else {
                deeper(&mut self, &position, secret::holds_keys(&name))?
            };
            let index = inner.index;
            let mut value = entries.next_value_seed(inner)?;
            if is_number {
                number = value.as_str().and_then(|text| text.parse().ok());
            } else {
                let is_member = self.position.is_none();
                let sort = if is_member {
                    CountedSort::Member
                } else {
                    CountedSort::Value
                };
                self.notes.count.add(sort);
            }
            if self.notes.count.is_over() {
                continue;
            }
            if is_blank {
                let blank = Blank::Name(index);
                self.notes.removed(Some(&position), blank, SecretSort::Key);
            }
            if secret::is_secret(&name, &value) {
                let sort = sort_of(&name);
                let blank = Blank::Value(index);
                value = self.notes.removed(Some(&position), blank, sort);
            }
            let is_private = secret::is_private(&name, &value);
            if let Some(first) = members.get(&name) {
                let are_private = is_private && secret::is_private(&name, first);
                again.push((name.clone(), *first != value, are_private));
            }
            if is_private {
                private.push((name.clone(), index));
                is_text |= !value.is_number();
            }
            members.insert(name, value);
            // A key does not go on in another member of the document.
            self.notes.is_begun &= self.depth > 0;
        }
        if let Some(number) = number.filter(|_| members.len() == 1) {
            return Ok(Value::Number(number));
        }
        let is_key =
            !private.is_empty() && (self.in_keys || secret::looks_like_key(&members, is_text));
        for (name, differs, are_private) in &again {
            let position = Position {
                outer: self.position,
                step: PathStep::Name(name),
            };
            // If both values are removed, they no longer differ.
            self.notes
                .repeated(position, *differs && !(is_key && *are_private));
        }
        if is_key {
            for (name, index) in &private {
                self.notes.secret(
                    self.position.map_or(name, Position::member),
                    SecretSort::Key,
                );
                self.notes.blanks.push(Blank::Value(*index));
            }
            secret::remove(&mut members);
        }
        Ok(Value::Object(members))
    }
}

/// What the secret under a name is that is known by the name alone.
fn sort_of(name: &str) -> SecretSort {
    if secret::is_private_key_name(name) {
        SecretSort::Key
    } else {
        SecretSort::Password
    }
}

impl Node<'_> {
    /// What was removed here before: only the name above it still tells.
    fn sort_by_name(&self) -> SecretSort {
        let name = self.position.and_then(Position::name);
        let secret = name.filter(|name| secret::is_secret_name(name));
        secret.map_or(SecretSort::Key, sort_of)
    }

    /// The elements of an array, without a key that is written in several of them: then all texts are
    /// removed, because it is not known which of them belong to the key.
    fn less_lines(&mut self, mut values: Vec<Value>, texts: &[usize], has_key: bool) -> Vec<Value> {
        let is_all_texts = texts.len() == values.len();
        let is_key = has_key
            || texts.len() > 1
                && secret::hidden_in_lines(values.iter().filter_map(Value::as_str), self.in_keys)
            || secret::hidden_in_octets(&values);
        if !is_key {
            return values;
        }
        if is_all_texts || !has_key && texts.is_empty() {
            let removed =
                self.notes
                    .removed(self.position, Blank::Elements(self.index), SecretSort::Key);
            return vec![removed];
        }
        for index in texts {
            let blank = Blank::Value(*index);
            self.notes.removed(self.position, blank, SecretSort::Key);
        }
        for value in values.iter_mut().filter(|value| value.is_string()) {
            *value = Value::from(REMOVED);
        }
        values
    }
}

/// A name as it is kept, and whether it was a secret.
fn kept_name(name: String, in_keys: bool) -> (String, bool) {
    match secret::hidden(&name, in_keys) {
        Some(_) => (REMOVED.to_owned(), true),
        None => (lenient::kept_name(name), false),
    }
}

fn deeper<'a, E: de::Error>(
    node: &'a mut Node<'_>,
    position: &'a Position<'a>,
    holds_keys: bool,
) -> Result<Node<'a>, E> {
    if node.depth >= MAX_DEPTH {
        node.notes.too_deep = true;
        return Err(E::custom("too deep"));
    }
    node.notes.values += 1;
    Ok(Node {
        depth: node.depth + 1,
        index: node.notes.values,
        in_keys: node.in_keys || holds_keys,
        position: Some(position),
        notes: node.notes,
    })
}

/// A node at the same depth: the digits of a number are not a level of nesting.
fn sibling<'a>(node: &'a mut Node<'_>, position: &'a Position<'a>) -> Node<'a> {
    Node {
        depth: node.depth,
        index: node.index,
        in_keys: node.in_keys,
        position: Some(position),
        notes: node.notes,
    }
}

struct Name(String);

impl<'de> serde::Deserialize<'de> for Name {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}
