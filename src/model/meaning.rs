//! What a difference means: its rule, severity and reason, from the tables of rules and members.

use serde_json::Value;

use super::address::{self, Move};
use super::change::Change;
use super::kind::Kind;
use super::member::{self, Effect, Shape};
use super::parse::type_words;
use super::rule;
use super::severity::{Group, Severity};

/// A rule that fires, with what the tables say about this very difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Meaning {
    rule: &'static str,
    severity: Severity,
    why: String,
    reference: String,
}

impl Meaning {
    /// What the table of rules alone says.
    pub fn of(id: &'static str) -> Self {
        let found = rule::find(id);
        Self {
            rule: id,
            severity: found
                .and_then(|rule| rule.severity)
                .unwrap_or(Severity::Notice),
            why: found.map(|rule| rule.why.to_owned()).unwrap_or_default(),
            reference: found
                .map(|rule| rule.reference.to_owned())
                .unwrap_or_default(),
        }
    }

    /// The rule with what the table of members says, where the rule itself leaves it open.
    fn with(id: &'static str, severity: Severity, why: &str, reference: &str) -> Self {
        let mut meaning = Self::of(id);
        if rule::find(id).is_none_or(|rule| rule.severity.is_none()) {
            meaning.severity = severity;
        }
        if meaning.why.is_empty() {
            why.clone_into(&mut meaning.why);
        }
        if meaning.reference.is_empty() {
            reference.clone_into(&mut meaning.reference);
        }
        meaning
    }

    /// A change of this meaning, without its values.
    pub fn change(self, name: &str, group: Group) -> Change {
        let advice = rule::find(self.rule)
            .map(|rule| rule.advice)
            .unwrap_or_default();
        Change {
            rule: self.rule.to_owned(),
            member: name.to_owned(),
            group,
            severity: self.severity,
            before: None,
            after: None,
            added: Vec::new(),
            removed: Vec::new(),
            why: self.why,
            advice: advice.to_owned(),
            reference: self.reference,
            used: false,
            size_before: None,
            damped: false,
        }
    }
}

/// What it means that a set gained or lost values; one meaning for each rule that fires.
pub fn of_values<'a>(
    kind: Kind,
    name: &str,
    values: &[&'a str],
    is_gain: bool,
) -> Vec<(Meaning, Vec<&'a str>)> {
    let mut found: Vec<(Meaning, Vec<&'a str>)> = Vec::new();
    for value in values {
        let id = set_rule(name, value, is_gain);
        let on = if is_gain { "added" } else { "removed" };
        let meaning = match member::value_rule(kind, name, value, on) {
            Some(row) => Meaning::with(id, row.severity, &row.why, &row.reference),
            None => {
                let effect = member::member(name).and_then(|member| {
                    let effect = if is_gain {
                        &member.value_added
                    } else {
                        &member.value_removed
                    };
                    effect
                        .as_ref()
                        .map(|effect| (effect, member.reference.as_str()))
                });
                match effect {
                    Some((effect, reference)) => {
                        Meaning::with(id, effect.severity, &effect.why, reference)
                    }
                    None => unregistered_values(id, name, is_gain),
                }
            }
        };
        match found
            .iter_mut()
            .find(|(other, _)| other.rule == meaning.rule)
        {
            Some((other, values)) => {
                if meaning.severity > other.severity {
                    *other = meaning;
                }
                values.push(value);
            }
            None => found.push((meaning, vec![value])),
        }
    }
    found
}

fn unregistered_values(id: &'static str, name: &str, is_gain: bool) -> Meaning {
    match (name.ends_with("_supported"), is_gain) {
        (true, false) => Meaning::with(id, Severity::Breaking, "A capability was withdrawn.", ""),
        (true, true) => Meaning::with(id, Severity::Info, "A capability was added.", ""),
        (false, _) => Meaning::with(
            id,
            Severity::Notice,
            "A member nobody registered changed.",
            "",
        ),
    }
}

fn set_rule(name: &str, value: &str, is_gain: bool) -> &'static str {
    let is_auth = name.ends_with("_auth_methods_supported");
    let is_alg = name.ends_with("_alg_values_supported") || name.ends_with("_enc_values_supported");
    match (name, value, is_gain) {
        ("scopes_supported", _, true) => "scope-added",
        ("scopes_supported", _, false) => "scope-removed",
        ("grant_types_supported", "implicit" | "password", true) => "grant-weakened",
        ("grant_types_supported", _, false) => "grant-removed",
        ("code_challenge_methods_supported", "S256", false) => "pkce-s256-removed",
        ("code_challenge_methods_supported", "plain", true) => "pkce-plain-added",
        (_, "none", true) if is_auth => "auth-method-none-added",
        (_, _, false) if is_auth => "auth-method-removed",
        (_, "none", true) if is_alg => "alg-none-added",
        (_, _, false) if is_alg => "alg-removed",
        (_, _, true) => "member-changed",
        (_, _, false) => "member-changed",
    }
}

