//! The tables of members: what each registered member is, stands for when left out, and means when
//! it changes. The rows are data (`member/*.toml`, made to be checked against the specifications they
//! cite), which the build reads. For members that are not registered this file answers by the pattern
//! of their name.
//!
//! One table is common to what describes authorization servers, resources and their keys; a kind of
//! document may have a table of its own before it.
//!
//! A boolean called `*_supported` or `require_*` that is left out stands for `false` unless a
//! specification says otherwise somewhere.

use std::sync::LazyLock;

use serde_json::Value;

use super::kind::Kind;
use super::severity::{Group, Severity};

mod described;

pub use self::described::{described_by, is_detail};

/// What the value of a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A URL.
    Url,
    /// A string.
    Text,
    /// A boolean.
    Flag,
    /// An array of strings whose order and duplicates do not count.
    Set,
    /// An array of strings whose order counts.
    List,
    /// An object.
    Object,
    /// An array of objects.
    Records,
    /// An object whose names are chosen by the provider, compared name by name.
    Map,
    /// A signed token.
    Jwt,
}

impl Shape {
    /// Whether a value is of the type that the specification gives the member.
    pub fn fits(self, value: &Value) -> bool {
        match self {
            Self::Url | Self::Text | Self::Jwt => value.is_string(),
            Self::Flag => value.is_boolean(),
            Self::Set | Self::List => value.as_array().is_some_and(|values| {
                let mut texts = values.iter().map(Value::as_str);
                texts.all(|text| text.is_some_and(|text| !text.is_empty()))
            }),
            Self::Records => value
                .as_array()
                .is_some_and(|values| values.iter().all(Value::is_object)),
            Self::Object | Self::Map => value.is_object(),
        }
    }

    /// The type that the specification gives the member, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Url => "a text, a URL",
            Self::Text => "a text",
            Self::Flag => "a boolean",
            Self::Set | Self::List => "an array of texts, none of them empty",
            Self::Records => "an array of objects",
            Self::Object | Self::Map => "an object",
            Self::Jwt => "a text, a signed token",
        }
    }
}

/// How grave one kind of change of a member is, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// How grave.
    pub severity: Severity,
    /// One sentence.
    pub why: &'static str,
    /// What to check or do, where the rule does not say it: one sentence.
    pub advice: Option<&'static str>,
}

/// One registered member.
#[derive(Debug)]
pub struct Member {
    /// Its exact name.
    pub name: &'static str,
    /// What its value is.
    pub shape: Shape,
    /// Its group.
    pub group: Group,
    /// Documents it may stand in.
    pub kinds: &'static [Kind],
    /// Documents that must have it.
    pub required: &'static [Kind],
    /// Documents that should have it.
    pub recommended: &'static [Kind],
    /// For a set: values that its specification forbids.
    pub never: &'static [&'static str],
    /// What it stands for when left out, by kind of document.
    pub default: &'static [(Kind, &'static LazyLock<Value>)],
    /// Whether a boolean left out stands for false though no default is written down.
    pub absent_is_false: bool,
    /// Whether the URL must be https.
    pub https: bool,
    /// Whether it may stand once for each language, as `name#tag` (RFC 9728 section 2.1).
    pub localized: bool,
    /// For a map: the members of its entries that list what a client may choose from.
    pub choices: &'static [&'static str],
    /// For a map: the members of its entries that demand something of a client.
    pub demands: &'static [&'static str],
    /// Specification and section.
    pub reference: &'static str,
    /// The member appears.
    pub added: Effect,
    /// The member disappears.
    pub removed: Effect,
    /// Its value differs.
    pub changed: Effect,
    /// Its URL has another host.
    pub host_changed: Option<Effect>,
    /// Its set gains a value.
    pub value_added: Option<Effect>,
    /// Its set loses a value.
    pub value_removed: Option<Effect>,
    /// It becomes true.
    pub to_true: Option<Effect>,
    /// It becomes false.
    pub to_false: Option<Effect>,
}

/// What one value of a set means when it comes or goes.
#[derive(Debug)]
pub struct ValueRule {
    /// Name of the member.
    pub member: &'static str,
    /// The value.
    pub value: &'static str,
    /// Whether it comes or goes.
    pub on: On,
    /// How grave.
    pub severity: Severity,
    /// One sentence.
    pub why: &'static str,
    /// Specification and section.
    pub reference: &'static str,
    /// Documents it holds for; all where empty.
    pub kinds: &'static [Kind],
}

/// Whether a value of a set comes or goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// It comes.
    Added,
    /// It goes.
    Removed,
}

// `MEMBERS`, by name, `OWN` of each kind, `VALUES`, and the module `names`.
#[cfg(not(test))]
include!(concat!(env!("OUT_DIR"), "/members.rs"));
// The same with the members of a kind that only tests know.
#[cfg(test)]
include!(concat!(env!("OUT_DIR"), "/members_of_tests.rs"));

