//! What it means that a set gains or loses values.

use serde_json::Value;

use super::meaning::Meaning;
use super::value::Unlisted;
use crate::document::kind::Kind;
use crate::document::member::names;
use crate::document::member::{self, Effect, On, Shape, ValueRule};
use crate::document::scope;
use crate::document::severity::Severity;
use crate::meaning::rule::Rule;

/// Which way a set changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetChange {
    /// It gained values.
    Gained,
    /// It lost values.
    Lost,
    /// It was left out, without a default, and is there now.
    Appeared,
    /// It was left out and stood for its default; now it is written down.
    Published,
    /// It is left out now, without a default.
    Vanished,
}

impl SetChange {
    /// Whether the list is written for the first time: what it names may have been on before.
    fn is_first(self) -> bool {
        matches!(self, Self::Appeared | Self::Published)
    }

    fn is_gain(self) -> bool {
        match self {
            Self::Gained | Self::Appeared | Self::Published => true,
            Self::Lost | Self::Vanished => false,
        }
    }

    /// The rule where no other one fits.
    fn plain_rule(self) -> Rule {
        match self {
            Self::Gained | Self::Lost => Rule::MemberChanged,
            Self::Appeared | Self::Published => Rule::MemberAdded,
            Self::Vanished => Rule::MemberRemoved,
        }
    }
}

