//! Which change of a mail matters most: it names the mail, and stands first in it.

use std::cmp::Reverse;

use crate::document::severity::{Group, Severity};
use crate::meaning::change::Change;

/// The weight of a change beside the others of its mail: how grave, whether it is the issuer,
/// whether what it takes away is declared to be used, what its rule says, what its member is for.
pub(super) type Weight = (Severity, bool, bool, u8, Reverse<Group>);

/// Weighs a change.
pub(super) fn weight(change: &Change) -> Weight {
    (
        change.severity,
        is_issuer(change),
        change.used,
        rank(change),
        Reverse(change.group),
    )
}

/// Whether it is the issuer that changed, which stands first whatever happened beside it.
pub(super) fn is_issuer(change: &Change) -> bool {
    change.rule == "issuer-changed"
}

/// A rule with a meaning of its own tells more than that a list has other values.
fn rank(change: &Change) -> u8 {
    match change.rule.as_str() {
        "member-added" | "member-removed" | "member-changed" => {
            u8::from(change.group != Group::Other)
        }
        "alg-none-added"
        | "auth-method-none-added"
        | "endpoint-host-changed"
        | "endpoint-removed"
        | "grant-weakened"
        | "jwks-disjoint"
        | "key-replaced"
        | "key-secret-published"
        | "pkce-plain-added"
        | "requirement-dropped" => 3,
        _ => 2,
    }
}
