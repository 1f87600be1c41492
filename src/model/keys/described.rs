//! How grave it is that something else is said about a key that stayed: the table of the members of
//! a key that are not the key itself (RFC 7517 section 4).

use super::{ByIdentity, Key};
use crate::model::severity::Severity::{self, Breaking, Info, Notice, Security};

/// Name, and how grave it is that it comes, goes, or is another one.
const TABLE: [(&str, Severity, Severity, Severity); 12] = [
    // Tokens name the key by it; another name for the same key is found by whoever reads the set anew.
    ("kid", Info, Breaking, Notice),
    ("use", Info, Notice, Breaking),
    ("key_ops", Info, Info, Notice),
    ("alg", Notice, Notice, Breaking),
    ("x5u", Notice, Info, Notice),
    ("x5c", Info, Info, Info),
    ("x5t", Info, Info, Info),
    ("x5t#S256", Info, Info, Info),
    ("iat", Info, Info, Notice),
    ("nbf", Info, Info, Notice),
    ("exp", Info, Info, Notice),
    // OpenID Federation 1.0: the key must no longer be trusted.
    ("revoked", Security, Notice, Security),
];

/// The gravest of all that is said differently.
pub(super) fn severity(before: &ByIdentity<'_, '_>, after: &ByIdentity<'_, '_>) -> Severity {
    let stayed = before
        .iter()
        .filter_map(|(identity, old)| Some((old, after.get(identity)?)));
    stayed
        .map(|(old, new)| match (old.as_slice(), new.as_slice()) {
            ([old], [new]) => of_key(old, new),
            // One key under several names: which of them went is told, but not what it means.
            _ if old.len() != new.len() => Notice,
            (old, new) => {
                let pairs = old.iter().zip(new);
                pairs
                    .map(|(old, new)| of_key(old, new))
                    .max()
                    .unwrap_or(Info)
            }
        })
        .max()
        .unwrap_or(Info)
}

fn of_key(old: &Key<'_>, new: &Key<'_>) -> Severity {
    // That a key is no longer secret is a finding, and graver than anything here.
    let differing = TABLE.iter().filter_map(|(name, added, removed, changed)| {
        match (old.members.get(*name), new.members.get(*name)) {
            (None, Some(_)) => Some(*added),
            (Some(_), None) => Some(*removed),
            (Some(old), Some(new)) if old != new => Some(*changed),
            (Some(_) | None, _) => None,
        }
    });
    differing.max().unwrap_or(Info)
}
