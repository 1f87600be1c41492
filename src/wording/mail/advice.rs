//! What to do about a change: what its rule says, or what its shape suggests.
//!
//! A change that breaks clients or may be an attack always comes with a next step; for every other change
//! the mail says who has nothing to do.

use serde_json::Value;

use super::lead::uncapitalized;
use crate::document::member::names;
use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;
use crate::meaning::rule::Rule;
use crate::wording::noun::topic;

/// The advice for a change: that of its rule, or the one its shape suggests.
pub(super) fn advice(change: &Change) -> &str {
    if lacks_code(change) {
        return LACKS_CODE;
    }
    // What is only to be known needs nothing, and advice beside it would contradict that.
    match &change.advice {
        Some(advice) if change.severity > Severity::Info || is_nothing(advice) => advice,
        // Clients act by themselves on the scopes that a resource lists.
        Some(advice) if change.rule == Rule::ScopeAdded => advice,
        Some(_) | None => of_shape(change),
    }
}

/// What to do about the first fact, and about the second one too where that is something else.
pub(super) fn both(first: &Change, advice_of_first: String, second: Option<&Change>) -> String {
    let Some(second) = second else {
        return advice_of_first;
    };
    let own = advice(second);
    let is_same = advice_of_first.eq_ignore_ascii_case(own);
    let is_hedged = |advice: &str| {
        let start = advice.get(..15);
        start.is_some_and(|start| start.eq_ignore_ascii_case("nothing, unless"))
    };
    let are_alike = is_same || is_hedged(&advice_of_first) && is_hedged(own);
    if are_alike || own == NOTHING || first.subject == second.subject {
        return advice_of_first;
    }
    // Beside what breaks clients only what breaks them too is worth a sentence.
    if first.severity >= Severity::Breaking {
        return match &second.advice {
            Some(of_second) if second.severity >= Severity::Breaking => {
                format!("{advice_of_first} {of_second}")
            }
            Some(_) | None => advice_of_first,
        };
    }
    if advice_of_first == NOTHING {
        return own.to_owned();
    }
    and_about(&advice_of_first, second)
}

/// Advice, and behind it what to do about another change.
pub(super) fn and_about(first: &str, other: &Change) -> String {
    let about = topic(other.subject.as_str());
    format!("{first} As for {about}, {}", uncapitalized(advice(other)))
}

const NOTHING: &str = "nothing.";

/// Whether advice is about who has nothing to do.
fn is_nothing(advice: &str) -> bool {
    advice
        .get(..7)
        .is_some_and(|start| start.eq_ignore_ascii_case("nothing"))
}

const LACKS_CODE: &str = "if your clients use `code`, try one login: it is not in the list, and clients \
                          that look there first refuse to begin. Do not move to another response type \
                          because it is listed.";

/// Whether a list of response types is published that lacks the one that nearly all clients use.
pub(super) fn lacks_code(change: &Change) -> bool {
    let is_list = change.subject == names::RESPONSE_TYPES_SUPPORTED && !change.added.is_empty();
    is_list && change.rule == Rule::MemberAdded && !change.added.iter().any(|it| it == "code")
}

fn of_shape(change: &Change) -> &'static str {
    let is_set = !change.added.is_empty() || !change.removed.is_empty();
    let is_off = |value: &Value| value.is_null() || *value == Value::Bool(false);
    let is_gone = if is_set {
        !change.removed.is_empty()
    } else {
        change.after.as_ref().is_none_or(is_off)
    };
    // What is only to be known needs nothing, and advice beside it would contradict that.
    if change.severity == Severity::Info {
        return if is_gone {
            "nothing, unless a client of yours relies on it."
        } else {
            NOTHING
        };
    }
    if change.before == Some(Value::Bool(false)) && change.after.is_none() {
        return "nothing, unless a client of yours needs the member to be there: it was `false`.";
    }
    match (change.severity, change.group, is_gone) {
        (Severity::Info | Severity::Notice, Group::Keys, _) => {
            "nothing, if your clients fetch the key set again on a kid they do not know."
        }
        (Severity::Info | Severity::Notice, _, true) => {
            "nothing, unless a client of yours relies on it: find out before it fails."
        }
        (Severity::Info | Severity::Notice, Group::Endpoints, false) => {
            "nothing, unless a client of yours acts by itself on what the document offers."
        }
        (Severity::Info | Severity::Notice, Group::Scopes | Group::Methods, false) => {
            "nothing, unless a client of yours takes up by itself what the document offers."
        }
        (Severity::Info | Severity::Notice, Group::Other, false) => {
            "nothing, unless a client of yours reads it."
        }
        (Severity::Security, _, true) => {
            "ask the provider whether it was meant, and look at what your clients do without it."
        }
        (Severity::Security, _, false) => {
            "ask the provider whether it was meant, and until then let no client make use of it."
        }
        (Severity::Breaking, Group::Keys, _) => "make your clients fetch the key set anew.",
        (Severity::Breaking, Group::Endpoints, _) => {
            "find out which of your clients hold the old address, and let them read the document \
             again."
        }
        (Severity::Breaking, _, true) => {
            "find out which of your clients rely on what is gone, before they fail."
        }
        (Severity::Breaking, _, false) => "find out which of your clients it concerns.",
    }
}
