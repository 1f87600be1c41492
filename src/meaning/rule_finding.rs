//! A finding as the table of rules words it.

use super::change::Finding;
use super::subject::Subject;
use crate::document::fingerprint::sha256_half;
use crate::document::text::{bounded, visible};
use crate::meaning::rule::Rule;

/// What a finding is about, made harmless, and the hash of a name that does not stand there as it is:
/// names of any length may begin alike.
pub(crate) fn named(subject: &Subject) -> (Subject, Option<String>) {
    let Subject::Member(whole) = subject else {
        return (subject.clone(), None);
    };
    let shown = bounded(&visible(whole), 200);
    let hash = (shown != *whole).then(|| sha256_half(whole));
    (Subject::Member(shown), hash)
}

/// A finding as the table of rules words it.
pub(crate) fn finding_of(rule: Rule, subject: impl Into<Subject>) -> Finding {
    let row = rule.row();
    let (subject, name_hash) = named(&subject.into());
    Finding {
        rule: rule.into(),
        subject,
        name_hash,
        severity: row.severity_by_itself(),
        why: row.why.unwrap_or_default().to_owned(),
        reference: row.reference.map(str::to_owned),
        keys: Vec::new(),
        expected: None,
        found: None,
        about_keys: Vec::new(),
        client: None,
        kept_keys: Vec::new(),
        reasons: Vec::new(),
    }
}
