//! What it means that a member other than a set comes, goes or has another value.

use serde_json::Value;

use self::about::About;
pub(super) use self::about::Unlisted;
use super::meaning::Meaning;
use crate::document::address::{self, UrlDifference};
use crate::document::kind::Kind;
use crate::document::member::names;
use crate::document::member::{self, Effect, Member, Shape};
use crate::document::severity::{Group, Severity};
use crate::meaning::rule::Rule;

mod about;
mod flag;
mod other_type;

/// Whether a member is written down, which its effective value does not tell: what is left out may
/// stand for a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenDown {
    /// In the old document.
    pub before: bool,
    /// In the new one.
    pub after: bool,
}

impl WrittenDown {
    /// Whether it is left out now and was not before.
    pub(super) fn is_left_out(self) -> bool {
        self.before && !self.after
    }

    /// Whether it is written down now and was not before.
    pub(in crate::meaning) fn is_published(self) -> bool {
        !self.before && self.after
    }
}

/// What it means that a member other than a set came, went or differs.
pub fn of_value(
    kind: Kind,
    name: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    written: WrittenDown,
) -> Meaning {
    if name == names::ISSUER || name == names::RESOURCE || kind.row().identity == Some(name) {
        return Meaning::of_identity(Rule::IssuerChanged, kind);
    }
    let row = member::member(kind, name);
    if let Some(base) = member::localized(kind, name) {
        return in_another_language(base, before, after);
    }
    if is_nothing(name, before, after) {
        let rule = match after {
            Some(_) => Rule::MemberAdded,
            None => Rule::MemberRemoved,
        };
        let why = "An empty set is published where there was nothing, or the other way round.";
        let reference = row.map(|row| row.reference);
        return Meaning::with(rule, Severity::Info, why, reference);
    }
    let about = About {
        kind,
        name,
        row,
        is_endpoint: member::group(kind, name) == Group::Endpoints
            && row.is_none_or(|row| row.shape == Shape::Url),
    };
    match (before, after) {
        (None, None) => Meaning::of(Rule::MemberChanged),
        (None | Some(Value::Bool(_)), None | Some(Value::Bool(_))) => {
            let flag = |value: Option<&Value>| value.and_then(Value::as_bool);
            about.flag(flag(before), flag(after), written)
        }
        (None, Some(value)) => about.added(value),
        (Some(value), None) => about.removed(value),
        (Some(before), Some(after)) if about.is_of_other_type(before, after) => {
            about.other_type(before, after)
        }
        (Some(Value::String(before)), Some(Value::String(after))) => about.text(before, after),
        (Some(_), Some(_)) => about.changed(Rule::MemberChanged, Severity::Notice),
    }
}

/// An object, or an array of more than plain values. An empty one of a set is a set.
fn is_structured(row: &Member, value: &Value) -> bool {
    let is_plain = |values: &Vec<Value>| values.iter().all(Value::is_string);
    match value {
        Value::Object(_) => true,
        Value::Array(values) => row.shape != Shape::Set || !is_plain(values),
        _ => false,
    }
}

/// A version in one language comes and goes without harm: there are others.
fn in_another_language(base: &Member, before: Option<&Value>, after: Option<&Value>) -> Meaning {
    let why = "A version of this member in one language.";
    let with = |rule, severity, why: &str| Meaning::with(rule, severity, why, Some(base.reference));
    match (before, after) {
        (None, _) => with(Rule::MemberAdded, Severity::Info, why),
        (Some(_), None) => with(Rule::MemberRemoved, Severity::Info, why),
        (Some(_), Some(_)) => with(Rule::MemberChanged, base.changed.severity, base.changed.why),
    }
}

/// Whether an empty array merely came or went, which means nothing, except for the bearer methods
/// (RFC 9728 section 2).
fn is_nothing(name: &str, before: Option<&Value>, after: Option<&Value>) -> bool {
    let is_empty = |value: Option<&Value>| {
        value.is_none_or(|value| value.as_array().is_some_and(Vec::is_empty))
    };
    name != names::BEARER_METHODS_SUPPORTED && is_empty(before) && is_empty(after)
}

