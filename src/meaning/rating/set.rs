//! What it means that a set gains or loses values.

use super::meaning::Meaning;
use crate::document::kind::Kind;
use crate::document::member::{self, Effect, On, Shape, ValueRule};
use crate::document::severity::Severity;
use crate::meaning::rule::Rule;

/// Which way a set changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It gained values.
    Gained,
    /// It lost values.
    Lost,
    /// It was not there and stood for nothing.
    Appeared,
    /// It is no longer there and stands for nothing.
    Vanished,
}

impl Turn {
    fn is_gain(self) -> bool {
        match self {
            Self::Gained | Self::Appeared => true,
            Self::Lost | Self::Vanished => false,
        }
    }

    /// The rule where no other one fits.
    fn plain_rule(self) -> Rule {
        match self {
            Self::Gained | Self::Lost => Rule::MemberChanged,
            Self::Appeared => Rule::MemberAdded,
            Self::Vanished => Rule::MemberRemoved,
        }
    }
}

/// One meaning for each rule that fires, with its values; at least one value must be given.
pub fn of_values<'a>(
    kind: Kind,
    name: &str,
    values: &[&'a str],
    turn: Turn,
) -> Vec<(Meaning, Vec<&'a str>)> {
    let mut found: Vec<(Rule, Vec<&'a str>)> = Vec::new();
    for value in values {
        let rule = rule_of(name, value, turn);
        match found.iter_mut().find(|(other, _)| *other == rule) {
            Some((_, values)) => values.push(value),
            None => found.push((rule, vec![value])),
        }
    }
    found
        .into_iter()
        .map(|(rule, values)| (gravest(kind, name, rule, &values, turn), values))
        .collect()
}

/// The meaning of the gravest value, which speaks for all of them.
fn gravest(kind: Kind, name: &str, rule: Rule, values: &[&str], turn: Turn) -> Meaning {
    let on = if turn.is_gain() {
        On::Added
    } else {
        On::Removed
    };
    let general = general(name, rule, turn);
    let specific = values
        .iter()
        .filter_map(|value| member::value_rule(kind, name, value, on))
        .map(|row| (row, of_row(rule, row)))
        .max_by_key(|(_, meaning)| meaning.severity);
    // A list that is no longer published says nothing about the values it had.
    let is_whole = matches!(turn, Turn::Appeared | Turn::Vanished);
    let speaks = |row: &ValueRule, meaning: &Meaning| {
        (values.len() == 1 && (!is_whole || row.value == "none"))
            || meaning.severity > general.severity
    };
    match specific {
        // A reason that holds for one value must not be read as one for all.
        Some((row, meaning)) if speaks(row, &meaning) => {
            if values.len() > 1 {
                let why = format!("{}: {}", row.value, lower_first(row.why));
                return Meaning::with(rule, row.severity, &why, row.reference);
            }
            meaning
        }
        Some(_) | None => general,
    }
}

fn of_row(rule: Rule, row: &ValueRule) -> Meaning {
    // Where a specification allows `none`, offering it is no attack; the row says where.
    if rule == Rule::AlgNoneAdded {
        return Meaning::of(rule).decided_by(row.severity, row.why, row.reference);
    }
    // One rule for two grants, of which one alone may have come.
    let meaning = Meaning::with(rule, row.severity, row.why, row.reference);
    match rule {
        Rule::GrantWeakened => {
            let severity = meaning.severity;
            meaning.decided_by(severity, row.why, row.reference)
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

fn general(name: &str, rule: Rule, turn: Turn) -> Meaning {
    let Some(row) = member::member(name) else {
        return unregistered(name, rule, turn);
    };
    let effect: Option<&Effect> = match turn {
        Turn::Gained => row.value_added.as_ref(),
        Turn::Lost => row.value_removed.as_ref(),
        Turn::Appeared => Some(&row.added),
        Turn::Vanished => Some(&row.removed),
    };
    let effect = effect.unwrap_or(&row.changed);
    // A structure where a plain value is expected has broken parsers.
    let is_structure = turn == Turn::Appeared && row.shape != Shape::Set;
    let severity = if is_structure {
        effect.severity.max(Severity::Notice)
    } else {
        effect.severity
    };
    Meaning::with(rule, severity, effect.why, row.reference)
}

fn unregistered(name: &str, rule: Rule, turn: Turn) -> Meaning {
    let (severity, why) = match (name.ends_with("_supported"), turn) {
        (true, Turn::Gained | Turn::Appeared) => (Severity::Info, "A capability was added."),
        (true, Turn::Lost | Turn::Vanished) => (Severity::Breaking, "A capability was withdrawn."),
        (false, Turn::Gained | Turn::Lost) => (
            Severity::Notice,
            "The values of a member that nobody registered changed.",
        ),
        (false, Turn::Appeared) => (
            Severity::Notice,
            "A structured member that nobody registered appeared: strict parsers may fail on it.",
        ),
        (false, Turn::Vanished) => (
            Severity::Notice,
            "A member that nobody registered disappeared.",
        ),
    };
    Meaning::with(rule, severity, why, "")
}

fn rule_of(name: &str, value: &str, turn: Turn) -> Rule {
    let is_auth = name.ends_with("_auth_methods_supported");
    let is_alg = name.ends_with("_alg_values_supported") || name.ends_with("_enc_values_supported");
    match (name, value, turn.is_gain()) {
        ("scopes_supported", _, true) => Rule::ScopeAdded,
        ("scopes_supported", _, false) => Rule::ScopeRemoved,
        ("grant_types_supported", "implicit" | "password", true) => Rule::GrantWeakened,
        ("grant_types_supported", _, false) => Rule::GrantRemoved,
        ("code_challenge_methods_supported", "S256", false) => Rule::PkceS256Removed,
        ("code_challenge_methods_supported", "plain", true) => Rule::PkcePlainAdded,
        (_, "none", true) if is_auth => Rule::AuthMethodNoneAdded,
        (_, _, false) if is_auth => Rule::AuthMethodRemoved,
        (_, "none", true) if is_alg => Rule::AlgNoneAdded,
        // Nobody is worse off without unsigned tokens.
        (_, "none", false) if is_alg => turn.plain_rule(),
        (_, _, false) if is_alg => Rule::AlgRemoved,
        (_, _, true | false) => turn.plain_rule(),
    }
}
