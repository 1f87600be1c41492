//! What a change or a finding is about.
//!
//! Documents come from outside and may have members of any name, even one that reads like our own
//! words. So the variant says whether a subject is a member, and only the stored form is text.

use std::cmp::Ordering;
use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde::{Serialize, Serializer};

/// What a change or a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The document as a whole.
    Document,
    /// A member of it, by name.
    Member(String),
    /// The names of keys and what they stood for: hashes are remembered of them.
    KeyNames,
    /// How the document was fetched: where redirects lead.
    Retrieval,
    /// The certificate of the server, and who issued it.
    Certificate,
    /// How long the document is to be there.
    Lifetime,
}

const CERTIFICATE: &str = "(certificate)";
const LIFETIME: &str = "(lifetime)";
const KEY_NAMES: &str = "(kids)";
const RETRIEVAL: &str = "(retrieval)";

impl Subject {
    /// The member of this name.
    pub fn of(member: &str) -> Self {
        Self::Member(member.to_owned())
    }

    /// Its stored form: the name of the member, or else a word that no registered member has as its name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Document => "",
            Self::Member(name) => name,
            Self::KeyNames => KEY_NAMES,
            Self::Retrieval => RETRIEVAL,
            Self::Certificate => CERTIFICATE,
            Self::Lifetime => LIFETIME,
        }
    }

    /// Whether it stands beside a document: several documents of one server have the same.
    pub fn is_beside(&self) -> bool {
        matches!(self, Self::Certificate | Self::Lifetime)
    }

    /// Reads what is stored.
    pub fn of_stored(text: String) -> Self {
        match text.as_str() {
            "" => Self::Document,
            KEY_NAMES => Self::KeyNames,
            RETRIEVAL => Self::Retrieval,
            CERTIFICATE => Self::Certificate,
            LIFETIME => Self::Lifetime,
            _ => Self::Member(text),
        }
    }

    /// The name of the member, if it is one.
    pub fn member(&self) -> Option<&str> {
        match self {
            Self::Member(name) => Some(name),
            Self::Document
            | Self::KeyNames
            | Self::Retrieval
            | Self::Certificate
            | Self::Lifetime => None,
        }
    }
}

/// A text stands for the member of that name, because most changes are about a member.
impl<S: AsRef<str> + ?Sized> From<&S> for Subject {
    fn from(member: &S) -> Self {
        Self::of(member.as_ref())
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether it is the member of this name.
impl PartialEq<str> for Subject {
    fn eq(&self, member: &str) -> bool {
        self.member() == Some(member)
    }
}

impl PartialEq<&str> for Subject {
    fn eq(&self, member: &&str) -> bool {
        self == *member
    }
}

/// Ordered by the stored text: people know this order, and hashes depend on it.
impl Ord for Subject {
    fn cmp(&self, other: &Self) -> Ordering {
        let variant = |it: &Self| match it {
            Self::Document => 0,
            Self::Member(_) => 1,
            Self::KeyNames => 2,
            Self::Retrieval => 3,
            Self::Certificate => 4,
            Self::Lifetime => 5,
        };
        let texts = self.as_str().cmp(other.as_str());
        texts.then_with(|| variant(self).cmp(&variant(other)))
    }
}

impl PartialOrd for Subject {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::of_stored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_member_is_told_from_a_member_of_that_name() {
        for subject in [
            Subject::Document,
            Subject::KeyNames,
            Subject::Retrieval,
            Subject::Certificate,
            Subject::Lifetime,
        ] {
            let stored = subject.as_str().to_owned();
            assert_ne!(subject, stored.as_str());
            assert_ne!(subject, Subject::of(&stored));
            assert_eq!(Subject::of_stored(stored), subject);
        }
        assert_eq!(Subject::of("issuer"), "issuer");
    }
}
