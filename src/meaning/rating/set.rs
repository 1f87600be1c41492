//! What it means that a set gains or loses values.

use super::meaning::Meaning;
use crate::document::kind::Kind;
use crate::document::member::{self, Effect, Shape, ValueRule};
use crate::document::severity::Severity;

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
    fn plain_rule(self) -> &'static str {
        match self {
            Self::Gained | Self::Lost => "member-changed",
            Self::Appeared => "member-added",
            Self::Vanished => "member-removed",
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
    let mut found: Vec<(&'static str, Vec<&'a str>)> = Vec::new();
    for value in values {
        let id = rule_of(name, value, turn);
        match found.iter_mut().find(|(other, _)| *other == id) {
            Some((_, values)) => values.push(value),
            None => found.push((id, vec![value])),
        }
    }
    found
        .into_iter()
        .map(|(id, values)| (gravest(kind, name, id, &values, turn), values))
        .collect()
}

/// The meaning of the gravest value, which speaks for all of them.
fn gravest(kind: Kind, name: &str, id: &'static str, values: &[&str], turn: Turn) -> Meaning {
    let on = if turn.is_gain() { "added" } else { "removed" };
    let general = general(name, id, turn);
    let specific = values
        .iter()
        .filter_map(|value| member::value_rule(kind, name, value, on))
        .map(|row| (row, of_row(id, row)))
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
                let why = format!("{}: {}", row.value, lower_first(&row.why));
                return Meaning::with(id, row.severity, &why, &row.reference);
            }
            meaning
        }
        Some(_) | None => general,
    }
}

fn of_row(id: &'static str, row: &ValueRule) -> Meaning {
    // Where a specification allows `none`, offering it is no attack; the row says where.
    if id == "alg-none-added" {
        return Meaning::of(id).decided_by(row.severity, &row.why, &row.reference);
    }
    // One rule for two grants, of which one alone may have come.
    let meaning = Meaning::with(id, row.severity, &row.why, &row.reference);
    match id {
        "grant-weakened" => {
            let severity = meaning.severity;
            meaning.decided_by(severity, &row.why, &row.reference)
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

fn general(name: &str, id: &'static str, turn: Turn) -> Meaning {
    let Some(row) = member::member(name) else {
        return unregistered(name, id, turn);
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
    Meaning::with(id, severity, &effect.why, &row.reference)
}

fn unregistered(name: &str, id: &'static str, turn: Turn) -> Meaning {
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
    Meaning::with(id, severity, why, "")
}

fn rule_of(name: &str, value: &str, turn: Turn) -> &'static str {
    let is_auth = name.ends_with("_auth_methods_supported");
    let is_alg = name.ends_with("_alg_values_supported") || name.ends_with("_enc_values_supported");
    match (name, value, turn.is_gain()) {
        ("scopes_supported", _, true) => "scope-added",
        ("scopes_supported", _, false) => "scope-removed",
        ("grant_types_supported", "implicit" | "password", true) => "grant-weakened",
        ("grant_types_supported", _, false) => "grant-removed",
        ("code_challenge_methods_supported", "S256", false) => "pkce-s256-removed",
        ("code_challenge_methods_supported", "plain", true) => "pkce-plain-added",
        (_, "none", true) if is_auth => "auth-method-none-added",
        (_, _, false) if is_auth => "auth-method-removed",
        (_, "none", true) if is_alg => "alg-none-added",
        // Nobody is worse off without unsigned tokens.
        (_, "none", false) if is_alg => turn.plain_rule(),
        (_, _, false) if is_alg => "alg-removed",
        (_, _, true | false) => turn.plain_rule(),
    }
}
