//! Differences that mean something, and requirements that are not met.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::severity::{Group, Severity};
use crate::meaning::client::judge::UnmetReason;
use crate::meaning::rule::RuleName;
use crate::meaning::subject::Subject;

pub mod cut;
pub mod moves;
pub mod order;
mod text_or_empty;

/// One difference that means something.
///
/// For a set, `added` and `removed` hold the values and `before`/`after` are `None`; a set that gains
/// and loses values has two changes. For everything else `before` and `after` hold the effective
/// values. The field order is the order in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The rule, such as `endpoint-host-changed`.
    pub rule: RuleName,
    /// What it is about. A kid or thumbprint stands in `added`/`removed` instead.
    #[serde(rename = "member")]
    pub subject: Subject,
    /// Its group.
    pub group: Group,
    /// How grave.
    pub severity: Severity,
    /// The value before, if the member is not a set.
    pub before: Option<Value>,
    /// The value after, if the member is not a set.
    pub after: Option<Value>,
    /// Values a set gained.
    pub added: Vec<Value>,
    /// Values a set lost.
    pub removed: Vec<Value>,
    /// Why it matters: one sentence.
    pub why: String,
    /// What to check or do, where there is advice: one imperative sentence.
    #[serde(
        default,
        deserialize_with = "text_or_empty::deserialize",
        skip_serializing_if = "Option::is_none"
    )]
    pub advice: Option<String>,
    /// Specification and section, `RFC 8414 section 2`; `None` for a rule of our own.
    #[serde(with = "text_or_empty")]
    pub reference: Option<String>,
    /// Whether it takes away what `uses` declares.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub used: bool,
    /// Which of the values it takes away are declared, where not all of them are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_values: Vec<Value>,
    /// How many values the set had before, where that helps ("lost 1 of 12 values").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_before: Option<usize>,
    /// The values that are left of a set that lost most of them, if they are few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Value>,
    /// For a damped change: the values it brought that were never seen on this member before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<Value>,
    /// For a change that a target makes at regular intervals: how often, and how far apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub habit: Option<Habit>,
    /// Whether the member was damped when it changed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub damped: bool,
    /// Whether somebody said that this very change was expected.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
}

impl Change {
    /// Whether it is not told now, because its member is damped or the change was expected.
    pub fn is_held_back(&self) -> bool {
        self.damped || self.accepted
    }
}

/// A change that a target makes again and again, at intervals of about the same length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Habit {
    /// How often it happened in a row, as far as that is remembered; at least three.
    pub count: u64,
    /// The median of the intervals, in seconds.
    pub every: i64,
}

/// Whether a finding is new or gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingState {
    /// The document no longer meets the requirement.
    New,
    /// It meets it again.
    Cured,
}

/// A requirement of a specification that a document does not meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule.
    pub rule: RuleName,
    /// What it is about. A name is made visible and cut.
    #[serde(rename = "member")]
    pub subject: Subject,
    /// The hash of the name, if `subject` does not hold the name as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_hash: Option<String>,
    /// How grave.
    pub severity: Severity,
    /// What is wrong and why it matters: one sentence.
    pub why: String,
    /// Specification and section; `None` for a rule of our own.
    #[serde(with = "text_or_empty")]
    pub reference: Option<String>,
    /// For a finding of severity `security` about keys: the keys, by thumbprint or else kid. The same
    /// finding about another key is news.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// For a finding about a value: what should be there, if that is known; for a client that refuses the
    /// document: what it misses. Cut and harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Value>,
    /// What is there instead. For a finding of severity `security` another value is news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Value>,
    /// For a finding with `keys`, and for one about the size of keys: a description of each of the
    /// first keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about_keys: Vec<KeyAbout>,
    /// For a cured finding about published secrets: those of its keys that are still in the set. They are
    /// known to others, whatever is published of them now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept_keys: Vec<KeyAbout>,
    /// The client that refuses the document, if the finding is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The first reasons why that client refuses it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<UnmetReason>,
}

/// What a finding says, apart from its values: its rule, its subject, and the hash of a name that is
/// cut. For a client that refuses the document it is the name of the client, whatever the member.
pub type Fact<'a> = (&'a RuleName, &'a Subject, Option<&'a str>);

impl Finding {
    /// What it says: two findings of one document that say the same are one.
    pub fn fact(&self) -> Fact<'_> {
        static WHOLE: Subject = Subject::Document;
        match &self.client {
            Some(client) => (&self.rule, &WHOLE, Some(client)),
            None => (&self.rule, &self.subject, self.name_hash.as_deref()),
        }
    }
}

/// A key that a finding is about, by what names it and what can be wrong with it: never the material.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyAbout {
    /// Its kid, made visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// RFC 7638.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbprint: Option<String>,
    /// Its type, made visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kty: Option<String>,
    /// Its curve, made visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// In bits, where it has a size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    /// Whether it is for encryption and not for signatures.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub encrypts: bool,
    /// Names of the members that are private and were published.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub private: Vec<String>,
}