/// One meaning for each rule that fires, with its values; at least one value must be given.
pub fn of_values<'a>(
    kind: Kind,
    name: &str,
    values: &[&'a str],
    set_change: SetChange,
) -> Vec<(Meaning, Vec<&'a str>)> {
    let mut found: Vec<(Rule, Vec<&'a str>)> = Vec::new();
    for value in values {
        let rule = rule_of(name, value, values, set_change);
        match found.iter_mut().find(|(other, _)| *other == rule) {
            Some((_, values)) => values.push(value),
            None => found.push((rule, vec![value])),
        }
    }
    found
        .into_iter()
        .map(|(rule, values)| {
            let meaning = gravest(kind, name, rule, &values, set_change);
            (of_scopes(meaning, &values), values)
        })
        .collect()
}

/// What scopes mean that a request cannot name, where some of those that came are such.
fn of_scopes(meaning: Meaning, values: &[&str]) -> Meaning {
    if meaning.rule != Rule::ScopeAdded {
        return meaning;
    }
    let is_odd = |value: &&&str| !scope::can_be_asked_for(&Value::from(**value));
    let why = match values.iter().filter(is_odd).count() {
        0 => return meaning,
        1 if values.len() == 1 => {
            "No client can ask for it: a scope in a request is printable ASCII without spaces, quotes and backslashes.".to_owned()
        }
        all if all == values.len() => {
            "No client can ask for them: a scope in a request is printable ASCII without spaces, quotes and backslashes.".to_owned()
        }
        1 => format!(
            "{} One of them cannot be asked for: it is not printable ASCII without spaces, quotes and backslashes.",
            meaning.why
        ),
        odd => format!(
            "{} {odd} of them cannot be asked for: they are not printable ASCII without spaces, quotes and backslashes.",
            meaning.why
        ),
    };
    let reference = match meaning.reference.as_deref() {
        Some(other) => format!("{other}, RFC 6749 section 3.3"),
        None => "RFC 6749 section 3.3".to_owned(),
    };
    let severity = meaning.severity;
    meaning.decided_by(severity, &why, Some(&reference))
}

/// The meaning of the gravest value, which is told for all of them.
fn gravest(kind: Kind, name: &str, rule: Rule, values: &[&str], set_change: SetChange) -> Meaning {
    let on = if set_change.is_gain() {
        On::Added
    } else {
        On::Removed
    };
    let general = general(kind, name, rule, set_change);
    let rows = member::value_rules(kind, name, values, on);
    if set_change.is_first() && rule == Rule::MemberAdded {
        // The first of the gravest: `max_by_key` would take the last.
        let gravest = rows.rev().max_by_key(|row| row.severity);
        return gravest.map_or(general.clone(), |row| published(general, row));
    }
    // Algorithms that are no longer listed were perhaps not withdrawn.
    if set_change == SetChange::Vanished && rule == Rule::MemberRemoved && is_alg(name) {
        return general;
    }
    let specific = rows
        .map(|row| (row, of_row(rule, row)))
        .max_by_key(|(_, meaning)| meaning.severity);
    // A list that is no longer published says nothing about the values it had.
    let is_whole = set_change.is_first() || set_change == SetChange::Vanished;
    let speaks = |row: &ValueRule, meaning: &Meaning| {
        (values.len() == 1 && (!is_whole || row.value == "none"))
            || meaning.severity > general.severity
    };
    match specific {
        // A reason that holds for one value must not be read as one for all.
        Some((row, mut meaning)) if speaks(row, &meaning) => {
            // The advice for values in general also fits this one, unless it is graver.
            if meaning.advice.is_none() && meaning.severity <= general.severity {
                meaning.advice = general.advice;
            }
            if values.len() > 1 {
                let why = format!("{}: {}", row.value, lower_first(row.why));
                return Meaning::with(rule, row.severity, &why, Some(row.reference));
            }
            meaning
        }
        Some(_) | None => general,
    }
}

/// A list that is written for the first time, with the gravest value it names. That value was perhaps
/// on before: it makes a notice of the list and never more.
fn published(general: Meaning, row: &ValueRule) -> Meaning {
    if row.severity < Severity::Notice {
        return general;
    }
    let severity = general.severity.max(Severity::Notice);
    let why = format!(
        "The list is published now and names {}, which may have been on before.",
        row.value
    );
    let reference = general.reference.clone();
    general.decided_by(severity, &why, reference.as_deref())
}

/// What `none` asks for where it is not about tokens.
const UNSIGNED_REQUESTS: &str =
    "Nothing: this is about request objects that clients send; ID tokens are signed as before.";

fn of_row(rule: Rule, row: &ValueRule) -> Meaning {
    // Where a specification allows `none`, offering it is not an attack; the row says where.
    if rule == Rule::AlgNoneAdded {
        let mut meaning = Meaning::of(rule).decided_by(row.severity, row.why, Some(row.reference));
        if row.member == names::REQUEST_OBJECT_SIGNING_ALG_VALUES_SUPPORTED {
            meaning.advice = Some(UNSIGNED_REQUESTS);
        }
        return meaning;
    }
    // This one rule is for two grants, and only one of them may have come.
    let meaning = Meaning::with(rule, row.severity, row.why, Some(row.reference));
    match rule {
        Rule::GrantWeakened => {
            let severity = meaning.severity;
            meaning.decided_by(severity, row.why, Some(row.reference))
        }
        _ => meaning,
    }
}

fn lower_first(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let first = chars.next();
    // An abbreviation keeps its capitals.
    if chars.clone().next().is_none_or(char::is_uppercase) {
        return sentence.to_owned();
    }
    first
        .into_iter()
        .flat_map(char::to_lowercase)
        .chain(chars)
        .collect()
}

fn general(kind: Kind, name: &str, rule: Rule, set_change: SetChange) -> Meaning {
    // The row says what any value means, the rule says what these two mean.
    if rule == Rule::GrantWeakened {
        return Meaning::of(rule);
    }
    let Some(row) = member::member(kind, name) else {
        return unregistered(kind, name, rule, set_change);
    };
    let of_turn: Option<&Effect> = match set_change {
        SetChange::Gained => row.value_added.as_ref(),
        SetChange::Lost => row.value_removed.as_ref(),
        SetChange::Appeared | SetChange::Published => Some(&row.added),
        SetChange::Vanished => Some(&row.removed),
    };
    // A structure where a plain value is expected has broken parsers.
    let is_structure = set_change == SetChange::Appeared && row.shape != Shape::Set;
    let mut effect = *of_turn.unwrap_or(&row.changed);
    if is_structure {
        effect.severity = effect.severity.max(Severity::Notice);
    }
    let mut meaning = Meaning::of_effect(rule, &effect, Some(row.reference));
    // The scopes of a resource are those of its own specification.
    if kind.is_of_resource() && matches!(rule, Rule::ScopeAdded | Rule::ScopeRemoved) {
        meaning.reference = Some("RFC 9728 section 2, RFC 6749 section 3.3".to_owned());
    }
    if kind.is_of_resource() && rule == Rule::ScopeAdded {
        meaning.advice = Some(SCOPES_ASKED_FOR);
    }
    meaning
}

/// What the scopes of a resource do without anybody who chose them.
const SCOPES_ASKED_FOR: &str = "See whether a client of yours takes its scopes from this list, as MCP clients do where the 401 names none: it may ask its users for the new ones at the next login.";

fn unregistered(kind: Kind, name: &str, rule: Rule, set_change: SetChange) -> Meaning {
    let (severity, why) = match (name.ends_with("_supported"), set_change) {
        (true, SetChange::Gained | SetChange::Appeared | SetChange::Published) => {
            (Severity::Info, "A capability was added.")
        }
        (true, SetChange::Lost | SetChange::Vanished) => {
            (Severity::Breaking, "A capability was withdrawn.")
        }
        (false, SetChange::Gained | SetChange::Lost) => (
            Severity::Notice,
            "The values of a member that nobody registered changed.",
        ),
        (false, SetChange::Appeared | SetChange::Published) => (
            Severity::Notice,
            "A structured member that nobody registered appeared: strict parsers may fail on it.",
        ),
        (false, SetChange::Vanished) => (
            Severity::Notice,
            "A member that nobody registered disappeared.",
        ),
    };
    // What a name says by its ending it says in any document.
    if name.ends_with("_supported") {
        return Meaning::with(rule, severity, why, None);
    }
    Unlisted::of(kind, name).meaning(rule, severity, why)
}

fn is_alg(name: &str) -> bool {
    name.ends_with("_alg_values_supported") || name.ends_with("_enc_values_supported")
}

/// `values` are all that came or went with this one.
fn rule_of(name: &str, value: &str, values: &[&str], set_change: SetChange) -> Rule {
    let is_auth = name.ends_with("_auth_methods_supported");
    let is_alg = is_alg(name);
    let is_pkce = name == names::CODE_CHALLENGE_METHODS_SUPPORTED;
    match set_change {
        // The rules of single values are about what is new, which is not known here. What a
        // specification forbids is told anyway.
        SetChange::Appeared | SetChange::Published if !is_alg || value != "none" => {
            return Rule::MemberAdded;
        }
        SetChange::Vanished if is_alg => return Rule::MemberRemoved,
        SetChange::Vanished if is_pkce && values.contains(&"S256") => return Rule::PkceS256Removed,
        SetChange::Gained
        | SetChange::Lost
        | SetChange::Appeared
        | SetChange::Published
        | SetChange::Vanished => {}
    }
    match (name, value, set_change.is_gain()) {
        (names::SCOPES_SUPPORTED, _, true) => Rule::ScopeAdded,
        (names::SCOPES_SUPPORTED, _, false) => Rule::ScopeRemoved,
        (names::GRANT_TYPES_SUPPORTED, "implicit" | "password", true) => Rule::GrantWeakened,
        // OAuth 2.1 drops what sends tokens through the browser, as a grant and as a response type.
        (names::RESPONSE_TYPES_SUPPORTED, kind, true)
            if kind.split(' ').any(|word| word == "token") =>
        {
            Rule::GrantWeakened
        }
        (names::GRANT_TYPES_SUPPORTED, _, false) => Rule::GrantRemoved,
        (names::CODE_CHALLENGE_METHODS_SUPPORTED, "S256", false) => Rule::PkceS256Removed,
        (names::CODE_CHALLENGE_METHODS_SUPPORTED, "plain", true) => Rule::PkcePlainAdded,
        (_, "none", true) if is_auth => Rule::AuthMethodNoneAdded,
        (_, _, false) if is_auth => Rule::AuthMethodRemoved,
        (_, "none", true) if is_alg => Rule::AlgNoneAdded,
        // No client is worse off without unsigned tokens.
        (_, "none", false) if is_alg => set_change.plain_rule(),
        (_, _, false) if is_alg => Rule::AlgRemoved,
        (_, _, true | false) => set_change.plain_rule(),
    }
}
