//! Items about requirements that are newly not met, or met again.

use super::item::tag;
use super::page::Item;
use super::words::{name, own};
use crate::model::change::Finding;
use crate::model::rule;
use crate::model::severity::Severity;

/// A requirement that is newly not met.
pub(super) fn new(finding: &Finding) -> Item {
    let title = rule::find(&finding.rule).map_or("", |row| row.title);
    Item {
        number: 0,
        severity: finding.severity,
        is_issuer: false,
        is_over: false,
        title: format!("new finding: {} {title}", subject_of(finding)),
        used: false,
        lines: Vec::new(),
        rows: Vec::new(),
        more: Vec::new(),
        why: own(&finding.why),
        tag: tag(&finding.rule, &finding.reference),
    }
}

/// What is over accuses nobody any more: it is not grave, and why it mattered is history.
pub(super) fn cured(gone: &Finding) -> Item {
    let title = rule::find(&gone.rule).map_or("", |row| row.title);
    Item {
        severity: Severity::Info,
        is_over: true,
        title: format!("cured: {}", over(&subject_of(gone), title)),
        why: String::new(),
        ..new(gone)
    }
}

fn subject_of(finding: &Finding) -> String {
    match finding.member.as_str() {
        "" => "the document".to_owned(),
        member => name(member),
    }
}

/// `keys are too short` that is over: `keys are no longer too short`.
pub(super) fn over(subject: &str, title: &str) -> String {
    let is_negative = [
        "is no ",
        "are no ",
        "has no ",
        "have no ",
        "offers no ",
        "names no ",
        "is not ",
    ];
    if is_negative.iter().any(|start| title.starts_with(start)) {
        return format!("no longer true: {subject} {title}");
    }
    let ways = [
        ("is ", "is no longer "),
        ("are ", "are no longer "),
        ("does not ", "no longer fails to "),
    ];
    let way = ways.iter().find_map(|(now, then)| {
        let rest = title.strip_prefix(now)?;
        Some(format!("{subject} {then}{rest}"))
    });
    way.unwrap_or_else(|| format!("{subject} no longer {title}"))
}
