//! A discovery document in canonical form, and what was odd about the bytes it came as.

use crate::document::jwk;
use crate::document::member::names;
use std::borrow::Cow;

use jsonptr::Token;
use serde_json::{Map, Value};

use super::fingerprint::sha256_hex;
use super::key_set::{self, Key, Material};
use super::kind::Kind;
use super::member;
use super::observation::Failure;
use super::parse::{self, Blank};

/// A document in canonical form: names sorted, sets sorted and without duplicates.
///
/// Having parsed one proves that the bytes were a document of its kind: a JSON object within the
/// caps, metadata that says whose it is or where anything is, a key set with keys. What an older
/// version stored is taken as it is. Two documents are equal
/// exactly when they differ in nothing but form. Effective values (defaults) are not filled in:
/// that is the comparison's work.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    kind: Kind,
    members: Map<String, Value>,
    canonical: String,
    fingerprint: String,
    oddities: Vec<Oddity>,
    secrets: Vec<String>,
    passwords: Vec<String>,
    /// Where in the bytes those secrets stood.
    blanks: Vec<Blank>,
    /// The material of its keys, if it is a key set; else empty.
    materials: Vec<Material>,
    /// Its members as they came, with arrays not sorted; empty unless they were asked for.
    as_it_came: Map<String, Value>,
}

/// What is odd about the bytes, though clients may read them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oddity {
    /// A name stands more than once; JSON Pointer to it.
    DuplicateName(String),
    /// A name stands more than once with different values; JSON Pointer to it.
    ConflictingName(String),
    /// A set lists a value more than once; JSON Pointer to it.
    RepeatedValue(String),
    /// It begins with a byte order mark.
    ByteOrderMark,
    /// The media type is not JSON.
    MediaType(String),
}

impl Document {
    /// Reads a body.
    pub fn parse(kind: Kind, bytes: &[u8], content_type: Option<&str>) -> Result<Self, Failure> {
        let parsed = parse::parse(kind, bytes, content_type)?;
        let mut oddities: Vec<Oddity> = parsed
            .duplicates
            .into_iter()
            .map(Oddity::DuplicateName)
            .collect();
        oddities.extend(parsed.conflicts.into_iter().map(Oddity::ConflictingName));
        oddities.extend(repeated_values(&parsed.members));
        if parsed.bom {
            oddities.push(Oddity::ByteOrderMark);
        }
        if let Some(media_type) = content_type.filter(|media_type| !kind.is_sent_as(media_type)) {
            oddities.push(Oddity::MediaType(media_type.to_owned()));
        }
        let mut document = Self::of(kind, parsed.members, oddities);
        document.secrets = parsed.secrets;
        document.passwords = parsed.passwords;
        document.blanks = parsed.blanks;
        Ok(document)
    }

    /// Reads a body and also keeps its members as they came, because `ignore` points to places in those.
    pub fn parse_in_order(
        kind: Kind,
        bytes: &[u8],
        content_type: Option<&str>,
    ) -> Result<Self, Failure> {
        let mut document = Self::parse(kind, bytes, content_type)?;
        document.as_it_came = parse::parse(kind, bytes, content_type)?.members;
        Ok(document)
    }

    /// A member as it came, its arrays in their order, if that was kept.
    pub fn as_it_came(&self, name: &str) -> Option<&Value> {
        self.as_it_came.get(name)
    }

    /// Reads what `canonical` wrote; `None` if the text is something else. A secret that an earlier
    /// version did not recognize is removed, as it would be today: else the next change would show it.
    pub fn from_canonical(kind: Kind, canonical: &str) -> Option<Self> {
        let read = parse::parse(kind, canonical.as_bytes(), None).ok();
        let members = match read.filter(|read| !read.secrets.is_empty()) {
            Some(read) => read.members,
            None => serde_json::from_str(canonical).ok()?,
        };
        Some(Self::of(kind, members, Vec::new()))
    }

    /// The same document with other members; what was odd about its bytes is kept.
    #[must_use]
    pub fn with_members(&self, members: Map<String, Value>) -> Self {
        let mut document = Self::of(self.kind, members, self.oddities.clone());
        document.secrets.clone_from(&self.secrets);
        document.passwords.clone_from(&self.passwords);
        document.blanks.clone_from(&self.blanks);
        document
    }

