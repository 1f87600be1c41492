//! Differences that mean something, and requirements that are not met.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::severity::{Group, Severity};
use crate::meaning::rule::RuleName;
use crate::meaning::subject::Subject;

pub mod cut;
pub mod moves;
pub mod order;
mod text_or_empty;

/// One difference that means something.
///
/// Of a set, `added` and `removed` hold the values and `before`/`after` are `None`; a set that gains
/// and loses values has two changes. Of everything else `before` and `after` hold the effective
/// values. The field order is the order in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The rule, such as `endpoint-host-changed`.
    pub rule: RuleName,
    /// What it is about; a kid or thumbprint does not stand here but in `added`/`removed`.
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
    /// Which values are left of a set that lost most of them, where these are few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Value>,
    /// Of a damped change: the values it brought that were never seen on this member before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<Value>,
    /// Of what a target does at regular intervals: how often, and how far apart.
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
    /// Whether nobody is told of it now: its member is damped, or somebody expected it.
    pub fn is_held_back(&self) -> bool {
        self.damped || self.accepted
    }
}

/// What a target does again and again, about as long after the last time each time.
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
    /// Of a name that does not stand here as it is: which it was, by its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_hash: Option<String>,
    /// How grave.
    pub severity: Severity,
    /// What is wrong and why it matters: one sentence.
    pub why: String,
    /// Specification and section; `None` for a rule of our own.
    #[serde(with = "text_or_empty")]
    pub reference: Option<String>,
    /// Of a finding of severity `security` about keys: which, by thumbprint or else kid. The same
    /// of another key is news.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// Of a finding about a value: what should be there, where that is known. Cut and harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Value>,
    /// What is there instead. Of a finding of severity `security` another value is news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Value>,
    /// Of such a finding, and of one about the size of keys: what is to be known of each, the first
    /// of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about_keys: Vec<KeyAbout>,
}

/// What a finding says, whatever it says it of: its rule, what it is about, and which name that is.
pub type Fact<'a> = (&'a RuleName, &'a Subject, Option<&'a str>);

impl Finding {
    /// What it says: two findings of one document that say the same are one.
    pub fn fact(&self) -> Fact<'_> {
        (&self.rule, &self.subject, self.name_hash.as_deref())
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
