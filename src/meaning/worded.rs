//! A finding as the table of rules words it.

use super::change::Finding;
use crate::document::text::{bounded, visible};
use crate::meaning::rule::Rule;

/// The name of a member, made harmless.
pub(crate) fn member_name(member: &str) -> String {
    bounded(&visible(member), 200)
}

/// A finding as the table of rules words it.
pub(crate) fn of_rule(rule: Rule, member: &str) -> Finding {
    let row = rule.row();
    Finding {
        rule: rule.into(),
        member: member_name(member),
        severity: row.severity_by_itself(),
        why: row.why.to_owned(),
        reference: row.reference.to_owned(),
        keys: Vec::new(),
        expected: None,
        found: None,
        about_keys: Vec::new(),
    }
}