/// An address that clients read differently; `severity` where they agree about the host.
fn not_plain(text: &str, severity: Severity) -> Meaning {
    let mut meaning = Meaning::of(Rule::UrlMalformed);
    if address::hides_host(text) {
        meaning.advice = Some("Keep clients from using it until the provider has answered.");
        let why = "Clients read different hosts in this address: some of them may send what is meant for the provider to somebody else.";
        return meaning.decided_by(Severity::Security, why, Some("RFC 3986 section 3.2"));
    }
    meaning.advice =
        Some("Tell the provider, and try which of your clients still find the address.");
    let why = "White space or another character that is not allowed there stands in the address: some clients cut it off, others fail.";
    meaning.decided_by(severity, why, Some("RFC 3986 section 2"))
}

impl About<'_> {
    fn reference(&self) -> Option<&'static str> {
        self.row.map(|row| row.reference)
    }

    fn with(&self, rule: Rule, effect: &Effect) -> Meaning {
        Meaning::of_effect(rule, effect, self.reference())
    }

    /// What the row says of a changed value; `severity` if there is no row.
    fn changed(&self, rule: Rule, severity: Severity) -> Meaning {
        match self.row {
            Some(row) => self.with(rule, &row.changed),
            None => self.unlisted(rule, severity, self.changed_why()),
        }
    }

    /// What is said of a member that no table has.
    fn unlisted(&self, rule: Rule, severity: Severity, why: &str) -> Meaning {
        Unlisted::of(self.kind, self.name).meaning(rule, severity, why)
    }

    fn changed_why(&self) -> &'static str {
        Unlisted::of(self.kind, self.name).changed
    }

    fn holds_keys(&self) -> bool {
        self.name == names::JWKS_URI || self.name.ends_with("_jwks_uri")
    }

    fn must_be_https(&self) -> bool {
        self.is_endpoint && self.row.is_none_or(|row| row.https)
    }

    fn added(&self, value: &Value) -> Meaning {
        let text = value.as_str().unwrap_or_default();
        if self.must_be_https() && !address::is_protected(text) {
            return Meaning::of(Rule::EndpointNotHttps);
        }
        if self.is_endpoint && value.is_string() && !address::is_plain(text) {
            return not_plain(text, Severity::Notice);
        }
        let rule = if self.is_endpoint {
            Rule::EndpointAdded
        } else {
            Rule::MemberAdded
        };
        match self.row {
            // A structured member that was added has broken parsers.
            Some(row) if is_structured(row, value) => {
                let severity = row.added.severity.max(Severity::Notice);
                Meaning::with(rule, severity, row.added.why, Some(row.reference))
            }
            Some(row) => self.at_an_address(self.with(rule, &row.added), text),
            None if value.is_object() || value.is_array() => self.unlisted(
                rule,
                Severity::Notice,
                "A structured member that nobody registered appeared: strict parsers may fail on it.",
            ),
            None => Meaning::with(
                rule,
                Severity::Info,
                "A member that nobody registered appeared: clients must ignore what they do not know.",
                Some("RFC 8414 section 2"),
            ),
        }
    }

    /// What an address that came shows by itself, which nobody called.
    fn at_an_address(&self, meaning: Meaning, text: &str) -> Meaning {
        let severity = meaning.severity;
        if self.name == names::REGISTRATION_ENDPOINT && address::is_for_people(text) {
            let why = "The address looks like a page for people, so this is perhaps no registration by clients; it was not called.";
            return meaning.decided_by(severity, why, self.reference());
        }
        let is_registered = self.row.is_none_or(|row| row.name == self.name);
        if self.holds_keys() && !is_registered {
            let why = "A member of the vendor's own names another key set. No standard defines it: clients go on with `jwks_uri`.";
            return meaning.decided_by(severity, why, None);
        }
        meaning
    }

    fn removed(&self, value: &Value) -> Meaning {
        let rule = if self.is_endpoint {
            Rule::EndpointRemoved
        } else {
            Rule::MemberRemoved
        };
        match self.row {
            Some(row) => self.with(rule, &row.removed),
            None if value.as_str().is_some_and(address::is_url) => Meaning::with(
                rule,
                Severity::Breaking,
                "Clients that call this address no longer find it in the document.",
                None,
            ),
            None => self.unlisted(
                rule,
                Severity::Notice,
                "A member that nobody registered disappeared.",
            ),
        }
    }

    fn text(&self, before: &str, after: &str) -> Meaning {
        let was_protected = address::is_protected(before);
        let moved = address::compare(before, after);
        let loses_https = self.must_be_https() && was_protected && !address::is_protected(after);
        // That it is on a stranger's host is graver. That it is no https URL is found beside it.
        let is_elsewhere = moved == Some(UrlDifference::Domain) && address::is_url(after);
        if loses_https && !is_elsewhere {
            return Meaning::of(Rule::EndpointNotHttps);
        }
        let is_url = self.is_endpoint || self.row.is_none_or(|row| row.shape == Shape::Url);
        match moved {
            Some(UrlDifference::Form) if is_url => Meaning::of(Rule::UrlFormChanged),
            Some(UrlDifference::Path) if self.is_endpoint => {
                self.changed(Rule::EndpointPathChanged, Severity::Breaking)
            }
            Some(UrlDifference::Host) if self.is_endpoint => {
                self.moved(Rule::EndpointHostChanged, Severity::Breaking)
            }
            Some(UrlDifference::Unclear) if self.is_endpoint && !address::is_plain(after) => {
                not_plain(after, Severity::Breaking)
            }
            Some(UrlDifference::Unclear) if self.is_endpoint => {
                let why = "Clients read different hosts in the old address: for some of them the new one is another.";
                let reference = Some("RFC 3986 section 3.2");
                Meaning::with(Rule::MemberChanged, Severity::Security, why, reference)
            }
            Some(UrlDifference::Domain) if self.is_endpoint => {
                self.moved(Rule::EndpointHostChanged, Severity::Security)
            }
            Some(UrlDifference::Origin) if self.is_endpoint => {
                self.other_origin(was_protected, after)
            }
            Some(UrlDifference::Host | UrlDifference::Domain) if is_url => {
                self.other_host(was_protected, after)
            }
            Some(UrlDifference::Origin)
                if is_url && was_protected && !address::is_protected(after) =>
            {
                self.other_host(was_protected, after)
            }
            Some(_) | None => {
                let severity = if self.is_endpoint {
                    Severity::Breaking
                } else {
                    Severity::Notice
                };
                self.changed(Rule::MemberChanged, severity)
            }
        }
    }

    /// An endpoint on the same host: its scheme or port is another one.
    fn other_origin(&self, was_protected: bool, after: &str) -> Meaning {
        if was_protected && !address::is_protected(after) {
            return self.other_host(was_protected, after);
        }
        let why = "The scheme or the port of the address is another one: clients that keep the old address may fail.";
        Meaning::with(
            Rule::EndpointPathChanged,
            Severity::Breaking,
            why,
            self.reference(),
        )
    }

    /// An endpoint on another host: the registrable domain decides how grave, the row says why.
    fn moved(&self, rule: Rule, severity: Severity) -> Meaning {
        let effect = self.row.and_then(|row| row.host_changed.as_ref());
        let why = match effect {
            Some(effect) if effect.severity == severity => effect.why,
            None if severity == Severity::Security => {
                "Requests, often with credentials, go to a host of somebody else."
            }
            // The keys from there are trusted, which matters more than a host that firewalls may block.
            Some(_) | None if self.holds_keys() => self.row.map_or("", |row| row.changed.why),
            Some(_) | None => "",
        };
        Meaning::with(rule, severity, why, self.reference())
    }

    /// A link for people on another host.
    fn other_host(&self, was_protected: bool, after: &str) -> Meaning {
        let effect = self.row.and_then(|row| row.host_changed.as_ref());
        if was_protected && !address::is_protected(after) {
            let severity = if self.row.is_some() {
                Severity::Notice
            } else {
                Severity::Security
            };
            let why = "The address is no longer protected by https.";
            return Meaning::with(Rule::MemberChanged, severity, why, self.reference());
        }
        match effect {
            Some(effect) => self.with(Rule::MemberChanged, effect),
            None => self.unlisted(Rule::MemberChanged, Severity::Notice, self.changed_why()),
        }
    }
}
