//! Members that describe an endpoint and went together with it: only the endpoint is news.

use crate::document::canonical::Document;
use crate::document::member::described_by;
use crate::document::severity::Severity;
use crate::meaning::change::Change;

/// Says of members that are gone with the endpoint they describe that they were withdrawn together: what
/// a server must publish beside an endpoint says nothing once the endpoint is gone.
pub(super) fn say_what_went_together(changes: &mut [Change], old: &Document, new: &Document) {
    let is_there = |document: &Document, name: &str| {
        let value = document.members().get(name);
        value.is_some_and(|value| !value.is_null())
    };
    let went = |name: &str| is_there(old, name) && !is_there(new, name);
    for change in changes {
        let name = change.subject.as_str();
        let Some(endpoint) = described_by(name).filter(|it| went(it) && went(name)) else {
            continue;
        };
        change.why = format!("Withdrawn together with {endpoint}, which it describes.");
        change.severity = change.severity.min(Severity::Info);
        change.advice = None;
    }
}
