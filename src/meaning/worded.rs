//! A finding as the table of rules words it.

use super::change::Finding;
use super::rule;
use crate::document::severity::Severity;
use crate::document::text::{bounded, visible};

/// The name of a member, made harmless.
pub(crate) fn member_name(member: &str) -> String {
    bounded(&visible(member), 200)
}

/// A finding as the table of rules words it.
pub(crate) fn of_rule(id: &'static str, member: &str) -> Finding {
    let row = rule::find(id);
    Finding {
        rule: id.to_owned(),
        member: member_name(member),
        severity: row.and_then(|row| row.severity).unwrap_or(Severity::Notice),
        why: row.map(|row| row.why.to_owned()).unwrap_or_default(),
        reference: row.map(|row| row.reference.to_owned()).unwrap_or_default(),
        keys: Vec::new(),
        expected: None,
        found: None,
        about_keys: Vec::new(),
    }
}