/// What it means that a member that is no set came, went or differs.
pub fn of_value(kind: Kind, name: &str, before: Option<&Value>, after: Option<&Value>) -> Meaning {
    if name == "issuer" || name == "resource" {
        return Meaning::of("issuer-changed");
    }
    let row = member::member(name);
    let is_endpoint = member::group(kind, name) == Group::Endpoints
        && row.is_none_or(|row| row.shape == Shape::Url);
    let reference = row.map(|row| row.reference.as_str()).unwrap_or_default();
    let with = |id, effect: &Effect| Meaning::with(id, effect.severity, &effect.why, reference);
    match (before, after) {
        (None, None) => Meaning::of("member-changed"),
        (None, Some(value)) => {
            let text = value.as_str().unwrap_or_default();
            if is_endpoint && !address::is_protected(text) {
                return Meaning::of("endpoint-not-https");
            }
            let id = if is_endpoint {
                "endpoint-added"
            } else {
                "member-added"
            };
            match row {
                Some(row) => with(id, &row.added),
                // A structured member added has broken parsers.
                None if value.is_object() || value.is_array() => Meaning::with(
                    id,
                    Severity::Notice,
                    "A structured member that nobody registered: strict parsers may fail.",
                    "",
                ),
                None => Meaning::with(
                    id,
                    Severity::Info,
                    "A member nobody registered appeared; clients must ignore what they do not know.",
                    "RFC 8414 section 2",
                ),
            }
        }
        (Some(value), None) => {
            let id = if is_endpoint {
                "endpoint-removed"
            } else {
                "member-removed"
            };
            match row {
                Some(row) => with(id, &row.removed),
                None if value.as_str().is_some_and(address::is_protected) => Meaning::with(
                    id,
                    Severity::Breaking,
                    "Clients that call this address no longer find it.",
                    "",
                ),
                None => Meaning::with(
                    id,
                    Severity::Notice,
                    "A member nobody registered disappeared.",
                    "",
                ),
            }
        }
        (Some(before), Some(after)) if type_words(before) != type_words(after) => {
            Meaning::of("type-changed")
        }
        (Some(Value::Bool(_)), Some(Value::Bool(now))) => of_flag(name, *now, reference),
        (Some(Value::String(before)), Some(Value::String(after))) => {
            of_text(name, before, after, is_endpoint)
        }
        (Some(_), Some(_)) => match row {
            Some(row) => with("member-changed", &row.changed),
            None => Meaning::with(
                "member-changed",
                Severity::Notice,
                "A member nobody registered changed.",
                "",
            ),
        },
    }
}

fn of_flag(name: &str, now: bool, reference: &str) -> Meaning {
    let row = member::member(name);
    if name.starts_with("require_") || name.ends_with("_required") {
        return Meaning::with(
            if now {
                "requirement-raised"
            } else {
                "requirement-dropped"
            },
            Severity::Notice,
            "",
            reference,
        );
    }
    let effect = row.and_then(|row| {
        if now {
            row.to_true.as_ref()
        } else {
            row.to_false.as_ref()
        }
    });
    match effect {
        Some(effect) => Meaning::with("member-changed", effect.severity, &effect.why, reference),
        None if name.ends_with("_supported") => unregistered_values("member-changed", name, now),
        None => Meaning::with(
            "member-changed",
            Severity::Notice,
            "A member nobody registered changed.",
            "",
        ),
    }
}

fn of_text(name: &str, before: &str, after: &str, is_endpoint: bool) -> Meaning {
    let row = member::member(name);
    let reference = row.map(|row| row.reference.as_str()).unwrap_or_default();
    let why = |host: bool| {
        row.and_then(|row| {
            if host {
                row.host_changed.as_ref()
            } else {
                Some(&row.changed)
            }
        })
        .map(|effect| effect.why.as_str())
        .unwrap_or_default()
    };
    if !is_endpoint {
        let severity = row.map_or(Severity::Notice, |row| row.changed.severity);
        return Meaning::with("member-changed", severity, why(false), reference);
    }
    if !address::is_protected(after) && address::is_protected(before) {
        return Meaning::of("endpoint-not-https");
    }
    match address::compare(before, after) {
        Some(Move::Form) => Meaning::of("url-form-changed"),
        Some(Move::Path) => Meaning::with(
            "endpoint-path-changed",
            Severity::Breaking,
            why(false),
            reference,
        ),
        Some(Move::Host) => Meaning::with(
            "endpoint-host-changed",
            Severity::Breaking,
            why(true),
            reference,
        ),
        Some(Move::Domain) => Meaning::with(
            "endpoint-host-changed",
            Severity::Security,
            why(true),
            reference,
        ),
        None => Meaning::with("member-changed", Severity::Breaking, why(false), reference),
    }
}
