//! Names of keys, and what is remembered of the keys that they stood for.

use std::collections::BTreeSet;

use crate::document::fingerprint::sha256_half;
use crate::document::jwk;
use crate::meaning::member_values::MemberValues;
use crate::meaning::subject::Subject;

/// What is remembered of a key set.
#[derive(Debug, Clone, Copy, Default)]
pub struct RememberedKeys<'k> {
    hashes: Option<&'k BTreeSet<String>>,
}

impl<'k> RememberedKeys<'k> {
    /// Nothing is remembered: two sets are compared by themselves.
    pub const NOTHING: Self = Self { hashes: None };

    /// What the store knows.
    pub fn of(known: &'k MemberValues) -> Self {
        Self {
            hashes: known.get(&Subject::KeyNames),
        }
    }

    /// Whether no comparison of keys was remembered yet: then all of them are trusted.
    pub(super) fn is_nothing(self) -> bool {
        self.hashes.is_none()
    }

    pub(super) fn has(self, hash: &str) -> bool {
        self.hashes.is_some_and(|hashes| hashes.contains(hash))
    }

    /// Whether a hash is remembered; it is computed only if there is anything to look it up in.
    pub(super) fn knows(self, hash: impl FnOnce() -> String) -> bool {
        self.hashes.is_some_and(|hashes| hashes.contains(&hash()))
    }
}

/// What tells the keys of one kid apart: use, type, algorithm.
pub(super) type KeyTraits<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>);

/// A name of keys: a kid, with the rest where it stands for several.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyName<'a> {
    pub(super) kid: &'a str,
    pub(super) rest: Option<KeyTraits<'a>>,
}

impl KeyName<'_> {
    /// The hash which, if remembered, says that the name stood for a key.
    pub(super) fn hash(&self) -> String {
        sha256_half(&self.text())
    }

    /// The hash which, if remembered, says that the name stood for this key.
    pub(super) fn hash_with(&self, identity: &str) -> String {
        let mut text = self.text();
        add(&mut text, Some(identity));
        sha256_half(&text)
    }

    /// A text that no two names share, because each part states its length.
    fn text(&self) -> String {
        let mut text = String::with_capacity(128);
        text.push_str(jwk::KID);
        add(&mut text, Some(self.kid));
        if let Some((word, kty, alg)) = self.rest {
            text.push('+');
            for part in [word, kty, alg] {
                add(&mut text, part);
            }
        }
        text
    }
}

/// Writes a number, most often of two digits. `write!` takes longer than all that is hashed.
fn number(text: &mut String, number: usize) {
    if number >= 10 {
        self::number(text, number / 10);
    }
    let digit = u32::try_from(number % 10).unwrap_or_default();
    text.extend(char::from_digit(digit, 10));
}

fn add(text: &mut String, part: Option<&str>) {
    let length = part.map_or(0, |part| part.len() + 1);
    number(text, length);
    text.push(':');
    text.push_str(part.unwrap_or_default());
}