    /// The same document with the names of the members that a secret was removed from. The bytes that
    /// are kept no longer show that.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Vec<String>, passwords: Vec<String>) -> Self {
        self.secrets = secrets;
        self.passwords = passwords;
        self
    }

    fn of(kind: Kind, mut members: Map<String, Value>, oddities: Vec<Oddity>) -> Self {
        canonicalize(&mut members);
        let materials = if kind.is_key_set() {
            key_set::materials(&members)
        } else {
            Vec::new()
        };
        let text = text_of(&members);
        let fingerprint = sha256_hex(text.as_bytes());
        Self {
            kind,
            members,
            canonical: text,
            fingerprint,
            oddities,
            secrets: Vec::new(),
            passwords: Vec::new(),
            blanks: Vec::new(),
            materials,
            as_it_came: Map::new(),
        }
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its text in canonical form: compact JSON.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// SHA-256 of the canonical form, hexadecimal.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Its members.
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// The keys of a key set, in their order.
    pub fn keys(&self) -> Vec<Key<'_>> {
        key_set::keys_of(&self.members, &self.materials)
    }

    /// What is odd about the bytes it came as.
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }

    /// Members in which a secret stood, even where nothing of it is left to see.
    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// Those of `secrets` in which a password or another secret stood, and no key.
    pub fn passwords(&self) -> &[String] {
        &self.passwords
    }

    /// The bytes to keep: those received, less private key material. Nothing else is touched: what is
    /// odd about them is so still, and they are read as this document again.
    pub fn stored_body<'b>(&self, received: &'b [u8]) -> Cow<'b, [u8]> {
        if self.secrets.is_empty() {
            return Cow::Borrowed(received);
        }
        let blanked = parse::blanked(received, &self.blanks);
        let is_same = |bytes: &Vec<u8>| {
            Self::parse(self.kind, bytes, None).is_ok_and(|read| read.canonical == self.canonical)
        };
        let kept = blanked.filter(is_same);
        Cow::Owned(kept.unwrap_or_else(|| self.canonical.clone().into_bytes()))
    }

    /// What it says it is about: `issuer`, `resource` or what the table of kinds names.
    pub fn identity(&self) -> Option<&str> {
        let name = self.kind.row().identity?;
        self.members.get(name).and_then(Value::as_str)
    }

    /// The effective values of a set; empty if the member is not a set, or is absent without a default.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let array = self.effective(name).and_then(Value::as_array);
        let values = array.into_iter().flatten();
        values.filter_map(Value::as_str).collect()
    }

    /// The value a client acts on: the member's, or its default. `null` counts as absent.
    pub fn effective(&self, name: &str) -> Option<&Value> {
        match self.members.get(name) {
            None | Some(Value::Null) => member::default(self.kind, name),
            Some(value) => Some(value),
        }
    }
}

/// Compact JSON. Documents have a few kilobytes, so room for one is allocated at once.
fn text_of(members: &Map<String, Value>) -> String {
    let mut text = Vec::with_capacity(8192);
    match serde_json::to_writer(&mut text, members) {
        Ok(()) => String::from_utf8(text).unwrap_or_default(),
        // A map of JSON values is always written.
        Err(_) => String::new(),
    }
}

/// Sets that list a value twice: members, and the operations of keys.
fn repeated_values(members: &Map<String, Value>) -> Vec<Oddity> {
    let keys = members.get(names::KEYS).and_then(Value::as_array);
    let operations = keys
        .into_iter()
        .flatten()
        .enumerate()
        .filter_map(|(index, key)| {
            let values = key.get(jwk::KEY_OPS)?;
            Some((Some(index), jwk::KEY_OPS, values))
        });
    let members = members
        .iter()
        .map(|(name, value)| (None, name.as_str(), value));
    let repeats = |name: &str, value: &Value| {
        let Some(values) = value.as_array().filter(|values| is_set(name, values)) else {
            return false;
        };
        let mut texts: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        texts.sort_unstable();
        !texts.is_sorted_by(|one, two| one < two)
    };
    members
        .chain(operations)
        .filter(|(_, name, value)| repeats(name, value))
        .map(|(key, name, _)| {
            let token = Token::new(name);
            let name = token.encoded();
            let pointer = match key {
                Some(index) => format!("/keys/{index}/{name}"),
                None => format!("/{name}"),
            };
            Oddity::RepeatedValue(pointer)
        })
        .collect()
}

/// The address that stored metadata names for documents of another kind, such as its `jwks_uri` (RFC 8414
/// section 2).
pub fn named_url(of: Kind, led: Kind, canonical: &str) -> Option<String> {
    let (member, _) = of.row().leads.iter().find(|(_, kind)| *kind == led)?;
    let value: Value = serde_json::from_str(canonical).ok()?;
    let url = value.get(*member)?.as_str()?;
    Some(url.to_owned()).filter(|url| !url.is_empty())
}

/// Brings members into canonical form, whatever object they are of.
pub fn canonicalize(members: &mut Map<String, Value>) {
    for (name, value) in members.iter_mut() {
        canonicalize_value(name, value);
    }
}

/// Arrays are sets unless the table says that their order counts; so are key sets.
pub(crate) fn canonicalize_value(name: &str, value: &mut Value) {
    match value {
        Value::Object(members) => canonicalize(members),
        Value::Array(values) if is_set(name, values) => {
            if name == names::RESPONSE_TYPES_SUPPORTED {
                for value in &mut *values {
                    if let Value::String(text) = value {
                        *text = sorted_words(text);
                    }
                }
            }
            values.sort_unstable_by(|one, two| one.as_str().cmp(&two.as_str()));
            values.dedup();
        }
        Value::Array(values) => {
            for value in &mut *values {
                canonicalize_value("", value);
            }
            // Arrays of other values than texts are sorted too, unless the table says that order counts.
            if name == names::KEYS && values.iter().all(Value::is_object) {
                values.sort_by(|one, two| kid(one).cmp(&kid(two)));
                // Keys are large: their text is written only where they share a kid.
                for same in values.chunk_by_mut(|one, two| kid(one) == kid(two)) {
                    if same.len() > 1 {
                        same.sort_by_cached_key(Value::to_string);
                    }
                }
                values.dedup();
            } else if !is_ordered(name) {
                values.sort_by_cached_key(Value::to_string);
                values.dedup();
            }
        }
        Value::Number(number) => {
            if let Some(canonical) = parse::canonical_number(number) {
                *number = canonical;
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn kid(key: &Value) -> Option<&str> {
    key.get(jwk::KID).and_then(Value::as_str)
}

fn is_set(name: &str, values: &[Value]) -> bool {
    !is_ordered(name) && values.iter().all(Value::is_string)
}

fn is_ordered(name: &str) -> bool {
    member::is_ordered(name) || name == jwk::X5C
}

/// `code id_token` and `id_token code` are one response type (RFC 6749 section 3.1.1).
pub fn sorted_words(text: &str) -> String {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

#[cfg(test)]
mod tests;
