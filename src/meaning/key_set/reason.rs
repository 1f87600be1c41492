//! Why a change of keys matters: signing keys and keys for encryption differ in that.

use crate::document::key_set::encrypts;
use crate::meaning::change::Change;
use crate::meaning::rule::Rule;

/// Words the reason of a change by what its keys are for: the table of rules has those of signing.
pub(super) fn reason(change: &mut Change) {
    let keys = || change.added.iter().chain(&change.removed);
    let is_any = keys().any(encrypts);
    let are_all = keys().all(encrypts);
    let words = match (change.rule.known(), is_any, are_all) {
        (Some(Rule::KeyAdded), true, true) => {
            "A key for encryption was published: what is sent to the provider may be encrypted with it at any time."
        }
        (Some(Rule::KeyAdded), true, false) => {
            "Keys were published: tokens may be signed, and what is sent to the provider encrypted, with them at any time."
        }
        (Some(Rule::KeyRemoved), true, true) => {
            "The provider may no longer be able to read what is encrypted with a key that is gone."
        }
        (Some(Rule::KeyRemoved), true, false) => {
            "Tokens signed with a key that is gone are rejected, and what is encrypted with one may no longer be read."
        }
        (Some(Rule::KeyReturned), true, true) => {
            "A key for encryption that had been withdrawn is published again."
        }
        (Some(rule @ (Rule::KeyAdded | Rule::KeyRemoved | Rule::KeyReturned)), false, _) => {
            rule.row().why.unwrap_or_default()
        }
        _ => return,
    };
    words.clone_into(&mut change.why);
}

const NONE_LEFT: &str =
    "No signing key is left, and none came: no token can be verified with this set.";

/// Words a change that takes the last signing key and brings none: nothing replaced it.
pub(super) fn none_left(change: &mut Change) {
    NONE_LEFT.clone_into(&mut change.why);
    change.advice = Some(
        "Try one login, and ask the provider for its signing keys: clients that fetch the set now find none."
            .to_owned(),
    );
}

/// Whether the last signing key went and none came.
pub fn leaves_none(change: &Change) -> bool {
    change.rule == Rule::JwksDisjoint && change.why == NONE_LEFT
}