fn find(table: &'static [Member], name: &str) -> Option<&'static Member> {
    let index = table.binary_search_by_key(&name, |row| row.name).ok()?;
    table.get(index)
}

fn own(kind: Kind) -> &'static [Member] {
    OWN.get(kind.order()).copied().unwrap_or_default()
}

/// The row of a registered member in documents of this kind. Whatever is called a `jwks_uri` of something
/// is a `jwks_uri`: keys are trusted from there.
pub fn member(kind: Kind, name: &str) -> Option<&'static Member> {
    let of_keys = || {
        name.ends_with("_jwks_uri")
            .then(|| find(MEMBERS, names::JWKS_URI))
    };
    find(own(kind), name)
        .or_else(|| find(MEMBERS, name))
        .or_else(|| of_keys().flatten())
}

/// Whether the order of the values of an array of this name counts. The canonical form does not depend
/// on the kind of document: a name means the same in it at any depth.
pub fn is_ordered(name: &str) -> bool {
    find(MEMBERS, name).is_some_and(|row| row.shape == Shape::List)
}

/// The row of the member that `name#tag` is a version of in another language.
pub fn localized(kind: Kind, name: &str) -> Option<&'static Member> {
    let (base, _) = name.split_once('#')?;
    member(kind, base).filter(|row| row.localized)
}

/// The rows of a kind, by name: those of its own table, or of the common one.
pub fn members_of(kind: Kind) -> impl Iterator<Item = &'static Member> {
    let own = own(kind);
    let table = if own.is_empty() { MEMBERS } else { own };
    table.iter()
}

/// All rows, those of the common table first.
pub fn members() -> impl Iterator<Item = &'static Member> {
    MEMBERS.iter().chain(OWN.iter().copied().flatten())
}

/// All rows of values.
#[cfg(test)]
pub(crate) fn values() -> impl Iterator<Item = &'static ValueRule> {
    VALUES.iter()
}

/// What a value of a set means when it comes or goes.
pub fn value_rule(kind: Kind, name: &str, value: &str, on: On) -> Option<&'static ValueRule> {
    VALUES.iter().find(|rule| {
        rule.member == name
            && rule.value == value
            && rule.on == on
            && (rule.kinds.is_empty() || rule.kinds.contains(&kind))
    })
}

/// The rules for values of a set that came or went, in the order of the table: of two that are equally grave
/// the one that tells more stands first.
pub fn value_rules<'a>(
    kind: Kind,
    name: &'a str,
    values: &'a [&'a str],
    on: On,
) -> impl DoubleEndedIterator<Item = &'static ValueRule> + 'a {
    VALUES.iter().filter(move |rule| {
        rule.member == name
            && rule.on == on
            && values.contains(&rule.value)
            && (rule.kinds.is_empty() || rule.kinds.contains(&kind))
    })
}

/// Whether the name of a member says that it is an endpoint, also of one that nobody registered, such as
/// `credentials_endpoint_draft_00`.
pub fn is_named_endpoint(name: &str) -> bool {
    name.contains("_endpoint") && !name.ends_with("_supported")
}

/// Whether any table knows a member of this name.
pub fn is_registered(name: &str) -> bool {
    find(MEMBERS, name).is_some() || OWN.iter().any(|own| find(own, name).is_some())
}

/// The group of a member, by its row or by the pattern of its name.
pub fn group(kind: Kind, name: &str) -> Group {
    if kind.is_key_set() {
        return Group::Keys;
    }
    if let Some(member) = member(kind, name) {
        return member.group;
    }
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if ends(&["_endpoint"]) {
        Group::Endpoints
    } else if ends(&[
        "_alg_values_supported",
        "_enc_values_supported",
        "_auth_methods_supported",
        "_grant_types_supported",
        "_challenge_methods_supported",
    ]) {
        Group::Methods
    } else {
        Group::Other
    }
}

/// What a member left out stands for in this kind of document.
pub fn default(kind: Kind, name: &str) -> Option<&'static Value> {
    let mut defaults = member(kind, name)?
        .default
        .iter()
        .filter(|(of, _)| *of == kind);
    defaults.next().map(|(_, value)| &***value)
}

/// Whether a boolean that is left out stands for false, though no default is written down for this
/// kind of document: what a document does not say to be supported or required is not. If any
/// specification gives another default, nothing is assumed.
pub fn absent_is_false(kind: Kind, name: &str) -> bool {
    let row = member(kind, name);
    if default(kind, name).is_some() {
        return false;
    }
    let mut defaults = row.into_iter().flat_map(|row| row.default);
    let is_known = row.is_some_and(|row| row.absent_is_false && row.kinds.contains(&kind));
    let is_named =
        name.starts_with("require_") || name.ends_with("_required") || name.ends_with("_supported");
    (is_known || is_named) && defaults.all(|(_, value)| ***value == Value::Bool(false))
}

#[cfg(test)]
mod tests;
