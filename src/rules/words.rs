//! What is said of each rule where its row says nothing, for a terminal and for a page alike.

use crate::meaning::rule::{Rule, RuleRow};

/// What is said of a rule without a reference of its own.
pub(super) const NO_REFERENCE: &str = "None: a rule of issuerwatch, or the member's own.";

/// Why it matters.
pub(super) fn why(rule: &RuleRow) -> &'static str {
    rule.why
        .unwrap_or("The table of members says why, for each member.")
}

/// What the title is said of.
pub(super) fn subject(rule: &RuleRow) -> &'static str {
    if rule.is_about_keys {
        "keys"
    } else {
        "a member"
    }
}

/// What decides how grave it is, where the row does not.
pub(super) fn decides(rule: &RuleRow) -> &'static str {
    if rule.why.is_none() {
        "the table of members decides"
    } else {
        "depends on what it changed to"
    }
}

/// The line of the configuration that decides otherwise: what nobody looks for is asked for.
pub(super) fn line(rule: Rule) -> String {
    let word = if rule.row().on_request {
        "notice"
    } else {
        "ignore"
    };
    format!("severity = {{ {} = \"{word}\" }}", rule.id())
}

/// When it is mailed, of a rule that `alert_on` does not hold back.
pub(super) const ALWAYS_TOLD: &str = "from notice up, also where alert_on does not name its group";
